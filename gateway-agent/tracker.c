#include "gateway-agent/tracker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway-agent/ledger.h"
#include "gateway-agent/spool.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/fleet/delivery.h"

/* A ledger is written anew when it has twice the lines that matter, and these. */
#define COMPACT_SLACK 20000

struct tracker {
	struct claims *claims;
	struct outbox *outbox;
	struct ledger *claims_ledger, *outbox_ledger;
	struct log_limit lapse_limit;
	char *queue_directory; /* NULL = nobody asks */
};

static void
record_claim(struct slice line, void *ctx)
{
	const struct tracker *t = ctx;

	ledger_append(t->claims_ledger, line);
}

static void
record_outbox(struct slice line, void *ctx)
{
	const struct tracker *t = ctx;

	ledger_append(t->outbox_ledger, line);
}

static int
replay_claim(struct slice line, void *ctx)
{
	const struct tracker *t = ctx;

	return claims_replay(t->claims, line);
}

static int
replay_outbox(struct slice line, void *ctx)
{
	const struct tracker *t = ctx;

	return outbox_replay(t->outbox, line);
}

static void
dump_claims(struct buf *out, void *ctx)
{
	const struct tracker *t = ctx;

	claims_dump(t->claims, out);
}

static void
dump_outbox(struct buf *out, void *ctx)
{
	const struct tracker *t = ctx;

	outbox_dump(t->outbox, out);
}

static struct ledger *
open_ledger(struct tracker *t, const char *dir, const char *name,
    int (*replay)(struct slice line, void *ctx), char **error_r)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct ledger *l = ledger_open(path, replay, t);

	if (!l)
		*error_r = xasprintf("agent.state_directory: %s: %s", path,
		    strerror(errno));
	free(path);
	return l;
}

struct tracker *
tracker_open(const char *state_directory, char **error_r)
{
	struct tracker *t = xcalloc(1, sizeof(*t));

	t->claims = claims_new(record_claim, t);
	t->outbox = outbox_new(record_outbox, t);
	if (file_mkdirs(state_directory, 0700) != 0) {
		*error_r = xasprintf("agent.state_directory: %s: %s",
		    state_directory, strerror(errno));
		goto fail;
	}
	t->claims_ledger = open_ledger(t, state_directory, "tickets",
	    replay_claim, error_r);
	if (!t->claims_ledger)
		goto fail;
	t->outbox_ledger = open_ledger(t, state_directory, "events",
	    replay_outbox, error_r);
	if (!t->outbox_ledger)
		goto fail;
	return t;
fail:
	tracker_close(&t);
	return NULL;
}

void
tracker_close(struct tracker **tp)
{
	struct tracker *t = *tp;

	if (!t)
		return;
	ledger_close(&t->claims_ledger);
	ledger_close(&t->outbox_ledger);
	claims_free(&t->claims);
	outbox_free(&t->outbox);
	free(t->queue_directory);
	free(t);
	*tp = NULL;
}

static enum claim_place
place(const char *queue_id, void *ctx)
{
	const struct tracker *t = ctx;

	return spool_place(t->queue_directory, queue_id);
}

void
tracker_watch(struct tracker *t, const char *queue_directory)
{
	free(t->queue_directory);
	t->queue_directory = xstrdup(queue_directory);
	claims_watch(t->claims, place, t);
}

enum claim_answer
tracker_claim(struct tracker *t, const struct claim *new)
{
	return claims_claim(t->claims, new);
}

bool
tracker_release(struct tracker *t, const char *ticket, const char *queue_id)
{
	return claims_release(t->claims, ticket, queue_id);
}

/* Without the parts of the delay.  delay= counts whole seconds, from a moment
 * before the end of the message, so a line that is read late was written no
 * later than this. */
static int64_t
logged_ms(const struct claim *c, const struct maillog_event *e, int64_t now_ms)
{
	int64_t latest_ms = c->eom_ms + e->delay_ms + 1000;

	if (e->logged_ms >= 0)
		return e->logged_ms;
	return e->delay_ms >= 0 && now_ms > latest_ms ? latest_ms : now_ms;
}

int64_t
tracker_received_ms(const struct claim *c, const struct maillog_event *e,
    int64_t now_ms)
{
	int64_t us = 0;
	int i;

	for (i = 0; i < 4; i++)
		if (e->delays_us[i] < 0)
			return logged_ms(c, e, now_ms);
	/* Whole seconds are all that the log's own stamp can tell, hence this
	 * way round.  A retry's `a` counts from the arrival of the mail. */
	for (i = c->arrival_ms ? 0 : 1; i < 4; i++)
		us += e->delays_us[i];
	return (c->arrival_ms ? c->arrival_ms : c->eom_ms) + us / 1000;
}

static void
copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (n >= size)
		n = size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
}

#define COPY(dst, src) copy((dst), sizeof(dst), (src))

static void
add_event(struct tracker *t, const struct claim *c,
    const struct maillog_event *e, enum delivery_status status,
    const char *mark, int64_t now_us)
{
	struct delivery d = {.status = status, .conn_use = e->conn_use,
	    .size_bytes = c->size_bytes, .requested_ms = c->requested_ms};
	struct buf text = {0};

	d.seq = outbox_next_seq(t->outbox, now_us);
	COPY(d.ticket, c->ticket);
	COPY(d.queue_id, c->queue_id);
	COPY(d.campaign, c->campaign);
	COPY(d.creative, c->creative);
	COPY(d.recipient, c->recipient);
	COPY(d.relay_host, e->relay_host);
	COPY(d.relay_ip, e->relay_ip);
	COPY(d.dsn, e->dsn);
	COPY(d.text, e->text);
	memcpy(d.delays_us, e->delays_us, sizeof(d.delays_us));
	d.received_ms = tracker_received_ms(c, e, now_us / 1000);
	d.ttr_ms = d.received_ms - c->requested_ms;
	delivery_write(&text, &d);
	outbox_add(t->outbox, d.seq, mark, slice_buf(&text));
	buf_free(&text);
	log_info("%s: ticket=%s status=%s relay=%s ttr_ms=%lld", c->queue_id,
	    c->ticket, delivery_status_text(status),
	    *d.relay_host ? d.relay_host : "none", (long long)d.ttr_ms);
}

/* An archive copy (always_bcc) of the advert travels under the same queue id. */
static bool
is_the_recipient(const struct claim *c, const struct maillog_event *e)
{
	return e->recipient[0] == '\0' || maillog_names(e, c->recipient);
}

bool
tracker_log(struct tracker *t, const struct maillog_event *e,
    const char *mark, int64_t now_us)
{
	const struct claim *c;
	bool first = false;

	switch (e->kind) {
	case MAILLOG_OTHER:
		return false;
	case MAILLOG_REJECTED:
		if (claims_rejected(t->claims, e->queue_id))
			log_info("%s: not queued: another filter refused it; "
			    "its ticket is free again", e->queue_id);
		return false;
	case MAILLOG_REMOVED:
		(void)claims_removed(t->claims, e->queue_id);
		return false;
	case MAILLOG_QUEUED:
		c = claims_queued(t->claims, e->queue_id, e->size, &first);
		if (first)
			log_debug("%s: ticket=%s accepted", e->queue_id,
			    c->ticket);
		return false;
	case MAILLOG_SENT:
	case MAILLOG_DEFERRED:
	case MAILLOG_BOUNCED:
		break;
	}
	c = claims_queued(t->claims, e->queue_id, -1, &first);
	if (!c || !is_the_recipient(c, e))
		return false;
	if (e->kind == MAILLOG_DEFERRED) {
		claims_deferred(t->claims, e->queue_id, e->delays_us[0]);
		add_event(t, c, e, DELIVERY_DEFERRED, mark, now_us);
		return true;
	}
	add_event(t, c, e, e->kind == MAILLOG_SENT ? DELIVERY_SENT :
	    DELIVERY_BOUNCED, mark, now_us);
	/* Its one recipient is done with, and no line will say more. */
	if (e->sendmail)
		(void)claims_removed(t->claims, e->queue_id);
	return false;
}

static void
compact(struct ledger *l, size_t live,
    void (*dump)(struct buf *out, void *ctx), struct tracker *t)
{
	if (ledger_lines(l) <= 2 * live + COMPACT_SLACK)
		return;
	if (ledger_rewrite(l, dump, t) != 0)
		log_warn("agent.state_directory: a ledger cannot be compacted");
}

void
tracker_tick(struct tracker *t, int64_t now_ms, int64_t log_seen_ms)
{
	size_t lapsed = claims_tick(t->claims, now_ms, log_seen_ms);
	struct claims_sum sum;

	if (lapsed && log_may(&t->lapse_limit, now_ms, 60000))
		log_warnx("tickets=%zu never showed up in the mail log and may "
		    "be used again; is agent.maillog the log of this MTA?",
		    lapsed);
	ledger_sync(t->claims_ledger);
	ledger_sync(t->outbox_ledger);
	claims_count(t->claims, &sum);
	compact(t->claims_ledger, sum.n, dump_claims, t);
	compact(t->outbox_ledger, outbox_count(t->outbox), dump_outbox, t);
}

struct outbox *
tracker_outbox(struct tracker *t)
{
	return t->outbox;
}

void
tracker_count(const struct tracker *t, struct claims_sum *sum_r)
{
	claims_count(t->claims, sum_r);
}

void
tracker_queue(const struct tracker *t, int64_t before_ms,
    int64_t domain_sessions, struct claims_queue *q_r)
{
	claims_queue(t->claims, before_ms, domain_sessions, q_r);
}
