/* After a start: the bookings read from the streams include those that the
 * gateways have long accepted.  Each gateway's row says how many were not, and
 * its counter then, so that the first report tells what came in between. */
#ifndef NEARPOST_POLICYD_RECOVER_H
#define NEARPOST_POLICYD_RECOVER_H

#include "policyd/policyd.h"

struct recover;

struct recover *recover_new(struct policyd *p);
void recover_free(struct recover **r);
/* An event read from a stream waits until all of them have been read: it may be
 * of a mail that was booked in another one, and events of one gateway come in
 * the order of their numbers.  false: it need not wait. */
bool recover_hold(struct recover *r, const struct gateway *g,
    struct slice event, int64_t took_ms);
/* The streams have been read to their ends.  Often; works once. */
void recover_tick(struct recover *r);
bool recover_begun(const struct recover *r); /* they have */

#endif
