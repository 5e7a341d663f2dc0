/* Seconds until the recipient has the mail, if this gateway sends it: each term
 * by itself, and why a gateway is passed over.  Pure: structs and the time in,
 * struct out.  The sum is
 *
 *      queue      wait * (min(1, size / mean size) + 3 * size / mean size)
 *                 the gateway's backlog: sessions share the uplink, so a small
 *                 mail overtakes; and what our bytes do to all behind us
 *      rtt        round trip * (7 + rounds(size)); fewer when a connection is
 *                 still open: SMTP dialogue and TCP slow start
 *      sessions   the site takes only so many sessions of one gateway; waiting
 *                 for both at a time counts once
 *      deferral   180 s * probability of a 4xx: what a retry costs
 *      throttle   the same for a rate near what the site is known to allow, or
 *                 what our admin does, whichever is less
 *
 * The sum never shrinks when load, distance, size or deferrals grow. */
#ifndef NEARPOST_FLEET_SCORE_H
#define NEARPOST_FLEET_SCORE_H

#include <stdbool.h>

#include "lib/fleet/pair.h"

#define SCORE_SITE_SESSIONS 20 /* Postfix's default concurrency limit */
#define SCORE_SILENT_INTERVALS 3.5

enum score_term {
	SCORE_QUEUE = 0,
	SCORE_RTT,
	SCORE_SESSIONS,
	SCORE_DEFERRAL,
	SCORE_THROTTLE,
	SCORE_N_TERMS
};
/* Why a gateway is passed over, the first that holds. */
enum score_verdict {
	SCORE_ELIGIBLE = 0,
	SCORE_DRAINED,      /* taken out of service by an admin */
	SCORE_DEAD,         /* no report since policyd runs */
	SCORE_SILENT,       /* reported once, but not lately */
	SCORE_REFUSED,      /* refused a connection after its last report */
	SCORE_NO_ASSETS,    /* does not hold the asset set at its digest */
	SCORE_NOT_ROUTABLE, /* not in the asking MTA's transport table */
	SCORE_SITE_RATE,    /* has sent the site what the admin allows */
	SCORE_N_VERDICTS
};

/* How a gateway stands, whatever the mail.  Times: monotonic seconds. */
struct score_gateway {
	bool drained;
	bool reported;          /* at least once */
	bool reuses_connections; /* was seen to */
	int site_sessions;      /* at one site at a time; 0 = the default */
	double last_report_s;
	double report_interval_s; /* as its agent says; 0 = it does not */
	double refused_s;       /* last refused connection; 0 = never */
	double busy_until_s;    /* when its backlog will be gone */
	double unseen_s;        /* and how much later with what other policyds
	                         * may have booked meanwhile */
	double deferral_probability; /* over all sites, 0..1 */
};
/* What the site's other gateways have taught, and what the admin allows each of
 * them. */
struct score_site {
	double limit_per_s, limit_at_s; /* 0 = none learned */
	double max_per_s;               /* 0 = as much as it takes */
};
enum score_limit {
	SCORE_LIMIT_NONE = 0,
	SCORE_LIMIT_LEARNED, /* by this gateway */
	SCORE_LIMIT_SITE,    /* by others */
	SCORE_LIMIT_ADMIN
};
struct score_mail {
	double own_share;  /* of a gateway's wait, that it waits itself */
	double in_the_way; /* and how many times that it costs the others */
	double rounds;     /* of slow start */
	double report_interval_s;
};
struct score {
	enum score_verdict verdict;
	double total_s;
	double term_s[SCORE_N_TERMS];
	double rtt_s;
	enum rtt_source rtt_source;
	double rtt_age_s; /* -1 when predicted */
	double wait_s;
	bool warm;        /* a connection is expected to be open */
};

/* mean_bytes: of all mail. */
void score_mail_init(struct score_mail *m, double size_bytes,
    double mean_bytes, double report_interval_s);
/* pair: NULL when the gateway never met the site.  site: NULL when the site is
 * not known.  predicted_rtt_s: used when the pair has no measurement. */
struct score_question {
	const struct score_gateway *g;
	const struct pair *pair;
	const struct score_site *site;
	const struct score_mail *mail;
	double predicted_rtt_s, now_s;
};
/* Once the sum is above enough_s the rest of the terms, which take most of the
 * time, may be left at zero.  INFINITY: every term. */
void score_gateway(
    const struct score_question *q, double enough_s, struct score *out_r);
/* How long after its last report a gateway counts as silent.
 * report_interval_s: of one that does not say how often it reports. */
double score_silent_after_s(const struct score_gateway *g,
    double report_interval_s);
/* DRAINED, DEAD, SILENT, REFUSED or ELIGIBLE. */
enum score_verdict score_alive(const struct score_gateway *g,
    double report_interval_s, double now_s);
/* Seconds until what it has and may have got is gone. */
double score_wait_s(const struct score_gateway *g, double now_s);
/* TCP slow start: doublings of 14,600 octets until size is sent or 1 MB a round
 * trip is reached, one more per further MB, and half for the last answer. */
double score_rounds(double size_bytes);
/* Mails at one site that the gateway serves side by side. */
int score_site_sessions(const struct score_gateway *g);
/* Mails per second that count for the throttle term, and where that is known
 * from.  0 = no limit is known.  pair, site: may be NULL. */
double score_limit(const struct pair *pair, const struct score_site *site,
    double now_s, enum score_limit *source_r);
/* The term in which `best` beats `second` by most; "only" without a second. */
const char *score_reason(const struct score *best, const struct score *second);

const char *score_term_name(enum score_term t);       /* "queue" */
const char *score_verdict_name(enum score_verdict v); /* "no_assets" */
const char *score_limit_name(enum score_limit l);     /* "learned" */

#endif
