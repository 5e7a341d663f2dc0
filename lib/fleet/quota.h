/* What the admin allows a gateway to send to a site, as a virtual clock (GCRA,
 * ITU-T I.371): each mail moves it on by 1/per_s, and when it is further ahead
 * than the burst there must be a wait.  The burst is a second's worth, one mail at
 * least; so in any t seconds no more go than per_s * t and one burst.
 *
 * Of several policyds each keeps a clock of all mails and one of its own, which
 * runs at its share of the rate.  A mail goes when either clock lets it: what one
 * does not use the others may, and none can be kept from its share by having heard
 * more of the others than they of it.  Pure. */
#ifndef NEARPOST_FLEET_QUOTA_H
#define NEARPOST_FLEET_QUOTA_H

#include <stdbool.h>

struct quota {
	double until_s, own_until_s; /* 0 = never used */
};
struct quota_rate {
	double per_s; /* above 0 */
	int daemons;  /* that share it; 1 = we alone */
};

/* Seconds until the next mail may go; 0 = now.  earlier: so many recipients of
 * the same message were before this one; they go when the first may. */
double quota_wait_s(const struct quota *q, const struct quota_rate *r,
    int earlier, double now_s);
/* So much later there will be room for half a burst. */
double quota_more_s(const struct quota_rate *r);
/* A mail goes, allowed or not; ours: not another policyd's.  Returns what it
 * took of the clock. */
double quota_take(struct quota *q, const struct quota_rate *r, bool ours,
    double now_s);
/* It did not, after all.  What was taken at at_s too long ago is not given back:
 * there was time to use it otherwise. */
void quota_give_back(struct quota *q, const struct quota_rate *r, bool ours,
    double taken_s, double at_s, double now_s);
/* The rate is r from now on.  What is under way counts, but nobody waits longer
 * than for a burst: more was allowed when it went. */
void quota_changed(struct quota *q, double was_per_s,
    const struct quota_rate *r, double now_s);
/* The clock went back: nothing has happened after now_s. */
void quota_not_after(struct quota *q, double now_s);

#endif
