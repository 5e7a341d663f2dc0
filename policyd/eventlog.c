#include "policyd/eventlog.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/base/mem.h"
#include "lib/fleet/erase.h"
#include "policyd/erased.h"

#define BATCH 500

struct event {
	TAILQ_ENTRY(event) link;
	uint64_t number; /* 1, 2, ... as they were added */
	char gateway_id[17];
	int64_t at_ms;
	struct delivery d;
};
TAILQ_HEAD(event_list, event);
/* On its way. */
struct batch {
	TAILQ_ENTRY(batch) link;
	struct eventlog *log;
	struct event_list list; /* by number */
};
/* Somebody waits until what was added up to then is kept. */
struct settling {
	struct eventlog *log;
	uint64_t upto;
	void (*cb)(bool kept, void *ctx);
	void *ctx;
};
struct eventlog {
	struct policyd *p;
	struct event_list waiting; /* by number */
	TAILQ_HEAD(, batch) sent;
	size_t n; /* waiting and sent */
	uint64_t added;
};

struct eventlog *
eventlog_new(struct policyd *p)
{
	struct eventlog *l = xcalloc(1, sizeof(*l));

	l->p = p;
	TAILQ_INIT(&l->waiting);
	TAILQ_INIT(&l->sent);
	return l;
}

bool
eventlog_add(struct eventlog *l, const char *gateway_id,
    const struct delivery *d)
{
	struct event *e;

	if (l->n >= EVENTLOG_MAX)
		return false;
	e = xcalloc(1, sizeof(*e));
	memcpy(e->gateway_id, gateway_id,
	    strnlen(gateway_id, sizeof(e->gateway_id) - 1));
	e->d = *d;
	e->at_ms = clock_wall_ms();
	e->number = ++l->added;
	TAILQ_INSERT_TAIL(&l->waiting, e, link);
	l->n++;
	return true;
}

static void
take_back(struct eventlog *l, struct event *e)
{
	struct event *before = TAILQ_FIRST(&l->waiting);

	while (before && before->number < e->number)
		before = TAILQ_NEXT(before, link);
	if (before)
		TAILQ_INSERT_BEFORE(before, e, link);
	else
		TAILQ_INSERT_TAIL(&l->waiting, e, link);
}

/* A Redis that is full or a replica refuses what it would take later, so what
 * is refused waits on. */
static void
on_answer(enum store_result result, const struct reply *replies, void *ctx)
{
	struct batch *b = ctx;
	struct eventlog *l = b->log;
	struct event *e;
	size_t i;

	(void)result;
	TAILQ_REMOVE(&l->sent, b, link);
	for (i = 0; (e = TAILQ_FIRST(&b->list)) != NULL; i++) {
		TAILQ_REMOVE(&b->list, e, link);
		if (!replies || replies[i].type == REPLY_ERROR) {
			take_back(l, e);
			continue;
		}
		free(e);
		l->n--;
	}
	free(b);
}

static void
send_some(struct eventlog *l)
{
	const struct config_policyd *config = &l->p->config.policyd;
	struct batch *b = xcalloc(1, sizeof(*b));
	struct arena *arena = arena_new();
	struct command *c = arena_alloc(arena, BATCH * sizeof(*c));
	struct event *e;
	size_t n = 0;

	b->log = l;
	TAILQ_INIT(&b->list);
	while (n < BATCH && (e = TAILQ_FIRST(&l->waiting)) != NULL) {
		TAILQ_REMOVE(&l->waiting, e, link);
		TAILQ_INSERT_TAIL(&b->list, e, link);
		schema_event_add(&c[n++], arena, config->redis_prefix,
		    e->gateway_id, &e->d, e->at_ms, config->keep_events_ms);
	}
	TAILQ_INSERT_TAIL(&l->sent, b, link);
	store_call(l->p->store, c, n, on_answer, b);
	arena_free(&arena);
}

void
eventlog_flush(struct eventlog *l)
{
	const struct event *e;
	uint64_t sent = 0;

	/* What comes back meanwhile waits for the next time. */
	while (store_ready(l->p->store) &&
	    (e = TAILQ_FIRST(&l->waiting)) != NULL && e->number > sent) {
		sent = e->number;
		send_some(l);
	}
}

void
eventlog_erase(struct eventlog *l, const struct erased *e)
{
	struct event *event;

	TAILQ_FOREACH (event, &l->waiting, link)
		if (erased_has(e, event->d.recipient))
			erase_from_delivery(&event->d);
}

static bool
kept(const struct eventlog *l, uint64_t upto)
{
	const struct event *e = TAILQ_FIRST(&l->waiting);
	const struct batch *b;

	if (e && e->number <= upto)
		return false;
	TAILQ_FOREACH (b, &l->sent, link)
		if (TAILQ_FIRST(&b->list)->number <= upto)
			return false;
	return true;
}

static void
on_settled(enum store_result result, const struct reply *replies, void *ctx)
{
	struct settling *s = ctx;

	(void)replies;
	s->cb(result == STORE_OK && kept(s->log, s->upto), s->ctx);
	free(s);
}

void
eventlog_settle(struct eventlog *l, void (*cb)(bool kept, void *ctx),
    void *ctx)
{
	struct settling *s = xcalloc(1, sizeof(*s));

	*s = (struct settling){l, l->added, cb, ctx};
	eventlog_flush(l);
	store_barrier(l->p->store, on_settled, s);
}

bool
eventlog_stuck(const struct eventlog *l)
{
	return !TAILQ_EMPTY(&l->waiting);
}

size_t
eventlog_waiting(const struct eventlog *l)
{
	return l->n;
}

/* The store has answered for every batch by now. */
void
eventlog_free(struct eventlog **lp)
{
	struct eventlog *l = *lp;
	struct event *e;

	if (!l)
		return;
	*lp = NULL;
	while ((e = TAILQ_FIRST(&l->waiting)) != NULL) {
		TAILQ_REMOVE(&l->waiting, e, link);
		free(e);
	}
	free(l);
}
