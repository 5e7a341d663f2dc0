/* The parts of nearpostctl suppress. */
#ifndef NEARPOST_CTL_SUPPRESS_H
#define NEARPOST_CTL_SUPPRESS_H

#include "ctl/ctl.h"
#include "lib/fleet/store_sync.h"

/* reason: of rows that give none.  argv: what stands behind "import".  -1: that is
 * no way to say it. */
int suppress_import(struct ctl *ctl, struct store_sync *s, const char *reason,
    int argc, char **argv);

#endif
