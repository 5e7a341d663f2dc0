/* A file of the asset set as it goes into mail: base64 lines, checked against the
 * manifest while it is read.  Never changes; sets that follow each other share
 * what they have in common. */
#ifndef NEARPOST_MAIL_BLOB_H
#define NEARPOST_MAIL_BLOB_H

#include "lib/mail/manifest.h"

struct blob;

/* Read dir/f->path once, in pieces: its raw bytes are never in memory as a whole.
 * blob_r NULL: only check.  -1 and a heap *error_r. */
int blob_read(const char *dir, const struct manifest_file *f,
    struct blob **blob_r, char **error_r);
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob **b);
struct slice blob_base64(const struct blob *b);

#endif
