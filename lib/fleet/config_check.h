/* What no single row of nearpost.conf can see: two gateways of one id, a domain
 * that is none. */
#ifndef NEARPOST_FLEET_CONFIG_CHECK_H
#define NEARPOST_FLEET_CONFIG_CHECK_H

#include "lib/fleet/config.h"

/* NULL, or a heap string that says what to write instead.  Names of sites are
 * folded. */
char *config_check(struct config *c);

#endif
