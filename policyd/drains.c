#include "policyd/drains.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "policyd/orders.h"

struct drains {
	struct policyd *p;
	struct orders *orders; /* by gateway id */
};

bool
drains_find(const struct drains *d, const char *id, struct drain *out_r)
{
	const char *text = orders_find(d->orders, id);

	return text && drain_read(text, out_r) == 0 &&
	    drain_holds(out_r, clock_wall_ms());
}

/* The gateways as the orders say, now. */
static void
apply(void *ctx)
{
	struct drains *d = ctx;
	struct gateways *all = &d->p->fleet.gateways;
	struct drain drain;
	char until[32];
	bool out;
	int i;

	for (i = 0; i < all->n_slots; i++) {
		struct gateway *g = all->slot[i];

		if (!g)
			continue;
		out = drains_find(d, g->id, &drain);
		if (g->state.drained == out)
			continue;
		g->state.drained = out;
		if (!out) {
			log_info("gateway=%s is in service again", g->id);
			continue;
		}
		clock_minute(until, sizeof(until), drain.until_ms);
		log_info("gateway=%s taken out of service by an admin "
			 "until=\"%s\" reason=\"%s\"",
		    g->id, drain.until_ms ? until : "resumed", drain.reason);
	}
}

void
drains_order(struct drains *d, const char *id, const struct drain *drain)
{
	struct buf text = {0};

	if (drain)
		drain_write(&text, drain);
	orders_give(d->orders, id, drain ? text.data : NULL);
	buf_free(&text);
}

bool
drains_kept(const struct drains *d)
{
	return orders_kept(d->orders);
}

void
drains_load(struct drains *d)
{
	orders_load(d->orders);
}

struct drains *
drains_new(struct policyd *p)
{
	struct drains *d = xcalloc(1, sizeof(*d));

	d->p = p;
	d->orders = orders_new(p, "drained", apply, d);
	return d;
}

void
drains_free(struct drains **dp)
{
	struct drains *d = *dp;

	if (!d)
		return;
	*dp = NULL;
	orders_free(&d->orders);
	free(d);
}
