/* The last minute, of each gateway and of all: choices and deliveries of every
 * policyd that shares the Redis, as far as heard; other answers to stubs are our
 * own.  And when a gateway was last found to be out of service by itself. */
#ifndef NEARPOST_POLICYD_RATES_H
#define NEARPOST_POLICYD_RATES_H

#include "lib/fleet/recent.h"
#include "policyd/policyd.h"

struct rates;

struct rates *rates_new(struct policyd *p);
void rates_free(struct rates **r);
/* An answer to a stub; g: whom it was relayed to, else NULL. */
void rates_answered(struct rates *r, enum recent_what what,
    const struct gateway *g);
/* By another policyd, at that time by its wall clock. */
void rates_chosen(struct rates *r, const char *gateway_id, int64_t at_ms);
/* ours: it was told to us; else another policyd took it, perhaps long ago. */
void rates_delivered(struct rates *r, const struct gateway *g,
    const struct delivery *d, bool ours);
/* Fields of a row, each with a semicolon in front; g NULL: of all. */
void rates_row(const struct rates *r, struct buf *row,
    const struct gateway *g);

#endif
