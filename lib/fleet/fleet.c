#include "lib/fleet/fleet.h"

#include <stdlib.h>

#include "lib/base/codec.h"

#define MEAN_BYTES_START 250000.0
#define MEAN_WEIGHT 0.001
#define SITE_IN_USE_S 3600.0 /* probed that long after its last mail */
#define LIMIT_WORTH_SHARING_PER_S 0.25
#define LIMIT_OLD_WEIGHT 0.7
#define LIMIT_OLD_S 60.0

void
fleet_init(struct fleet *f, double report_interval_s, double probe_interval_s,
    bool probes)
{
	*f = (struct fleet){.mean_bytes = MEAN_BYTES_START,
	    .mean_weight = 1,
	    .report_interval_s = report_interval_s,
	    .probe_interval_s = probe_interval_s,
	    .probes = probes};
	sites_init(&f->sites, SITES_MAX);
	bookings_init(&f->bookings);
}

void
fleet_free(struct fleet *f)
{
	bookings_free(&f->bookings, &f->gateways);
	sites_free(&f->sites);
	gateways_free(&f->gateways);
}

void
fleet_restore_mean(struct fleet *f, double mean_bytes)
{
	f->mean_bytes = mean_bytes;
	f->mean_weight = MEAN_WEIGHT;
}

static bool
named(const struct fleet_row *rows, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(rows[i].id, id) == 0)
			return true;
	return false;
}

void
fleet_configure(struct fleet *f, const struct fleet_row *rows, size_t n)
{
	struct gateways *all = &f->gateways;
	size_t i;
	int slot;

	for (slot = all->n_slots - 1; slot >= 0; slot--) {
		if (!all->slot[slot] || named(rows, n, all->slot[slot]->id))
			continue;
		bookings_forget_gateway(&f->bookings, all, slot);
		sites_forget_gateway(&f->sites, slot);
		gateway_remove(all, slot);
	}
	for (i = 0; i < n; i++)
		(void)gateway_add(
		    all, rows[i].id, rows[i].host, rows[i].bytes_per_s);
}

static void
score_all(const struct fleet *f, const struct fleet_question *q, double now_s,
    struct fleet_choice *out)
{
	const struct score_mail mail = {.size_bytes = q->size_bytes,
	    .mean_bytes = f->mean_bytes,
	    .report_interval_s = f->report_interval_s};
	double site_min = 0, site_mean = 0;
	int slot;

	if (q->site)
		site_rtt(q->site, &site_min, &site_mean);
	for (slot = 0; slot < f->gateways.n_slots; slot++) {
		const struct gateway *g = f->gateways.slot[slot];
		struct score *s = &out->score[slot];

		if (!g)
			continue;
		score_gateway(&g->state,
		    q->site ? site_pair(q->site, slot) : NULL,
		    q->site ? &q->site->limit : NULL, &mail,
		    rtt_predict(g->rtt_mean_s, site_min, site_mean), now_s, s);
		if (s->verdict != SCORE_ELIGIBLE)
			continue;
		if (!gateway_has_assets(g, q->asset_digest))
			s->verdict = SCORE_NO_ASSETS;
		else if (q->routable && !q->routable[slot])
			s->verdict = SCORE_NOT_ROUTABLE;
	}
}

/* Eligible before the others, then the least seconds, then the lowest id. */
static bool
goes_before(const struct fleet *f, const struct fleet_choice *c, int a, int b)
{
	bool a_ok = c->score[a].verdict == SCORE_ELIGIBLE;
	bool b_ok = c->score[b].verdict == SCORE_ELIGIBLE;

	if (a_ok != b_ok)
		return a_ok;
	if (a_ok && c->score[a].total_s < c->score[b].total_s)
		return true;
	if (a_ok && c->score[a].total_s > c->score[b].total_s)
		return false;
	return strcmp(f->gateways.slot[a]->id, f->gateways.slot[b]->id) < 0;
}

/* Insertion is fine for the whole order of explain; the choice itself needs the
 * best two only. */
static void
order_all(const struct fleet *f, struct fleet_choice *c, bool whole)
{
	int slot, i;

	c->n = c->n_eligible = 0;
	for (slot = 0; slot < f->gateways.n_slots; slot++) {
		if (!f->gateways.slot[slot])
			continue;
		if (c->score[slot].verdict == SCORE_ELIGIBLE)
			c->n_eligible++;
		i = c->n++;
		if (!whole && i >= 2)
			i = 2;
		while (i > 0 && goes_before(f, c, slot, c->order[i - 1])) {
			if (whole || i < 2)
				c->order[i] = c->order[i - 1];
			i--;
		}
		if (whole || i < 2)
			c->order[i] = slot;
	}
}

/* The MTA keeps a queue per exact list of gateways, so the second choice of a
 * first choice stays as long as it may. */
static int
second_choice(struct gateway *first, const struct fleet_choice *c, int best,
    double now_s, bool keep)
{
	int kept = first->second_slot;

	if (kept >= 0 && kept != first->slot &&
	    now_s - first->second_at_s < FLEET_SECOND_KEPT_S &&
	    c->score[kept].verdict == SCORE_ELIGIBLE)
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
	score_all(f, q, now_s, out_r);
	order_all(f, out_r, !keep);
	out_r->first = out_r->second = -1;
	out_r->reason = "none";
	if (out_r->n_eligible == 0)
		return;
	out_r->first = out_r->order[0];
	out_r->reason = score_reason(&out_r->score[out_r->first],
	    out_r->n_eligible > 1 ? &out_r->score[out_r->order[1]] : NULL);
	if (out_r->n_eligible > 1)
		out_r->second = second_choice(
		    f->gateways.slot[out_r->first], out_r, out_r->order[1],
		    now_s, keep);
}

void
fleet_book(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE], int slot,
    struct site *site, double size_bytes, double now_s)
{
	f->mean_bytes += f->mean_weight * (size_bytes - f->mean_bytes);
	/* The plain mean at first: from a guess that is too small, a thousand
	 * mails would seem to be in everybody's way. */
	f->mean_weight /= 1 + f->mean_weight;
	if (f->mean_weight < MEAN_WEIGHT)
		f->mean_weight = MEAN_WEIGHT;
	booking_add(&f->bookings, &f->gateways, &f->sites, id, slot, site,
	    size_bytes, now_s);
}

bool
fleet_unbook(
    struct fleet *f, const unsigned char id[BOOKING_ID_SIZE], double now_s)
{
	return booking_undo(&f->bookings, &f->gateways, id, now_s);
}

bool
fleet_report(struct fleet *f, struct gateway *g, const struct report *r,
    double now_s, int64_t now_wall_ms)
{
	int64_t accepted;
	int i;

	if (!gateway_report(g, r, f->report_interval_s, now_s, now_wall_ms,
		&accepted))
		return false;
	bookings_accepted(g, accepted, now_s);
	for (i = 0; i < r->n_rtt; i++) {
		double sample_s = (double)r->rtt[i].us / 1e6;

		if (sites_rtt(&f->sites, r->rtt[i].host, g->slot, sample_s,
			now_s - (double)r->rtt[i].age_ms / 1e3) > 0)
			gateway_rtt(g, sample_s);
	}
	return true;
}

void
fleet_refused(struct gateway *g, double now_s)
{
	g->state.refused_s = now_s;
}

static bool
prefers(const struct site *s, const char *host)
{
	int i;

	for (i = 0; i < s->n_hosts; i++)
		if (strcmp(s->hosts[i], host) == 0)
			return true;
	return false;
}

/* c of delays= is three round trips in a fresh session: TCP, greeting, EHLO. */
static void
learn_rtt(struct gateway *g, const struct site *site, struct pair *p,
    const struct delivery *d, double now_s)
{
	int64_t c_us = d->delays_us[2];
	double sample_s;

	if (d->conn_use != 1 || c_us <= 0 || !prefers(site, d->relay_host))
		return;
	sample_s = (double)c_us / 3e6;
	pair_rtt(p, sample_s, RTT_LOG, now_s);
	if (g->rtt_mean_s <= 0)
		gateway_rtt(g, sample_s);
}

static void
learn_limit(struct site *site, double limit_per_s, double now_s)
{
	struct score_site *l = &site->limit;

	if (limit_per_s <= LIMIT_WORTH_SHARING_PER_S)
		return;
	if (l->limit_per_s > 0 && now_s - l->limit_at_s < LIMIT_OLD_S)
		limit_per_s = LIMIT_OLD_WEIGHT * l->limit_per_s +
		    (1 - LIMIT_OLD_WEIGHT) * limit_per_s;
	l->limit_per_s = limit_per_s;
	l->limit_at_s = now_s;
}

void
fleet_delivery(struct fleet *f, struct gateway *g, struct site *site,
    const struct delivery *d, double now_s)
{
	double session_s = 0;
	struct pair *p;
	struct buf id = {0};

	if (hex_decode(&id, slice_of(d->ticket)) == 0 &&
	    id.len == BOOKING_ID_SIZE)
		booking_done(&f->bookings, &f->gateways,
		    (const unsigned char *)id.data, g->slot, now_s);
	buf_free(&id);

	if (d->status == DELIVERY_DEFERRED)
		gateway_deferred(g);
	else if (d->status == DELIVERY_SENT)
		gateway_sent(g);
	if (!site)
		return;
	p = sites_pair(&f->sites, site, g->slot);
	site->dirty = true;
	if (d->status == DELIVERY_DEFERRED) {
		learn_limit(site, pair_deferred(p, now_s), now_s);
		return;
	}
	if (d->delays_us[2] >= 0 && d->delays_us[3] >= 0)
		session_s = (double)(d->delays_us[2] + d->delays_us[3]) / 1e6;
	if (d->status == DELIVERY_SENT)
		pair_sent(p, session_s, now_s);
	learn_rtt(g, site, p, d, now_s);
}

int
fleet_to_probe(struct fleet *f, struct gateway *g, double now_s,
    const char *hosts_r[REPORT_PROBES_MAX])
{
	if (!f->probes)
		return 0;
	return sites_to_probe(&f->sites, g->slot, now_s, SITE_IN_USE_S,
	    f->probe_interval_s, &g->probe_at, REPORT_PROBES_MAX, hosts_r);
}

void
fleet_tick(struct fleet *f, double now_s)
{
	bookings_expire(&f->bookings, &f->gateways, now_s);
}
