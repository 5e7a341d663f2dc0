/* The parts of nearpostctl recipients. */
#ifndef NEARPOST_CTL_RECIPIENTS_H
#define NEARPOST_CTL_RECIPIENTS_H

#include "ctl/ctl.h"
#include "lib/fleet/store_sync.h"

/* argv: what stands behind "import".  -1: that is no way to say it. */
int recipients_import(struct ctl *ctl, struct store_sync *s, int argc,
    char **argv);
/* To the file, or standard output for NULL.  Exit status. */
int recipients_export(struct store_sync *s, const char *path);

#endif
