/* The partials that a campaign brings along itself, made of its settings:
 *
 *	{{> postal_address}}	its lines
 *	{{> video.NAME}}	a film:  <video> for the mail readers that play it,
 *				the poster, linked to the file, for all others
 *	{{> audio.NAME}}	a sound, likewise
 *
 * in plain text the words for it and the address or the name of the file. */
#ifndef NEARPOST_MAIL_CAMPAIGN_PARTIAL_H
#define NEARPOST_MAIL_CAMPAIGN_PARTIAL_H

#include "lib/mail/campaign.h"

#define CAMPAIGN_VIDEO "video"
#define CAMPAIGN_AUDIO "audio"

/* Appends its text, a template.  false: the campaign has none of that name.  A
 * film that nobody could see, since the creative does not attach it and it has no
 * url, gives false and a heap *error_r, else NULL. */
bool campaign_partial(const struct campaign *c, const struct creative *r,
    const char *name, bool html, struct buf *out, char **error_r);
/* The alternative of the creative for an inline file, not escaped; false when there
 * is none. */
bool campaign_alt(const struct creative *r, struct slice file,
    struct slice *alt_r);

#endif
