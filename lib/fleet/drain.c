#include "lib/fleet/drain.h"

#include <inttypes.h>

#include "lib/base/text.h"

bool
drain_holds(const struct drain *d, int64_t now_ms)
{
	return d->since_ms > 0 && (d->until_ms == 0 || now_ms < d->until_ms);
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
	    order_reason_fault(rest))
		return -1;
	if (rest.len)
		memcpy(out_r->reason, rest.data, rest.len);
	return 0;
}
