/* The conditions of campaign.conf: compiled, held against each other, and put in
 * the order in which they are asked. */
#ifndef NEARPOST_MAIL_CAMPAIGN_WHEN_H
#define NEARPOST_MAIL_CAMPAIGN_WHEN_H

#include "lib/mail/campaign.h"

/* file: its text.  NULL when all is well, else a heap text: file, line, column,
 * what is wrong and what to write. */
char *campaign_when(struct campaign *c, struct slice file);

#endif
