/* For store_sync_scan.c, which says more than one command at a time. */
#ifndef NEARPOST_FLEET_STORE_SYNC_CALL_H
#define NEARPOST_FLEET_STORE_SYNC_CALL_H

#include "lib/fleet/command.h"
#include "lib/fleet/store_sync.h"

const char *store_sync_prefix(const struct store_sync *s);
/* Commands in one round trip, after what waits; replies in the arena.  -1 when one
 * of them is an error, too. */
int store_sync_call(struct store_sync *s, struct arena *arena,
    const struct command *c, size_t n, struct reply *replies_r);

#endif
