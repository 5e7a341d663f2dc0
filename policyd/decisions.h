/* What was decided for each ticket and what became of it, for `nearpostctl
 * why`: written to Redis in batches with what is written anyway, and kept for
 * keep_decisions.  While Redis is away nothing is kept of it, and of a thousand
 * in a second no more: nobody may wait for a record that only people read. */
#ifndef NEARPOST_POLICYD_DECISIONS_H
#define NEARPOST_POLICYD_DECISIONS_H

#include "policyd/job.h"

struct decisions;

struct decisions *decisions_new(struct policyd *p);
void decisions_free(struct decisions **d);
/* A stub was given its gateways. */
void decisions_made(struct decisions *d, const struct job *j);
void decisions_delivered(struct decisions *d, const char *gateway_id,
    const struct delivery *delivery);
/* What is in hand goes to Redis: before it is asked, and at the end. */
void decisions_flush(struct decisions *d);
void decisions_tick(struct decisions *d); /* once a second */

#endif
