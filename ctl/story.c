/* The times of a gateway are by its own clock.  What it says of an advert has also
 * been put on the initiator's (ttr_ms), and that is what is shown. */
#include "config.h"

#include "ctl/story.h"

#include <stdio.h>
#include <stdlib.h>

#include "ctl/fleet.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/fleet/delivery.h"

#define EVENTS_MAX 200

struct step {
	int64_t at_ms;
	size_t n; /* of two at the same time the first is told first */
	const char *where, *text; /* in the arena */
};
struct story {
	struct arena *arena;
	struct step steps[2 * EVENTS_MAX + 1];
	size_t n;
	int64_t began_ms; /* 0: not known */
};

static void __attribute__((format(printf, 4, 5)))
add(struct story *s, int64_t at_ms, const char *where, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	s->steps[s->n] = (struct step){at_ms, s->n, where,
	    arena_strdup(s->arena, text.data)};
	s->n++;
	buf_free(&text);
}

static const char *
copy(struct story *s, struct slice text)
{
	return arena_strndup(s->arena, text.data, text.len);
}

static void
add_decision(struct story *s, struct slice d)
{
	const char *queue_id = copy(s, fleet_field(d, "queue_id"));
	const char *site = copy(s, fleet_field(d, "site"));

	s->began_ms = (int64_t)fleet_number(d, "at_ms");
	add(s, s->began_ms, "initiator",
	    "%s%s%sdecided by %s: gateways: %s   site: %s, %.0f of %.0f "
	    "gateways could be chosen", *queue_id ? "queue id " : "", queue_id,
	    *queue_id ? ", " : "", copy(s, fleet_field(d, "reason")),
	    copy(s, fleet_field(d, "gateways")), *site ? site : "unknown",
	    fleet_number(d, "eligible"), fleet_number(d, "known"));
}

static int64_t
by_our_clock(const struct delivery *d)
{
	return d->ttr_ms > 0 ? d->requested_ms + d->ttr_ms : d->received_ms;
}

/* Of a first attempt: the log's times since the end of message. */
static void
add_arrival(struct story *s, const char *gateway, const struct delivery *d)
{
	int64_t us = 0;

	for (int i = 1; i < 4; i++) {
		if (d->delays_us[i] < 0)
			return;
		us += d->delays_us[i];
	}
	add(s, by_our_clock(d) - us / 1000, gateway,
	    "stub taken and expanded, queue id %s", d->queue_id);
}

static void
add_event(struct story *s, struct slice text, bool first)
{
	const char *gateway = copy(s, fleet_field(text, "gateway"));
	struct delivery d;
	const char *error;
	char safe[600], took[80] = "", after[64] = "";

	if (delivery_parse(text, &d, &error) != 0)
		return;
	if (s->began_ms == 0)
		s->began_ms = d.requested_ms;
	if (first)
		add_arrival(s, gateway, &d);
	if (d.delays_us[2] >= 0 && d.delays_us[3] >= 0)
		(void)snprintf(took, sizeof(took),
		    " (%.2f s to connect, %.2f s to hand over)",
		    (double)d.delays_us[2] / 1e6, (double)d.delays_us[3] / 1e6);
	if (d.status == DELIVERY_SENT)
		(void)snprintf(after, sizeof(after),
		    ", %.2f s after the request", (double)d.ttr_ms / 1000);
	add(s, by_our_clock(&d), gateway,
	    "%-8s at gateway %s, queue id %s, server %s%s%s\n%35s%s %s",
	    delivery_status_text(d.status), gateway, d.queue_id,
	    d.relay_host[0] ? d.relay_host : "none", after, took, "", d.dsn,
	    log_safe(safe, sizeof(safe), d.text));
}

static int
by_time(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->n < y->n ? -1 : 1;
}

static void
write_steps(struct buf *out, struct story *s)
{
	char when[32];

	qsort(s->steps, s->n, sizeof(s->steps[0]), by_time);
	for (size_t i = 0; i < s->n; i++) {
		const struct step *step = &s->steps[i];

		clock_milli(when, sizeof(when), step->at_ms);
		/* The day stands in the first line. */
		buf_printf(out, "%s %+9.2f s  %-9s  %s\n", when + 11,
		    (double)(step->at_ms - s->began_ms) / 1000, step->where,
		    step->text);
	}
}

/* What it is about, from the decision or else the first event. */
static void
write_head(struct buf *out, struct slice row, int64_t at_ms)
{
	struct slice recipient = fleet_field(row, "recipient");
	struct slice campaign = fleet_field(row, "campaign");
	struct slice creative = fleet_field(row, "creative");
	double bytes = fleet_field(row, "size").len ?
	    fleet_number(row, "size") : fleet_number(row, "size_bytes");
	char when[32], size[32];

	clock_minute(when, sizeof(when), at_ms);
	text_human_bytes(size, sizeof(size), (int64_t)bytes);
	buf_printf(out, "%s UTC  to %.*s  campaign: %.*s  creative: %.*s, "
	    "%s\n\n", when, (int)recipient.len, recipient.data,
	    (int)campaign.len, campaign.data, (int)creative.len,
	    creative.data, size);
}

void
story_write(struct buf *out, struct arena *arena,
    const struct policy_message *m)
{
	struct story *s = arena_alloc(arena, sizeof(*s));
	struct slice decision = policy_get(m, "decision"), head = decision, row;
	int n;

	s->arena = arena;
	buf_printf(out, "ticket %s\n", policy_get_str(arena, m, "ticket"));
	if (decision.data)
		add_decision(s, decision);
	for (n = 0; n < EVENTS_MAX && fleet_row(arena, m, "event", n, &row);
	    n++) {
		if (!head.data)
			head = row;
		add_event(s, row, n == 0);
	}
	if (head.data)
		write_head(out, head, s->began_ms);
	write_steps(out, s);
	if (!decision.data)
		buf_add_str(out, "the decision is not kept any more, or its "
		    "policyd was killed within a second of it\n");
	if (n == 0)
		buf_add_str(out, "no gateway has told yet what became of it\n");
}

static void
json_event(struct json *list, struct slice text)
{
	struct json *o = json_add_object(list, NULL);
	struct delivery d;
	const char *error;

	json_add_text(o, "gateway", fleet_field(text, "gateway"));
	if (delivery_parse(text, &d, &error) != 0)
		return;
	json_add_int(o, "at_ms", by_our_clock(&d));
	json_add_text(o, "status", slice_of(delivery_status_text(d.status)));
	json_add_text(o, "queue_id", slice_of(d.queue_id));
	json_add_text(o, "recipient", slice_of(d.recipient));
	json_add_text(o, "campaign", slice_of(d.campaign));
	json_add_text(o, "creative", slice_of(d.creative));
	json_add_text(o, "relay_host", slice_of(d.relay_host));
	json_add_text(o, "relay_ip", slice_of(d.relay_ip));
	json_add_text(o, "dsn", slice_of(d.dsn));
	json_add_text(o, "text", slice_of(d.text));
	json_add_int(o, "requested_ms", d.requested_ms);
	if (d.status == DELIVERY_SENT)
		json_add_int(o, "ttr_ms", d.ttr_ms);
}

void
story_json(struct buf *out, struct arena *arena,
    const struct policy_message *m)
{
	struct json *root = json_begin(), *list;
	struct slice row;

	json_add_text(root, "ticket", policy_get(m, "ticket"));
	if (policy_get(m, "decision").data)
		row_json(json_add_object(root, "decision"),
		    policy_get(m, "decision"));
	row_json_list(root, "rows", arena, m, "row");
	list = json_add_list(root, "events");
	for (int n = 0; fleet_row(arena, m, "event", n, &row); n++)
		json_event(list, row);
	json_end(&root, out);
}
