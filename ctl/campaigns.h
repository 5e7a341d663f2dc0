/* Campaigns: what became of their stubs, and stopping them. */
#ifndef NEARPOST_CTL_CAMPAIGNS_H
#define NEARPOST_CTL_CAMPAIGNS_H

#include "ctl/ctl.h"

/* argv: pause, resume or cancel, the campaign, options.  Exit status. */
int campaigns_order(struct ctl *ctl, int argc, char **argv);
/* Is it paused or cancelled?  false, too, when policyd does not say. */
bool campaigns_held(struct ctl *ctl, const char *name);
/* The table or, with ctl->json, the same for programs.  Exit status. */
int campaigns_list(struct ctl *ctl);

#endif
