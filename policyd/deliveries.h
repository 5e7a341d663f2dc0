/* Delivery events: into the score, the counters and, by persist.h, to Redis. */
#ifndef NEARPOST_POLICYD_DELIVERIES_H
#define NEARPOST_POLICYD_DELIVERIES_H

#include "lib/mail/policy.h"
#include "policyd/policyd.h"

/* The event.N of a request, in the order of their seq; those that were taken
 * before are repeats.  false: no room for all of them now.  What was
 * taken is taken; the rest may come again together with it. */
bool deliveries_take(struct policyd *p, struct gateway *g,
    const struct policy_message *m);
/* An event that another policyd took and counted: what it says of the gateway
 * and the site is learned here too, and it is known when it comes again.
 * took_ms: of shared_event(). */
void deliveries_learn(struct policyd *p, struct gateway *g, struct slice text,
    int64_t took_ms);

#endif
