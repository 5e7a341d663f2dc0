/* What is kept of single adverts, for the command line: looked through, since
 * nothing leads from a recipient to the tickets, on purpose. */
#ifndef NEARPOST_FLEET_STORE_SYNC_TICKETS_H
#define NEARPOST_FLEET_STORE_SYNC_TICKETS_H

#include "lib/base/buf.h"
#include "lib/fleet/store_sync.h"

/* Not 0: no more of them.  A decision's text is its first line, an event's is as in
 * delivery.h; both are good until fn returns. */
typedef int store_ticket_fn(const char *ticket, struct slice text, void *ctx);

/* Every decision; every event of every ticket.  -1, else fn's last value. */
int store_sync_decisions(struct store_sync *s, store_ticket_fn *fn, void *ctx);
int store_sync_delivered(struct store_sync *s, store_ticket_fn *fn, void *ctx);

#endif
