/* What the gateways' agents did, as their reports tell.  What an agent does not
 * say, or has not yet, is absent. */
#ifndef NEARPOST_POLICYD_MEASURES_AGENTS_H
#define NEARPOST_POLICYD_MEASURES_AGENTS_H

#include "policyd/policyd.h"

void measures_agents_write(const struct policyd *p, struct buf *out);

#endif
