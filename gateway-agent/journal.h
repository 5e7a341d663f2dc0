/* Follows the systemd journal through `journalctl --follow --output=export`, which
 * knows its files better than we should.  The cursor is kept; a cursor that the
 * journal does not know any more, and messages that journald dropped, are gaps.
 * An entry past JOURNAL_ENTRY_MAX is passed over: anybody on the machine may write
 * one, and no MTA does. */
#ifndef NEARPOST_AGENT_JOURNAL_H
#define NEARPOST_AGENT_JOURNAL_H

#include "lib/base/loop.h"

#define JOURNAL_ENTRY_MAX (1024 * 1024)
#define JOURNAL_CURSOR_MAX 1024

struct journal_entry { /* slices borrow the input */
	struct slice cursor, program, message, message_id;
	int64_t wall_ms; /* 0 = not given */
};

/* One entry of the journal export format at the start of `in`.  1: *used_r
 * octets taken; 0: more is needed; -1: no such format or too long; out_r->cursor
 * has its cursor when that came before the fault. */
int journal_parse(struct slice in, struct journal_entry *out_r,
    size_t *used_r);

struct journal;

/* mark "" starts with what is logged from now on.  wall_ms: when journald got it,
 * 0 unknown. */
struct journal *journal_new(struct loop *loop, const char *mark,
    void (*entry)(struct slice program, struct slice message,
        int64_t wall_ms, const char *mark, void *ctx),
    void *ctx);
void journal_free(struct journal **j);
const char *journal_mark(const struct journal *j); /* "count:cursor" */
const char *journal_later(const char *a, const char *b);
int64_t journal_seen_ms(const struct journal *j);

#endif
