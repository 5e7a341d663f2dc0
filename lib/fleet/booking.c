/* Acceptances are counted in mails, not bytes: our size of an advert is an
 * estimate, and a byte counter of estimates against one of true sizes drifts
 * apart for ever. */
#include "lib/fleet/booking.h"

#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/mem.h"

void
bookings_init(struct bookings *all)
{
	*all = (struct bookings){0};
	all->by_id = map_new();
	TAILQ_INIT(&all->by_age);
}

static struct slice
key(const unsigned char *id)
{
	return (struct slice){(const char *)id, BOOKING_ID_SIZE};
}

/* Off the way to the gateway; its backlog is for the caller to work out. */
static void
arrived(struct gateway *g, struct booking *b)
{
	if (b->accepted)
		return;
	b->accepted = true;
	TAILQ_REMOVE(&g->unaccepted, b, by_gateway);
	g->unaccepted_n--;
	g->unaccepted_bytes -= (double)b->bytes;
	/* Floats do not add up to zero by themselves. */
	if (g->unaccepted_n == 0 || g->unaccepted_bytes < 0)
		g->unaccepted_bytes = 0;
}

/* One mail more or less at the pair. */
static void
open_mail(struct gateway *g, struct pair *p, double now_s)
{
	pair_booked(p, now_s);
	if ((int)p->open > score_site_sessions(&g->state))
		g->site_waiting_n++;
}

static void
close_mail(struct gateway *g, struct pair *p)
{
	if ((int)p->open > score_site_sessions(&g->state))
		g->site_waiting_n--;
	pair_unbooked(p);
}

static double
take_of_quota(const struct sites *sites, struct site *s, int slot, bool ours,
    double now_s)
{
	struct quota_rate r = site_rate(sites, s);

	return s->quotas ? quota_take(&s->quotas[slot], &r, ours, now_s) : 0;
}

static void
give_back_to_quota(
    const struct sites *sites, const struct booking *b, double now_s)
{
	struct quota_rate r;

	if (!b->site || !b->site->quotas || b->taken_s <= 0)
		return;
	r = site_rate(sites, b->site);
	quota_give_back(&b->site->quotas[b->slot], &r, b->ours,
	    (double)b->taken_s, b->at_s, now_s);
}

/* Free it; everything it counted in is corrected. */
static void
forget(struct bookings *all, struct gateways *gateways, struct booking *b)
{
	struct gateway *g = gateways->slot[b->slot];
	struct pair *p;

	if (g)
		arrived(g, b);
	if (b->site) {
		b->site->bookings--;
		p = site_pair(b->site, b->slot);
		if (g && p)
			close_mail(g, p);
	}
	(void)map_del(all->by_id, key(b->id));
	TAILQ_REMOVE(&all->by_age, b, by_age);
	all->n--;
	free(b);
}

int
booking_id(struct slice hex, unsigned char id_r[BOOKING_ID_SIZE])
{
	struct buf id = {0};
	int rc = hex_decode(&id, hex);

	if (rc == 0 && id.len != BOOKING_ID_SIZE)
		rc = -1;
	if (rc == 0)
		memcpy(id_r, id.data, BOOKING_ID_SIZE);
	buf_free(&id);
	return rc;
}

bool
booking_known(const struct bookings *all,
    const unsigned char id[BOOKING_ID_SIZE])
{
	return map_get(all->by_id, key(id)) != NULL;
}

void
booking_add(struct bookings *all, struct gateways *gateways,
    struct sites *sites, const struct booking_of *what, double now_s)
{
	struct gateway *g = gateways->slot[what->slot];
	struct site *site = what->site;
	struct booking *b;

	(void)booking_undo(all, gateways, sites, what->id, now_s);
	if (all->n >= BOOKINGS_MAX)
		forget(all, gateways, TAILQ_FIRST(&all->by_age));
	b = xcalloc(1, sizeof(*b));
	memcpy(b->id, what->id, BOOKING_ID_SIZE);
	b->slot = (uint16_t)what->slot;
	b->ours = what->ours;
	b->bytes = (float)what->bytes;
	b->site = site;
	b->at_s = now_s;
	(void)map_set(all->by_id, key(b->id), b);
	TAILQ_INSERT_TAIL(&all->by_age, b, by_age);
	TAILQ_INSERT_TAIL(&g->unaccepted, b, by_gateway);
	all->n++;
	g->unaccepted_n++;
	g->unaccepted_bytes += (double)b->bytes;
	gateway_booked(g, what->bytes, now_s);
	if (site) {
		site->bookings++;
		open_mail(g, sites_pair(sites, site, what->slot), now_s);
		b->taken_s = (float)take_of_quota(
		    sites, site, what->slot, what->ours, now_s);
	}
}

/* It is not on its way there. */
static void
take_off(struct bookings *all, struct gateways *gateways, struct booking *b,
    double now_s)
{
	struct gateway *g = gateways->slot[b->slot];

	if (g && !b->accepted) {
		double left = g->state.busy_until_s -
		    (double)b->bytes / g->drain_bytes_per_s;

		g->state.busy_until_s = left > now_s ? left : now_s;
	}
	forget(all, gateways, b);
}

bool
booking_undo(struct bookings *all, struct gateways *gateways,
    struct sites *sites, const unsigned char id[BOOKING_ID_SIZE], double now_s)
{
	struct booking *b = map_get(all->by_id, key(id));

	if (!b)
		return false;
	give_back_to_quota(sites, b, now_s);
	take_off(all, gateways, b, now_s);
	return true;
}

/* A gateway that passes mail on to another gets nothing back of its allowance:
 * it would be chosen the more often for it. */
void
booking_done(struct bookings *all, struct gateways *gateways,
    struct sites *sites, const unsigned char id[BOOKING_ID_SIZE], int slot,
    double now_s)
{
	struct booking *b = map_get(all->by_id, key(id));

	if (!b)
		return;
	if (!b->accepted && gateways->slot[slot])
		gateways->slot[slot]->accepted_early++;
	if (b->slot == slot) {
		forget(all, gateways, b);
		return;
	}
	if (b->site)
		(void)take_of_quota(sites, b->site, slot, true, now_s);
	take_off(all, gateways, b, now_s);
}

void
bookings_accepted(struct gateway *g, int64_t n, double now_s)
{
	int64_t early = g->accepted_early < n ? g->accepted_early : n;

	/* Events and reports come in order: what was early is in this report.
	 */
	g->accepted_early = 0;
	for (n -= early; n > 0 && !TAILQ_EMPTY(&g->unaccepted); n--)
		arrived(g, TAILQ_FIRST(&g->unaccepted));
	g->accepted_surplus = n > 0 ? n : 0;
	gateway_backlog(g, now_s);
}

void
bookings_late(struct gateway *g)
{
	struct booking *b = TAILQ_FIRST(&g->unaccepted);

	if (!b)
		return;
	g->accepted_surplus--;
	g->state.busy_until_s -= (double)b->bytes / g->drain_bytes_per_s;
	arrived(g, b);
}

void
bookings_expire(struct bookings *all, struct gateways *gateways, double now_s)
{
	struct booking *b;

	while ((b = TAILQ_FIRST(&all->by_age)) != NULL &&
	    now_s - b->at_s > BOOKING_LIFETIME_S)
		forget(all, gateways, b);
}

void
bookings_not_after(struct bookings *all, double now_s)
{
	struct booking *b;

	TAILQ_FOREACH (b, &all->by_age, by_age)
		if (b->at_s > now_s)
			b->at_s = now_s;
}

void
bookings_forget_gateway(
    struct bookings *all, struct gateways *gateways, int slot)
{
	struct booking *b, *next;

	for (b = TAILQ_FIRST(&all->by_age); b; b = next) {
		next = TAILQ_NEXT(b, by_age);
		if (b->slot == slot)
			forget(all, gateways, b);
	}
}

void
bookings_free(struct bookings *all, struct gateways *gateways)
{
	while (!TAILQ_EMPTY(&all->by_age))
		forget(all, gateways, TAILQ_FIRST(&all->by_age));
	map_free(&all->by_id, NULL);
}
