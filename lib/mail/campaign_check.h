/* What one row of campaign.conf cannot see for itself, and what campaign.c's other
 * halves share. */
#ifndef NEARPOST_MAIL_CAMPAIGN_CHECK_H
#define NEARPOST_MAIL_CAMPAIGN_CHECK_H

#include "lib/mail/campaign.h"
#include "lib/mail/template.h"

/* Checks everything but the conditions (campaign_when.h).  NULL when all is well, else a
 * heap text: file, line, what is wrong and what to write. */
char *campaign_check(struct campaign *c);
char *campaign_check_creatives(struct campaign *c);
char *campaign_check_media(const struct campaign *c);
/* Does the setting's text compile?  NULL or a fault, likewise. */
char *campaign_check_template(const struct campaign *c, struct campaign_place at,
    const char *text, enum template_place place);
/* What is wrong with an address that a reader is to follow, a phrase; NULL: nothing.
 * It may be a template. */
const char *campaign_url_fault(const char *url, bool mailto_ok);
/* The same for the name of a creative's file. */
const char *campaign_file_fault(const char *name, bool is_inline);
/* The same for a text that must be there and is no template. */
const char *campaign_plain_fault(const char *text);
/* where: the file as errors are to name it. */
struct campaign *campaign_parse_as(const char *where, const char *name,
    struct slice text, char **error_r);

#endif
