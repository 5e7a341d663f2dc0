/* Every recipient, by SCAN, which may tell a key twice while Redis moves its table:
 * for `send` that would be a second advert.  So what was told is remembered. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/seen.h"
#include "lib/base/text.h"
#include "lib/fleet/erase.h"
#include "lib/fleet/schema.h"
#include "lib/fleet/store_sync_call.h"

#define BATCH 256 /* recipients whose records are asked for at once */

struct scan {
	struct store_sync *store;
	const char *what;  /* "rcpt", ... */
	char cursor[32];
	bool began;
};

/* The next page of keys, in the arena.  1, 0 after the last, -1. */
static int
next_page(struct scan *s, struct arena *arena, struct reply *keys_r)
{
	struct command c;
	struct reply r;

	if (s->began && strcmp(s->cursor, "0") == 0)
		return 0;
	schema_scan(&c, arena, store_sync_prefix(s->store), s->what,
	    s->began ? s->cursor : "0");
	if (store_sync_call(s->store, arena, &c, 1, &r) < 0 || r.n != 2)
		return -1;
	s->began = true;
	(void)snprintf(s->cursor, sizeof(s->cursor), "%s",
	    r.items[0].text.data);
	*keys_r = r.items[1];
	return 1;
}

/* The address that a key is of, in the arena; NULL when it is none of ours. */
static const char *
address_of(const struct scan *s, struct arena *arena, struct slice key)
{
	size_t skip = strlen(store_sync_prefix(s->store)) + strlen(s->what) + 2;

	if (key.len < skip + 2 || key.data[key.len - 1] != '}')
		return NULL;
	return arena_strndup(arena, key.data + skip, key.len - skip - 1);
}

int
store_sync_each(struct store_sync *s, enum store_sync_kind kind,
    int (*fn)(const char *name, void *ctx), void *ctx)
{
	static const char *const what[] = {
	    [STORE_RECIPIENTS] = "rcpt",
	    [STORE_SUPPRESSED] = "suppressed",
	    [STORE_CAMPAIGNS] = "campaign",
	    [STORE_DECISIONS] = "decision",
	    [STORE_DELIVERED] = "delivered",
	};
	struct scan scan = {s, what[kind], "", false};
	struct map *seen = map_new();
	int more, stop = 0;

	do {
		struct arena *arena = arena_new();
		struct reply keys = {0};

		more = next_page(&scan, arena, &keys);
		for (size_t i = 0; more > 0 && i < keys.n && !stop; i++) {
			const char *address =
			    address_of(&scan, arena, keys.items[i].text);

			if (address &&
			    !map_set(seen, keys.items[i].text, seen))
				stop = fn(address, ctx);
		}
		arena_free(&arena);
	} while (more > 0 && !stop);
	map_free(&seen, NULL);
	return more < 0 ? -1 : stop;
}

/* What the records of up to BATCH recipients say. */
static int
hand_over(struct store_sync *s, const char *const *addresses, size_t n,
    const struct store_sync_records *to)
{
	struct arena *arena = arena_new();
	struct command c[3 * BATCH];
	struct reply *replies = arena_alloc(arena, 3 * n * sizeof(*replies));
	int stop;

	for (size_t i = 0; i < n; i++) {
		schema_recipient_lookup(&c[3 * i], arena,
		    store_sync_prefix(s), addresses[i]);
		schema_digest_lookup(&c[3 * i + 2], arena,
		    store_sync_prefix(s), addresses[i]);
	}
	stop = store_sync_call(s, arena, c, 3 * n, replies);
	for (size_t i = 0; i < n && !stop; i++) {
		struct recipient r;

		schema_recipient_read(arena, &replies[3 * i], &r);
		schema_digest_read(arena, &replies[3 * i + 2], &r);
		if (r.listed)
			stop = to->take(addresses[i], &r, to->ctx);
	}
	arena_free(&arena);
	return stop;
}

static int
page_of_records(struct scan *s, struct arena *arena, const struct reply *keys,
    struct seen *seen, const struct store_sync_records *to)
{
	const char *batch[BATCH];
	size_t n = 0;
	int stop = 0;

	for (size_t i = 0; i < keys->n && !stop; i++) {
		const char *address =
		    address_of(s, arena, keys->items[i].text);

		if (address && seen_add(seen, slice_of(address)))
			batch[n++] = address;
		if (n == BATCH) {
			stop = hand_over(s->store, batch, n, to);
			n = 0;
		}
	}
	return stop || n == 0 ? stop : hand_over(s->store, batch, n, to);
}

/* Of "keys=123,expires=0,avg_ttl=0". */
static size_t
keys_in_database(struct store_sync *s)
{
	char *info = store_sync_info(s, "db0");
	struct slice rest = slice_of(info ? info : ""), name;
	int64_t n = 0;

	if (slice_split(&rest, '=', &name) && slice_split(&rest, ',', &name))
		(void)text_int(name, 0, INT64_MAX, &n);
	free(info);
	return (size_t)n;
}

int
store_sync_records(struct store_sync *s, const struct store_sync_records *to)
{
	struct scan scan = {s, "rcpt", "", false};
	size_t total = keys_in_database(s), done = 0;
	struct seen seen = {0};
	int more, stop = 0;

	do {
		struct arena *arena = arena_new();
		struct reply keys = {0};

		more = next_page(&scan, arena, &keys);
		if (more > 0)
			stop = page_of_records(&scan, arena, &keys, &seen, to);
		done += SCHEMA_SCAN_COUNT;
		if (more > 0 && to->progress)
			to->progress(done < total ? done : total, total,
			    to->ctx);
		arena_free(&arena);
	} while (more > 0 && !stop);
	seen_free(&seen);
	return more < 0 ? -1 : stop;
}
