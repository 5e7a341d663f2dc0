/* Delivery events on their way to policyd: kept in order until policyd has said
 * OK, over restarts too.  Pure; every change goes to `record` as a line that
 * outbox_replay() reads.  Beyond OUTBOX_MAX the oldest are dropped and counted. */
#ifndef NEARPOST_AGENT_OUTBOX_H
#define NEARPOST_AGENT_OUTBOX_H

#include <stdint.h>

#include "lib/base/buf.h"

#define OUTBOX_MAX 100000

struct outbox;

struct outbox *outbox_new(void (*record)(struct slice line, void *ctx),
    void *ctx);
void outbox_free(struct outbox **o);

/* The number for the next event: above all before it, and above those of an
 * outbox that was lost, as long as the clock goes forward. */
int64_t outbox_next_seq(const struct outbox *o, int64_t now_us);
/* text: one line (delivery_write).  mark: where in the mail log it came from, no
 * blanks; the same line recorded tells both, so that after kill -9 no line of
 * the log makes an event twice. */
void outbox_add(struct outbox *o, int64_t seq, const char *mark,
    struct slice text);
/* Walk from the oldest: *pos = NULL at first; false at the end. */
bool outbox_next(const struct outbox *o, const void **pos, int64_t *seq_r,
    struct slice *text_r);
/* Everything up to seq has arrived. */
void outbox_acked(struct outbox *o, int64_t seq);
size_t outbox_count(const struct outbox *o);
/* Since start. */
uint64_t outbox_dropped(const struct outbox *o);
/* The mark of the last event ever added; "" when there was none. */
const char *outbox_mark(const struct outbox *o);

int outbox_replay(struct outbox *o, struct slice line);
void outbox_dump(const struct outbox *o, struct buf *out);

#endif
