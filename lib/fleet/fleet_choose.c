/* The choice itself: every gateway is looked at, which for 256 of them takes
 * less time than asking anybody else. */
#include "lib/fleet/fleet.h"

#include <math.h>

/* What the gateways would measure that have not measured the site: worked out
 * only when one is met. */
struct prediction {
	bool looked;
	double min_s, mean_s;
};

static double
predict(struct fleet *f, struct prediction *p, const struct gateway *g,
    struct site *site)
{
	if (site && !p->looked) {
		fleet_place(f, site);
		site_rtt(site, &p->min_s, &p->mean_s);
		p->looked = true;
	}
	return fleet_predict_rtt(g, site, p->min_s, p->mean_s);
}

/* How long the gateway is to send the site nothing, as the admin wants it. */
static double
quota_wait(const struct fleet *f, const struct fleet_question *q, int slot,
    double now_s)
{
	struct quota_rate r = site_rate(&f->sites, q->site);

	return quota_wait_s(&q->site->quotas[slot], &r, q->earlier, now_s);
}

/* The most fit, then the least seconds, then the lowest id. */
static int
fitness(enum score_verdict v)
{
	return v == SCORE_ELIGIBLE ? 2 : v == SCORE_SITE_RATE;
}

static bool
goes_before(const struct fleet *f, const struct fleet_choice *c, int a, int b)
{
	enum score_verdict a_is = c->score[a].verdict;
	enum score_verdict b_is = c->score[b].verdict;

	if (a_is != b_is && fitness(a_is) != fitness(b_is))
		return fitness(a_is) > fitness(b_is);
	if (fitness(a_is) && c->score[a].total_s < c->score[b].total_s)
		return true;
	if (fitness(a_is) && c->score[a].total_s > c->score[b].total_s)
		return false;
	return strcmp(f->gateways.slot[a]->id, f->gateways.slot[b]->id) < 0;
}

/* Insertion is fine for the whole order of explain; the choice itself needs the
 * best two only. */
static void
rank(const struct fleet *f, struct fleet_choice *c, int slot, bool whole)
{
	int i = c->n++;

	if (c->score[slot].verdict == SCORE_ELIGIBLE)
		c->n_eligible++;
	if (!whole && i > 2)
		i = 2;
	while (i > 0 && goes_before(f, c, slot, c->order[i - 1])) {
		if (whole || i < 2)
			c->order[i] = c->order[i - 1];
		i--;
	}
	if (whole || i < 2)
		c->order[i] = slot;
}

/* A gateway that takes longer is not among the best two, whatever its risks. */
static double
enough_s(const struct fleet_choice *c, bool whole)
{
	return whole || c->n_eligible < 2 ? (double)INFINITY
					  : c->score[c->order[1]].total_s;
}

/* Of a gateway that is alive. */
static enum score_verdict
fit_for(const struct fleet *f, const struct fleet_question *q, int slot,
    double now_s)
{
	if (!gateways_hold(&f->gateways, f->gateways.slot[slot]))
		return SCORE_NO_ASSETS;
	if (q->routable && !q->routable[slot])
		return SCORE_NOT_ROUTABLE;
	if (q->site && q->site->quotas && quota_wait(f, q, slot, now_s) > 0)
		return SCORE_SITE_RATE;
	return SCORE_ELIGIBLE;
}

/* whole: every term of every gateway, to explain.  Else a gateway that is worse
 * than two others without its risks is not looked at further. */
static void
score_all(struct fleet *f, const struct fleet_question *q, double now_s,
    bool whole, struct fleet_choice *out)
{
	const struct pair *pair = q->site ? q->site->pairs : NULL;
	const struct pair *end = pair ? pair + q->site->n_pairs : NULL;
	struct prediction prediction = {0};
	struct score_mail mail;
	struct score_question one = {.mail = &mail,
	    .site = q->site ? &q->site->limit : NULL,
	    .now_s = now_s};
	int slot;

	out->n = out->n_eligible = 0;
	score_mail_init(
	    &mail, q->size_bytes, f->mean_bytes, f->report_interval_s);
	gateways_want(&f->gateways, q->asset_digest);
	for (slot = 0; slot < f->gateways.n_slots; slot++) {
		struct gateway *g = f->gateways.slot[slot];
		struct score *s = &out->score[slot];

		if (!g)
			continue;
		/* Both are in the order of slots. */
		while (pair < end && pair->gateway < slot)
			pair++;
		one.g = &g->state;
		one.pair = pair < end && pair->gateway == slot ? pair : NULL;
		if (!one.pair || one.pair->rtt_s <= 0)
			one.predicted_rtt_s =
			    predict(f, &prediction, g, q->site);
		score_gateway(&one, enough_s(out, whole), s);
		if (s->verdict == SCORE_ELIGIBLE)
			s->verdict = fit_for(f, q, slot, now_s);
		rank(f, out, slot, whole);
	}
}

/* The MTA keeps a queue per exact list of gateways, so the second choice of a
 * first choice stays as long as it may; a site's limit that comes and goes with
 * every mail does not end it. */
static int
second_choice(struct gateway *first, const struct fleet_choice *c, int best,
    double now_s, bool keep)
{
	int kept = first->second_slot;

	if (kept >= 0 && kept != first->slot &&
	    now_s - first->second_at_s < FLEET_SECOND_KEPT_S &&
	    fitness(c->score[kept].verdict) > 0)
		return kept;
	if (keep && (best != kept ||
	    now_s - first->second_at_s >= FLEET_SECOND_KEPT_S)) {
		first->second_slot = best;
		first->second_at_s = now_s;
	}
	return best;
}

void
fleet_choose(struct fleet *f, const struct fleet_question *q, double now_s,
    bool keep, struct fleet_choice *out_r)
{
	score_all(f, q, now_s, !keep, out_r);
	out_r->first = out_r->second = -1;
	out_r->reason = "none";
	if (out_r->n_eligible == 0)
		return;
	out_r->first = out_r->order[0];
	out_r->reason = score_reason(&out_r->score[out_r->first],
	    out_r->n_eligible > 1 ? &out_r->score[out_r->order[1]] : NULL);
	if (out_r->n > 1 &&
	    fitness(out_r->score[out_r->order[1]].verdict) > 0)
		out_r->second = second_choice(
		    f->gateways.slot[out_r->first], out_r, out_r->order[1],
		    now_s, keep);
}

double
fleet_site_rate_wait_s(const struct fleet *f, const struct fleet_question *q,
    const struct fleet_choice *c, double now_s)
{
	double least_s = -1, wait_s;
	struct quota_rate r;
	int slot;

	if (!q->site || !q->site->quotas)
		return -1;
	r = site_rate(&f->sites, q->site);
	for (slot = 0; slot < f->gateways.n_slots; slot++) {
		if (!f->gateways.slot[slot] ||
		    c->score[slot].verdict != SCORE_SITE_RATE)
			continue;
		wait_s = quota_wait(f, q, slot, now_s) + quota_more_s(&r);
		if (least_s < 0 || wait_s < least_s)
			least_s = wait_s;
	}
	return least_s;
}
