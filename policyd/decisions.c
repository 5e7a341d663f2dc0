#include "policyd/decisions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/mem.h"

#define BATCH 250
#define QUEUE_ID_MAX 31
/* A record costs half as much as the choice itself: with this many a second it
 * takes a twentieth of what the daemon can do, and it is more than a mail
 * server can take in. */
#define EVERY_SECOND_MAX 1000

struct decisions {
	struct policyd *p;
	struct arena *arena; /* of the batch; NULL when it is empty */
	struct command batch[BATCH];
	size_t n;
	unsigned made; /* this second */
};

struct decisions *
decisions_new(struct policyd *p)
{
	struct decisions *d = xcalloc(1, sizeof(*d));

	d->p = p;
	return d;
}

void
decisions_flush(struct decisions *d)
{
	if (d->n == 0)
		return;
	if (d->p->store && store_ready(d->p->store))
		store_call(d->p->store, d->batch, d->n, NULL, NULL);
	d->n = 0;
	arena_free(&d->arena);
}

void
decisions_tick(struct decisions *d)
{
	decisions_flush(d);
	d->made = 0;
}

void
decisions_free(struct decisions **d)
{
	if (!*d)
		return;
	arena_free(&(*d)->arena);
	free(*d);
	*d = NULL;
}

/* Room for so many more commands. */
static struct command *
room(struct decisions *d, size_t n)
{
	struct command *c;

	if (d->n + n > BATCH)
		decisions_flush(d);
	if (!d->arena)
		d->arena = arena_new();
	c = &d->batch[d->n];
	d->n += n;
	return c;
}

static void
add_head(struct buf *out, const struct job *j)
{
	const struct fleet_choice *c = &j->choice;
	const char *queue_id =
	    policy_get_str(j->ask->arena, &j->ask->m, "queue_id");

	buf_printf(out,
	    "at_ms=%" PRId64 ";campaign=%s;creative=%s;site=%s;size=%.0f"
	    ";reason=%s;gateways=%s;eligible=%d;known=%d;recipient=",
	    clock_wall_ms(), j->campaign_name, j->creative->name,
	    j->site_name ? j->site_name : "", j->size_bytes, c->reason,
	    job_ranked(j), c->n_eligible, c->n);
	delivery_escape(out, j->key);
	/* The initiator's, so that its operator can ask by what mailq shows. */
	if (*queue_id && strlen(queue_id) <= QUEUE_ID_MAX) {
		buf_add_str(out, ";queue_id=");
		delivery_escape(out, queue_id);
	}
}

/* The gateways of the ranking, and the best that is not in it: when the second
 * is one that was kept, it is not the next best. */
static void
add_rows(struct buf *out, const struct job *j)
{
	const struct fleet_choice *c = &j->choice;
	int best = c->n_eligible > 1 ? c->order[1] : -1;

	buf_add_char(out, '\n');
	job_row(out, j, c->first, 1);
	if (best >= 0) {
		buf_add_char(out, '\n');
		job_row(out, j, best, 2);
	}
	if (c->second >= 0 && c->second != best) {
		buf_add_char(out, '\n');
		job_row(out, j, c->second, 0);
	}
}

void
decisions_made(struct decisions *d, const struct job *j)
{
	struct buf text = {0}, ticket = {0};
	struct command *c;

	if (d->p->config.policyd.keep_decisions_ms == 0)
		return;
	if (d->made == EVERY_SECOND_MAX) {
		metrics_add(&d->p->metrics, METRIC_DECISIONS_DROPPED, 1);
		return;
	}
	d->made++;
	c = room(d, 1);
	hex_encode(&ticket, j->booking, BOOKING_ID_SIZE);
	add_head(&text, j);
	add_rows(&text, j);
	schema_decision_add(c, d->arena, d->p->config.policyd.redis_prefix,
	    arena_strndup(d->arena, ticket.data, ticket.len), slice_buf(&text),
	    d->p->config.policyd.keep_decisions_ms);
	buf_free(&ticket);
	buf_free(&text);
}

void
decisions_delivered(struct decisions *d, const char *gateway_id,
    const struct delivery *delivery)
{
	struct buf text = {0};
	struct command *c;

	if (d->p->config.policyd.keep_decisions_ms == 0 ||
	    delivery->queue_id[0] == '\0')
		return;
	c = room(d, SCHEMA_DELIVERED_COMMANDS);
	buf_printf(&text, "gateway=%s;", gateway_id);
	delivery_write(&text, delivery);
	schema_delivered_add(c, d->arena,
	    d->p->config.policyd.redis_prefix, delivery, slice_buf(&text),
	    d->p->config.policyd.keep_decisions_ms);
	buf_free(&text);
}
