/* After a start: the bookings read from the streams include those that the
 * gateways have long accepted.  Each gateway's row says how many were not, and
 * its counter then, so that the first report tells what came in between. */
#ifndef NEARPOST_POLICYD_RECOVER_H
#define NEARPOST_POLICYD_RECOVER_H

#include "policyd/policyd.h"

struct recover;

struct recover *recover_new(struct policyd *p);
void recover_free(struct recover **r);
/* The streams have been read to their ends.  Often; works once. */
void recover_tick(struct recover *r);

#endif
