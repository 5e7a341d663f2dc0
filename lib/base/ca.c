/* A CA small enough for `nearpostctl keys`: one level, EC P-256, no revocation
 * (a gateway that is gone is taken out of the configuration).  Everything that
 * becomes a name is checked first, because the extension strings of OpenSSL
 * have a syntax of their own. */
#include "lib/base/crypto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"

#define PEM_MAX 65536
#define CN_MAX 64 /* ub-common-name, RFC 5280 */
/* Clocks of gateways differ; as much as tickets are allowed. */
#define BACKDATE_S 300

struct ca {
	X509 *cert;
	EVP_PKEY *key;
};

static BIO *
read_pem(const char *path, const char **error_r)
{
	struct buf pem = {0};
	BIO *bio = NULL;

	if (file_read(path, PEM_MAX, &pem) < 0)
		*error_r = strerrordesc_np(errno);
	else {
		bio = BIO_new(BIO_s_mem());
		if (!bio || BIO_write(bio, pem.data, (int)pem.len) < 0)
			*error_r = "empty file";
	}
	if (pem.data)
		OPENSSL_cleanse(pem.data, pem.len);
	buf_free(&pem);
	return bio;
}

static X509 *
load_cert(const char *path, const char **error_r)
{
	BIO *bio = read_pem(path, error_r);
	X509 *cert = NULL;

	if (bio) {
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (!cert)
			*error_r = "not a certificate in PEM form";
		BIO_free(bio);
	}
	ERR_clear_error();
	return cert;
}

static int
no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)ctx;
	return -1;
}

static EVP_PKEY *
load_key(const char *path, const char **error_r)
{
	BIO *bio = read_pem(path, error_r);
	EVP_PKEY *key = NULL;

	if (bio) {
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
		if (!key)
			*error_r = "not a private key in PEM form";
		BIO_free(bio);
	}
	ERR_clear_error();
	return key;
}

/* Letters, digits, dot, hyphen, underscore. */
static bool
is_dns_name(const char *s)
{
	return *s && strlen(s) <= 253 &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		      "0123456789.-_") == strlen(s);
}

static bool
is_address(const char *s)
{
	unsigned char any[16];

	return inet_pton(AF_INET, s, any) == 1 ||
	    inet_pton(AF_INET6, s, any) == 1;
}

/* 128 bits of chance, positive, never zero (RFC 5280, 4.1.2.2). */
static int
set_serial(X509 *cert)
{
	unsigned char raw[16];
	BIGNUM *n;
	int ok;

	random_bytes(raw, sizeof(raw));
	raw[0] = (unsigned char)((raw[0] & 0x7f) | 0x40);
	n = BN_bin2bn(raw, sizeof(raw), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok;
}

static int
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

/* An unsigned certificate of version 3 for key.  issuer NULL: its own. */
static X509 *
new_cert(EVP_PKEY *key, const char *cn, X509 *issuer, int days, int64_t now_ms)
{
	X509 *cert = X509_new();
	X509_NAME *name;
	time_t now = (time_t)(now_ms / 1000);

	if (!cert)
		return NULL;
	name = X509_get_subject_name(cert);
	if (!X509_set_version(cert, X509_VERSION_3) || !set_serial(cert) ||
	    !X509_time_adj_ex(X509_getm_notBefore(cert), 0, -BACKDATE_S, &now) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), days, 0, &now) ||
	    !X509_set_pubkey(cert, key) ||
	    !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	        (const unsigned char *)cn, -1, -1, 0) ||
	    !X509_set_issuer_name(cert,
	        issuer ? X509_get_subject_name(issuer) : name)) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

static int
write_bio(const char *path, BIO *bio, mode_t mode)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);
	int rc = file_create(path, (struct slice){text, (size_t)len}, mode);
	int saved = errno;

	OPENSSL_cleanse(text, (size_t)len);
	errno = saved;
	return rc;
}

/* The key first: a certificate without its key is the odder half.  Both or
 * neither stay. */
static int
write_pair(X509 *cert, EVP_PKEY *key, const char *cert_path,
    const char *key_path, const char **error_r)
{
	BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_mem());
	int rc = -1;

	if (!c || !k || !PEM_write_bio_X509(c, cert) ||
	    !PEM_write_bio_PKCS8PrivateKey(k, key, NULL, NULL, 0, NULL, NULL)) {
		*error_r = "cannot be put into PEM form";
		goto out;
	}
	if (access(cert_path, F_OK) == 0) {
		errno = EEXIST;
		*error_r = "the certificate file exists already; move it away";
		goto out;
	}
	if (write_bio(key_path, k, 0600) < 0) {
		*error_r = errno == EEXIST
		    ? "the key file exists already; move it away"
		    : strerrordesc_np(errno);
		goto out;
	}
	if (write_bio(cert_path, c, 0644) < 0) {
		*error_r = strerrordesc_np(errno);
		(void)unlink(key_path);
		goto out;
	}
	rc = 0;
out:
	BIO_free(c);
	BIO_free(k);
	return rc;
}

static int
check_times(int days, const char **error_r)
{
	if (days >= 1 && days <= 36500)
		return 0;
	*error_r = "a certificate is valid for 1 to 36500 days";
	return -1;
}

int
ca_create(const char *cert_path, const char *key_path, const char *name,
    int days, int64_t now_ms, const char **error_r)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int rc = -1;

	if (check_times(days, error_r) < 0)
		return -1;
	if (!*name || strlen(name) > CN_MAX) {
		*error_r = "the name of a CA has 1 to 64 characters";
		return -1;
	}
	*error_r = "OpenSSL could not make the certificate";
	key = EVP_EC_gen("P-256");
	cert = key ? new_cert(key, name, NULL, days, now_ms) : NULL;
	if (cert &&
	    add_extension(cert, cert, NID_basic_constraints,
	        "critical,CA:TRUE,pathlen:0") &&
	    add_extension(cert, cert, NID_key_usage,
	        "critical,keyCertSign,cRLSign") &&
	    add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(cert, key, EVP_sha256()))
		rc = write_pair(cert, key, cert_path, key_path, error_r);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return rc;
}

static int
open_ca(const char *cert_path, const char *key_path, struct ca *ca_r,
    const char **error_r)
{
	ca_r->cert = load_cert(cert_path, error_r);
	if (!ca_r->cert)
		return -1;
	ca_r->key = load_key(key_path, error_r);
	if (!ca_r->key)
		return -1;
	if (!X509_check_private_key(ca_r->cert, ca_r->key)) {
		*error_r = "the CA's key and certificate do not belong together";
		return -1;
	}
	if (X509_check_ca(ca_r->cert) == 0) {
		*error_r = "the CA's certificate is not one of a CA";
		return -1;
	}
	return 0;
}

static int
sign_leaf(X509 *cert, const struct ca *ca, const char *id, const char *host)
{
	char *names = xasprintf("%s:%s,DNS:%s",
	    is_address(host) ? "IP" : "DNS", host, id);
	int ok = 1;

	/* A certificate that outlives its CA would promise too much. */
	if (ASN1_TIME_compare(X509_get0_notAfter(cert),
	        X509_get0_notAfter(ca->cert)) > 0)
		ok = X509_set1_notAfter(cert, X509_get0_notAfter(ca->cert));
	ok = ok &&
	    add_extension(cert, ca->cert, NID_basic_constraints,
	        "critical,CA:FALSE") &&
	    add_extension(cert, ca->cert, NID_key_usage,
	        "critical,digitalSignature") &&
	    add_extension(cert, ca->cert, NID_ext_key_usage,
	        "serverAuth,clientAuth") &&
	    add_extension(cert, ca->cert, NID_subject_key_identifier, "hash") &&
	    add_extension(cert, ca->cert, NID_authority_key_identifier,
	        "keyid:always") &&
	    add_extension(cert, ca->cert, NID_subject_alt_name, names) &&
	    X509_sign(cert, ca->key, EVP_sha256());
	free(names);
	return ok;
}

int
ca_issue(const char *ca_cert, const char *ca_key, const char *id,
    const char *host, const char *cert_path, const char *key_path, int days,
    int64_t now_ms, const char **error_r)
{
	struct ca ca = {NULL, NULL};
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int rc = -1;

	if (check_times(days, error_r) < 0)
		return -1;
	if (!is_dns_name(id) || strlen(id) > CN_MAX) {
		*error_r = "an id has 1 to 64 letters, digits, dots or hyphens";
		return -1;
	}
	if (!is_dns_name(host) && !is_address(host)) {
		*error_r = "the host must be a DNS name or an address";
		return -1;
	}
	if (open_ca(ca_cert, ca_key, &ca, error_r) < 0)
		goto out;
	*error_r = "OpenSSL could not make the certificate";
	key = EVP_EC_gen("P-256");
	cert = key ? new_cert(key, id, ca.cert, days, now_ms) : NULL;
	if (cert && sign_leaf(cert, &ca, id, host))
		rc = write_pair(cert, key, cert_path, key_path, error_r);
out:
	X509_free(cert);
	EVP_PKEY_free(key);
	X509_free(ca.cert);
	EVP_PKEY_free(ca.key);
	ERR_clear_error();
	return rc;
}

int
cert_read(const char *path, char **cn_r, int64_t *not_after_ms_r,
    const char **error_r)
{
	X509 *cert = load_cert(path, error_r);
	char cn[256];
	struct tm tm;
	int rc = -1;

	if (!cert)
		return -1;
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
	        NID_commonName, cn, sizeof(cn)) <= 0)
		*error_r = "the certificate has no common name";
	else if (!ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm))
		*error_r = "the certificate's end of validity cannot be read";
	else {
		*cn_r = xstrdup(cn);
		*not_after_ms_r = (int64_t)timegm(&tm) * 1000;
		rc = 0;
	}
	X509_free(cert);
	return rc;
}
