/* Templates from a set's files: assets_creative.c's other half. */
#ifndef NEARPOST_MAIL_ASSETS_TEXT_H
#define NEARPOST_MAIL_ASSETS_TEXT_H

#include "lib/mail/assets.h"

struct asset_texts; /* texts of the set, read once each */

struct asset_texts *asset_texts_new(const char *dir, const struct manifest *m);
void asset_texts_free(struct asset_texts **t);
const struct manifest *asset_texts_manifest(const struct asset_texts *t);
/* The template of the creative's file with its partials and, in HTML, the
 * alternatives of its pictures; *out_r stays NULL when file is "".  -1 and a heap
 * *error_r. */
int asset_text_compile(const struct asset_creative *c,
    struct asset_texts *texts, const char *file, enum template_place place,
    struct template **out_r, char **error_r);

#endif
