#include "lib/fleet/store_sync_tickets.h"

#include "lib/fleet/schema.h"
#include "lib/fleet/store_sync_call.h"

#define BATCH 256

struct look {
	struct store_sync *store;
	size_t which; /* of schema_decision_load()'s commands */
	store_ticket_fn *fn;
	void *ctx;
	struct arena *arena; /* of the batch */
	const char *tickets[BATCH];
	size_t n;
};

static int
hand_over(struct look *l, const char *ticket, const struct reply *r)
{
	struct slice text = r->text, line;
	int rc = 0;

	if (r->type == REPLY_TEXT && slice_split(&text, '\n', &line))
		return l->fn(ticket, line, l->ctx);
	for (size_t i = 0; r->type == REPLY_LIST && i + 1 < r->n && rc == 0;
	    i += 2)
		rc = l->fn(ticket, r->items[i + 1].text, l->ctx);
	return rc;
}

static int
load(struct look *l)
{
	struct command c[BATCH], both[SCHEMA_DECISION_LOADS];
	struct reply replies[BATCH];
	int rc;

	for (size_t i = 0; i < l->n; i++) {
		schema_decision_load(both, l->arena,
		    store_sync_prefix(l->store), l->tickets[i]);
		c[i] = both[l->which];
	}
	rc = store_sync_call(l->store, l->arena, c, l->n, replies);
	for (size_t i = 0; i < l->n && rc == 0; i++)
		rc = hand_over(l, l->tickets[i], &replies[i]);
	arena_free(&l->arena);
	l->arena = arena_new();
	l->n = 0;
	return rc;
}

static int
on_ticket(const char *ticket, void *ctx)
{
	struct look *l = ctx;

	l->tickets[l->n++] = arena_strdup(l->arena, ticket);
	return l->n == BATCH ? load(l) : 0;
}

static int
look(struct store_sync *s, enum store_sync_kind kind, size_t which,
    store_ticket_fn *fn, void *ctx)
{
	struct look l = {s, which, fn, ctx, arena_new(), {NULL}, 0};
	int rc = store_sync_each(s, kind, on_ticket, &l);

	if (rc == 0 && l.n > 0)
		rc = load(&l);
	arena_free(&l.arena);
	return rc;
}

int
store_sync_decisions(struct store_sync *s, store_ticket_fn *fn, void *ctx)
{
	return look(s, STORE_DECISIONS, 0, fn, ctx);
}

int
store_sync_delivered(struct store_sync *s, store_ticket_fn *fn, void *ctx)
{
	return look(s, STORE_DELIVERED, 1, fn, ctx);
}
