/* What can be sent: the asset set's MANIFEST and its campaigns, verified.  The
 * media files themselves are not here, only on the gateways. */
#ifndef NEARPOST_POLICYD_CATALOGUE_H
#define NEARPOST_POLICYD_CATALOGUE_H

#include "lib/mail/campaign.h"

struct catalogue;

/* Signature, and size and digest of every campaign.conf, checked.  NULL and a
 * heap *error_r that says what to mend. */
struct catalogue *catalogue_load(const char *dir, const char *keys,
    char **error_r);
void catalogue_free(struct catalogue **c);
const char *catalogue_digest(const struct catalogue *c);
const struct campaign *catalogue_campaign(const struct catalogue *c,
    const char *name);
size_t catalogue_count(const struct catalogue *c);
/* By name; NULL behind the last. */
const struct campaign *catalogue_at(const struct catalogue *c, size_t at);
/* Names for an error message: "autumn, spring-2026, ..."; at most ten. */
void catalogue_names(const struct catalogue *c, struct buf *out);
/* Bytes of the advert, estimated: its files, as base64 with line ends. */
double catalogue_size(const struct catalogue *c,
    const struct campaign *campaign, const struct creative *creative);

#endif
