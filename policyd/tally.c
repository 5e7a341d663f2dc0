#include "policyd/tally.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "policyd/catalogue.h"

struct counts {
	char id[17]; /* whose: a slot may be given to another gateway */
	bool able;   /* at the last look */
	uint64_t chosen, ejected[SCORE_N_VERDICTS];
	struct histogram receipts;
};
struct tally {
	struct policyd *p;
	struct counts of[GATEWAYS_MAX];
};

/* What can happen to a gateway by itself. */
static const enum score_verdict ejections[] = {
    SCORE_DRAINED, SCORE_SILENT, SCORE_REFUSED, SCORE_NO_ASSETS};
#define N_EJECTIONS (sizeof(ejections) / sizeof(ejections[0]))

struct tally *
tally_new(struct policyd *p)
{
	struct tally *t = xcalloc(1, sizeof(*t));

	t->p = p;
	return t;
}

void
tally_free(struct tally **t)
{
	free(*t);
	*t = NULL;
}

static struct counts *
counts_of(struct tally *t, const struct gateway *g)
{
	struct counts *c = &t->of[g->slot];

	if (strcmp(c->id, g->id) != 0) {
		*c = (struct counts){0};
		memcpy(c->id, g->id, sizeof(c->id));
	}
	return c;
}

void
tally_chosen(struct tally *t, const struct gateway *g)
{
	counts_of(t, g)->chosen++;
}

void
tally_receipt(struct tally *t, const struct gateway *g, double seconds)
{
	histogram_add(&counts_of(t, g)->receipts, HISTOGRAM_RECEIPT_SECONDS,
	    seconds);
}

enum score_verdict
tally_verdict(const struct policyd *p, const struct gateway *g)
{
	enum score_verdict v = score_alive(&g->state,
	    p->fleet.report_interval_s, policyd_now_s(p));

	if (v == SCORE_ELIGIBLE && p->catalogue &&
	    !gateway_has_assets(g, catalogue_digest(p->catalogue)))
		return SCORE_NO_ASSETS;
	return v;
}

void
tally_look(struct tally *t)
{
	const struct gateways *all = &t->p->fleet.gateways;
	int slot;

	for (slot = 0; slot < all->n_slots; slot++) {
		const struct gateway *g = all->slot[slot];
		enum score_verdict v;
		struct counts *c;

		if (!g)
			continue;
		c = counts_of(t, g);
		v = tally_verdict(t->p, g);
		if (c->able && v != SCORE_ELIGIBLE)
			c->ejected[v]++;
		c->able = v == SCORE_ELIGIBLE;
	}
}

static void
write_ejections(struct buf *out, const struct counts *c)
{
	size_t i;

	for (i = 0; i < N_EJECTIONS; i++) {
		const struct metric_label labels[] = {{"gateway", c->id},
		    {"reason", score_verdict_name(ejections[i])}};

		metrics_labelled(out, "nearpost_gateway_ejections_total", labels,
		    2, (double)c->ejected[ejections[i]]);
	}
}

static void
write_chosen(struct buf *out, const struct counts *c)
{
	metrics_value(out, "nearpost_gateway_choices_total", "gateway", c->id,
	    (double)c->chosen);
}

static void
write_receipts(struct buf *out, const struct counts *c)
{
	histogram_write(out, HISTOGRAM_RECEIPT_SECONDS, "gateway", c->id,
	    &c->receipts);
}

static void
each(struct tally *t, struct buf *out,
    void (*write)(struct buf *out, const struct counts *c))
{
	const struct gateways *all = &t->p->fleet.gateways;
	int slot;

	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot])
			write(out, counts_of(t, all->slot[slot]));
}

void
tally_write(struct tally *t, struct buf *out)
{
	metrics_head(out, "nearpost_gateway_choices_total", "counter",
	    "Stubs that were given this gateway as their first.");
	each(t, out, write_chosen);
	metrics_head(out, "nearpost_gateway_ejections_total", "counter",
	    "How often a gateway that could be chosen no longer could, by why; "
	    "looked at once a second.");
	each(t, out, write_ejections);
	histogram_head(out, HISTOGRAM_RECEIPT_SECONDS);
	each(t, out, write_receipts);
}
