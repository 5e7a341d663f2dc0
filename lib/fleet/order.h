/* Orders of an admin that hold for all policyds: a hash in Redis for each kind of
 * order, a field for each thing that is ordered about (drain.h, hold.h).  Pure. */
#ifndef NEARPOST_FLEET_ORDER_H
#define NEARPOST_FLEET_ORDER_H

#include "lib/base/buf.h"
#include "lib/fleet/command.h"

#define ORDER_REASON_MAX 120 /* octets */

/* NULL when the reason may be kept, else what is wrong with it. */
const char *order_reason_fault(struct slice reason);

/* hash: "drained", "held". */
void schema_order_set(struct command *c_r, struct arena *arena,
    const char *prefix, const char *hash, const char *name, const char *text);
void schema_order_clear(struct command *c_r, struct arena *arena,
    const char *prefix, const char *hash, const char *name);
void schema_orders_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *hash);

#endif
