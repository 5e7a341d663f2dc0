/* How far a gateway's clock is from ours, as NTP estimates it (RFC 5905, section
 * 8): a report carries the gateway's time, we know when it came, and the
 * gateway says in its next report how long it waited for our answer.  Half of
 * that was the way here; what the two clocks differ by is the rest.  Of the
 * last samples the one with the shortest way counts, since what a message
 * waited somewhere lengthens one direction only.  Pure. */
#ifndef NEARPOST_FLEET_CLOCK_OFFSET_H
#define NEARPOST_FLEET_CLOCK_OFFSET_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_OFFSET_SAMPLES 8 /* as NTP's clock filter */

struct clock_offset {
	bool waiting;     /* for the round trip that goes with apart_ms */
	int64_t apart_ms; /* of the last report: our time - its time */
	struct clock_sample {
		int64_t offset_ms, round_ms;
	} sample[CLOCK_OFFSET_SAMPLES];
	int n, next;
};

/* The gateway's agent started anew: the exchange under way is off. */
void clock_offset_hello(struct clock_offset *c);
/* A report: our wall clock less the gateway's in it, and how long the answer to
 * the report before took (-1: not known). */
void clock_offset_take(struct clock_offset *c, int64_t apart_ms,
    int64_t round_ms);
/* What was known before a restart, as clock_offset_ms() gave it; when nothing was
 * measured since. */
void clock_offset_restore(struct clock_offset *c, int64_t offset_ms,
    int64_t round_ms);
/* Our wall clock - the gateway's.  *round_ms_r: the error is at most half of it;
 * -1 when it is not known, and then the offset has the way here in it. */
int64_t clock_offset_ms(const struct clock_offset *c, int64_t *round_ms_r);

#endif
