/* Which gateway holds which asset set.  A verb of its own: with a fault everywhere
 * a full fleet's answer would not fit beside all that "gateways" tells. */
#include "policyd/admin_look.h"

#include <inttypes.h>

#include "policyd/catalogue.h"

static void
add_gateway(struct ask *ask, const struct gateway *g, int n)
{
	double now_s = policyd_now_s(ask->p);
	struct buf row = {0};
	int i;

	buf_printf(&row, "id=%s;state=%s", g->id, admin_state(ask->p, g));
	if (g->state.reported)
		buf_printf(&row, ";report_age_ms=%.0f",
		    (now_s - g->state.last_report_s) * 1000);
	if (g->assets_since_ms)
		buf_printf(&row, ";since_ms=%" PRId64, g->assets_since_ms);
	for (i = 0; i < g->n_digests; i++)
		buf_printf(&row, "%s%s", i ? "," : ";sets=", g->digests[i]);
	policy_add(&ask->answer, arena_printf(ask->arena, "gateway.%d", n),
	    slice_buf(&row));
	/* Free text has no place within a row. */
	if (g->assets_error[0])
		policy_add_str(&ask->answer,
		    arena_printf(ask->arena, "error.%d", n), g->assets_error);
	buf_free(&row);
}

void
admin_assets(struct ask *ask)
{
	const struct policyd *p = ask->p;
	const struct gateways *all = &p->fleet.gateways;
	int slot, n = 0;

	policy_add_str(&ask->answer, "action", "OK");
	if (p->catalogue)
		policy_add_str(&ask->answer, "asset_digest",
		    catalogue_digest(p->catalogue));
	if (p->catalogue_error)
		policy_add_str(&ask->answer, "error", p->catalogue_error);
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot])
			add_gateway(ask, all->slot[slot], n++);
}
