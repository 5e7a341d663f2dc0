#include "lib/fleet/rtt.h"

#include <stddef.h>

#define SMOOTH_WEIGHT 0.1
#define SAMPLE_LIMIT 3.0 /* times the estimate */
#define ODD_FACTOR 2.0
#define SHIFT_FACTOR 1.5
#define SHIFT_MANY 6 /* of RTT_WATCHED */

const char *
rtt_source_name(enum rtt_source s)
{
	static const char *const names[] = {
	    "none", "loaded", "log", "probe", "predicted"};

	return (size_t)s < sizeof(names) / sizeof(names[0]) ? names[s] : "?";
}

static double
at_least(double a, double floor)
{
	return a > floor ? a : floor;
}

double
rtt_smooth(double estimate_s, double sample_s)
{
	double sample = at_least(sample_s, RTT_MIN_S);

	if (estimate_s <= 0)
		return sample;
	if (sample > SAMPLE_LIMIT * estimate_s)
		sample = SAMPLE_LIMIT * estimate_s;
	return at_least(
	    estimate_s + SMOOTH_WEIGHT * (sample - estimate_s), RTT_MIN_S);
}

int
rtt_odd(double estimate_s, double sample_s)
{
	if (estimate_s <= 0 || sample_s <= 0)
		return 0;
	if (sample_s > ODD_FACTOR * estimate_s)
		return 1;
	return sample_s < estimate_s / ODD_FACTOR ? -1 : 0;
}

/* The middle ratio when enough of them are off the same way, else 1. */
static double
common_factor(const struct rtt_watch *w)
{
	double sorted[RTT_WATCHED];
	unsigned i, k, above = 0, below = 0;

	for (i = 0; i < RTT_WATCHED; i++) {
		double ratio = (double)w->last[i].ratio;

		above += ratio > SHIFT_FACTOR;
		below += ratio < 1 / SHIFT_FACTOR;
		for (k = i; k > 0 && sorted[k - 1] > ratio; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = ratio;
	}
	return above >= SHIFT_MANY || below >= SHIFT_MANY
	    ? sorted[RTT_WATCHED / 2]
	    : 1;
}

double
rtt_watch(struct rtt_watch *w, const void *site, double estimate_s,
    double sample_s, double at_s, double *since_s_r)
{
	unsigned i, oldest = 0;
	double factor;

	if (estimate_s <= 0 || sample_s <= 0)
		return 1;
	for (i = 0; i < w->n && w->last[i].site != site; i++)
		if (w->last[i].at_s < w->last[oldest].at_s)
			oldest = i;
	if (i == RTT_WATCHED)
		i = oldest;
	else if (i == w->n)
		w->n++;
	w->last[i].site = site;
	w->last[i].ratio = (float)(sample_s / estimate_s);
	w->last[i].at_s = at_s;
	if (w->n < RTT_WATCHED)
		return 1;
	factor = common_factor(w);
	if (factor > 1 || factor < 1) {
		*since_s_r = at_s;
		for (i = 0; i < RTT_WATCHED; i++)
			if (w->last[i].at_s < *since_s_r &&
			    (factor > 1) == (w->last[i].ratio > 1))
				*since_s_r = w->last[i].at_s;
		w->n = 0;
	}
	return factor;
}

double
rtt_predict(double gateway_mean_s, double site_min_s, double site_mean_s)
{
	double guess = gateway_mean_s;

	if (guess <= 0)
		guess = site_mean_s;
	if (guess <= 0)
		guess = RTT_DEFAULT_S;
	/* Twice the nearest is what a stranger turns out to be on average where
	 * nothing but the nearest is known. */
	return at_least(at_least(guess, 2 * site_min_s), RTT_MIN_S);
}
