/* What one gateway has learned about one site.  About a hundred bytes, since
 * there are a hundred thousand of them.  Pure: time is an argument (seconds of
 * the monotonic clock).  The constants are explained in the .c. */
#ifndef NEARPOST_FLEET_PAIR_H
#define NEARPOST_FLEET_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/fleet/rtt.h"

struct pair {
	uint16_t gateway; /* slot in the gateway table */
	uint32_t open;    /* mails booked, neither delivered nor deferred yet */
	uint8_t source;   /* enum rtt_source */
	uint8_t warm;     /* connections that may still be open, at warm_at_s */
	uint8_t unanswered; /* probes asked for in a row */
	float rtt_s;      /* 0 = not measured */
	float odd_rtt_s;  /* the last sample, if it was odd; else 0 */
	float log_extra_s; /* what RTT_LOG has too much; 0 = not known */
	float deferral_probability; /* 0..1, as of deferral_at_s */
	float booked_per_s;         /* as of booked_at_s */
	float sent_per_s;           /* as of sent_at_s */
	float limit_per_s; /* what the site seems to allow; 0 = none learned */
	float session_s;   /* mean length of a session; 0 = not known */
	double rtt_at_s, deferral_at_s, booked_at_s, sent_at_s, limit_at_s;
	double warm_at_s;
	double probed_s; /* last asked to probe, or did; 0 = never */
};

/* A sample.  Beside what a probe measured within the last ten minutes a coarse one
 * (RTT_LOG) only shows how much it has too much: a greeting delay, TLS.  Two in a
 * row that contradict the probe all the same are believed, until the next. */
void pair_rtt(struct pair *p, double sample_s, enum rtt_source source,
    double at_s);
/* The gateway is asked to measure. */
void pair_asked(struct pair *p, double now_s);
/* All the gateway's ways have become so many times longer: an estimate from
 * before since_s is multiplied, an odd sample believed. */
void pair_stretch(struct pair *p, double factor, double since_s);
/* The clock went back: nothing has happened after now_s. */
void pair_not_after(struct pair *p, double now_s);
/* A mail was booked; a booking was undone. */
void pair_booked(struct pair *p, double now_s);
void pair_unbooked(struct pair *p);
/* Delivered, after a session of session_s (0 = not known). */
void pair_sent(struct pair *p, double session_s, double now_s);
/* Deferred by the site (4xx). */
void pair_deferred(struct pair *p, double now_s);
/* That may have been too much mail at a time.  Returns the newly learned limit per
 * second, 0 when none was learned: the site may keep it as prior for other
 * gateways. */
double pair_throttled(struct pair *p, double now_s);

/* Will the next mail find a connection open? */
bool pair_warm(const struct pair *p, double now_s);
/* Mails open now, when the gateway was last heard of at news_s: at the rate it
 * had, some were delivered since.  Never above p->open. */
double pair_open(const struct pair *p, double news_s, double now_s);
/* The values as of now: probabilities and rates decay, limits grow. */
double pair_deferral_probability(const struct pair *p, double now_s);
double pair_booked_per_s(const struct pair *p, double now_s);
double limit_now(double limit_per_s, double limit_at_s, double now_s);

#endif
