/* The clocks may get ahead: mails that came by other ways than our choice count
 * too. */
#include "lib/fleet/quota.h"

#include <math.h>

#define BURST_S 1.0
/* So far ahead at most, beyond the burst: whoever took another gateway's mail
 * for an hour is not passed over for another.  The recipients of a message are
 * all paid for, though. */
#define DEBT_MAX_S 60.0
#define DEBT_MAX_MAILS 20
#define ROUNDING_S 1e-6

/* How long the burst takes at the rate. */
static double
burst_s(double per_s)
{
	return fmax(BURST_S, 1 / per_s);
}

static double
own_per_s(const struct quota_rate *r)
{
	return r->daemons > 1 ? r->per_s / r->daemons : r->per_s;
}

static double
wait_s(double until_s, double per_s, int earlier, double now_s)
{
	double free_s = burst_s(per_s) + (earlier - 1) / per_s;

	return until_s - now_s - free_s;
}

double
quota_wait_s(const struct quota *q, const struct quota_rate *r, int earlier,
    double now_s)
{
	double all_s = wait_s(q->until_s, r->per_s, earlier, now_s);
	double least_s = all_s;

	if (r->daemons > 1)
		least_s = fmin(all_s, wait_s(q->own_until_s, own_per_s(r),
				   earlier, now_s));
	return least_s > ROUNDING_S ? least_s : 0;
}

double
quota_more_s(const struct quota_rate *r)
{
	return fmax(0, burst_s(r->per_s) / 2 - 1 / r->per_s);
}

/* The clock after one mail more. */
static double
moved(double until_s, double per_s, double now_s)
{
	double from_s = fmax(until_s, now_s);
	double debt_s = fmax(DEBT_MAX_S, DEBT_MAX_MAILS / per_s);
	double most_s = now_s + burst_s(per_s) + debt_s;

	return fmax(from_s, fmin(from_s + 1 / per_s, most_s));
}

double
quota_take(struct quota *q, const struct quota_rate *r, bool ours,
    double now_s)
{
	double from_s = fmax(q->until_s, now_s);

	q->until_s = moved(q->until_s, r->per_s, now_s);
	if (ours)
		q->own_until_s = moved(q->own_until_s, own_per_s(r), now_s);
	return q->until_s - from_s;
}

void
quota_give_back(struct quota *q, const struct quota_rate *r, bool ours,
    double taken_s, double at_s, double now_s)
{
	if (now_s - at_s > burst_s(r->per_s))
		return;
	q->until_s -= taken_s;
	if (ours)
		q->own_until_s -= taken_s * r->per_s / own_per_s(r);
}

static double
rescaled(double until_s, double factor, double per_s, double now_s)
{
	double ahead_s = until_s - now_s;

	if (ahead_s <= 0)
		return until_s;
	return now_s + fmin(ahead_s * factor, burst_s(per_s));
}

void
quota_changed(struct quota *q, double was_per_s, const struct quota_rate *r,
    double now_s)
{
	double factor = was_per_s / r->per_s;

	q->until_s = rescaled(q->until_s, factor, r->per_s, now_s);
	q->own_until_s =
	    rescaled(q->own_until_s, factor, own_per_s(r), now_s);
}

void
quota_not_after(struct quota *q, double now_s)
{
	q->until_s = fmin(q->until_s, now_s);
	q->own_until_s = fmin(q->own_until_s, now_s);
}
