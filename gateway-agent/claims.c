/* The rules; how the table is built is told in claims_table.h. */
#include "gateway-agent/claims_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"

/* Past the ticket's own expiry, for clocks that differ. */
#define KEEP_AFTER_MS (60 * 60 * 1000)

struct claims *
claims_new(void (*record)(struct slice line, void *ctx), void *ctx)
{
	struct claims *c = xcalloc(1, sizeof(*c));

	c->by_ticket = map_new();
	c->by_queue_id = map_new();
	TAILQ_INIT(&c->order);
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->queued);
	c->record = record;
	c->ctx = ctx;
	return c;
}

void
claims_watch(struct claims *c,
    enum claim_place (*place)(const char *queue_id, void *ctx), void *ctx)
{
	c->place = place;
	c->place_ctx = ctx;
}

static enum claim_place
place_of(const struct claims *c, const struct claim_entry *e)
{
	return c->place && !c->replaying ?
	    c->place(e->claim->queue_id, c->place_ctx) : CLAIM_PLACE_NONE;
}

static void
record(struct claims *c, const char *line)
{
	if (!c->replaying && c->record)
		c->record(slice_of(line), c->ctx);
}

/* Adds the entry to the sums of its state, or takes it out again. */
static void
count(struct claims *c, const struct claim_entry *e, int step)
{
	size_t one = (size_t)step; /* -1 wraps around, and back */

	if (e->state == CLAIM_IS_PENDING)
		c->sum.pending += one;
	else if (e->state == CLAIM_IS_DEFERRED)
		c->sum.deferred += one;
	else if (e->state == CLAIM_IS_QUEUED) {
		c->sum.queued += one;
		c->sum.queued_bytes += step * e->claim->size_bytes;
	}
}

static struct claim_list *
list_of(struct claims *c, enum claim_state state)
{
	return state == CLAIM_IS_PENDING ? &c->waiting :
	    state == CLAIM_IS_QUEUED     ? &c->queued :
	                                   NULL;
}

void
claims_set_state(struct claims *c, struct claim_entry *e,
    enum claim_state state)
{
	struct claim_list *list = list_of(c, e->state);

	count(c, e, -1);
	if (list)
		TAILQ_REMOVE(list, e, turn);
	e->state = state;
	list = list_of(c, state);
	if (list)
		TAILQ_INSERT_TAIL(list, e, turn);
	count(c, e, 1);
}

static void
drop_claim(struct claims *c, struct claim_entry *e)
{
	if (!e->claim)
		return;
	(void)map_del(c->by_queue_id, slice_of(e->claim->queue_id));
	free(e->claim);
	e->claim = NULL;
}

void
claims_forget(struct claims *c, struct claim_entry *e)
{
	claims_set_state(c, e, CLAIM_IS_DONE);
	drop_claim(c, e);
	TAILQ_REMOVE(&c->order, e, order);
	(void)map_del(c->by_ticket, slice_of(e->ticket));
	free(e);
}

void
claims_free(struct claims **cp)
{
	struct claims *c = *cp;
	struct claim_entry *e;

	if (!c)
		return;
	while ((e = TAILQ_FIRST(&c->order)))
		claims_forget(c, e);
	map_free(&c->by_ticket, NULL);
	map_free(&c->by_queue_id, NULL);
	free(c);
	*cp = NULL;
}

static bool
is_word(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

static bool
well_formed(const struct claim *n)
{
	return strlen(n->ticket) == 32 &&
	    strspn(n->ticket, "0123456789abcdef") == 32 &&
	    is_word(n->queue_id) && is_word(n->campaign) &&
	    is_word(n->creative) && n->recipient[0] &&
	    !text_has_control(slice_of(n->recipient)) && n->size_bytes >= 0;
}

void
claims_write(struct buf *out, const struct claim *n)
{
	buf_printf(out, "P %s %s %lld %lld %lld %lld %s %s %s", n->ticket,
	    n->queue_id, (long long)n->expires_ms, (long long)n->eom_ms,
	    (long long)n->requested_ms, (long long)n->size_bytes, n->campaign,
	    n->creative, n->recipient);
}

struct claim_entry *
claims_insert(struct claims *c, const char *ticket, int64_t expires_ms)
{
	struct claim_entry *e = xcalloc(1, sizeof(*e));

	memcpy(e->ticket, ticket, sizeof(e->ticket));
	e->expires_ms = expires_ms;
	e->state = CLAIM_IS_DONE;
	TAILQ_INSERT_TAIL(&c->order, e, order);
	(void)map_set(c->by_ticket, slice_of(e->ticket), e);
	return e;
}

static void
expire(struct claims *c, int64_t now_ms)
{
	struct claim_entry *e;

	/* Nothing is recorded: replay and the next tick come to the same. */
	while ((e = TAILQ_FIRST(&c->order)) &&
	    e->expires_ms + KEEP_AFTER_MS < now_ms)
		claims_forget(c, e);
}

/* true: it was not known to be accepted before. */
static bool
accept_entry(struct claims *c, struct claim_entry *e, int64_t size_bytes)
{
	bool first = e->state == CLAIM_IS_PENDING ||
	    e->state == CLAIM_IS_LAPSED;
	char line[96];

	if (size_bytes >= 0 && first)
		e->claim->size_bytes = size_bytes;
	claims_set_state(c, e, CLAIM_IS_QUEUED);
	if (first && !c->replaying) {
		c->sum.accepted++;
		c->sum.accepted_bytes += e->claim->size_bytes;
	}
	(void)snprintf(line, sizeof(line), "A %s %lld", e->ticket,
	    (long long)e->claim->size_bytes);
	record(c, line);
	return first;
}

enum claim_answer
claims_claim(struct claims *c, const struct claim *new)
{
	struct buf line = {0};
	struct claim_entry *e;

	if (!well_formed(new))
		return CLAIM_REFUSED;
	e = map_get(c->by_ticket, slice_of(new->ticket));
	if (e && e->state == CLAIM_IS_PENDING) {
		if (strcmp(e->claim->queue_id, new->queue_id) == 0)
			return CLAIM_NEW;
		if (place_of(c, e) != CLAIM_PLACE_QUEUE)
			return CLAIM_PENDING;
		(void)accept_entry(c, e, -1);
	}
	if (e && e->state != CLAIM_IS_LAPSED)
		return CLAIM_ACCEPTED;
	if (e)
		claims_forget(c, e);
	if (map_count(c->by_ticket) >= CLAIMS_MAX) {
		expire(c, new->eom_ms);
		if (map_count(c->by_ticket) >= CLAIMS_MAX)
			return CLAIM_REFUSED;
	}
	/* A queue id stands for one message; one that comes twice means the MTA
	 * uses short ids over again, and the older message is gone. */
	e = map_get(c->by_queue_id, slice_of(new->queue_id));
	if (e)
		(void)claims_removed(c, new->queue_id);
	e = claims_insert(c, new->ticket, new->expires_ms);
	e->claim = xmalloc(sizeof(*e->claim));
	*e->claim = *new;
	(void)map_set(c->by_queue_id, slice_of(new->queue_id), e);
	claims_set_state(c, e, CLAIM_IS_PENDING);
	claims_write(&line, new);
	record(c, line.data);
	buf_free(&line);
	return CLAIM_NEW;
}

static void
record_ticket(struct claims *c, char what, const char *ticket)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "%c %s", what, ticket);
	record(c, line);
}

bool
claims_release(struct claims *c, const char *ticket, const char *queue_id)
{
	struct claim_entry *e = map_get(c->by_ticket, slice_of(ticket));

	if (!e || e->state != CLAIM_IS_PENDING ||
	    strcmp(e->claim->queue_id, queue_id) != 0)
		return false;
	record_ticket(c, 'F', ticket);
	claims_forget(c, e);
	return true;
}

const struct claim *
claims_queued(struct claims *c, const char *queue_id, int64_t size_bytes,
    bool *first_r)
{
	struct claim_entry *e = map_get(c->by_queue_id, slice_of(queue_id));

	*first_r = false;
	if (!e)
		return NULL;
	if (e->state != CLAIM_IS_QUEUED)
		*first_r = accept_entry(c, e, size_bytes);
	return e->claim;
}

void
claims_deferred(struct claims *c, const char *queue_id, int64_t a_us)
{
	struct claim_entry *e = map_get(c->by_queue_id, slice_of(queue_id));
	char line[96];

	if (!e || e->state != CLAIM_IS_QUEUED)
		return;
	if (e->claim->arrival_ms == 0 && a_us >= 0)
		e->claim->arrival_ms = e->claim->eom_ms - a_us / 1000;
	claims_set_state(c, e, CLAIM_IS_DEFERRED);
	(void)snprintf(line, sizeof(line), "W %s %lld", e->ticket,
	    (long long)e->claim->arrival_ms);
	record(c, line);
}

bool
claims_rejected(struct claims *c, const char *queue_id)
{
	struct claim_entry *e = map_get(c->by_queue_id, slice_of(queue_id));

	/* Of a mail that was accepted before, it says nothing. */
	if (!e || (e->state != CLAIM_IS_PENDING && e->state != CLAIM_IS_LAPSED))
		return false;
	record_ticket(c, 'F', e->ticket);
	claims_forget(c, e);
	return true;
}

bool
claims_removed(struct claims *c, const char *queue_id)
{
	struct claim_entry *e = map_get(c->by_queue_id, slice_of(queue_id));
	char line[96];

	if (!e)
		return false;
	if (e->state != CLAIM_IS_QUEUED && e->state != CLAIM_IS_DEFERRED)
		(void)accept_entry(c, e, -1);
	if (!c->replaying) {
		c->sum.removed++;
		c->sum.removed_bytes += e->claim->size_bytes;
	}
	claims_set_state(c, e, CLAIM_IS_DONE);
	drop_claim(c, e);
	(void)snprintf(line, sizeof(line), "D %s %lld", e->ticket,
	    (long long)e->expires_ms);
	record(c, line);
	return true;
}

/* The log was silent for a minute.  1: the ticket lapsed. */
static size_t
settle(struct claims *c, struct claim_entry *e, int64_t now_ms)
{
	switch (place_of(c, e)) {
	case CLAIM_PLACE_QUEUE:
		(void)accept_entry(c, e, -1);
		return 0;
	case CLAIM_PLACE_UNKNOWN:
		if (now_ms - e->claim->eom_ms < CLAIMS_BLIND_MS)
			return 0;
		break;
	case CLAIM_PLACE_NONE:
		break;
	}
	record_ticket(c, 'L', e->ticket);
	claims_set_state(c, e, CLAIM_IS_LAPSED);
	return 1;
}

size_t
claims_tick(struct claims *c, int64_t now_ms, int64_t log_seen_ms)
{
	struct claim_entry *e, *next;
	size_t n = 0;

	for (e = TAILQ_FIRST(&c->waiting); e; e = next) {
		next = TAILQ_NEXT(e, turn);
		if (now_ms - e->claim->eom_ms < CLAIMS_PENDING_MS ||
		    log_seen_ms - e->claim->eom_ms < CLAIMS_PENDING_MS)
			continue;
		n += settle(c, e, now_ms);
	}
	expire(c, now_ms);
	return n;
}
