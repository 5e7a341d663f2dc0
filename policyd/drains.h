/* Which gateways an admin has taken out of service.  Redis has the truth for
 * all policyds and is read ten times a second; with Redis away, what was known
 * last holds, and an order given meanwhile is handed on when it is back.  A
 * drain ends by the clock. */
#ifndef NEARPOST_POLICYD_DRAINS_H
#define NEARPOST_POLICYD_DRAINS_H

#include "lib/fleet/drain.h"
#include "policyd/policyd.h"

struct drains;

struct drains *drains_new(struct policyd *p);
void drains_free(struct drains **d);
/* NULL: put it back into service. */
void drains_order(struct drains *d, const char *id, const struct drain *drain);
/* Redis has every order that was given here. */
bool drains_kept(const struct drains *d);
/* NULL when the gateway is in service. */
const struct drain *drains_find(const struct drains *d, const char *id);
/* Reads Redis; also called when it is found again, before the first lookup. */
void drains_load(struct drains *d);

#endif
