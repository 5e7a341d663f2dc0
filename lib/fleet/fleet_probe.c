/* Probes are planned site by site, the recently used first, as often as the rate
 * allows, and wait at the gateway for its next report.  What nobody knows yet
 * goes before what is only old. */
#include "lib/fleet/fleet.h"

#include <math.h>
#include <stdlib.h>

#include "lib/base/mem.h"

#define PLAN_EVERY_S 0.1
#define SETTLE_S 5.0           /* for the agents to connect, after a start */
#define LANDMARKS_EVERY_S 10.0 /* a look whether others would be better */
#define SITE_IN_USE_S 3600.0   /* probed that long after its last mail */
#define LOOK 256               /* sites, in one of two searches */
#define AGAIN_SHARE 0.5 /* of the rate must be left to measure again */
/* An agent that so many times in a row found no mail server at all sits behind a
 * filter: it is asked now and then whether it still does. */
#define MUTE_ASKS 64
#define MUTE_S 600.0

_Static_assert(PROBE_VIEWS_MAX >= GATEWAYS_MAX, "every gateway has a view");

struct plan {
	struct fleet *f;
	double now_s;
	double per_s; /* our share of the rate */
	int n;
	struct probe_view view[PROBE_VIEWS_MAX]; /* by id */
	struct gateway *gateway[PROBE_VIEWS_MAX]; /* of each view */
};

/* One that refused a connection of the MTA is still there to measure. */
static bool
able(const struct fleet *f, const struct gateway *g, double now_s)
{
	enum score_verdict v =
	    score_alive(&g->state, f->report_interval_s, now_s);

	return (v == SCORE_ELIGIBLE || v == SCORE_REFUSED) &&
	    g->probes_per_s > 0 &&
	    (g->unanswered < MUTE_ASKS || now_s - g->probe_asked_s >= MUTE_S);
}

static int
by_id(const void *a, const void *b)
{
	const struct gateway *const *ga = a, *const *gb = b;

	return strcmp((*ga)->id, (*gb)->id);
}

static void
forget_orders(struct gateway *g)
{
	while (g->n_to_probe > 0)
		free(g->to_probe[--g->n_to_probe]);
}

/* What a gateway did not fetch before it was gone is not kept for its return: all
 * of that at once would be above the rate. */
static void
view_gateways(struct plan *p)
{
	const struct gateways *all = &p->f->gateways;
	int slot, i;

	p->n = 0;
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot])
			p->gateway[p->n++] = all->slot[slot];
	qsort(p->gateway, (size_t)p->n, sizeof(p->gateway[0]), by_id);
	for (i = 0; i < p->n; i++) {
		p->view[i] = (struct probe_view){.place = &p->gateway[i]->place,
		    .able = able(p->f, p->gateway[i], p->now_s),
		    .landmark = p->gateway[i]->landmark,
		    .shown = p->gateway[i]->shown};
		if (!p->view[i].able)
			forget_orders(p->gateway[i]);
	}
}

static void
choose_landmarks(struct plan *p)
{
	bool anew = p->now_s - p->f->landmarks_s >= LANDMARKS_EVERY_S;
	int i;

	probe_landmarks(p->view, p->n, anew);
	for (i = 0; i < p->n; i++)
		p->gateway[i]->landmark = p->view[i].landmark;
	if (anew)
		p->f->landmarks_s = p->now_s;
}

static void
view_site(struct plan *p, struct site *s)
{
	const struct pair *by_slot[GATEWAYS_MAX] = {NULL};
	double min_s, mean_s, mail_s = p->now_s - p->f->probe_interval_s;
	unsigned k;
	int i;

	fleet_place(p->f, s);
	site_rtt(s, &min_s, &mean_s);
	for (k = 0; k < s->n_pairs; k++)
		by_slot[s->pairs[k].gateway] = &s->pairs[k];
	for (i = 0; i < p->n; i++) {
		const struct gateway *g = p->gateway[i];
		const struct pair *known = by_slot[g->slot];
		struct probe_view *v = &p->view[i];

		v->measured = known && known->rtt_s > 0;
		v->guess_s = v->measured
		    ? (double)known->rtt_s
		    : fleet_expect_rtt(g, s, min_s, mean_s);
		v->mail = known &&
		    (known->open > 0 ||
			(known->booked_at_s > 0 &&
			    known->booked_at_s > mail_s));
		v->probed_s = known ? known->probed_s : 0;
		v->unanswered = known ? known->unanswered : 0;
	}
}

/* false: not now, for want of a turn. */
static bool
order(struct plan *p, struct site *s, int i)
{
	struct sites *all = &p->f->sites;
	struct probe_rate *rate = &p->f->probe_rate;
	struct probe_view *v = &p->view[i];
	struct gateway *g = p->gateway[i];
	double kept = 0;

	if (v->measured || v->probed_s > 0)
		kept = AGAIN_SHARE * p->per_s;
	probe_rate_fill(
	    &g->probe_rate, g->probes_per_s / p->f->policyds, p->now_s);
	if (rate->left < 1 || rate->left < kept || g->probe_rate.left < 1 ||
	    g->n_to_probe == REPORT_PROBES_MAX)
		return false;
	if (!site_pair(s, g->slot)) {
		if (all->n_pairs >= all->max_pairs)
			return false;
		v->shown = ++g->shown;
	}
	rate->left--;
	g->probe_rate.left--;
	g->to_probe[g->n_to_probe++] = xstrdup(s->name);
	pair_asked(sites_pair(all, s, g->slot), p->now_s);
	return true;
}

static void
plan_site(struct plan *p, struct site *s)
{
	struct probe_plan todo;
	int i;

	if (s->n_hosts == 0 || p->now_s < s->probe_look_s ||
	    p->now_s - s->last_used_s > SITE_IN_USE_S)
		return;
	view_site(p, s);
	probe_site(p->view, p->n, p->now_s, p->f->probe_interval_s, &todo);
	s->probe_look_s = todo.again_s;
	for (i = 0; i < todo.n; i++)
		if (!order(p, s, todo.ask[i]))
			s->probe_look_s = p->now_s;
}

/* Landmarks are not well chosen from those few that report first. */
static bool
settled(struct plan *p)
{
	int i, here = 0;

	for (i = 0; i < p->n; i++)
		here += p->view[i].able;
	if (here > 0 && p->f->first_able_s <= 0)
		p->f->first_able_s = p->now_s;
	return here == p->n || (here > 0 &&
	    p->now_s - p->f->first_able_s >= SETTLE_S);
}

static void
plan(struct fleet *f, double now_s)
{
	struct plan p = {.f = f,
	    .now_s = now_s,
	    .per_s = f->probes_per_s / f->policyds};
	struct sites *all = &f->sites;
	struct site *s;
	int look = LOOK;

	if (now_s - f->planned_s < PLAN_EVERY_S)
		return;
	f->planned_s = now_s;
	probe_rate_fill(&f->probe_rate, p.per_s, now_s);
	view_gateways(&p);
	if (!settled(&p))
		return;
	choose_landmarks(&p);
	TAILQ_FOREACH (s, &all->by_use, by_use) {
		if (look-- == 0 || f->probe_rate.left < 1)
			break;
		plan_site(&p, s);
	}
	for (look = 0; look < LOOK && (size_t)look < all->n; look++) {
		if (f->probe_rate.left < 1)
			break;
		f->probe_at = (f->probe_at + 1) % all->n;
		plan_site(&p, all->list[f->probe_at]);
	}
}

/* What came in the meantime is not asked for any more. */
static void
tell(struct fleet *f, struct gateway *g, const char *name, double now_s,
    struct report_probes *out)
{
	struct site *s = site_find(&f->sites, name);
	struct pair *known = s ? site_pair(s, g->slot) : NULL;

	if (!known || known->unanswered == 0 || s->n_hosts == 0)
		return;
	known->probed_s = fmax(known->probed_s, now_s);
	g->probe_asked_s = now_s;
	g->unanswered++;
	out->list[out->n++] = (struct report_probe){
	    site_host_in_turn(s, now_s, f->probe_interval_s), s->name};
}

void
fleet_to_probe(struct fleet *f, struct gateway *g, double now_s,
    struct report_probes *out_r)
{
	int i;

	*out_r = (struct report_probes){
	    .interval_ms = (int64_t)(f->probe_interval_s * 1000)};
	if (f->probes)
		plan(f, now_s);
	for (i = 0; f->probes && i < g->n_to_probe; i++)
		tell(f, g, g->to_probe[i], now_s, out_r);
	forget_orders(g);
}
