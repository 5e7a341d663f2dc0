/* A CSV file into the database, with all that a long import needs: a progress bar,
 * an end that loses nothing (SIGINT, Redis), where to go on, and a report of the
 * rows that were refused, which can be mended and imported. */
#ifndef NEARPOST_CTL_IMPORT_RUN_H
#define NEARPOST_CTL_IMPORT_RUN_H

#include "ctl/ctl.h"
#include "ctl/import.h"
#include "lib/fleet/store_sync.h"

struct import_run {
	const struct ctl *ctl;
	struct store_sync *store;
	const char *verb;    /* "recipients import", for the words */
	const char *noun;    /* "recipients" */
	const char *path;    /* "-": standard input */
	const char *refused; /* a file for the report; NULL: none */
	const char *reason;  /* --reason of the verb, for the words; or NULL */
	size_t from_line;
	/* To be queued with the store; NULL in *why_r: stored, else refused.  -1:
	 * the store failed. */
	int (*put)(const char *address, const struct vars *record,
	    const char **why_r, void *ctx);
	const char *(*key)(struct arena *arena, struct slice text);
	bool plain_list;
	void *ctx;
};

/* argv: FILE [--refused REPORT] [--from-line N].  -1: none of it. */
int import_run_args(struct import_run *run, int argc, char **argv);
/* Exit status, everything said.  *all_r: to the end of the file. */
int import_run(const struct import_run *run, bool *all_r);

#endif
