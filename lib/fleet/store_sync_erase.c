/* Nothing leads from a person to what is kept of their adverts, so all of it is
 * looked through: events, decisions, deliveries.  That is slow and rare. */
#include "lib/fleet/store_sync_erase.h"

#include <strings.h>

#include "lib/base/map.h"
#include "lib/fleet/erase.h"
#include "lib/fleet/store_sync_call.h"
#include "lib/fleet/store_sync_events.h"
#include "lib/fleet/store_sync_tickets.h"

struct search {
	struct store_sync *store;
	const char *address;
	struct slice escaped; /* the address, as it stands in a decision */
	struct arena *arena;
	/* Each with what it is called, and any value. */
	struct map *found[TRACE_N];
};

const char *
trace_name(enum trace t)
{
	static const char *const names[TRACE_N] = {"records", "suppressions",
	    "events", "decisions", "deliveries", "queue_ids"};

	return names[t];
}

static void
note(struct search *s, enum trace what, const char *name)
{
	if (*name)
		(void)map_set(s->found[what], slice_of(name), s);
}

static int
on_event(const struct store_event *e, void *ctx)
{
	struct search *s = ctx;
	const char *to = reply_field(e->fields, "recipient");
	const char *ticket = reply_field(e->fields, "ticket");
	const char *queue_id = reply_field(e->fields, "queue_id");
	bool theirs = to && strcasecmp(to, s->address) == 0;

	/* A server's words may name somebody else's address. */
	for (size_t i = 0; !theirs && i + 1 < e->fields->n; i += 2)
		theirs = strcasestr(e->fields->items[i + 1].text.data,
		    s->address) != NULL;
	if (!theirs)
		return 0;
	note(s, TRACE_EVENT, e->id);
	if (to && strcasecmp(to, s->address) == 0) {
		note(s, TRACE_DECISION, ticket ? ticket : "");
		note(s, TRACE_QUEUE, queue_id ? queue_id : "");
	}
	return 0;
}

/* A field of "name=value;name=value". */
static bool
is_field(struct slice text, const char *name, struct slice value)
{
	struct slice part, key;

	while (slice_split(&text, ';', &part))
		if (slice_split(&part, '=', &key) &&
		    slice_eq_str(key, name))
			return part.len == value.len && value.len > 0 &&
			    strncasecmp(part.data, value.data, value.len) == 0;
	return false;
}

static int
on_decision(const char *ticket, struct slice text, void *ctx)
{
	struct search *s = ctx;

	if (is_field(text, "recipient", s->escaped))
		note(s, TRACE_DECISION, ticket);
	return 0;
}

static int
on_delivered(const char *ticket, struct slice text, void *ctx)
{
	struct search *s = ctx;
	struct delivery d;
	const char *error;

	if (delivery_parse(text, &d, &error) != 0 ||
	    (strcasecmp(d.recipient, s->address) != 0 &&
		!strcasestr(d.text, s->address)))
		return 0;
	note(s, TRACE_DELIVERED, ticket);
	note(s, TRACE_QUEUE, d.queue_id);
	return 0;
}

static int
search(struct search *s)
{
	struct command c[2];
	struct reply r[2];

	schema_recipient_lookup(
	    c, s->arena, store_sync_prefix(s->store), s->address);
	if (store_sync_call(s->store, s->arena, c, 2, r) < 0)
		return -1;
	if (r[0].n > 0)
		note(s, TRACE_RECORD, s->address);
	if (r[1].n > 0)
		note(s, TRACE_SUPPRESSION, s->address);
	if (store_sync_events_back(s->store, on_event, s) < 0 ||
	    store_sync_decisions(s->store, on_decision, s) < 0 ||
	    store_sync_delivered(s->store, on_delivered, s) < 0)
		return -1;
	return 0;
}

/* The commands that remove one; how many. */
static size_t
removal(const struct search *s, struct arena *arena, enum trace what,
    const char *name, struct command c[SCHEMA_TICKET_DELETES])
{
	const char *prefix = store_sync_prefix(s->store);

	switch (what) {
	case TRACE_RECORD:
		schema_recipient_delete(c, arena, prefix, name);
		return 1;
	case TRACE_SUPPRESSION:
		schema_unsuppress(c, arena, prefix, name);
		return 2;
	case TRACE_EVENT:
		schema_event_delete(c, arena, prefix, name);
		return 1;
	case TRACE_QUEUE:
		schema_queue_delete(c, arena, prefix, name);
		return 1;
	case TRACE_DECISION:
	case TRACE_DELIVERED:
	case TRACE_N:
		break;
	}
	schema_ticket_delete(c, arena, prefix, name);
	return SCHEMA_TICKET_DELETES;
}

static int
remove_kind(struct search *s, enum trace what)
{
	struct slice name;
	size_t at = 0;
	void *value;
	int rc = 0;

	while (rc == 0 && map_next(s->found[what], &at, &name, &value)) {
		struct command c[SCHEMA_TICKET_DELETES];
		struct reply r[SCHEMA_TICKET_DELETES];
		struct arena *arena = arena_new();
		size_t n = removal(s, arena, what,
		    arena_strndup(arena, name.data, name.len), c);

		rc = store_sync_call(s->store, arena, c, n, r);
		arena_free(&arena);
	}
	return rc;
}

int
store_sync_erase(struct store_sync *store, const char *address, bool remove,
    struct store_traces *found_r)
{
	struct search s = {.store = store, .address = address,
	    .arena = arena_new()};
	struct buf escaped = {0};
	int rc, i;

	delivery_escape(&escaped, address);
	s.escaped = slice_buf(&escaped);
	for (i = 0; i < TRACE_N; i++)
		s.found[i] = map_new();
	rc = search(&s);
	for (i = 0; i < TRACE_N; i++) {
		found_r->n[i] = map_count(s.found[i]);
		if (rc == 0 && remove)
			rc = remove_kind(&s, (enum trace)i);
		map_free(&s.found[i], NULL);
	}
	arena_free(&s.arena);
	buf_free(&escaped);
	return rc;
}

int
store_sync_erase_mark(struct store_sync *s, const char *address,
    const char *reason, int64_t now_ms)
{
	struct arena *arena = arena_new();
	struct command c[SCHEMA_ERASE_MARKS];
	struct reply r[SCHEMA_ERASE_MARKS];
	char digest[ERASE_DIGEST_SIZE];
	int rc;

	erase_digest(digest, address);
	schema_erase_mark(
	    c, arena, store_sync_prefix(s), digest, reason, now_ms);
	rc = store_sync_call(s, arena, c, SCHEMA_ERASE_MARKS, r);
	arena_free(&arena);
	return rc;
}

struct each {
	int (*fn)(const char *digest, void *ctx);
	void *ctx;
};

static int
only_digests(const char *name, void *ctx)
{
	const struct each *e = ctx;

	return erase_is_digest(name) ? e->fn(name, e->ctx) : 0;
}

int
store_sync_each_erased(struct store_sync *s,
    int (*fn)(const char *digest, void *ctx), void *ctx)
{
	struct each e = {fn, ctx};

	return store_sync_each(s, STORE_SUPPRESSED, only_digests, &e);
}
