/* Where log lines come from: a file (follower.h, woken by inotify and once a
 * second), or the journal.  Both end in the same callback, and both keep a mark in
 * state_directory/maillog.pos. */
#ifndef NEARPOST_AGENT_SOURCE_H
#define NEARPOST_AGENT_SOURCE_H

#include "lib/base/loop.h"
#include "lib/mail/maillog.h"

#define SOURCE_JOURNAL "journal" /* the value of agent.maillog */

struct source;
struct source_ops {
	/* mark: where to go on behind this line. */
	void (*event)(const struct maillog_event *e, const char *mark,
	    void *ctx);
	void *ctx;
};

/* mark: the last one that the caller itself has kept; the later of it and of
 * maillog.pos counts. */
struct source *source_new(struct loop *loop, const char *maillog,
    const char *state_directory, const char *mark,
    const struct source_ops *ops);
void source_free(struct source **s);
/* All that was logged before this (wall clock) has been read; 0 = unknown. */
int64_t source_seen_ms(const struct source *s);

#endif
