/* The asset set as a gateway holds it: an immutable snapshot with a reference
 * count.  Templates are compiled and binary files base64-encoded once, at load,
 * and kept as wire bytes; a running message keeps its snapshot over a reload.
 * Memory: the encoded bytes (78/57 = 1.37 times the binaries; the same content
 * under several names once), the texts' programs; nothing raw is kept, and at load
 * no more than a few hundred KB of it at a time. */
#ifndef NEARPOST_MAIL_ASSETS_H
#define NEARPOST_MAIL_ASSETS_H

#include "lib/mail/campaign.h"
#include "lib/mail/template.h"

struct asset_part { /* an inline or attached file, ready to send */
	const char *name;       /* file name */
	const char *type;       /* media type */
	struct slice mime_head; /* its MIME header lines and the empty line */
	struct slice base64;    /* lines of 76, CRLF */
};
struct asset_creative {
	const struct campaign *campaign;
	const struct creative *creative;
	struct template *subject, *html, *text; /* html or text may be NULL */
	struct template **unsubscribe;          /* one per list_unsubscribe */
	size_t n_unsubscribe;
	struct asset_part *inlined, *attached;
	size_t n_inlined, n_attached;
	size_t size_estimate; /* octets of the message, from the parts and texts;
	                       * what the variables add is not in it */
};
struct assets;

/* All that a gateway would refuse the set for, but for the media's contents, which
 * are not read: for those who build and sign it.  -1 and a heap *error_r. */
int assets_check(const char *dir, const struct manifest *m, char **error_r);
/* Verify signature and every digest, then load; every picture that a creative's
 * HTML shows as cid:NAME must be among its inline files, and neither it nor a text
 * may be empty.  NULL and a heap *error_r
 * that says what to mend.  keys NULL: no signature asked for (preview). */
struct assets *assets_load(const char *dir, const struct keyring *keys,
    char **error_r);
/* The same beside n other sets: files that it has in common with them are checked
 * on disk as all others are, but held in memory once. */
struct assets *assets_reload(const char *dir, const struct keyring *keys,
    struct assets *const *others, size_t n, char **error_r);
/* The directory as it is, whatever its MANIFEST says, if it has one: somebody works
 * on it. */
struct assets *assets_load_unbuilt(const char *dir, char **error_r);
struct assets *assets_ref(struct assets *a);
void assets_unref(struct assets **a);
const char *assets_digest(const struct assets *a);
const struct asset_creative *assets_find(const struct assets *a,
    const char *campaign, const char *creative);
/* All of them, by name; they live as long as the set. */
struct campaign *const *assets_campaigns(const struct assets *a, size_t *n_r);
/* Bytes held, what is shared with other sets included. */
size_t assets_memory(const struct assets *a);
/* Bytes that would be free without it: those that none of n other sets holds. */
size_t assets_own_memory(const struct assets *a, struct assets *const *others,
    size_t n);

#endif
