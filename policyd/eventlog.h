/* Delivery events on their way into Redis's stream.  They wait here until Redis
 * has said that it has them: an agent that is told so forgets them. */
#ifndef NEARPOST_POLICYD_EVENTLOG_H
#define NEARPOST_POLICYD_EVENTLOG_H

#include "policyd/policyd.h"

#define EVENTLOG_MAX 4000 /* waiting; then agents keep theirs */

struct eventlog;

struct eventlog *eventlog_new(struct policyd *p);
void eventlog_free(struct eventlog **l);
/* false: no room, the event was not taken. */
bool eventlog_add(struct eventlog *l, const char *gateway_id,
    const struct delivery *d);
/* What waits of a person who was erased is kept without the address.  What is on
 * its way is in Redis before whoever erases looks there. */
void eventlog_erase(struct eventlog *l, const struct erased *e);
/* All that waits is sent now. */
void eventlog_flush(struct eventlog *l);
/* All that waits is sent now, and once Redis has answered: has it taken whatever
 * was added up to now? */
void eventlog_settle(struct eventlog *l, void (*cb)(bool kept, void *ctx),
    void *ctx);
/* Some were sent, and Redis did not take them. */
bool eventlog_stuck(const struct eventlog *l);
size_t eventlog_waiting(const struct eventlog *l);

#endif
