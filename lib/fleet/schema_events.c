/* The stream of what became of adverts. */
#include <inttypes.h>
#include <stddef.h>

#include "lib/fleet/schema.h"
#include "lib/mail/deferral.h"

static void
add_text(struct command *c, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	command_add(c, name);
	command_addf(c, "%s", value);
}

static void
add_number(struct command *c, const char *name, int64_t value)
{
	command_add(c, name);
	command_addf(c, "%" PRId64, value);
}

void
schema_event_add(struct command *c_r, struct arena *arena, const char *prefix,
    const char *gateway_id, const struct delivery *d, int64_t now_ms,
    int64_t keep_ms)
{
	command_init(c_r, arena, "XADD");
	command_addf(c_r, "%sevents", prefix);
	command_add(c_r, "MINID");
	command_add(c_r, "~");
	command_addf(c_r, "%" PRId64, now_ms > keep_ms ? now_ms - keep_ms : 0);
	command_add(c_r, "*");
	add_text(c_r, "status", delivery_status_text(d->status));
	add_text(c_r, "gateway", gateway_id);
	add_text(c_r, "ticket", d->ticket);
	add_text(c_r, "queue_id", d->queue_id);
	add_text(c_r, "campaign", d->campaign);
	add_text(c_r, "creative", d->creative);
	add_text(c_r, "recipient", d->recipient);
	add_text(c_r, "relay_host", d->relay_host);
	add_text(c_r, "relay_ip", d->relay_ip);
	add_text(c_r, "dsn", d->dsn);
	add_text(c_r, "text", d->text);
	if (d->status == DELIVERY_DEFERRED)
		add_text(c_r, "cause", deferral_cause_name(
		    deferral_cause(d->dsn, d->text)));
	if (d->size_bytes >= 0)
		add_number(c_r, "size_bytes", d->size_bytes);
	add_number(c_r, "requested_ms", d->requested_ms);
	add_number(c_r, "received_ms", d->received_ms);
	if (d->status == DELIVERY_SENT)
		add_number(c_r, "ttr_ms", d->ttr_ms);
}

void
schema_events_trim(struct command commands_r[2], struct arena *arena,
    const char *prefix, int64_t now_ms, int64_t keep_ms)
{
	struct command *c = &commands_r[0];

	command_init(c, arena, "XTRIM");
	command_addf(c, "%sevents", prefix);
	command_add(c, "MINID");
	command_addf(c, "%" PRId64, now_ms > keep_ms ? now_ms - keep_ms : 0);
	c = &commands_r[1];
	command_init(c, arena, "XTRIM");
	command_addf(c, "%sevents", prefix);
	command_add(c, "MAXLEN");
	command_add(c, "~");
	command_addf(c, "%d", SCHEMA_EVENTS_MAX);
}

void
schema_events_back(struct command *c_r, struct arena *arena,
    const char *prefix, const char *before, int64_t count)
{
	command_init(c_r, arena, "XREVRANGE");
	command_addf(c_r, "%sevents", prefix);
	command_addf(c_r, "%s%s", before ? "(" : "+", before ? before : "");
	command_add(c_r, "-");
	command_add(c_r, "COUNT");
	command_addf(c_r, "%" PRId64, count);
}

void
schema_events_follow(struct command *c_r, struct arena *arena,
    const char *prefix, const char *after, int64_t wait_ms, int64_t count)
{
	command_init(c_r, arena, "XREAD");
	command_add(c_r, "COUNT");
	command_addf(c_r, "%" PRId64, count);
	command_add(c_r, "BLOCK");
	command_addf(c_r, "%" PRId64, wait_ms);
	command_add(c_r, "STREAMS");
	command_addf(c_r, "%sevents", prefix);
	command_addf(c_r, "%s", after);
}
