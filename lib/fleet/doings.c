#include "lib/fleet/doings.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX "did."
#define COUNT_MAX ((int64_t)1 << 53)

static const char *const names[DOING_N] = {
    [DOING_EXPANDED] = PREFIX "expanded",
    [DOING_EXPANDED_BYTES] = PREFIX "expanded_bytes",
    [DOING_EXPANDING_US] = PREFIX "expanding_us",
    [DOING_REPEATED] = PREFIX "repeated",
    [DOING_REFUSED_STRAY] = PREFIX "refused.stray",
    [DOING_REFUSED_TICKET] = PREFIX "refused.ticket",
    [DOING_REFUSED_CONTENT] = PREFIX "refused.content",
    [DOING_REFUSED_CANCELLED] = PREFIX "refused.cancelled",
    [DOING_DEFERRED_KEY] = PREFIX "deferred.key",
    [DOING_DEFERRED_ASSETS] = PREFIX "deferred.assets",
    [DOING_DEFERRED_CONTENT] = PREFIX "deferred.content",
    [DOING_DEFERRED_PAUSED] = PREFIX "deferred.paused",
    [DOING_DEFERRED_PENDING] = PREFIX "deferred.pending",
    [DOING_DEFERRED_OBSERVER] = PREFIX "deferred.observer",
    [DOING_DEFERRED_MTA] = PREFIX "deferred.mta",
    [DOING_PROBES] = PREFIX "probes",
    [DOING_PROBES_FAILED] = PREFIX "probes_failed",
    [DOING_EVENTS_WAITING] = PREFIX "events_waiting",
    [DOING_EVENTS_DROPPED] = PREFIX "events_dropped",
};

void
doings_clear(struct doings *d)
{
	for (int i = 0; i < DOING_N; i++)
		d->count[i] = -1;
}

const char *
doings_name(enum doing which)
{
	return names[which] + sizeof(PREFIX) - 1;
}

void
doings_write(struct buf *out, const struct doings *d)
{
	for (int i = 0; i < DOING_N; i++)
		if (d->count[i] >= 0)
			policy_addf(out, names[i], "%" PRId64, d->count[i]);
}

void
doings_read(const struct policy_message *m, struct doings *out_r)
{
	for (int i = 0; i < DOING_N; i++)
		out_r->count[i] = policy_get_int(m, names[i], -1, 0, COUNT_MAX);
}
