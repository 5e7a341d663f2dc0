/* What we book is in Redis before anybody hears of it, so what we know of the
 * others is as old as our last look at their streams. */
#include "policyd/share.h"

#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/crypto.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/fleet/ahead.h"
#include "lib/fleet/shared.h"
#include "policyd/deliveries.h"
#include "policyd/lines.h"
#include "policyd/looks.h"
#include "policyd/persist.h"
#include "policyd/rates.h"
#include "policyd/recover.h"

#define HEARTBEAT_TICKS 5 /* a new one is heard of as soon */
#define ALIVE_MS 3500

struct peer {
	struct share *share;
	char id[SHARED_ID_SIZE];
	char after[40];   /* the last entry read */
	int64_t beat;     /* what it wrote last, by its clock */
	int64_t beat_ms;  /* when that was seen to change: loop time */
	bool reading, whole; /* read to its end once */
	bool listed;
};
struct share {
	struct policyd *p;
	struct timer *tick;
	char id[SHARED_ID_SIZE];
	struct lines *lines;
	struct map *peers; /* by id */
	unsigned ticks;
	int reading; /* peers whose streams were asked for */
	struct looks *looks;
	bool beating, met; /* met: the list of daemons was read once */
	struct recover *recover;
};

static const char *
prefix(const struct share *s)
{
	return s->p->config.policyd.redis_prefix;
}

static bool
alive(const struct peer *peer)
{
	return loop_mono_ms(peer->share->p->loop) - peer->beat_ms < ALIVE_MS;
}

int
share_daemons(const struct share *s)
{
	struct slice key;
	size_t at = 0;
	void *value;
	int n = 1;

	while (map_next(s->peers, &at, &key, &value))
		if (alive(value))
			n++;
	return n;
}

bool
share_caught_up(const struct share *s)
{
	return recover_begun(s->recover);
}

void
share_flush(struct share *s)
{
	lines_flush(s->lines);
}

void
share_booked(struct share *s, const unsigned char id[BOOKING_ID_SIZE],
    struct gateway *g, const char *site, double bytes, int64_t predicted_ms)
{
	struct shared_booking b = {
	    .bytes = bytes, .at_ms = clock_wall_ms(), .site = site,
	    .predicted_ms = predicted_ms};
	struct buf text = {0};

	memcpy(b.id, id, BOOKING_ID_SIZE);
	memcpy(b.gateway, g->id, sizeof(b.gateway));
	shared_write_booking(&text, &b);
	lines_add(s->lines, "book", slice_buf(&text));
	ahead_booked(g, bytes, share_daemons(s));
	buf_free(&text);
}

void
share_undone(struct share *s, const unsigned char id[BOOKING_ID_SIZE])
{
	struct buf text = {0};

	shared_write_undo(&text, id);
	lines_add(s->lines, "undo", slice_buf(&text));
	buf_free(&text);
}

void
share_event(struct share *s, const char *gateway_id, struct slice event,
    int64_t took_ms)
{
	struct buf text = {0};

	shared_write_event(&text, gateway_id, event, took_ms);
	lines_add(s->lines, "event", slice_buf(&text));
	buf_free(&text);
}

static void
apply(struct share *s, struct slice kind, struct slice text)
{
	struct fleet *f = &s->p->fleet;
	double now_s = policyd_now_s(s->p);
	struct arena *arena = arena_new();
	struct shared_booking b;
	struct gateway *g;
	int64_t took_ms;

	if (slice_eq_str(kind, "book")) {
		if (shared_read_booking(arena, text, &b) == 0) {
			shared_book(f, &b, clock_wall_ms(), now_s);
			rates_chosen(s->p->rates, b.gateway, b.at_ms);
		}
	} else if (slice_eq_str(kind, "undo")) {
		shared_undo(f, text, now_s);
	} else if (slice_eq_str(kind, "event")) {
		g = shared_event(f, text, &text, &took_ms);
		if (g && !recover_hold(s->recover, g, text, took_ms))
			deliveries_learn(s->p, g, text, took_ms);
	}
	arena_free(&arena);
}

static void follow(struct peer *peer);
static void follow_all(struct share *s);

/* All that were asked have answered, and nothing more is being read. */
static void
all_read(struct share *s)
{
	if (s->reading > 0)
		return;
	ahead_answered(&s->p->fleet.gateways);
	looks_done(s->looks);
	if (looks_wait(s->looks) && s->reading == 0)
		follow_all(s);
}

static void
take_entries(struct peer *peer, const struct reply *list)
{
	const struct reply *e;
	size_t i, k;

	for (i = 0; list && i < list->n; i++) {
		e = &list->items[i];
		if (e->type != REPLY_LIST || e->n != 2 ||
		    e->items[0].text.len >= sizeof(peer->after))
			continue;
		memcpy(peer->after, e->items[0].text.data,
		    e->items[0].text.len + 1);
		for (k = 0; k + 1 < e->items[1].n; k += 2)
			apply(peer->share, e->items[1].items[k].text,
			    e->items[1].items[k + 1].text);
	}
}

static void
on_entries(enum store_result result, const struct reply *replies, void *ctx)
{
	struct peer *peer = ctx;
	struct share *s = peer->share;
	const struct reply *list = NULL;

	peer->reading = false;
	s->reading--;
	if (result == STORE_OK)
		list = shared_entries(&replies[0]);
	take_entries(peer, list);
	if (list && list->n == SHARED_PAGE)
		follow(peer);
	else if (result == STORE_OK)
		peer->whole = true;
	all_read(s);
}

static void
follow(struct peer *peer)
{
	struct arena *arena;
	struct command c;

	if (peer->reading)
		return;
	peer->reading = true;
	peer->share->reading++;
	arena = arena_new();
	shared_follow(
	    &c, arena, prefix(peer->share), peer->id, peer->after);
	store_call(peer->share->p->store, &c, 1, on_entries, peer);
	arena_free(&arena);
}

static void
meet(struct share *s, struct slice id, int64_t beat)
{
	struct peer *peer = map_get(s->peers, id);

	if (id.len == 0 || id.len >= SHARED_ID_SIZE ||
	    slice_eq_str(id, s->id))
		return;
	if (!peer) {
		peer = xcalloc(1, sizeof(*peer));
		peer->share = s;
		memcpy(peer->id, id.data, id.len);
		peer->after[0] = '0';
		(void)map_set(s->peers, id, peer);
	}
	peer->listed = true;
	/* By our clock: theirs may be another. */
	if (peer->beat != beat)
		peer->beat_ms = loop_mono_ms(s->p->loop);
	peer->beat = beat;
}

static void
drop_unlisted(struct share *s)
{
	struct slice key;
	size_t at = 0;
	void *value;

	while (map_next(s->peers, &at, &key, &value)) {
		struct peer *peer = value;

		if (!peer->listed && !peer->reading) {
			(void)map_del(s->peers, key);
			free(peer);
		}
	}
}

static void
on_heartbeat(enum store_result result, const struct reply *replies, void *ctx)
{
	struct share *s = ctx;
	const struct reply *r;
	struct slice key;
	size_t at = 0, i;
	int64_t beat;
	void *value;

	s->beating = false;
	if (result != STORE_OK)
		return;
	while (map_next(s->peers, &at, &key, &value))
		((struct peer *)value)->listed = false;
	r = &replies[SHARED_HEARTBEAT_COMMANDS - 1];
	for (i = 0; r->type == REPLY_LIST && i + 1 < r->n; i += 2)
		if (text_int(r->items[i + 1].text, 0, INT64_MAX, &beat) == 0)
			meet(s, r->items[i].text, beat);
	drop_unlisted(s);
	s->met = true;
	s->p->fleet.sites.daemons = share_daemons(s);
}

static void
heartbeat(struct share *s)
{
	struct command c[SHARED_HEARTBEAT_COMMANDS];
	struct arena *arena;

	if (s->beating)
		return;
	s->beating = true;
	arena = arena_new();
	shared_heartbeat(c, arena, prefix(s), s->id, clock_wall_ms());
	store_call(s->p->store, c, SHARED_HEARTBEAT_COMMANDS, on_heartbeat, s);
	arena_free(&arena);
}

/* Whoever is dead and read to its end has no more to say. */
static void
follow_all(struct share *s)
{
	struct slice key;
	size_t at = 0;
	void *value;
	bool whole = s->met;

	ahead_asked(&s->p->fleet.gateways);
	/* Who is still being asked was asked too early for them. */
	if (s->reading == 0)
		looks_begin(s->looks);
	s->reading++; /* nobody's answer, which may be here at once, is the last */
	while (map_next(s->peers, &at, &key, &value)) {
		struct peer *peer = value;

		if (!peer->whole || alive(peer))
			follow(peer);
		whole = whole && peer->whole;
	}
	if (whole)
		recover_tick(s->recover);
	s->reading--;
	all_read(s);
}

void
share_look(struct share *s, void (*cb)(void *ctx), void *ctx)
{
	looks_add(s->looks, cb, ctx);
	if (!store_ready(s->p->store) || !share_caught_up(s))
		looks_all(s->looks);
	else if (s->reading == 0)
		follow_all(s);
}

static void
on_tick(void *ctx)
{
	struct share *s = ctx;

	if (!store_ready(s->p->store)) {
		/* Nothing will be heard of them; what was guessed is old. */
		ahead_asked(&s->p->fleet.gateways);
		ahead_answered(&s->p->fleet.gateways);
		return;
	}
	share_flush(s);
	if (s->ticks++ % HEARTBEAT_TICKS == 0)
		heartbeat(s);
	/* Which events are old the gateways' rows say. */
	if (persist_loaded(s->p->persist))
		follow_all(s);
}

void
share_ready(struct share *s)
{
	s->ticks = 0;
	on_tick(s);
}

struct share *
share_new(struct policyd *p)
{
	struct share *s = xcalloc(1, sizeof(*s));
	unsigned char random[(SHARED_ID_SIZE - 1) / 2];
	struct buf id = {0};

	s->p = p;
	/* A new one at each start: what the old one wrote is another's. */
	random_bytes(random, sizeof(random));
	hex_encode(&id, random, sizeof(random));
	memcpy(s->id, id.data, SHARED_ID_SIZE - 1);
	buf_free(&id);
	s->lines = lines_new(p, s->id);
	s->peers = map_new();
	s->looks = looks_new();
	s->recover = recover_new(p);
	s->tick = timer_new(p->loop, SHARED_ROUND_MS, true, on_tick, s);
	return s;
}

void
share_free(struct share **sp)
{
	struct share *s = *sp;

	if (!s)
		return;
	*sp = NULL;
	timer_free(&s->tick);
	looks_free(&s->looks);
	lines_free(&s->lines);
	map_free(&s->peers, free);
	recover_free(&s->recover);
	free(s);
}
