#include "policyd/drains.h"

#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"

#define TICK_MS 100

struct order {
	char id[17];
	struct drain drain; /* since_ms 0: in service */
	/* Not in Redis yet; what Redis says of it is older. */
	bool pending;
	int sending; /* so often it is on its way */
	unsigned given; /* how often it was changed here */
};
struct drains {
	struct policyd *p;
	struct timer *tick;
	struct map *orders; /* by gateway id */
	unsigned given, given_at_load;
	bool loading;
};
struct sending {
	struct drains *drains;
	char id[17];
	unsigned given;
};

static struct order *
order_of(struct drains *d, const char *id)
{
	struct order *o = map_get(d->orders, slice_of(id));

	if (!o) {
		o = xcalloc(1, sizeof(*o));
		memcpy(o->id, id, strnlen(id, sizeof(o->id) - 1));
		(void)map_set(d->orders, slice_of(id), o);
	}
	return o;
}

const struct drain *
drains_find(const struct drains *d, const char *id)
{
	const struct order *o = map_get(d->orders, slice_of(id));

	return o && drain_holds(&o->drain, clock_wall_ms()) ? &o->drain : NULL;
}

/* The gateways as the orders say, now. */
static void
apply(struct drains *d)
{
	struct gateways *all = &d->p->fleet.gateways;
	const struct drain *drain;
	char until[32];
	int i;

	for (i = 0; i < all->n_slots; i++) {
		struct gateway *g = all->slot[i];

		if (!g)
			continue;
		drain = drains_find(d, g->id);
		if (g->state.drained == (drain != NULL))
			continue;
		g->state.drained = drain != NULL;
		if (!drain) {
			log_info("gateway=%s is in service again", g->id);
			continue;
		}
		clock_minute(until, sizeof(until), drain->until_ms);
		log_info("gateway=%s taken out of service by an admin "
			 "until=\"%s\" reason=\"%s\"",
		    g->id, drain->until_ms ? until : "resumed", drain->reason);
	}
}

static void
on_sent(enum store_result result, const struct reply *replies, void *ctx)
{
	struct sending *s = ctx;
	struct order *o = order_of(s->drains, s->id);

	(void)replies;
	o->sending--;
	if (result == STORE_OK && o->given == s->given)
		o->pending = false;
	free(s);
}

static void
send_order(struct drains *d, struct order *o)
{
	const char *prefix = d->p->config.policyd.redis_prefix;
	struct sending *s = xcalloc(1, sizeof(*s));
	struct arena *arena = arena_new();
	struct command c;

	s->drains = d;
	s->given = o->given;
	memcpy(s->id, o->id, sizeof(s->id));
	if (o->drain.since_ms > 0)
		schema_drain_set(&c, arena, prefix, o->id, &o->drain);
	else
		schema_drain_clear(&c, arena, prefix, o->id);
	o->sending++;
	store_call(d->p->store, &c, 1, on_sent, s);
	arena_free(&arena);
}

void
drains_order(struct drains *d, const char *id, const struct drain *drain)
{
	struct order *o = order_of(d, id);

	o->drain = drain ? *drain : (struct drain){0};
	o->pending = true;
	o->given++;
	d->given++;
	apply(d);
	send_order(d, o);
}

bool
drains_kept(const struct drains *d)
{
	struct slice key;
	size_t at = 0;
	void *value;

	while (map_next(d->orders, &at, &key, &value))
		if (((struct order *)value)->pending)
			return false;
	return true;
}

static void
take(struct drains *d, const struct reply *r)
{
	struct gateways *all = &d->p->fleet.gateways;
	int i;

	for (i = 0; i < all->n_slots; i++) {
		const struct gateway *g = all->slot[i];
		const char *text = g ? reply_field(r, g->id) : NULL;
		struct order *o;

		if (!g || (!text && !map_get(d->orders, slice_of(g->id))))
			continue;
		o = order_of(d, g->id);
		if (o->pending)
			continue;
		if (!text || drain_read(text, &o->drain) != 0)
			o->drain = (struct drain){0};
	}
}

static void
on_loaded(enum store_result result, const struct reply *replies, void *ctx)
{
	struct drains *d = ctx;

	d->loading = false;
	/* An order that was given since is newer than this answer. */
	if (result != STORE_OK || d->given != d->given_at_load)
		return;
	take(d, &replies[0]);
	apply(d);
}

void
drains_load(struct drains *d)
{
	struct arena *arena;
	struct command c;

	if (d->loading || !store_ready(d->p->store))
		return;
	arena = arena_new();
	d->loading = true;
	d->given_at_load = d->given;
	schema_drains_load(&c, arena, d->p->config.policyd.redis_prefix);
	store_call(d->p->store, &c, 1, on_loaded, d);
	arena_free(&arena);
}

static void
on_tick(void *ctx)
{
	struct drains *d = ctx;
	struct slice key;
	size_t at = 0;
	void *value;

	while (store_ready(d->p->store) &&
	    map_next(d->orders, &at, &key, &value)) {
		struct order *o = value;

		if (o->pending && o->sending == 0)
			send_order(d, o);
	}
	drains_load(d);
	apply(d); /* the time of one may be up */
}

struct drains *
drains_new(struct policyd *p)
{
	struct drains *d = xcalloc(1, sizeof(*d));

	d->p = p;
	d->orders = map_new();
	d->tick = timer_new(p->loop, TICK_MS, true, on_tick, d);
	return d;
}

void
drains_free(struct drains **dp)
{
	struct drains *d = *dp;

	if (!d)
		return;
	*dp = NULL;
	timer_free(&d->tick);
	map_free(&d->orders, free);
	free(d);
}
