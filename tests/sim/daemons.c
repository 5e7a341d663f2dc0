#include "tests/sim/daemons.h"

#include <math.h>
#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/fleet/ahead.h"

#define ROUND_S (SHARED_ROUND_MS / 1000.0)

struct post {
	STAILQ_ENTRY(post) link;
	double visible_s;
	bool undone;
	struct shared_booking booking;
	char site[64];
};

void
daemons_init(struct daemons *all, int n, double report_interval_s,
    size_t max_sites, size_t max_pairs)
{
	int i, k;

	*all = (struct daemons){.n = n};
	all->list = xcalloc((size_t)n, sizeof(*all->list));
	for (i = 0; i < n; i++) {
		struct daemon *d = &all->list[i];

		fleet_init(&d->fleet, report_interval_s, 60, false);
		d->fleet.sites.max = max_sites;
		d->fleet.sites.max_pairs = max_pairs;
		d->phase_s = ROUND_S * i / n;
		for (k = 0; k < n; k++)
			STAILQ_INIT(&d->from[k]);
	}
}

void
daemons_free(struct daemons *all)
{
	int i, k;

	for (i = 0; i < all->n; i++) {
		struct daemon *d = &all->list[i];
		struct post *post;

		for (k = 0; k < all->n; k++)
			while ((post = STAILQ_FIRST(&d->from[k])) != NULL) {
				STAILQ_REMOVE_HEAD(&d->from[k], link);
				free(post);
			}
		fleet_free(&d->fleet);
	}
	free(all->list);
	*all = (struct daemons){0};
}

static double
next_round_s(const struct daemon *d, double now_s)
{
	double round = floor((now_s - d->phase_s) / ROUND_S) + 1;

	return d->phase_s + round * ROUND_S;
}

static void
take(struct daemon *d, const struct post *post)
{
	struct buf id = {0};

	if (!post->undone) {
		/* By one clock: nobody's is off. */
		shared_book(&d->fleet, &post->booking,
		    (int64_t)(post->visible_s * 1000), post->visible_s);
		return;
	}
	shared_write_undo(&id, post->booking.id);
	shared_undo(&d->fleet, slice_buf(&id), post->visible_s);
	buf_free(&id);
}

static void
read_post(struct daemons *all, struct daemon *d)
{
	int k;

	for (k = 0; k < all->n; k++) {
		struct post *post;

		while ((post = STAILQ_FIRST(&d->from[k])) != NULL &&
		    post->visible_s <= all->now_s) {
			STAILQ_REMOVE_HEAD(&d->from[k], link);
			take(d, post);
			free(post);
		}
	}
}

void
daemons_at(struct daemons *all, double now_s)
{
	int i;

	all->now_s = now_s;
	for (i = 0; all->n > 1 && i < all->n; i++) {
		struct daemon *d = &all->list[i];
		int64_t rounds =
		    (int64_t)floor((now_s - d->phase_s) / ROUND_S);

		if (rounds == d->rounds)
			continue;
		d->rounds = rounds;
		ahead_asked(&d->fleet.gateways);
		read_post(all, d);
		ahead_answered(&d->fleet.gateways);
	}
}

static void
tell_others(struct daemons *all, int from, const struct shared_booking *b,
    const char *site, bool undone, double now_s)
{
	int i;

	for (i = 0; i < all->n; i++) {
		struct daemon *d = &all->list[i];
		struct post *post;

		if (i == from)
			continue;
		post = xcalloc(1, sizeof(*post));
		post->booking = *b;
		post->undone = undone;
		post->visible_s = next_round_s(d, now_s);
		memcpy(post->site, site,
		    strnlen(site, sizeof(post->site) - 1));
		post->booking.site = post->site;
		STAILQ_INSERT_TAIL(&d->from[from], post, link);
	}
}

static struct site *
site_of(struct fleet *f, const char *host, double now_s)
{
	return site_get(&f->sites, &host, 1, now_s);
}

void
daemons_configure(
    struct daemons *all, const struct fleet_row *rows, size_t n)
{
	int i;

	for (i = 0; i < all->n; i++)
		fleet_configure(&all->list[i].fleet, rows, n);
}

void
daemons_report(struct daemons *all, int slot, const struct report *r,
    double now_s)
{
	int i;

	for (i = 0; i < all->n; i++) {
		struct fleet *f = &all->list[i].fleet;

		(void)fleet_report(
		    f, f->gateways.slot[slot], r, now_s, r->now_ms);
	}
}

void
daemons_rtt(struct daemons *all, int slot, const char *host, double sample_s,
    double now_s)
{
	int i;

	for (i = 0; i < all->n; i++) {
		struct fleet *f = &all->list[i].fleet;

		(void)site_of(f, host, now_s);
		fleet_rtt(f, f->gateways.slot[slot], host, sample_s, now_s);
	}
}

void
daemons_delivery(struct daemons *all, int slot, const char *host,
    const struct delivery *d, double now_s)
{
	int i;

	for (i = 0; i < all->n; i++) {
		struct fleet *f = &all->list[i].fleet;

		fleet_delivery(f, f->gateways.slot[slot],
		    site_of(f, host, now_s), d, now_s);
	}
}

void
daemons_refused(struct daemons *all, int slot, double now_s)
{
	int i;

	for (i = 0; i < all->n; i++)
		fleet_refused(all->list[i].fleet.gateways.slot[slot], now_s);
}

int
daemons_choose(struct daemons *all, int daemon,
    const unsigned char id[BOOKING_ID_SIZE], const char *host, double bytes,
    const char *digest, double now_s)
{
	static struct fleet_choice choice;
	struct fleet *f = &all->list[daemon].fleet;
	struct fleet_question q = {.site = site_of(f, host, now_s),
	    .size_bytes = bytes,
	    .asset_digest = digest};
	struct shared_booking b = {
	    .bytes = bytes, .at_ms = (int64_t)(now_s * 1000),
	    .predicted_ms = -1};
	int slot;

	fleet_tick(f, now_s);
	fleet_choose(f, &q, now_s, true, &choice);
	slot = choice.first >= 0 ? choice.first : 0;
	fleet_book(f, id, slot, q.site, bytes, now_s);
	ahead_booked(f->gateways.slot[slot], bytes, all->n);
	memcpy(b.id, id, BOOKING_ID_SIZE);
	memcpy(b.gateway, f->gateways.slot[slot]->id, sizeof(b.gateway));
	tell_others(all, daemon, &b, host, false, now_s);
	return slot;
}

void
daemons_undo(struct daemons *all, int daemon,
    const unsigned char id[BOOKING_ID_SIZE], double now_s)
{
	struct shared_booking b = {0};

	(void)fleet_unbook(&all->list[daemon].fleet, id, now_s);
	memcpy(b.id, id, BOOKING_ID_SIZE);
	tell_others(all, daemon, &b, "-", true, now_s);
}
