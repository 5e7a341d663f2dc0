/* What the choice is worth: its score against that of a round robin, for
 * /metrics.  An estimate of the model by itself: the mean score of all gateways
 * that could have been chosen, less that of the one that was. */
#ifndef NEARPOST_POLICYD_ROBIN_H
#define NEARPOST_POLICYD_ROBIN_H

#include "policyd/policyd.h"

struct robin;

struct robin *robin_new(struct policyd *p);
void robin_free(struct robin **r);
/* The gateway in slot was chosen for q, just now. */
void robin_chosen(struct robin *r, const struct fleet_question *q, int slot,
    double now_s);
void robin_tick(struct robin *r); /* once a second */
/* Seconds, of all choices up to the last tick. */
double robin_saved_s(const struct robin *r);

#endif
