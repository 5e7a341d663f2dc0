/* Constants from the simulations behind the score: a deferral moves the
 * probability by 0.3 and is half forgotten after 80 s; a site's allowance is
 * taken as 0.8 of the rate it last accepted and grows by 0.2 % a second, so
 * that it is tried again but not hammered. */
#include "lib/fleet/pair.h"

#include <math.h>
#include <stddef.h>

#define DEFERRAL_STEP 0.3
#define SUCCESS_FACTOR 0.9
#define DEFERRAL_TAU_S 120.0
#define BOOKED_TAU_S 3.0
#define SENT_TAU_S 10.0
#define LIMIT_FACTOR 0.8
#define LIMIT_GROWTH_PER_S 0.002
#define LIMIT_EVERY_S 2.0
#define LIMIT_MIN_PER_S 0.1
#define SESSION_WEIGHT 0.1
#define PROBE_TRUSTED_S 600.0
#define WARM_S 4.0
#define SESSION_ABOUT_S 0.5 /* what was just booked is not delivered yet */
#define LOG_EXTRA_WEIGHT 0.1
#define LOG_NOISE_S 0.03

static double
decayed(double value, double at_s, double now_s, double tau_s)
{
	if (value <= 0)
		return 0;
	if (now_s <= at_s)
		return value;
	/* Seven digits are plenty, in half the time: twice for each gateway of
	 * each choice. */
	return value * (double)expf((float)((at_s - now_s) / tau_s));
}

/* One odd sample is an accident; after two in a row the path is another one,
 * and a moving mean would take dozens of mails to see it. */
static void
learn_rtt(struct pair *p, double sample_s)
{
	int odd = rtt_odd((double)p->rtt_s, sample_s);

	if (odd != 0 && odd == rtt_odd((double)p->rtt_s, (double)p->odd_rtt_s)) {
		bool first_nearer =
		    odd > 0 ? (double)p->odd_rtt_s < sample_s
			    : (double)p->odd_rtt_s > sample_s;

		p->rtt_s = first_nearer ? p->odd_rtt_s : (float)sample_s;
		p->odd_rtt_s = 0;
		return;
	}
	p->rtt_s = (float)rtt_smooth((double)p->rtt_s, sample_s);
	p->odd_rtt_s = odd ? (float)sample_s : 0;
}

void
pair_stretch(struct pair *p, double factor, double since_s)
{
	if (p->rtt_s <= 0)
		return;
	if (p->odd_rtt_s > 0 && p->rtt_at_s >= since_s)
		p->rtt_s = p->odd_rtt_s;
	else if (p->rtt_at_s < since_s)
		p->rtt_s = (float)((double)p->rtt_s * factor);
	p->odd_rtt_s = 0;
}

void
pair_not_after(struct pair *p, double now_s)
{
	double *const times[] = {&p->rtt_at_s, &p->deferral_at_s,
	    &p->booked_at_s, &p->sent_at_s, &p->limit_at_s, &p->warm_at_s,
	    &p->probed_s};
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		*times[i] = fmin(*times[i], now_s);
}

/* A sample of the mail log beside a probe.  true: two in a row say that the path
 * is another one; *sample_s_r is then what to believe. */
static bool
log_contradicts(struct pair *p, double *sample_s_r)
{
	double rtt_s = (double)p->rtt_s, raw_s = *sample_s_r;
	double sample_s = raw_s - (double)p->log_extra_s;
	int odd = 0;

	/* What it has too much it may have less of, so only all of it below the
	 * estimate says that the path is shorter. */
	if (rtt_odd(rtt_s, raw_s) < 0) {
		odd = -1;
		sample_s = raw_s;
	} else if (p->log_extra_s > 0 && sample_s - rtt_s > LOG_NOISE_S) {
		odd = rtt_odd(rtt_s, sample_s);
	}
	if (odd == 0) {
		double extra_s = fmax(raw_s - rtt_s, RTT_MIN_S);

		p->log_extra_s += p->log_extra_s > 0
		    ? (float)(LOG_EXTRA_WEIGHT *
			  (extra_s - (double)p->log_extra_s))
		    : (float)extra_s;
		p->odd_rtt_s = 0;
		return false;
	}
	if (odd != rtt_odd(rtt_s, (double)p->odd_rtt_s)) {
		p->odd_rtt_s = (float)sample_s;
		return false;
	}
	*sample_s_r = odd > 0 ? fmin(sample_s, (double)p->odd_rtt_s)
			      : fmax(sample_s, (double)p->odd_rtt_s);
	return true;
}

void
pair_rtt(struct pair *p, double sample_s, enum rtt_source source, double at_s)
{
	bool probed = p->source == RTT_PROBE && p->rtt_s > 0 &&
	    at_s - p->rtt_at_s < PROBE_TRUSTED_S;

	if (source == RTT_LOG && probed) {
		if (!log_contradicts(p, &sample_s))
			return;
		p->rtt_s = 0;
	} else if (source == RTT_LOG && sample_s > (double)p->log_extra_s) {
		sample_s -= (double)p->log_extra_s;
	}
	/* The first probe replaces a coarse value instead of averaging it in:
	 * delays= includes the greeting delay of some servers. */
	if (source == RTT_PROBE && p->source == RTT_LOG)
		p->rtt_s = p->odd_rtt_s = 0;
	if (source == RTT_PROBE) {
		p->unanswered = 0;
		p->probed_s = fmax(p->probed_s, at_s);
	}
	learn_rtt(p, sample_s);
	p->source = (uint8_t)source;
	if (at_s > p->rtt_at_s)
		p->rtt_at_s = at_s;
}

void
pair_asked(struct pair *p, double now_s)
{
	p->probed_s = fmax(p->probed_s, now_s);
	if (p->unanswered < UINT8_MAX)
		p->unanswered++;
}

void
pair_booked(struct pair *p, double now_s)
{
	p->booked_per_s =
	    (float)(pair_booked_per_s(p, now_s) + 1 / BOOKED_TAU_S);
	p->booked_at_s = now_s;
	if (pair_warm(p, now_s))
		p->warm--;
	if (p->open < UINT32_MAX)
		p->open++;
}

void
pair_unbooked(struct pair *p)
{
	if (p->open > 0)
		p->open--;
}

void
pair_sent(struct pair *p, double session_s, double now_s)
{
	p->deferral_probability =
	    (float)(SUCCESS_FACTOR * pair_deferral_probability(p, now_s));
	p->deferral_at_s = now_s;
	p->sent_per_s = (float)(decayed((double)p->sent_per_s, p->sent_at_s,
				    now_s, SENT_TAU_S) +
	    1 / SENT_TAU_S);
	p->sent_at_s = now_s;
	if (!pair_warm(p, now_s))
		p->warm = 0;
	if (p->warm < UINT8_MAX)
		p->warm++;
	p->warm_at_s = now_s;
	if (session_s <= 0)
		return;
	if (p->session_s > 0)
		session_s = (double)p->session_s +
		    SESSION_WEIGHT * (session_s - (double)p->session_s);
	p->session_s = (float)session_s;
}

void
pair_deferred(struct pair *p, double now_s)
{
	double pd = pair_deferral_probability(p, now_s);

	p->deferral_probability = (float)(pd + DEFERRAL_STEP * (1 - pd));
	p->deferral_at_s = now_s;
}

double
pair_throttled(struct pair *p, double now_s)
{
	double rate, limit;

	if (p->limit_per_s > 0 && now_s - p->limit_at_s <= LIMIT_EVERY_S)
		return 0;
	rate = decayed((double)p->sent_per_s, p->sent_at_s, now_s, SENT_TAU_S);
	limit = limit_now((double)p->limit_per_s, p->limit_at_s, now_s);
	if (limit <= 0 || rate < limit)
		limit = rate;
	limit *= LIMIT_FACTOR;
	if (limit < LIMIT_MIN_PER_S)
		limit = LIMIT_MIN_PER_S;
	p->limit_per_s = (float)limit;
	p->limit_at_s = now_s;
	return limit;
}

bool
pair_warm(const struct pair *p, double now_s)
{
	return p->warm > 0 && now_s >= p->warm_at_s &&
	    now_s - p->warm_at_s < WARM_S;
}

double
pair_open(const struct pair *p, double news_s, double now_s)
{
	double silent_s, left;

	if (p->sent_at_s > news_s)
		news_s = p->sent_at_s;
	silent_s = now_s - news_s - SESSION_ABOUT_S;
	if (silent_s <= 0)
		return p->open;
	left = p->open - silent_s *
	    decayed((double)p->sent_per_s, p->sent_at_s, news_s, SENT_TAU_S);
	return left > 0 ? left : 0;
}

double
pair_deferral_probability(const struct pair *p, double now_s)
{
	return decayed((double)p->deferral_probability, p->deferral_at_s,
	    now_s, DEFERRAL_TAU_S);
}

double
pair_booked_per_s(const struct pair *p, double now_s)
{
	return decayed(
	    (double)p->booked_per_s, p->booked_at_s, now_s, BOOKED_TAU_S);
}

double
limit_now(double limit_per_s, double limit_at_s, double now_s)
{
	if (limit_per_s <= 0)
		return 0;
	if (now_s <= limit_at_s)
		return limit_per_s;
	return limit_per_s * (1 + LIMIT_GROWTH_PER_S * (now_s - limit_at_s));
}
