/* One creative made ready to send; assets.c's other half. */
#ifndef NEARPOST_MAIL_ASSETS_CREATIVE_H
#define NEARPOST_MAIL_ASSETS_CREATIVE_H

#include "lib/mail/assets_text.h"
#include "lib/mail/blob.h"

/* blob: finds the blob of a manifest file.  Strings and heads go into the arena,
 * templates belong to *out_r (asset_creative_clear).  -1 and a heap *error_r. */
int asset_creative_load(struct asset_creative *out_r, struct arena *arena,
    const struct campaign *campaign, const struct creative *creative,
    struct asset_texts *texts,
    struct slice (*blob)(const struct manifest_file *f, void *ctx), void *ctx,
    char **error_r);
/* The next cid:NAME of an HTML text at or behind *at, which moves behind it; false:
 * there is none. */
bool asset_next_cid(struct slice text, size_t *at, struct slice *name_r);
void asset_creative_clear(struct asset_creative *c);
size_t asset_creative_memory(const struct asset_creative *c);

#endif
