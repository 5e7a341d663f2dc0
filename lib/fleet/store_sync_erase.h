/* What Redis keeps of one person, and its end, for the command line. */
#ifndef NEARPOST_FLEET_STORE_SYNC_ERASE_H
#define NEARPOST_FLEET_STORE_SYNC_ERASE_H

#include "lib/fleet/store_sync.h"

enum trace {
	TRACE_RECORD = 0, /* in the recipients' database */
	TRACE_SUPPRESSION, /* by the address */
	TRACE_EVENT,
	TRACE_DECISION,   /* tickets of decisions, and of deliveries beside them */
	TRACE_DELIVERED,
	TRACE_QUEUE,      /* queue ids that lead to them */
	TRACE_N
};
const char *trace_name(enum trace t); /* "records", "events" ... */

struct store_traces {
	size_t n[TRACE_N];
};

/* From now on suppressed by a digest, and known to policyds as erased: do it before
 * the rest, or what is under way comes back.  0, -1. */
int store_sync_erase_mark(struct store_sync *s, const char *address,
    const char *reason, int64_t now_ms);
/* Looks through all that is kept; with remove it is gone afterwards.  Counts what
 * there was.  0, -1. */
int store_sync_erase(struct store_sync *s, const char *address, bool remove,
    struct store_traces *found_r);
/* Everybody's digest.  As store_sync_each(). */
int store_sync_each_erased(struct store_sync *s,
    int (*fn)(const char *digest, void *ctx), void *ctx);

#endif
