/* What was done in the last minute, and how long adverts took that arrived in it.
 * Pure: time is an argument, in monotonic seconds. */
#ifndef NEARPOST_FLEET_RECENT_H
#define NEARPOST_FLEET_RECENT_H

#include <stdint.h>

#define RECENT_WINDOW_S 60
#define RECENT_SLICE_S 5
#define RECENT_SLICES (RECENT_WINDOW_S / RECENT_SLICE_S)
#define RECENT_BUCKETS 44 /* end at 10 ms times the powers of the root of 2 */

enum recent_what {
	RECENT_CHOSEN = 0, /* stubs relayed to it */
	RECENT_SUPPRESSED,
	RECENT_PUT_OFF,
	RECENT_REJECTED,
	RECENT_SENT, /* adverts taken by their recipients' servers */
	RECENT_DEFERRED,
	RECENT_BOUNCED,
	RECENT_N
};

struct recent_slice {
	int64_t number; /* of the slice since the clock began */
	uint32_t n[RECENT_N];
	uint32_t took[RECENT_BUCKETS];
};
/* All zeroes at first. */
struct recent {
	struct recent_slice slices[RECENT_SLICES];
};

void recent_add(struct recent *r, enum recent_what what, double now_s);
/* An advert arrived so long after its request. */
void recent_took(struct recent *r, double took_s, double now_s);
uint64_t recent_count(const struct recent *r, enum recent_what what,
    double now_s);
/* Seconds; -1 when none arrived.  To a factor of 1.4. */
double recent_quantile(const struct recent *r, double q, double now_s);

#endif
