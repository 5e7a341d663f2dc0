/* What one row of campaign.conf cannot see for itself; campaign.c's other half. */
#ifndef NEARPOST_MAIL_CAMPAIGN_CHECK_H
#define NEARPOST_MAIL_CAMPAIGN_CHECK_H

#include "lib/mail/campaign.h"

/* Checks everything and compiles the conditions.  NULL when all is well, else a
 * heap text that says what is wrong and what to write. */
char *campaign_check(struct campaign *c);

#endif
