/* The small form of the model: what was left out of it changed nothing that
 * could be measured.  Each term is a function, so that the next one finds its
 * place. */
#include "lib/fleet/score.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define EXTERNALITY 3.0       /* our bytes delay everybody behind us */
/* Connect, EHLO, STARTTLS 2, EHLO, MAIL+RCPT+DATA, final dot. */
#define DIALOGUE_ROUNDS 7.0
#define WARM_DIALOGUE_ROUNDS 2.0 /* MAIL+RCPT+DATA, final dot */
#define WARM_ROUNDS_LESS 2.5
#define RETRY_S 180.0         /* mean of Postfix's 60..300 s */
#define GATEWAY_DEFERRAL_WEIGHT 0.5
#define SLOW_START_OCTETS 14600.0 /* RFC 6928: ten segments */
#define SLOW_START_DOUBLINGS 7
#define SIZE_MAX_BYTES 1e12
#define OCTETS_PER_ROUND 1e6
#define THROTTLE_FROM 0.7     /* of the known allowance */
#define THROTTLE_MAX 3.0

const char *
score_term_name(enum score_term t)
{
	static const char *const names[] = {
	    "queue", "rtt", "sessions", "deferral", "throttle"};

	return (size_t)t < SCORE_N_TERMS ? names[t] : "unknown";
}

const char *
score_verdict_name(enum score_verdict v)
{
	static const char *const names[] = {"eligible", "drained", "dead",
	    "silent", "refused", "no_assets", "not_routable", "site_rate"};

	return (size_t)v < SCORE_N_VERDICTS ? names[v] : "unknown";
}

const char *
score_limit_name(enum score_limit l)
{
	static const char *const names[] = {
	    "none", "learned", "site", "admin"};

	return (size_t)l < sizeof(names) / sizeof(names[0]) ? names[l]
							    : "unknown";
}

double
score_silent_after_s(const struct score_gateway *g, double report_interval_s)
{
	return SCORE_SILENT_INTERVALS * (g->report_interval_s > 0 ?
	    g->report_interval_s : report_interval_s);
}

enum score_verdict
score_alive(
    const struct score_gateway *g, double report_interval_s, double now_s)
{
	if (g->drained)
		return SCORE_DRAINED;
	if (!g->reported)
		return SCORE_DEAD;
	if (now_s - g->last_report_s >
	    score_silent_after_s(g, report_interval_s))
		return SCORE_SILENT;
	if (g->refused_s > g->last_report_s)
		return SCORE_REFUSED;
	return SCORE_ELIGIBLE;
}

double
score_wait_s(const struct score_gateway *g, double now_s)
{
	double wait_s = g->busy_until_s - now_s;

	return (wait_s > 0 ? wait_s : 0) + g->unseen_s;
}

double
score_rounds(double size_bytes)
{
	double window = SLOW_START_OCTETS, sent = 0, rest;
	int doublings = 0;

	while (sent + window < size_bytes &&
	    doublings < SLOW_START_DOUBLINGS) {
		sent += window;
		window *= 2;
		doublings++;
	}
	rest = size_bytes - sent;
	return doublings + 0.5 +
	    (rest > OCTETS_PER_ROUND ? rest / OCTETS_PER_ROUND - 1 : 0);
}

void
score_mail_init(struct score_mail *m, double size_bytes, double mean_bytes,
    double report_interval_s)
{
	double size = size_bytes > 0 ? fmin(size_bytes, SIZE_MAX_BYTES) : 0;

	*m = (struct score_mail){.own_share = 1,
	    .rounds = score_rounds(size),
	    .report_interval_s = report_interval_s};
	if (mean_bytes >= 1) {
		m->in_the_way = EXTERNALITY * size / mean_bytes;
		if (size < mean_bytes)
			m->own_share = size / mean_bytes;
	}
}

int
score_site_sessions(const struct score_gateway *g)
{
	return g->site_sessions > 0 ? g->site_sessions : SCORE_SITE_SESSIONS;
}

/* A site that is full: how long until one of our sessions there ends, beyond
 * what the mail waits for the gateway meanwhile. */
static double
sessions_term(const struct score_gateway *g, const struct pair *p,
    const struct score *s, const struct score_mail *mail, double now_s)
{
	double own_s = s->wait_s * mail->own_share;
	int most = score_site_sessions(g);
	double session = (double)p->session_s, wait, open;

	if ((int)p->open < most)
		return 0;
	open = pair_open(p, g->last_report_s, now_s);
	if (open < most)
		return 0;
	if (session <= 0)
		session = 0.1 + s->rtt_s * (2 + mail->rounds / 2);
	wait = (open - most + 1) / most * session;
	return wait > own_s ? wait - own_s : 0;
}

/* An open connection saves the dialogue up to MAIL, and its window is open. */
static double
rtt_term(const struct score *s, double rounds)
{
	if (!s->warm)
		return s->rtt_s * (DIALOGUE_ROUNDS + rounds);
	rounds -= WARM_ROUNDS_LESS;
	if (rounds < 0.5)
		rounds = 0.5;
	return s->rtt_s * (WARM_DIALOGUE_ROUNDS + rounds);
}

/* The gateway's own experience, or else what the site taught others; never more
 * than the admin allows. */
static inline double
find_limit(const struct pair *pair, const struct score_site *site,
    double now_s, enum score_limit *source_r)
{
	double limit = pair ? limit_now((double)pair->limit_per_s,
				  pair->limit_at_s, now_s)
			    : 0;

	*source_r = SCORE_LIMIT_LEARNED;
	if (limit <= 0 && site) {
		limit = limit_now(site->limit_per_s, site->limit_at_s, now_s);
		*source_r = SCORE_LIMIT_SITE;
	}
	if (site && site->max_per_s > 0 &&
	    (limit <= 0 || site->max_per_s < limit)) {
		limit = site->max_per_s;
		*source_r = SCORE_LIMIT_ADMIN;
	}
	if (limit <= 0)
		*source_r = SCORE_LIMIT_NONE;
	return limit;
}

double
score_limit(const struct pair *pair, const struct score_site *site,
    double now_s, enum score_limit *source_r)
{
	return find_limit(pair, site, now_s, source_r);
}

static double
throttle_term(const struct pair *p, const struct score_site *site,
    double now_s)
{
	enum score_limit source;
	double limit = find_limit(p, site, now_s, &source);
	double excess = pair_booked_per_s(p, now_s) - THROTTLE_FROM * limit;
	double unit = (1 - THROTTLE_FROM) * limit;

	if (limit <= 0 || excess <= 0)
		return 0;
	return RETRY_S *
	    (excess < THROTTLE_MAX * unit ? excess / unit : THROTTLE_MAX);
}

static void
choose_rtt(const struct pair *p, double predicted_s, double now_s,
    struct score *out)
{
	if (p && p->rtt_s > 0) {
		out->rtt_s = (double)p->rtt_s;
		out->rtt_source = (enum rtt_source)p->source;
		out->rtt_age_s = now_s > p->rtt_at_s ? now_s - p->rtt_at_s : 0;
		return;
	}
	out->rtt_s = predicted_s > RTT_MIN_S ? predicted_s : RTT_MIN_S;
	out->rtt_source = RTT_PREDICTED;
	out->rtt_age_s = -1;
}

/* Cheap terms first: most gateways are out of the running before the others. */
static void
add_terms(const struct score_question *q, double enough_s, struct score *s)
{
	double *term = s->term_s, deferral;

	term[SCORE_QUEUE] =
	    s->wait_s * (q->mail->own_share + q->mail->in_the_way);
	term[SCORE_RTT] = rtt_term(s, q->mail->rounds);
	s->total_s = term[SCORE_QUEUE] + term[SCORE_RTT];
	if (s->total_s > enough_s)
		return;
	deferral = GATEWAY_DEFERRAL_WEIGHT * q->g->deferral_probability;
	if (q->pair)
		deferral += pair_deferral_probability(q->pair, q->now_s);
	term[SCORE_DEFERRAL] = RETRY_S * deferral;
	s->total_s += term[SCORE_DEFERRAL];
	if (!q->pair || s->total_s > enough_s)
		return;
	term[SCORE_SESSIONS] =
	    sessions_term(q->g, q->pair, s, q->mail, q->now_s);
	term[SCORE_THROTTLE] = throttle_term(q->pair, q->site, q->now_s);
	s->total_s += term[SCORE_SESSIONS] + term[SCORE_THROTTLE];
}

void
score_gateway(
    const struct score_question *q, double enough_s, struct score *out_r)
{
	const struct score_gateway *g = q->g;

	out_r->verdict = score_alive(g, q->mail->report_interval_s, q->now_s);
	out_r->wait_s = score_wait_s(g, q->now_s);
	choose_rtt(q->pair, q->predicted_rtt_s, q->now_s, out_r);
	out_r->warm = q->pair && g->reuses_connections &&
	    pair_warm(q->pair, q->now_s);
	memset(out_r->term_s, 0, sizeof(out_r->term_s));
	add_terms(q, enough_s, out_r);
}

const char *
score_reason(const struct score *best, const struct score *second)
{
	int i, largest = 0;

	if (!second)
		return "only";
	for (i = 1; i < SCORE_N_TERMS; i++)
		if (second->term_s[i] - best->term_s[i] >
		    second->term_s[largest] - best->term_s[largest])
			largest = i;
	if (second->term_s[largest] <= best->term_s[largest])
		return "equal";
	return score_term_name((enum score_term)largest);
}
