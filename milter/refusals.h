/* What the milter refuses or puts off by itself, without policyd's saying so, is
 * counted by cause, a recipient at a time, and told to policyd, where all metrics
 * are:
 *
 *      request=nearpost_admin verb=turned_away
 *      rejected.CAUSE=N  deferred.CAUSE=N           action=OK
 *
 * N is what came since the last telling.  A thread tells, so no mail waits for it;
 * while policyd cannot be reached the counts wait. */
#ifndef NEARPOST_MILTER_REFUSALS_H
#define NEARPOST_MILTER_REFUSALS_H

#include <stdint.h>

#include "lib/base/buf.h"

#define REFUSALS_GATHER_MS 1000 /* what comes in this time is told together */
#define REFUSALS_RETRY_MS 5000

enum refusal {
	REFUSAL_NONE = 0, /* by policyd, or not at all */
	REFUSAL_CLIENT,
	REFUSAL_RELAY_DOMAIN,
	REFUSAL_SENDER,
	REFUSAL_SIZE,
	REFUSAL_SYNTAX,
	REFUSAL_RECIPIENT,
	REFUSAL_TICKET,
	REFUSAL_POLICYD, /* from here on: put off */
	REFUSAL_ANSWER,
	REFUSAL_NO_ROUTE,
	REFUSAL_N
};

struct refusals;

/* tell(): 0 when policyd has it, or will never take it; called by a thread of
 * ours. */
struct refusals *refusals_new(int (*tell)(void *ctx, struct slice request),
    void *ctx, int64_t gather_ms, int64_t retry_ms);
/* Tells what is left, once, and ends the thread.  r stays, for threads of the MTA's
 * connections that end later: what they count is lost. */
void refusals_end(struct refusals *r);
/* Thread-safe; r may be NULL. */
void refusals_count(struct refusals *r, enum refusal cause, uint64_t n);

#endif
