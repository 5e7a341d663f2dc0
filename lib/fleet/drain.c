#include "lib/fleet/drain.h"

#include <inttypes.h>

#include "lib/base/text.h"

bool
drain_holds(const struct drain *d, int64_t now_ms)
{
	return d->since_ms > 0 && (d->until_ms == 0 || now_ms < d->until_ms);
}

/* It stands in rows "key=value;key=value". */
const char *
drain_reason_fault(struct slice reason)
{
	if (reason.len > DRAIN_REASON_MAX)
		return "the reason is longer than 120 octets";
	if (!text_is_utf8(reason) || text_has_control(reason) ||
	    (reason.len && memchr(reason.data, '\t', reason.len)))
		return "the reason holds a control character";
	if (reason.len && memchr(reason.data, ';', reason.len))
		return "the reason holds a ';'";
	return NULL;
}

void
drain_write(struct buf *out, const struct drain *d)
{
	buf_printf(out, "%" PRId64 " %" PRId64 " %s", d->since_ms,
	    d->until_ms, d->reason);
}

int
drain_read(const char *text, struct drain *out_r)
{
	struct slice rest = slice_of(text), since, until;

	*out_r = (struct drain){0};
	if (!slice_split(&rest, ' ', &since) ||
	    !slice_split(&rest, ' ', &until) ||
	    text_int(since, 1, INT64_MAX, &out_r->since_ms) != 0 ||
	    text_int(until, 0, INT64_MAX, &out_r->until_ms) != 0 ||
	    drain_reason_fault(rest))
		return -1;
	if (rest.len)
		memcpy(out_r->reason, rest.data, rest.len);
	return 0;
}

void
schema_drain_set(struct command *c_r, struct arena *arena, const char *prefix,
    const char *id, const struct drain *d)
{
	struct buf text = {0};

	drain_write(&text, d);
	command_init(c_r, arena, "HSET");
	command_addf(c_r, "%sdrained", prefix);
	command_addf(c_r, "%s", id);
	command_add_slice(c_r, slice_buf(&text));
	buf_free(&text);
}

void
schema_drain_clear(struct command *c_r, struct arena *arena,
    const char *prefix, const char *id)
{
	command_init(c_r, arena, "HDEL");
	command_addf(c_r, "%sdrained", prefix);
	command_addf(c_r, "%s", id);
}

void
schema_drains_load(
    struct command *c_r, struct arena *arena, const char *prefix)
{
	command_init(c_r, arena, "HGETALL");
	command_addf(c_r, "%sdrained", prefix);
}
