#include "policyd/admin_look.h"

#include "policyd/limits.h"
#include "policyd/resolve.h"

#define ROWS_MAX 1000
#define ANSWER_ROOM 1024 /* for what follows the rows */

static void
add_error(struct buf *row, const struct prediction_error *e)
{
	if (e->n > 0)
		buf_printf(row,
		    ";predicted=%u;prediction_error_ms=%.0f"
		    ";prediction_error_relative=%.3f",
		    (unsigned)e->n, (double)e->mean_s * 1e3,
		    (double)e->relative);
}

static void
add_pair(struct buf *row, const struct pair *p, double now_s)
{
	if (!p || p->rtt_s <= 0)
		return;
	buf_printf(row, ";round_trip_us=%.0f;rtt_source=%s;rtt_age_s=%.0f",
	    (double)p->rtt_s * 1e6, rtt_source_name((enum rtt_source)p->source),
	    now_s > p->rtt_at_s ? now_s - p->rtt_at_s : 0.0);
}

static void
add_row(struct ask *ask, struct site *s, const struct gateway *g, int n)
{
	const struct receipt *r = receipt_find(s->receipts, g->slot);
	struct buf row = {0};

	buf_printf(&row, "site=%s;gateway=%s;receipts=%u", s->name, g->id,
	    r ? (unsigned)r->n : 0U);
	if (r) {
		buf_printf(&row, ";mean_ms=%.0f;p50_ms=%.0f;p99_ms=%.0f",
		    (double)r->mean_s * 1e3, receipt_quantile(r, 0.5) * 1e3,
		    receipt_quantile(r, 0.99) * 1e3);
		add_error(&row, &r->error);
	}
	add_pair(&row, site_pair(s, g->slot), policyd_now_s(ask->p));
	limits_row(ask->p->limits, &row, s, g->slot, policyd_now_s(ask->p));
	policy_add(&ask->answer, arena_printf(ask->arena, "row.%d", n),
	    slice_buf(&row));
	buf_free(&row);
}

/* all: of gateways that measured only, too.  Returns the next row's number; -1
 * when there is no room for more. */
static int
add_site(struct ask *ask, struct site *s, bool all, int n)
{
	const struct gateways *gateways = &ask->p->fleet.gateways;
	int slot;

	for (slot = 0; slot < gateways->n_slots; slot++) {
		const struct gateway *g = gateways->slot[slot];

		if (!g || (!receipt_find(s->receipts, slot) &&
			(!all || !site_pair(s, slot))))
			continue;
		if (n == ROWS_MAX ||
		    ask->answer.len > POLICY_MESSAGE_MAX - ANSWER_ROOM)
			return -1;
		add_row(ask, s, g, n++);
	}
	return n;
}

static void
finish(struct ask *ask)
{
	struct prediction_error e;
	struct buf row = {0};

	fleet_prediction(&ask->p->fleet, &e);
	add_error(&row, &e);
	if (row.len > 0)
		policy_add(&ask->answer, "overall",
		    (struct slice){row.data + 1, row.len - 1});
	buf_free(&row);
	ask_answer(ask);
}

static void
on_domain(enum domain_status status, struct site *site, void *ctx)
{
	struct ask *ask = ctx;

	if (site) {
		policy_add_str(&ask->answer, "action", "OK");
		(void)add_site(ask, site, true, 0);
		finish(ask);
		return;
	}
	policy_addf(&ask->answer, "action",
	    "REJECT no such site, and as a domain: %s",
	    domain_status_name(status));
	ask_answer(ask);
}

void
admin_sites(struct ask *ask)
{
	struct sites *all = &ask->p->fleet.sites;
	const char *name = policy_get_str(ask->arena, &ask->m, "name");
	struct site *s = site_find(all, name);
	int n = 0;

	if (s) {
		on_domain(DOMAIN_SITE, s, ask);
		return;
	}
	if (*name) {
		if (address_domain_fault(slice_of(name)))
			on_domain(DOMAIN_UNKNOWN, NULL, ask);
		else
			resolve(ask->p->resolver, name, on_domain, ask);
		return;
	}
	policy_add_str(&ask->answer, "action", "OK");
	TAILQ_FOREACH (s, &all->by_use, by_use) {
		n = add_site(ask, s, false, n);
		if (n < 0)
			break;
	}
	if (n < 0)
		policy_add_str(&ask->answer, "more", "yes");
	finish(ask);
}
