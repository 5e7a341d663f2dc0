/* Campaigns that policyd says are paused or cancelled.  A stub that was chosen for
 * before may still come, be it that it waited in the initiator's queue: it is not
 * expanded.  What no policyd was heard of since stays as it was. */
#ifndef NEARPOST_AGENT_HALTS_H
#define NEARPOST_AGENT_HALTS_H

#include "lib/fleet/hold.h"
#include "lib/mail/policy.h"

struct halts;

struct halts *halts_new(void);
void halts_free(struct halts **h); /* accepts NULL, leaves NULL */
/* policyd's answer to a report: all that are held now. */
void halts_take(struct halts *h, const struct policy_message *answer);
/* NULL: its stubs may be expanded. */
const struct hold *halts_find(const struct halts *h, const char *campaign);

#endif
