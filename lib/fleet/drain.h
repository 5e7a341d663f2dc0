/* A gateway taken out of service by an admin: since when, until when, why.  Kept
 * in Redis as "SINCE_MS UNTIL_MS REASON", for all policyds.  One that is over may
 * stay there: who reads looks at the clock, so nobody has to be alive to end it.
 * Pure. */
#ifndef NEARPOST_FLEET_DRAIN_H
#define NEARPOST_FLEET_DRAIN_H

#include "lib/base/buf.h"
#include "lib/fleet/order.h"

#define DRAIN_FOR_MAX_MS (INT64_C(366) * 86400 * 1000)

struct drain {
	int64_t since_ms, until_ms; /* wall clock; until 0 = until resumed */
	char reason[ORDER_REASON_MAX + 1]; /* may be "" */
};

/* Still in force? */
bool drain_holds(const struct drain *d, int64_t now_ms);
void drain_write(struct buf *out, const struct drain *d);
/* -1: it is no drain. */
int drain_read(const char *text, struct drain *out_r);

#endif
