#include "lib/fleet/fleet.h"

#include <stdlib.h>

#include "lib/mail/deferral.h"

#define MEAN_BYTES_START 250000.0
#define MEAN_WEIGHT 0.001
#define SIZE_SANE_MAX 1e12
#define SESSION_MAX_S 3600.0
#define CONNECT_MAX_US 60000000
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
	    .probes = probes,
	    .probe_interval_s = probe_interval_s,
	    .probes_per_s = FLEET_PROBES_PER_S,
	    .policyds = 1};
	sites_init(&f->sites, SITES_MAX);
	bookings_init(&f->bookings);
}

void
fleet_free(struct fleet *f)
{
	bookings_free(&f->bookings, &f->gateways);
	sites_free(&f->sites);
	gateways_free(&f->gateways);
	predictions_free(&f->predictions);
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
	for (i = 0; i < n; i++) {
		slot = gateway_add(
		    all, rows[i].id, rows[i].host, rows[i].bytes_per_s);
		if (slot >= 0)
			all->slot[slot]->state.site_sessions =
			    rows[i].site_sessions;
	}
}

static double
sane_size(const struct fleet *f, double size_bytes)
{
	return size_bytes >= 1 && size_bytes <= SIZE_SANE_MAX ? size_bytes
							      : f->mean_bytes;
}

void
fleet_rebook(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE],
    int slot, struct site *site, double size_bytes, double at_s)
{
	const struct booking_of what = {
	    id, slot, site, sane_size(f, size_bytes), false};

	booking_add(&f->bookings, &f->gateways, &f->sites, &what, at_s);
}

static void
learn_mean(struct fleet *f, double size_bytes)
{
	f->mean_bytes += f->mean_weight * (size_bytes - f->mean_bytes);
	/* The plain mean at first: from a guess that is too small, a thousand
	 * mails would seem to be in everybody's way. */
	f->mean_weight /= 1 + f->mean_weight;
	if (f->mean_weight < MEAN_WEIGHT)
		f->mean_weight = MEAN_WEIGHT;
}

void
fleet_book_other(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE],
    int slot, struct site *site, double size_bytes, double now_s)
{
	size_bytes = sane_size(f, size_bytes);
	learn_mean(f, size_bytes);
	fleet_rebook(f, id, slot, site, size_bytes, now_s);
}

void
fleet_book(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE], int slot,
    struct site *site, double size_bytes, double now_s)
{
	const struct booking_of what = {
	    id, slot, site, sane_size(f, size_bytes), true};

	learn_mean(f, what.bytes);
	booking_add(&f->bookings, &f->gateways, &f->sites, &what, now_s);
}

bool
fleet_unbook(
    struct fleet *f, const unsigned char id[BOOKING_ID_SIZE], double now_s)
{
	return booking_undo(
	    &f->bookings, &f->gateways, &f->sites, id, now_s);
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

		fleet_rtt(f, g, r->rtt[i].host, sample_s,
		    now_s - (double)r->rtt[i].age_ms / 1e3);
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
	size_t len = strlen(host), name_len = strlen(s->name);
	int i;

	for (i = 0; i < s->n_hosts; i++)
		if (strcmp(s->hosts[i], host) == 0)
			return true;
	return s->pool && len > name_len && host[len - name_len - 1] == '.' &&
	    strcmp(host + len - name_len, s->name) == 0;
}

/* c of delays= is three round trips in a fresh session: TCP, greeting, EHLO. */
static void
learn_rtt(struct gateway *g, const struct site *site, struct pair *p,
    const struct delivery *d, double now_s)
{
	int64_t c_us = d->delays_us[2];
	double sample_s;

	if (d->conn_use != 1 || c_us <= 0 || c_us > CONNECT_MAX_US ||
	    !prefers(site, d->relay_host))
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

/* A full mailbox is full for every gateway, and greylisting asks for patience, not
 * for less mail. */
static void
learn_deferral(struct site *site, struct pair *p, enum deferral_cause cause,
    double now_s)
{
	if (cause == DEFERRAL_MAILBOX)
		return;
	pair_deferred(p, now_s);
	if (cause != DEFERRAL_GREYLISTING)
		learn_limit(site, pair_throttled(p, now_s), now_s);
}

void
fleet_delivery(struct fleet *f, struct gateway *g, struct site *site,
    const struct delivery *d, double now_s)
{
	enum deferral_cause cause = d->status == DELIVERY_DEFERRED
	    ? deferral_cause(d->dsn, d->text) : DEFERRAL_OTHER;
	unsigned char id[BOOKING_ID_SIZE];
	double session_s = 0;
	struct pair *p;

	if (booking_id(slice_of(d->ticket), id) == 0)
		booking_done(&f->bookings, &f->gateways, &f->sites, id,
		    g->slot, now_s);
	if (d->status == DELIVERY_DEFERRED && cause != DEFERRAL_MAILBOX)
		gateway_deferred(g);
	else if (d->status == DELIVERY_SENT)
		gateway_sent(g);
	if (d->conn_use > 1)
		g->state.reuses_connections = true;
	if (!site)
		return;
	p = sites_pair(&f->sites, site, g->slot);
	site->dirty = true;
	if (d->status == DELIVERY_DEFERRED) {
		learn_deferral(site, p, cause, now_s);
		return;
	}
	if (d->delays_us[2] >= 0 && d->delays_us[3] >= 0)
		session_s =
		    ((double)d->delays_us[2] + (double)d->delays_us[3]) / 1e6;
	if (session_s > SESSION_MAX_S)
		session_s = 0;
	if (d->status == DELIVERY_SENT)
		pair_sent(p, session_s, now_s);
	learn_rtt(g, site, p, d, now_s);
}

void
fleet_tick(struct fleet *f, double now_s)
{
	int i;

	if (now_s < f->ticked_s) {
		bookings_not_after(&f->bookings, now_s);
		sites_not_after(&f->sites, now_s);
		for (i = 0; i < f->gateways.n_slots; i++)
			if (f->gateways.slot[i])
				gateway_not_after(f->gateways.slot[i], now_s);
		f->planned_s = f->landmarks_s = f->first_able_s = 0;
	}
	f->ticked_s = now_s;
	bookings_expire(&f->bookings, &f->gateways, now_s);
}
