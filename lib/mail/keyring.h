/* Ed25519 keys by their ids: the initiator's signing key, or the public keys
 * that a gateway knows.  A ring never changes: a reload makes a new one. */
#ifndef NEARPOST_MAIL_KEYRING_H
#define NEARPOST_MAIL_KEYRING_H

#include "lib/base/crypto.h"

#define KEYRING_ID_SIZE 9 /* 8 hex digits and a NUL */
#define KEYRING_MAX 64    /* keys in a directory */

struct keyring;
/* path: a PEM file, private or public, or a directory of which every *.pem is
 * loaded.  NULL and a heap *error_r that names the file: a broken one must be
 * noticed now, not when its tickets are refused. */
struct keyring *keyring_load(const char *path, char **error_r);
struct keyring *keyring_ref(struct keyring *k); /* thread-safe count */
void keyring_unref(struct keyring **k);         /* leaves NULL, accepts NULL */
const struct pkey *keyring_find(const struct keyring *k, const char *key_id);
/* The one private key of the ring and its id; NULL when there is none, or more
 * than one. */
const struct pkey *keyring_signing(const struct keyring *k,
    char key_id_r[KEYRING_ID_SIZE]);
size_t keyring_count(const struct keyring *k);
/* The first 8 hex digits of the SHA-256 of the raw 32-byte public key. */
void pkey_id(const struct pkey *key, char key_id_r[KEYRING_ID_SIZE]);

#endif
