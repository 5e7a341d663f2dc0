/* Which gateways an admin has taken out of service; see orders.h.  A drain ends
 * by the clock. */
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
/* false when the gateway is in service. */
bool drains_find(const struct drains *d, const char *id, struct drain *out_r);
/* As orders_load(). */
void drains_load(struct drains *d);

#endif
