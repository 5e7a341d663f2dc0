/* Network coordinates: where gateways and sites lie, from the round trips that
 * were measured, so that the others can be predicted.  Vivaldi (Dabek et al.,
 * SIGCOMM 2004) in three dimensions and a height, which is the way into the
 * net that every path of that end has in common.  Pure. */
#ifndef NEARPOST_FLEET_COORDINATE_H
#define NEARPOST_FLEET_COORDINATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define COORDINATE_DIMENSIONS 3

struct coordinate {
	float at_s[COORDINATE_DIMENSIONS];
	float height_s;
	float error;       /* relative, of its predictions; 1 = knows nothing */
	uint32_t samples;  /* that moved it */
};

/* Nowhere yet; different seeds start a little apart, or nothing could pull
 * them apart later. */
void coordinate_init(struct coordinate *c, uint32_t seed);
/* Move c so that its distance to the other is nearer to rtt_s (> 0); the surer
 * of the two moves less. */
void coordinate_move(struct coordinate *c, const struct coordinate *other,
    double rtt_s);
/* "x,y,z,height,error,samples", all but the last two in seconds, and back just as
 * it was.  false: it is no such text, and nothing was changed. */
void coordinate_write(struct buf *out, const struct coordinate *c);
bool coordinate_read(struct slice text, struct coordinate *out_r);
/* Are predictions with it worth anything?  When it is wrong by half, no more. */
bool coordinate_trusted(const struct coordinate *c);
/* Predicted round trip, > 0. */
double coordinate_rtt_s(
    const struct coordinate *a, const struct coordinate *b);

#endif
