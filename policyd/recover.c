#include "policyd/recover.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "policyd/deliveries.h"

#define HELD_MAX 20000 /* 20 MB at most; more are taken as they come */

struct past {
	struct recover *recover;
	char id[17];
	bool waits; /* for the first report */
	int64_t accepted;
};
struct recover {
	struct policyd *p;
	bool begun; /* the streams have been read */
	bool asked; /* for the rows */
	struct past past[GATEWAYS_MAX];
	struct held *held[HELD_MAX];
	size_t n_held;
};
struct held {
	char gateway_id[17];
	int64_t seq, took_ms;
	size_t len;
	char text[];
};

static int64_t
field(const struct reply *r, const char *name)
{
	const char *text = reply_field(r, name);
	int64_t value;

	if (!text || text_int(slice_of(text), 0, INT64_MAX, &value) != 0)
		return 0;
	return value;
}

static void
on_row(enum store_result result, const struct reply *replies, void *ctx)
{
	struct past *past = ctx;
	struct policyd *p = past->recover->p;
	struct gateway *g = gateway_find(&p->fleet.gateways, past->id);
	int64_t old;

	if (result != STORE_OK)
		past->recover->asked = false; /* the next tick asks again */
	if (result != STORE_OK || !g || replies[0].n == 0)
		return;
	/* Deliveries read from the streams are not early, the reports late. */
	g->accepted_early = 0;
	old = g->unaccepted_n - field(&replies[0], "booked_messages");
	bookings_accepted(g, old > 0 ? old : 0, policyd_now_s(p));
	past->accepted = field(&replies[0], "accepted_messages");
	past->waits = !g->state.reported;
	if (g->unaccepted_n > 0)
		log_info("gateway=%s bookings=%lld on the way, from before",
		    g->id, (long long)g->unaccepted_n);
}

static void
ask(struct recover *r)
{
	struct gateways *all = &r->p->fleet.gateways;
	struct arena *arena = arena_new();
	struct command c;
	int i;

	r->asked = true;
	for (i = 0; i < all->n_slots; i++) {
		if (!all->slot[i])
			continue;
		r->past[i].recover = r;
		memcpy(r->past[i].id, all->slot[i]->id, sizeof(r->past[i].id));
		schema_gateway_load(&c, arena,
		    r->p->config.policyd.redis_prefix, r->past[i].id);
		store_call(r->p->store, &c, 1, on_row, &r->past[i]);
	}
	arena_free(&arena);
}

/* One that was taken before, of a mail that is known, has nothing to wait for. */
bool
recover_hold(struct recover *r, const struct gateway *g, struct slice event,
    int64_t took_ms)
{
	unsigned char id[BOOKING_ID_SIZE];
	struct delivery d;
	const char *error;
	struct held *h;

	if (r->begun || r->n_held == HELD_MAX ||
	    delivery_parse(event, &d, &error) != 0 ||
	    (taken_has(&g->events, d.seq) &&
		booking_id(slice_of(d.ticket), id) == 0 &&
		booking_known(&r->p->fleet.bookings, id)))
		return false;
	h = xmalloc(sizeof(*h) + event.len);
	memcpy(h->gateway_id, g->id, sizeof(h->gateway_id));
	h->seq = d.seq;
	h->took_ms = took_ms;
	h->len = event.len;
	memcpy(h->text, event.data, event.len);
	r->held[r->n_held++] = h;
	return true;
}

static int
by_seq(const void *a, const void *b)
{
	const struct held *const *x = a, *const *y = b;

	return ((*x)->seq > (*y)->seq) - ((*x)->seq < (*y)->seq);
}

static void
let_go(struct recover *r)
{
	size_t i;

	qsort(r->held, r->n_held, sizeof(r->held[0]), by_seq);
	for (i = 0; i < r->n_held; i++) {
		struct held *h = r->held[i];
		struct gateway *g =
		    gateway_find(&r->p->fleet.gateways, h->gateway_id);

		if (g)
			deliveries_learn(r->p, g,
			    (struct slice){h->text, h->len}, h->took_ms);
		free(h);
	}
	r->n_held = 0;
}

void
recover_tick(struct recover *r)
{
	double now_s = policyd_now_s(r->p);
	int i;

	if (!r->begun) {
		r->begun = true;
		let_go(r);
	}
	if (!r->asked)
		ask(r);
	for (i = 0; i < GATEWAYS_MAX; i++) {
		struct past *past = &r->past[i];
		struct gateway *g = past->waits
		    ? gateway_find(&r->p->fleet.gateways, past->id)
		    : NULL;

		if (!g || !g->state.reported)
			continue;
		past->waits = false;
		/* A counter that went back has started anew. */
		bookings_accepted(g, g->accepted_messages >= past->accepted
			? g->accepted_messages - past->accepted
			: g->accepted_messages,
		    now_s);
	}
}

bool
recover_begun(const struct recover *r)
{
	return r->begun;
}

struct recover *
recover_new(struct policyd *p)
{
	struct recover *r = xcalloc(1, sizeof(*r));

	r->p = p;
	return r;
}

void
recover_free(struct recover **rp)
{
	struct recover *r = *rp;

	while (r && r->n_held > 0)
		free(r->held[--r->n_held]);
	free(r);
	*rp = NULL;
}
