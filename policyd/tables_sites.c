/* The matrix of gateways and sites.  There may be ten thousand sites; those shown
 * are the ones that most is sent to now. */
#include "policyd/tables.h"

#include <inttypes.h>
#include <stdio.h>

#include "policyd/show.h"

struct busy {
	struct site *site;
	double per_s;
	uint64_t receipts;
};

void
tables_columns(const struct policyd *p, struct rows *r)
{
	const struct gateways *all = &p->fleet.gateways;
	int slot, n = 0;

	for (slot = 0; slot < all->n_slots && n < TABLES_COLUMNS; slot++) {
		if (!all->slot[slot])
			continue;
		n++;
		rows_begin(r);
		rows_text(r, "id", all->slot[slot]->id);
		rows_end(r);
	}
}

static struct busy
busy_of(struct site *s, double now_s)
{
	struct busy b = {.site = s};
	const struct receipt *receipt;
	unsigned i;

	for (i = 0; i < s->n_pairs; i++)
		b.per_s += pair_booked_per_s(&s->pairs[i], now_s);
	for (receipt = s->receipts; receipt; receipt = receipt->next)
		b.receipts += receipt->n;
	return b;
}

static bool
busier(const struct busy *a, const struct busy *b)
{
	if (a->per_s > b->per_s || a->per_s < b->per_s)
		return a->per_s > b->per_s;
	return a->receipts > b->receipts;
}

static int
busiest(const struct policyd *p, struct busy list[TABLES_SITES])
{
	double now_s = policyd_now_s(p);
	struct site *s;
	int n = 0, i, looked = 0;

	TAILQ_FOREACH (s, &p->fleet.sites.by_use, by_use) {
		struct busy b;

		if (looked++ == TABLES_SITES_LOOKED_AT)
			break;
		b = busy_of(s, now_s);
		i = n < TABLES_SITES ? n : TABLES_SITES;
		for (; i > 0 && busier(&b, &list[i - 1]); i--)
			if (i < TABLES_SITES)
				list[i] = list[i - 1];
		if (i < TABLES_SITES)
			list[i] = b;
		if (n < TABLES_SITES)
			n++;
	}
	return n;
}

/* "12 ms, 340": the way, and adverts brought there; "~" before a round trip that
 * nobody measured. */
static void
cell(const struct gateway *g, struct site *s, struct rows *r)
{
	const struct pair *pair = site_pair(s, g->slot);
	const struct receipt *receipt = receipt_find(s->receipts, g->slot);
	double min_s, mean_s, rtt_s = pair ? (double)pair->rtt_s : 0;
	bool measured = rtt_s > 0;
	char text[SHOW_SIZE];

	if (!measured) {
		site_rtt(s, &min_s, &mean_s);
		rtt_s = fleet_expect_rtt(g, s, min_s, mean_s);
	}
	rows_item(r);
	rows_textf(r, "text", "%s%s, %" PRIu32, measured ? "" : "~",
	    show_seconds(text, rtt_s), receipt ? receipt->n : 0);
	rows_number(r, "rtt_s", rtt_s);
	rows_number(r, "measured", measured);
	rows_number(r, "received", receipt ? receipt->n : 0);
}

static void
site_row(const struct policyd *p, const struct busy *b, struct rows *r)
{
	const struct gateways *all = &p->fleet.gateways;
	int slot, n = 0;

	rows_begin(r);
	rows_text(r, "site", b->site->name);
	rows_textf(r, "per_min", "%.*f", b->per_s * 60 < 9.95 ? 1 : 0,
	    b->per_s * 60);
	rows_number(r, "booked_per_s", b->per_s);
	rows_textf(r, "open", "%u", b->site->bookings);
	rows_textf(r, "received", "%" PRIu64, b->receipts);
	for (slot = 0; slot < all->n_slots && n < TABLES_COLUMNS; slot++) {
		if (!all->slot[slot])
			continue;
		n++;
		cell(all->slot[slot], b->site, r);
	}
	rows_end(r);
}

void
tables_sites(const struct policyd *p, struct rows *r)
{
	struct busy list[TABLES_SITES];
	int n = busiest(p, list), i;

	for (i = 0; i < n; i++)
		site_row(p, &list[i], r);
}
