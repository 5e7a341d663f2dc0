#include "lib/fleet/order.h"

#include "lib/base/text.h"

/* It stands in rows "key=value;key=value". */
const char *
order_reason_fault(struct slice reason)
{
	if (reason.len > ORDER_REASON_MAX)
		return "the reason is longer than 120 octets";
	if (!text_is_utf8(reason) || text_has_control(reason) ||
	    (reason.len && memchr(reason.data, '\t', reason.len)))
		return "the reason holds a control character";
	if (reason.len && memchr(reason.data, ';', reason.len))
		return "the reason holds a ';'";
	return NULL;
}

void
schema_order_set(struct command *c_r, struct arena *arena, const char *prefix,
    const char *hash, const char *name, const char *text)
{
	command_init(c_r, arena, "HSET");
	command_addf(c_r, "%s%s", prefix, hash);
	command_addf(c_r, "%s", name);
	command_addf(c_r, "%s", text);
}

void
schema_order_clear(struct command *c_r, struct arena *arena,
    const char *prefix, const char *hash, const char *name)
{
	command_init(c_r, arena, "HDEL");
	command_addf(c_r, "%s%s", prefix, hash);
	command_addf(c_r, "%s", name);
}

void
schema_orders_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *hash)
{
	command_init(c_r, arena, "HGETALL");
	command_addf(c_r, "%s%s", prefix, hash);
}
