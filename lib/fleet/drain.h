/* A gateway taken out of service by an admin: since when, until when, why.  Kept
 * in Redis as "SINCE_MS UNTIL_MS REASON", for all policyds.  Pure. */
#ifndef NEARPOST_FLEET_DRAIN_H
#define NEARPOST_FLEET_DRAIN_H

#include "lib/base/buf.h"
#include "lib/fleet/command.h"

#define DRAIN_REASON_MAX 120 /* octets */
#define DRAIN_FOR_MAX_MS (INT64_C(366) * 86400 * 1000)

struct drain {
	int64_t since_ms, until_ms; /* wall clock; until 0 = until resumed */
	char reason[DRAIN_REASON_MAX + 1]; /* may be "" */
};

/* Still in force? */
bool drain_holds(const struct drain *d, int64_t now_ms);
/* NULL when the reason may be kept, else what is wrong with it. */
const char *drain_reason_fault(struct slice reason);
void drain_write(struct buf *out, const struct drain *d);
/* -1: it is no drain. */
int drain_read(const char *text, struct drain *out_r);

/* Redis: one hash, a field for each gateway.  A drain that is over may stay in
 * it: who reads looks at the clock, so nobody has to be alive to end it. */
void schema_drain_set(struct command *c_r, struct arena *arena,
    const char *prefix, const char *id, const struct drain *d);
void schema_drain_clear(struct command *c_r, struct arena *arena,
    const char *prefix, const char *id);
void schema_drains_load(struct command *c_r, struct arena *arena,
    const char *prefix);

#endif
