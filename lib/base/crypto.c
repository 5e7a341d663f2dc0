/* Digests, Ed25519 and random bytes, all by EVP.  What cannot fail but for lack
 * of memory ends the process; what a file can spoil is told to the caller. */
#include "lib/base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define PEM_MAX 65536
#define FILE_CHUNK 65536

static void __attribute__((noreturn))
failed(const char *what)
{
	char why[256];

	ERR_error_string_n(ERR_get_error(), why, sizeof(why));
	fatalx(EX_TEMPFAIL, "%s: %s", what, why);
}

void
sha256(const void *data, size_t len, unsigned char digest_r[SHA256_SIZE])
{
	if (!EVP_Digest(data, len, digest_r, NULL, EVP_sha256(), NULL))
		failed("sha256");
}

struct sha256 {
	EVP_MD_CTX *ctx;
};

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = xcalloc(1, sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL))
		failed("sha256");
	return h;
}

void
sha256_add(struct sha256 *h, const void *data, size_t len)
{
	if (!EVP_DigestUpdate(h->ctx, data, len))
		failed("sha256");
}

void
sha256_end(struct sha256 **h, unsigned char digest_r[SHA256_SIZE])
{
	if (!EVP_DigestFinal_ex((*h)->ctx, digest_r, NULL))
		failed("sha256");
	EVP_MD_CTX_free((*h)->ctx);
	free(*h);
	*h = NULL;
}

/* Opening a pipe would wait for its writer. */
static int
open_ordinary(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		errno = EINVAL;
		fd = -1;
	}
	return fd;
}

int64_t
sha256_file(const char *path, unsigned char digest_r[SHA256_SIZE])
{
	int fd = open_ordinary(path), saved;
	int64_t total = 0;
	struct sha256 *h;
	char *chunk;
	ssize_t n;

	if (fd < 0)
		return -1;
	h = sha256_new();
	chunk = xmalloc(FILE_CHUNK);
	while ((n = read(fd, chunk, FILE_CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		sha256_add(h, chunk, (size_t)n);
		total += n;
	}
	saved = errno;
	(void)close(fd);
	free(chunk);
	sha256_end(&h, digest_r);
	errno = saved;
	return n < 0 ? -1 : total;
}

void
random_bytes(void *dst, size_t len)
{
	unsigned char *p = dst;

	while (len) {
		int n = len > INT_MAX ? INT_MAX : (int)len;

		if (RAND_bytes(p, n) != 1)
			failed("random bytes");
		p += n;
		len -= (size_t)n;
	}
}

struct pkey {
	EVP_PKEY *key;
};

static struct pkey *
wrap(EVP_PKEY *key)
{
	struct pkey *k = xcalloc(1, sizeof(*k));

	k->key = key;
	return k;
}

struct pkey *
pkey_generate(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (!key)
		failed("cannot make an Ed25519 key");
	return wrap(key);
}

/* OpenSSL would ask the terminal: a daemon has none. */
static int
no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)ctx;
	return -1;
}

static struct pkey *
load(const char *path, bool is_private, const char **error_r)
{
	struct buf pem = {0};
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (file_read(path, PEM_MAX, &pem) < 0) {
		*error_r = strerrordesc_np(errno);
		buf_free(&pem);
		return NULL;
	}
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (!bio)
		failed("cannot read a key");
	if (is_private)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	else
		key = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	OPENSSL_cleanse(pem.data, pem.len);
	buf_free(&pem);
	ERR_clear_error();
	if (!key) {
		*error_r = is_private ? "not a private key in PEM form, or one "
					"with a passphrase"
				      : "not a public key in PEM form";
		return NULL;
	}
	if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
		*error_r = "not an Ed25519 key";
		EVP_PKEY_free(key);
		return NULL;
	}
	return wrap(key);
}

struct pkey *
pkey_load_private(const char *path, const char **error_r)
{
	return load(path, true, error_r);
}

struct pkey *
pkey_load_public(const char *path, const char **error_r)
{
	return load(path, false, error_r);
}

static int
save(const struct pkey *key, const char *path, bool is_private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int ok, rc, saved;

	if (!bio)
		failed("cannot write a key");
	ok = is_private ? PEM_write_bio_PKCS8PrivateKey(bio, key->key, NULL,
			      NULL, 0, NULL, NULL)
			: PEM_write_bio_PUBKEY(bio, key->key);
	len = BIO_get_mem_data(bio, &text);
	if (!ok || len <= 0)
		failed("cannot write a key");
	rc = file_create(path, (struct slice){text, (size_t)len},
	    is_private ? 0600 : 0644);
	saved = errno;
	OPENSSL_cleanse(text, (size_t)len);
	BIO_free(bio);
	errno = saved;
	return rc;
}

int
pkey_save_private(const struct pkey *key, const char *path)
{
	return save(key, path, true);
}

int
pkey_save_public(const struct pkey *key, const char *path)
{
	return save(key, path, false);
}

void
pkey_raw_public(const struct pkey *key,
    unsigned char raw_r[ED25519_PUBLIC_SIZE])
{
	size_t len = ED25519_PUBLIC_SIZE;

	if (!EVP_PKEY_get_raw_public_key(key->key, raw_r, &len) ||
	    len != ED25519_PUBLIC_SIZE)
		failed("cannot take the public half of a key");
}

void
pkey_free(struct pkey **key)
{
	if (!*key)
		return;
	EVP_PKEY_free((*key)->key);
	free(*key);
	*key = NULL;
}

/* A context per call: contexts are not to be shared, keys are. */
void
pkey_sign(const struct pkey *key, struct slice data,
    unsigned char sig_r[ED25519_SIG_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = ED25519_SIG_SIZE;

	if (!ctx || !EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->key) ||
	    !EVP_DigestSign(ctx, sig_r, &len,
	        (const unsigned char *)data.data, data.len) ||
	    len != ED25519_SIG_SIZE)
		failed("cannot sign");
	EVP_MD_CTX_free(ctx);
}

bool
pkey_verify(const struct pkey *key, struct slice data,
    const unsigned char sig[ED25519_SIG_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	if (!ctx || !EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->key))
		failed("cannot verify");
	good = EVP_DigestVerify(ctx, sig, ED25519_SIG_SIZE,
	           (const unsigned char *)data.data, data.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}
