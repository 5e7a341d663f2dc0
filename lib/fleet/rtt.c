#include "lib/fleet/rtt.h"

#include <stddef.h>

#define SMOOTH_WEIGHT 0.1
#define SAMPLE_LIMIT 3.0 /* times the estimate */

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
