#include "lib/fleet/ahead.h"

#include "lib/fleet/gateway.h"

/* Set, not added to: sums of floats do not come back to zero. */
static void
set(struct gateway *g, double since_s, double before_s)
{
	g->ahead = (struct ahead){since_s, before_s};
	g->state.unseen_s = since_s + before_s;
}

void
ahead_booked(struct gateway *g, double bytes, int policyds)
{
	double others_s;

	if (policyds < 2 || !(bytes > 0))
		return;
	others_s = (policyds - 1) * bytes / g->drain_bytes_per_s;
	set(g, g->ahead.since_s + others_s, g->ahead.before_s);
}

void
ahead_asked(struct gateways *all)
{
	int slot;

	for (slot = 0; slot < all->n_slots; slot++) {
		struct gateway *g = all->slot[slot];

		if (g && g->ahead.since_s > 0)
			set(g, 0, g->ahead.since_s + g->ahead.before_s);
	}
}

void
ahead_answered(struct gateways *all)
{
	int slot;

	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot] && all->slot[slot]->ahead.before_s > 0)
			set(all->slot[slot], all->slot[slot]->ahead.since_s, 0);
}
