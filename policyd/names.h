/* A sorted set of names in Redis, each with the wall-clock time in ms at which it was
 * put there, as digests in memory (seen.h).
 *
 * A pass reads it page by page, each page from the time that the last one ended at:
 * what is put there or taken off meanwhile moves no name past us, as it would if
 * pages were counted by rank. */
#ifndef NEARPOST_POLICYD_NAMES_H
#define NEARPOST_POLICYD_NAMES_H

#include "policyd/policyd.h"

enum names_end {
	NAMES_READ = 0,
	NAMES_FAILED,  /* Redis; what was known before still is */
	NAMES_TOO_MANY /* nothing is kept */
};
struct names_of {
	const char *key;    /* behind the prefix; borrowed, as marker is */
	const char *marker; /* a member that is no name, or NULL */
	size_t max;         /* names; 0: any number */
	/* A pass has ended; news: there was a name that was not known. */
	void (*done)(enum names_end end, bool news, void *ctx);
	void *ctx;
};

struct names;

struct names *names_new(struct policyd *p, const struct names_of *of);
void names_free(struct names **n);
/* Begins a pass when none is under way and Redis is there: over all of it, which
 * forgets who was taken off, or over what may be new; the first is over all. */
void names_read(struct names *n, bool all);
bool names_reading(const struct names *n);
bool names_marked(const struct names *n); /* the marker was met, ever */
bool names_has(const struct names *n, struct slice name);
size_t names_count(const struct names *n);

#endif
