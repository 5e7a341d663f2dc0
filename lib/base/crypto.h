/* OpenSSL, but for TLS connections (loop.h): digests, Ed25519 keys, random
 * bytes, and the small CA of `nearpostctl keys`.  Gatekeepers: crypto.c, ca.c.
 *
 * Ed25519: RFC 8032, as OpenSSL EVP does it; keys are PEM files (PKCS#8 and
 * SubjectPublicKeyInfo), so that openssl(1) can read them. */
#ifndef NEARPOST_BASE_CRYPTO_H
#define NEARPOST_BASE_CRYPTO_H

#include <stdint.h>

#include "lib/base/buf.h"

#define SHA256_SIZE 32
#define ED25519_SIG_SIZE 64
#define ED25519_PUBLIC_SIZE 32

void sha256(const void *data, size_t len, unsigned char digest_r[SHA256_SIZE]);
/* Incremental. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 **h, unsigned char digest_r[SHA256_SIZE]);
/* Digest of an ordinary file, streamed; how many octets that were.  -1 with errno:
 * ELOOP for a symbolic link, EINVAL for a pipe, a device, a directory. */
int64_t sha256_file(const char *path, unsigned char digest_r[SHA256_SIZE]);

void random_bytes(void *dst, size_t len); /* fatal when there are none */

struct pkey; /* an Ed25519 key, private or public only; safe to share */
struct pkey *pkey_generate(void);
/* NULL and *error_r (static text) when the file cannot be read, is no PEM, or
 * no Ed25519 key. */
struct pkey *pkey_load_private(const char *path, const char **error_r);
struct pkey *pkey_load_public(const char *path, const char **error_r);
/* Written to a temporary name beside, fsynced, renamed; mode 0600 (private) or
 * 0644.  -1 with errno; never overwrites an existing file (EEXIST). */
int pkey_save_private(const struct pkey *key, const char *path);
int pkey_save_public(const struct pkey *key, const char *path);
/* The public half as it is on the wire (RFC 8032). */
void pkey_raw_public(const struct pkey *key,
    unsigned char raw_r[ED25519_PUBLIC_SIZE]);
void pkey_free(struct pkey **key);
/* Thread-safe both. */
void pkey_sign(const struct pkey *key, struct slice data,
    unsigned char sig_r[ED25519_SIG_SIZE]);
bool pkey_verify(const struct pkey *key, struct slice data,
    const unsigned char sig[ED25519_SIG_SIZE]);

/* A small CA (EC P-256, X.509 v3).  Files are PEM, written as above.
 * Days of validity from now_ms.  -1 with *error_r. */
int ca_create(const char *cert_path, const char *key_path, const char *name,
    int days, int64_t now_ms, const char **error_r);
/* A certificate for both TLS server and client use: CN = id, subjectAltName
 * DNS:host (IP: when host is an address) and DNS:id.  It ends no later than the
 * CA's own.  Neither file may exist yet. */
int ca_issue(const char *ca_cert, const char *ca_key, const char *id,
    const char *host, const char *cert_path, const char *key_path, int days,
    int64_t now_ms, const char **error_r);
/* Common name and end of validity of a certificate file; the name is
 * heap-allocated. */
int cert_read(const char *path, char **cn_r, int64_t *not_after_ms_r,
    const char **error_r);

#endif
