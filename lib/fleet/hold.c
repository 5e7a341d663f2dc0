#include "lib/fleet/hold.h"

#include <inttypes.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"

static const char *const names[] = {
    [HOLD_NONE] = "",
    [HOLD_PAUSED] = "paused",
    [HOLD_CANCELLED] = "cancelled",
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

const char *
hold_kind_name(enum hold_kind kind)
{
	return names[kind];
}

enum hold_kind
hold_kind_of(struct slice name)
{
	size_t i;

	for (i = HOLD_PAUSED; i < N_NAMES; i++)
		if (slice_eq_str(name, names[i]))
			return (enum hold_kind)i;
	return HOLD_NONE;
}

void
hold_write(struct buf *out, const struct hold *h)
{
	buf_printf(out, "%s %" PRId64 " %s", names[h->kind], h->since_ms,
	    h->reason);
}

int
hold_read(const char *text, struct hold *out_r)
{
	struct slice rest = slice_of(text), kind, since;
	struct hold h = {0};

	*out_r = h;
	if (!slice_split(&rest, ' ', &kind) ||
	    !slice_split(&rest, ' ', &since) ||
	    text_int(since, 1, INT64_MAX, &h.since_ms) != 0 ||
	    order_reason_fault(rest))
		return -1;
	h.kind = hold_kind_of(kind);
	if (h.kind == HOLD_NONE)
		return -1;
	if (rest.len)
		memcpy(h.reason, rest.data, rest.len);
	*out_r = h;
	return 0;
}

void
hold_tell(struct buf *out, const char *campaign, const struct hold *h)
{
	char since[32];

	clock_minute(since, sizeof(since), h->since_ms);
	buf_printf(out, "campaign %s was %s by an admin on %s UTC", campaign,
	    names[h->kind], since);
	if (*h->reason)
		buf_printf(out, ": %s", h->reason);
}
