/* Follows a log file from where it was left, over rotation (rename and create),
 * copytruncate, a file that is missing for a while, lines half written and lines
 * without end.  No loop and no clock in here: follower_read() is called when
 * inotify or a timer says so.
 *
 * What could not be read (the file shrank, the rotated file is gone) is a gap:
 * counted, logged, and told to the caller, never passed over in silence. */
#ifndef NEARPOST_AGENT_FOLLOWER_H
#define NEARPOST_AGENT_FOLLOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define FOLLOWER_LINE_MAX 65536  /* longer lines are cut, their rest skipped */
#define FOLLOWER_STEP (1 << 20)  /* octets read in one call at most */
#define FOLLOWER_MARK_MAX 128
/* After rotation the old file is still read this long: its writer may not yet
 * have heard of it. */
#define FOLLOWER_GRACE_MS 3000

enum follower_state {
	FOLLOWER_AT_END = 0, /* everything that is there has been read */
	FOLLOWER_MORE,       /* call again */
	FOLLOWER_MISSING     /* no such file, or no permission: errno */
};

struct follower;

/* mark: where to go on, as follower_mark() once gave it; "" starts at the end of
 * the file that is there now.  A mark that makes no sense is a gap. */
struct follower *follower_new(const char *path, const char *mark,
    void (*line)(struct slice line, void *ctx), void *ctx);
void follower_free(struct follower **f);
enum follower_state follower_read(struct follower *f, int64_t now_ms);
/* Behind the last line handed out; inside the line callback: behind this line.
 * "count:device:inode:offset:check", no blanks. */
void follower_mark(struct follower *f, char mark_r[FOLLOWER_MARK_MAX]);
/* The later of two marks; both may be "". */
const char *follower_later(const char *a, const char *b);
/* Gaps since start, and the last one in words ("" when there was none). */
unsigned follower_gaps(const struct follower *f);
const char *follower_gap_text(const struct follower *f);
/* All that was written before this (wall clock) has been read; 0 = not yet. */
int64_t follower_seen_ms(const struct follower *f);

#endif
