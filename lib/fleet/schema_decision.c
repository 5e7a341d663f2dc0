/* Written beside everything else for each mail, so one command is all that a
 * decision costs. */
#include "lib/fleet/schema.h"

#include <inttypes.h>

static void
add_key(struct command *c, const char *prefix, const char *what,
    const char *id)
{
	command_addf(c, "%s%s:{%s}", prefix, what, id);
}

static void
set(struct command *c, struct slice value, int64_t keep_ms)
{
	command_add_slice(c, value);
	command_add(c, "PX");
	command_addf(c, "%" PRId64, keep_ms);
}

void
schema_decision_add(struct command *c_r, struct arena *arena,
    const char *prefix, const char *ticket, struct slice text,
    int64_t keep_ms)
{
	command_init(c_r, arena, "SET");
	add_key(c_r, prefix, "decision", ticket);
	set(c_r, text, keep_ms);
}

void
schema_delivered_add(struct command commands_r[SCHEMA_DELIVERED_COMMANDS],
    struct arena *arena, const char *prefix, const struct delivery *d,
    struct slice text, int64_t keep_ms)
{
	struct command *c = &commands_r[0];

	command_init(c, arena, "HSET");
	add_key(c, prefix, "delivered", d->ticket);
	command_addf(c, "%" PRId64, d->seq);
	command_add_slice(c, text);
	c = &commands_r[1];
	command_init(c, arena, "EXPIRE");
	add_key(c, prefix, "delivered", d->ticket);
	command_addf(c, "%" PRId64, keep_ms / 1000 + 1);
	c = &commands_r[2];
	command_init(c, arena, "SET");
	add_key(c, prefix, "queue", d->queue_id);
	set(c, slice_of(d->ticket), keep_ms);
}

void
schema_decision_load(struct command commands_r[SCHEMA_DECISION_LOADS],
    struct arena *arena, const char *prefix, const char *ticket)
{
	command_init(&commands_r[0], arena, "GET");
	add_key(&commands_r[0], prefix, "decision", ticket);
	command_init(&commands_r[1], arena, "HGETALL");
	add_key(&commands_r[1], prefix, "delivered", ticket);
}

void
schema_queue_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *queue_id)
{
	command_init(c_r, arena, "GET");
	add_key(c_r, prefix, "queue", queue_id);
}
