/* The keys that tickets and manifests are signed with and checked by, found by
 * id: the first 8 hex digits of the SHA-256 of the raw 32-byte public key.
 * A ring never changes; a reload makes a new one. */
#ifndef NEARPOST_MAIL_KEYRING_H
#define NEARPOST_MAIL_KEYRING_H

#include <stddef.h>

#include "lib/base/crypto.h"

#define KEYRING_MAX 1000 /* keys */

struct keyring;

/* One key file, private or public, or a directory of public keys (*.pem; hidden
 * files are passed over).  NULL and *error_r (static text) when a file is no
 * Ed25519 key, a directory has none, or two keys have the same id. */
struct keyring *keyring_load(const char *path, const char **error_r);
struct keyring *keyring_ref(struct keyring *k); /* snapshots, thread-safe count */
void keyring_unref(struct keyring **k);
/* NULL when there is none of that id. */
const struct pkey *keyring_find(const struct keyring *k, const char *key_id);
/* The one private key of a ring loaded from a private key file, else NULL. */
const struct pkey *keyring_signing(const struct keyring *k, char key_id_r[9]);
size_t keyring_count(const struct keyring *k);
void pkey_id(const struct pkey *key, char key_id_r[9]);

#endif
