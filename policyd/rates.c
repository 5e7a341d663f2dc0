#include "policyd/rates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "policyd/admin_look.h"

#define TICK_MS 500
#define NEWS_MS (RECENT_WINDOW_S * 1000)

struct one {
	char id[17];
	struct recent recent;
	bool was_live;
	unsigned ejections;
	int64_t ejected_ms; /* wall clock */
	char why[16];
};
struct rates {
	struct policyd *p;
	struct timer *tick;
	struct recent all;
	struct one *slot[GATEWAYS_MAX];
};

static struct one *
one_of(struct rates *r, const struct gateway *g)
{
	struct one *o = r->slot[g->slot];

	if (o && strcmp(o->id, g->id) == 0)
		return o;
	free(o);
	o = r->slot[g->slot] = xcalloc(1, sizeof(*o));
	memcpy(o->id, g->id, sizeof(o->id));
	return o;
}

static void
add(struct rates *r, const struct gateway *g, enum recent_what what)
{
	double now_s = policyd_now_s(r->p);

	recent_add(&r->all, what, now_s);
	if (g)
		recent_add(&one_of(r, g)->recent, what, now_s);
}

void
rates_answered(struct rates *r, enum recent_what what,
    const struct gateway *g)
{
	add(r, g, what);
}

void
rates_chosen(struct rates *r, const char *gateway_id, int64_t at_ms)
{
	const struct gateway *g =
	    gateway_find(&r->p->fleet.gateways, gateway_id);

	if (g && clock_wall_ms() - at_ms < NEWS_MS)
		add(r, g, RECENT_CHOSEN);
}

void
rates_delivered(struct rates *r, const struct gateway *g,
    const struct delivery *d, bool ours)
{
	static const enum recent_what what[] = {
	    [DELIVERY_SENT] = RECENT_SENT,
	    [DELIVERY_DEFERRED] = RECENT_DEFERRED,
	    [DELIVERY_BOUNCED] = RECENT_BOUNCED,
	};
	double now_s = policyd_now_s(r->p);

	/* A policyd that starts reads what the others took before. */
	if (!ours &&
	    clock_wall_ms() - (d->requested_ms + d->ttr_ms) > NEWS_MS)
		return;
	add(r, g, what[d->status]);
	if (d->status != DELIVERY_SENT)
		return;
	recent_took(&r->all, (double)d->ttr_ms / 1000, now_s);
	recent_took(
	    &one_of(r, g)->recent, (double)d->ttr_ms / 1000, now_s);
}

static void
write_recent(struct buf *row, const struct recent *r, double now_s)
{
	static const char *const names[RECENT_N] = {"relayed", "suppressed",
	    "put_off", "rejected", "sent", "deferred", "bounced"};
	double p50_s = recent_quantile(r, 0.5, now_s);
	int i;

	for (i = 0; i < RECENT_N; i++)
		buf_printf(row, ";minute_%s=%" PRIu64, names[i],
		    recent_count(r, (enum recent_what)i, now_s));
	if (p50_s >= 0)
		buf_printf(row, ";minute_p50_ms=%.0f;minute_p99_ms=%.0f",
		    p50_s * 1000, recent_quantile(r, 0.99, now_s) * 1000);
}

void
rates_row(const struct rates *r, struct buf *row, const struct gateway *g)
{
	static const struct one none;
	const struct one *o = &none;

	if (!g) {
		write_recent(row, &r->all, policyd_now_s(r->p));
		return;
	}
	if (r->slot[g->slot] && strcmp(r->slot[g->slot]->id, g->id) == 0)
		o = r->slot[g->slot];
	write_recent(row, &o->recent, policyd_now_s(r->p));
	buf_printf(row, ";ejections=%u", o->ejections);
	if (o->ejections > 0)
		buf_printf(row, ";ejected_ms=%" PRId64 ";ejected_why=%s",
		    o->ejected_ms, o->why);
}

/* Drained by an admin is no fault. */
static void
on_tick(void *ctx)
{
	struct rates *r = ctx;
	struct gateways *all = &r->p->fleet.gateways;
	int i;

	for (i = 0; i < all->n_slots; i++) {
		const struct gateway *g = all->slot[i];
		const char *state;
		struct one *o;
		bool live;

		if (!g)
			continue;
		o = one_of(r, g);
		state = admin_state(r->p, g);
		live = strcmp(state, "live") == 0;
		if (o->was_live && !live && strcmp(state, "drained") != 0) {
			o->ejections++;
			o->ejected_ms = clock_wall_ms();
			(void)snprintf(o->why, sizeof(o->why), "%s", state);
		}
		o->was_live = live;
	}
}

struct rates *
rates_new(struct policyd *p)
{
	struct rates *r = xcalloc(1, sizeof(*r));

	r->p = p;
	r->tick = timer_new(p->loop, TICK_MS, true, on_tick, r);
	return r;
}

void
rates_free(struct rates **rp)
{
	struct rates *r = *rp;
	int i;

	if (!r)
		return;
	*rp = NULL;
	timer_free(&r->tick);
	for (i = 0; i < GATEWAYS_MAX; i++)
		free(r->slot[i]);
	free(r);
}
