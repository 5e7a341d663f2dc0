/* A progress bar on a terminal; a line now and then elsewhere; nothing when it is
 * over in a moment. */
#ifndef NEARPOST_CTL_PROGRESS_H
#define NEARPOST_CTL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *what, *unit; /* "spring-2026", "stubs" */
	size_t total;
	int64_t started_ms, shown_ms;
	size_t done; /* when last told */
	size_t start; /* done before this run */
	size_t waiting; /* for a server that has put them off */
};

/* done: of total so far. */
void progress_show(struct progress *p, size_t done, int64_t now_ms);
void progress_end(struct progress *p, size_t done, int64_t now_ms);

#endif
