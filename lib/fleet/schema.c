#include "lib/fleet/schema.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/text.h"

#define WALL_MS_MAX ((int64_t)1 << 53)

static void
recipient_key(struct command *c, const char *prefix, const char *address)
{
	command_addf(c, "%srcpt:{%s}", prefix, address);
}

static void
suppressed_key(struct command *c, const char *prefix, const char *address)
{
	command_addf(c, "%ssuppressed:{%s}", prefix, address);
}

void
schema_recipient_lookup(struct command commands_r[2], struct arena *arena,
    const char *prefix, const char *address)
{
	command_init(&commands_r[0], arena, "HGETALL");
	recipient_key(&commands_r[0], prefix, address);
	command_init(&commands_r[1], arena, "HGETALL");
	suppressed_key(&commands_r[1], prefix, address);
}

static const char *
field_or(struct arena *arena, const struct reply *r, const char *name,
    const char *fallback)
{
	const char *value = reply_field(r, name);

	return arena_strdup(arena, value ? value : fallback);
}

void
schema_recipient_read(struct arena *arena, const struct reply replies[2],
    struct recipient *out_r)
{
	const struct reply *record = &replies[0], *suppressed = &replies[1];
	const char *since, *error;
	size_t i;

	*out_r = (struct recipient){.reason = "", .by = ""};
	vars_init(&out_r->record, arena);
	out_r->listed = record->type == REPLY_LIST && record->n > 0;
	for (i = 0; out_r->listed && i + 1 < record->n; i += 2)
		if (vars_set(&out_r->record, record->items[i].text,
			record->items[i + 1].text, &error) != 0)
			out_r->skipped++;
	out_r->suppressed = suppressed->type == REPLY_LIST && suppressed->n > 0;
	if (!out_r->suppressed)
		return;
	out_r->reason = field_or(arena, suppressed, "reason", "");
	out_r->by = field_or(arena, suppressed, "by", "");
	since = reply_field(suppressed, "since_ms");
	if (!since ||
	    text_int(slice_of(since), 0, WALL_MS_MAX, &out_r->since_ms) != 0)
		out_r->since_ms = 0;
}

void
schema_recipient_write(struct command commands_r[SCHEMA_RECIPIENT_COMMANDS],
    struct arena *arena, const char *prefix, const char *address,
    const struct vars *record)
{
	struct command *c = &commands_r[2];
	size_t i;

	command_init(&commands_r[0], arena, "MULTI");
	schema_recipient_delete(&commands_r[1], arena, prefix, address);
	command_init(c, arena, "HSET");
	recipient_key(c, prefix, address);
	if (!vars_get(record, slice_of("email"))) {
		command_add(c, "email");
		command_addf(c, "%s", address);
	}
	for (i = 0; i < record->n; i++) {
		command_addf(c, "%s", record->list[i].name);
		command_add_slice(c, record->list[i].value);
	}
	command_init(&commands_r[3], arena, "EXEC");
}

void
schema_recipient_delete(struct command *c_r, struct arena *arena,
    const char *prefix, const char *address)
{
	command_init(c_r, arena, "DEL");
	recipient_key(c_r, prefix, address);
}

/* SCAN's pattern characters may be in a prefix. */
static void
add_pattern(struct command *c, const char *prefix, const char *rest)
{
	struct buf text = {0};

	for (; *prefix; prefix++) {
		if (strchr("*?[]\\^", *prefix))
			buf_add_char(&text, '\\');
		buf_add_char(&text, *prefix);
	}
	buf_add_str(&text, rest);
	command_add_slice(c, slice_buf(&text));
	buf_free(&text);
}

void
schema_scan(struct command *c_r, struct arena *arena, const char *prefix,
    const char *what, const char *cursor)
{
	struct buf rest = {0};

	buf_printf(&rest, "%s:{*", what);
	command_init(c_r, arena, "SCAN");
	command_addf(c_r, "%s", cursor);
	command_add(c_r, "MATCH");
	add_pattern(c_r, prefix, rest.data);
	command_add(c_r, "COUNT");
	command_addf(c_r, "%d", SCHEMA_SCAN_COUNT);
	buf_free(&rest);
}

void
schema_suppress(struct command commands_r[2], struct arena *arena,
    const char *prefix, const char *address, const char *reason,
    const char *by, int64_t since_ms, int64_t now_ms)
{
	struct command *c = &commands_r[0];

	command_init(c, arena, "HSET");
	suppressed_key(c, prefix, address);
	command_add(c, "reason");
	command_addf(c, "%s", reason);
	command_add(c, "by");
	command_addf(c, "%s", by);
	command_add(c, "since_ms");
	command_addf(c, "%" PRId64, since_ms);
	c = &commands_r[1];
	command_init(c, arena, "ZADD");
	command_addf(c, "%ssuppressed", prefix);
	command_addf(c, "%" PRId64, now_ms);
	command_addf(c, "%s", address);
}

void
schema_unsuppress(struct command commands_r[2], struct arena *arena,
    const char *prefix, const char *address)
{
	command_init(&commands_r[0], arena, "DEL");
	suppressed_key(&commands_r[0], prefix, address);
	command_init(&commands_r[1], arena, "ZREM");
	command_addf(&commands_r[1], "%ssuppressed", prefix);
	command_addf(&commands_r[1], "%s", address);
}

void
schema_names_since(struct command *c_r, struct arena *arena,
    const char *prefix, const char *key, int64_t since_ms, int64_t count)
{
	command_init(c_r, arena, "ZRANGEBYSCORE");
	command_addf(c_r, "%s%s", prefix, key);
	command_addf(c_r, "%" PRId64, since_ms);
	command_add(c_r, "+inf");
	command_add(c_r, "WITHSCORES");
	command_add(c_r, "LIMIT");
	command_add(c_r, "0");
	command_addf(c_r, "%" PRId64, count);
}

void
schema_campaign_add(struct command *c_r, struct arena *arena,
    const char *prefix, const char *campaign, const char *counter, int64_t n)
{
	command_init(c_r, arena, "HINCRBY");
	command_addf(c_r, "%scampaign:{%s}", prefix, campaign);
	command_addf(c_r, "%s", counter);
	command_addf(c_r, "%" PRId64, n);
}

void
schema_campaign_touch(struct command *c_r, struct arena *arena,
    const char *prefix, const char *campaign, int64_t now_ms)
{
	command_init(c_r, arena, "HSET");
	command_addf(c_r, "%scampaign:{%s}", prefix, campaign);
	command_add(c_r, "last_ms");
	command_addf(c_r, "%" PRId64, now_ms);
}

void
schema_campaign_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *campaign)
{
	command_init(c_r, arena, "HGETALL");
	command_addf(c_r, "%scampaign:{%s}", prefix, campaign);
}

void
schema_campaign_read(const struct reply *r, struct campaign_counts *out_r)
{
	struct campaign_counts *c = out_r;
	const struct {
		const char *name;
		int64_t *to;
	} fields[] = {
	    {"relayed", &c->relayed},
	    {"suppressed", &c->suppressed},
	    {"rejected", &c->rejected},
	    {"deferred_requests", &c->deferred_requests},
	    {"sent", &c->sent},
	    {"delivery_deferrals", &c->delivery_deferrals},
	    {"bounced", &c->bounced},
	    {"ttr_ms_sum", &c->ttr_ms_sum},
	    {"last_ms", &c->last_ms},
	};
	size_t i;

	*c = (struct campaign_counts){0};
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *text = reply_field(r, fields[i].name);

		if (!text ||
		    text_int(slice_of(text), 0, WALL_MS_MAX, fields[i].to) != 0)
			*fields[i].to = 0;
	}
}
