#include "policyd/persist.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "policyd/drains.h"
#include "policyd/erased.h"
#include "policyd/eventlog.h"
#include "policyd/holds.h"
#include "policyd/share.h"

#define SITES_BATCH 100      /* rows a second */
#define COUNTERS_MAX 10000   /* names held back while Redis is away */
#define PLACES_EVERY_S 10
#define TRIM_EVERY_S 60

struct persist {
	struct policyd *p;
	struct map *counters; /* int64_t, by "campaign counter" */
	size_t site_at; /* where the search for dirty rows goes on */
	/* The gateways' rows were asked for, and how many are owed.  None is
	 * written before: it would wipe out what an earlier run had learned. */
	bool loaded;
	int n_loading;
	unsigned ticks;
};

static const char *
prefix(const struct persist *s)
{
	return s->p->config.policyd.redis_prefix;
}

/* Counters on their way to Redis. */
struct counters {
	struct persist *persist;
	struct map *map;
};
/* One gateway's row. */
struct loading {
	struct persist *persist;
	char id[17];
};

static void
on_gateway_row(enum store_result result, const struct reply *replies,
    void *ctx)
{
	struct loading *l = ctx;
	struct gateway *g = gateway_find(&l->persist->p->fleet.gateways, l->id);

	l->persist->n_loading--;
	if (result == STORE_DOWN || result == STORE_TIMEOUT)
		l->persist->loaded = false; /* the tick asks again */
	else if (g && result == STORE_OK)
		schema_gateway_read(&replies[0], g);
	free(l);
}

static void
on_mean_bytes(enum store_result result, const struct reply *replies,
    void *ctx)
{
	struct persist *s = ctx;
	double mean;

	if (result == STORE_OK && replies[0].type == REPLY_TEXT &&
	    text_double(replies[0].text, 1, 1e12, &mean) == 0)
		fleet_restore_mean(&s->p->fleet, mean);
}

static void
on_places(enum store_result result, const struct reply *replies, void *ctx)
{
	struct persist *s = ctx;

	if (result == STORE_OK)
		schema_places_read(&replies[0], &s->p->fleet.gateways);
}

void
persist_load_gateways(struct persist *s)
{
	struct gateways *all = &s->p->fleet.gateways;
	struct arena *arena = arena_new();
	struct command c;
	int i;

	for (i = 0; i < all->n_slots; i++) {
		struct loading *l;

		if (!all->slot[i])
			continue;
		l = xcalloc(1, sizeof(*l));
		l->persist = s;
		memcpy(l->id, all->slot[i]->id, sizeof(l->id));
		s->n_loading++;
		schema_gateway_load(&c, arena, prefix(s), l->id);
		store_call(s->p->store, &c, 1, on_gateway_row, l);
	}
	arena_free(&arena);
}

static void
on_ready(void *ctx)
{
	struct persist *s = ctx;
	struct gateways *all = &s->p->fleet.gateways;
	struct arena *arena;
	struct command c;
	int i;

	for (i = 0; i < all->n_slots; i++)
		if (all->slot[i])
			all->slot[i]->dirty = true;
	drains_load(s->p->drains);
	holds_load(s->p->holds);
	erased_load(s->p->erased);
	share_ready(s->p->share);
	if (s->loaded || s->n_loading > 0)
		return;
	s->loaded = true;
	arena = arena_new();
	schema_mean_bytes_load(&c, arena, prefix(s));
	store_call(s->p->store, &c, 1, on_mean_bytes, s);
	schema_places_load(&c, arena, prefix(s));
	store_call(s->p->store, &c, 1, on_places, s);
	arena_free(&arena);
	persist_load_gateways(s);
}

struct persist *
persist_new(struct policyd *p)
{
	struct persist *s = xcalloc(1, sizeof(*s));

	s->p = p;
	s->counters = map_new();
	store_on_ready(p->store, on_ready, s);
	return s;
}

static void
write_gateways(struct persist *s, const struct schema_now *now)
{
	struct gateways *all = &s->p->fleet.gateways;
	int i;

	for (i = 0; i < all->n_slots; i++) {
		struct command c[SCHEMA_GATEWAY_COMMANDS];
		struct gateway *g = all->slot[i];
		struct arena *arena;

		if (!g || !g->dirty)
			continue;
		g->dirty = false;
		arena = arena_new();
		schema_gateway_write(c, arena, prefix(s), g, now);
		store_call(s->p->store, c, SCHEMA_GATEWAY_COMMANDS, NULL, NULL);
		arena_free(&arena);
	}
}

static void
write_sites(struct persist *s, const struct schema_now *now)
{
	struct sites *all = &s->p->fleet.sites;
	size_t looked;
	int written = 0;

	for (looked = 0; looked < all->n && written < SITES_BATCH; looked++) {
		struct command c[SCHEMA_SITE_COMMANDS];
		struct arena *arena;
		struct site *site;

		s->site_at = (s->site_at + 1) % all->n;
		site = all->list[s->site_at];
		if (!site->dirty)
			continue;
		site->dirty = false;
		written++;
		arena = arena_new();
		schema_site_write(c, arena, prefix(s), site,
		    &s->p->fleet.gateways, now);
		store_call(s->p->store, c, SCHEMA_SITE_COMMANDS, NULL, NULL);
		arena_free(&arena);
	}
}

void
persist_count(struct persist *s, const char *campaign, const char *counter,
    int64_t n)
{
	char *key = xasprintf("%s %s", campaign, counter);
	int64_t *sum = map_get(s->counters, slice_of(key));

	if (!sum && map_count(s->counters) < COUNTERS_MAX) {
		sum = xcalloc(1, sizeof(*sum));
		(void)map_set(s->counters, slice_of(key), sum);
	}
	if (sum)
		*sum += n;
	free(key);
}

/* What Redis did not take is added to what came since.  An answer that was late
 * may mean that it did: then a counter is too high, which harms less than one
 * that is too low for ever. */
static void
on_counters(enum store_result result, const struct reply *replies, void *ctx)
{
	struct counters *sent = ctx;
	struct slice key;
	size_t at = 0, i;
	void *value;

	(void)result;
	for (i = 0; map_next(sent->map, &at, &key, &value); i++) {
		const char *space = memchr(key.data, ' ', key.len);
		size_t head = (size_t)(space - key.data);
		char *campaign, *counter;

		if (replies && replies[i].type != REPLY_ERROR)
			continue;
		campaign = xstrndup(key.data, head);
		counter = xstrndup(space + 1, key.len - head - 1);
		persist_count(
		    sent->persist, campaign, counter, *(int64_t *)value);
		free(campaign);
		free(counter);
	}
	map_free(&sent->map, free);
	free(sent);
}

/* When each of them was last active. */
static void
touch(struct persist *s, const struct map *counters, struct arena *arena)
{
	struct map *done = map_new();
	struct slice key, name;
	struct command c;
	size_t at = 0;
	void *value;

	while (map_next(counters, &at, &key, &value)) {
		if (!slice_split(&key, ' ', &name) ||
		    map_set(done, name, done))
			continue;
		schema_campaign_touch(&c, arena, prefix(s),
		    arena_strndup(arena, name.data, name.len),
		    clock_wall_ms());
		store_call(s->p->store, &c, 1, NULL, NULL);
	}
	map_free(&done, NULL);
}

void
persist_send_counters(struct persist *s)
{
	struct counters *sent;
	struct arena *arena;
	struct command *c;
	struct slice key;
	size_t at = 0, n = 0;
	void *value;

	if (map_count(s->counters) == 0 || !store_ready(s->p->store))
		return;
	sent = xcalloc(1, sizeof(*sent));
	sent->persist = s;
	sent->map = s->counters;
	s->counters = map_new();
	arena = arena_new();
	c = arena_alloc(arena, map_count(sent->map) * sizeof(*c));
	while (map_next(sent->map, &at, &key, &value)) {
		const char *space = memchr(key.data, ' ', key.len);
		size_t head = (size_t)(space - key.data);

		schema_campaign_add(&c[n++], arena, prefix(s),
		    arena_strndup(arena, key.data, head),
		    arena_strndup(arena, space + 1, key.len - head - 1),
		    *(int64_t *)value);
	}
	touch(s, sent->map, arena);
	store_call(s->p->store, c, n, on_counters, sent);
	arena_free(&arena);
}

static void
now_and_then(struct persist *s, const struct schema_now *now)
{
	struct arena *arena = arena_new();
	struct command c[2];

	if (persist_loaded(s)) {
		schema_mean_bytes_write(
		    c, arena, prefix(s), s->p->fleet.mean_bytes);
		store_call(s->p->store, c, 1, NULL, NULL);
	}
	if (persist_loaded(s) && s->ticks % PLACES_EVERY_S == 0 &&
	    schema_places_write(
		c, arena, prefix(s), &s->p->fleet.gateways))
		store_call(s->p->store, c, 1, NULL, NULL);
	if (s->ticks % TRIM_EVERY_S == 0) {
		schema_events_trim(c, arena, prefix(s), now->wall_ms,
		    s->p->config.policyd.keep_events_ms);
		store_call(s->p->store, c, 2, NULL, NULL);
	}
	arena_free(&arena);
}

bool
persist_loaded(const struct persist *s)
{
	return s->loaded && s->n_loading == 0;
}

void
persist_tick(struct persist *s)
{
	struct schema_now now = policyd_now(s->p);
	bool stuck = eventlog_stuck(s->p->eventlog);

	if (!store_ready(s->p->store))
		return;
	s->ticks++;
	if (!s->loaded)
		on_ready(s);
	eventlog_flush(s->p->eventlog);
	persist_send_counters(s);
	/* A gateway's row says which of its events were taken, and after a crash
	 * that is believed: not before they are in the stream. */
	if (persist_loaded(s) && !stuck)
		write_gateways(s, &now);
	write_sites(s, &now);
	now_and_then(s, &now);
}

void
persist_free(struct persist **sp)
{
	struct persist *s = *sp;

	if (!s)
		return;
	*sp = NULL;
	map_free(&s->counters, free);
	free(s);
}
