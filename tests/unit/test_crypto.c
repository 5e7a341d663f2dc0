#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/codec.h"
#include "lib/base/crypto.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

#define NOW_MS INT64_C(1795428000000) /* Mon, 23 Nov 2026 10:00:00 */
#define DAY_MS INT64_C(86400000)

static char dir[] = "test_crypto.XXXXXX";

/* A path in the test's directory; a few at a time. */
static const char *
at(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *p = paths[next++ % 8];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

static int __attribute__((format(printf, 1, 2)))
run(const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;
	int rc;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_add_str(&b, " >/dev/null 2>&1");
	rc = system(b.data);
	buf_free(&b);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static const struct {
	const char *in, *hex;
} digests[] = {
    /* FIPS 180-2, appendix B */
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(sha256_agrees_with_the_standard)
{
	unsigned char whole[SHA256_SIZE], parts[SHA256_SIZE], file[SHA256_SIZE];
	struct slice in = slice_of(digests[_i].in);
	struct sha256 *h = sha256_new();
	struct buf hex = {0};
	size_t i;

	sha256(in.data, in.len, whole);
	for (i = 0; i < in.len; i++)
		sha256_add(h, in.data + i, 1);
	sha256_end(&h, parts);
	ck_assert_ptr_null(h);
	ck_assert_int_eq(file_write(at("digest"), in, 0600), 0);
	ck_assert_int_eq(sha256_file(at("digest"), file), (int64_t)in.len);
	hex_encode(&hex, whole, sizeof(whole));
	ck_assert_str_eq(hex.data, digests[_i].hex);
	ck_assert_mem_eq(whole, parts, SHA256_SIZE);
	ck_assert_mem_eq(whole, file, SHA256_SIZE);
	ck_assert_int_eq(sha256_file(at("nothing"), file), -1);
	ck_assert_int_eq(errno, ENOENT);
	buf_free(&hex);
}
END_TEST

START_TEST(only_an_ordinary_file_has_a_digest)
{
	unsigned char digest[SHA256_SIZE];

	ck_assert_int_eq(mkfifo(at("pipe"), 0600), 0);
	ck_assert_int_eq(sha256_file(at("pipe"), digest), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(sha256_file(at(""), digest), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(symlink("/dev/zero", at("link")), 0);
	ck_assert_int_eq(sha256_file(at("link"), digest), -1);
	ck_assert_int_eq(errno, ELOOP);
}
END_TEST

START_TEST(a_signature_holds_for_its_data_and_key_alone)
{
	struct pkey *key = pkey_generate(), *other = pkey_generate();
	unsigned char sig[ED25519_SIG_SIZE];

	pkey_sign(key, slice_of("a ticket"), sig);
	ck_assert(pkey_verify(key, slice_of("a ticket"), sig));
	ck_assert(!pkey_verify(key, slice_of("a ticket "), sig));
	ck_assert(!pkey_verify(other, slice_of("a ticket"), sig));
	sig[0] ^= 1;
	ck_assert(!pkey_verify(key, slice_of("a ticket"), sig));
	pkey_free(&key);
	ck_assert_ptr_null(key);
	pkey_free(&key);
	pkey_free(&other);
}
END_TEST

START_TEST(keys_survive_their_files_and_openssl_reads_them)
{
	const char *error = NULL;
	struct pkey *key = pkey_generate(), *prv, *pub;
	unsigned char sig[ED25519_SIG_SIZE];
	struct stat st;

	ck_assert_int_eq(pkey_save_private(key, at("k.pem")), 0);
	ck_assert_int_eq(pkey_save_public(key, at("k.pub")), 0);
	ck_assert_int_eq(stat(at("k.pem"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(at("k.pub"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	prv = pkey_load_private(at("k.pem"), &error);
	ck_assert_msg(prv != NULL, "%s", error);
	pub = pkey_load_public(at("k.pub"), &error);
	ck_assert_msg(pub != NULL, "%s", error);
	pkey_sign(prv, slice_of("x"), sig);
	ck_assert(pkey_verify(pub, slice_of("x"), sig));
	ck_assert_int_eq(run("openssl pkey -in %s -pubout | cmp - %s",
	    at("k.pem"), at("k.pub")), 0);
	pkey_free(&key);
	pkey_free(&prv);
	pkey_free(&pub);
}
END_TEST

START_TEST(a_key_file_is_never_overwritten)
{
	struct pkey *key = pkey_generate();
	struct buf b = {0};

	ck_assert_int_eq(file_write(at("old"), slice_of("precious"), 0600), 0);
	ck_assert_int_eq(pkey_save_private(key, at("old")), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(file_read(at("old"), 100, &b), 0);
	ck_assert_str_eq(b.data, "precious");
	buf_free(&b);
	pkey_free(&key);
}
END_TEST

START_TEST(what_is_no_ed25519_key_is_refused_with_a_reason)
{
	const char *error = NULL;

	ck_assert_ptr_null(pkey_load_private(at("nothing"), &error));
	ck_assert_str_eq(error, "No such file or directory");
	ck_assert_int_eq(file_write(at("junk"), slice_of("junk"), 0600), 0);
	error = NULL;
	ck_assert_ptr_null(pkey_load_private(at("junk"), &error));
	ck_assert_ptr_nonnull(error);
	error = NULL;
	ck_assert_ptr_null(pkey_load_public(at("junk"), &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_int_eq(run("openssl genpkey -algorithm EC -pkeyopt "
			     "ec_paramgen_curve:P-256 -out %s", at("ec.pem")), 0);
	ck_assert_ptr_null(pkey_load_private(at("ec.pem"), &error));
	ck_assert_str_eq(error, "not an Ed25519 key");
	/* With a passphrase: no prompt, no hang. */
	ck_assert_int_eq(run("openssl genpkey -algorithm ED25519 -aes128 "
			     "-pass pass:secret -out %s", at("locked.pem")), 0);
	error = NULL;
	ck_assert_ptr_null(pkey_load_private(at("locked.pem"), &error));
	ck_assert_ptr_nonnull(strstr(error, "passphrase"));
}
END_TEST

START_TEST(the_ca_issues_certificates_that_openssl_accepts)
{
	const char *error = NULL;
	char *cn = NULL;
	int64_t end = 0;

	ck_assert_msg(ca_create(at("ca.pem"), at("ca.key"), "nearpost CA", 3650,
	    NOW_MS, &error) == 0, "%s", error);
	ck_assert_msg(ca_issue(at("ca.pem"), at("ca.key"), "tyo",
	    "tyo.gw.example.net", at("tyo.pem"), at("tyo.key"), 365, NOW_MS,
	    &error) == 0, "%s", error);
	ck_assert_int_eq(run("openssl verify -x509_strict -attime 1795428000 "
	    "-purpose sslserver -verify_hostname tyo.gw.example.net "
	    "-CAfile %s %s", at("ca.pem"), at("tyo.pem")), 0);
	ck_assert_int_eq(run("openssl verify -x509_strict -attime 1795428000 "
	    "-purpose sslclient -verify_hostname tyo -CAfile %s %s",
	    at("ca.pem"), at("tyo.pem")), 0);
	ck_assert_int_ne(run("openssl verify -attime 1795428000 "
	    "-verify_hostname lon -CAfile %s %s", at("ca.pem"),
	    at("tyo.pem")), 0);
	ck_assert_msg(cert_read(at("tyo.pem"), &cn, &end, &error) == 0, "%s",
	    error);
	ck_assert_str_eq(cn, "tyo");
	ck_assert_int_eq(end, NOW_MS + 365 * DAY_MS);
	free(cn);
}
END_TEST

START_TEST(a_certificate_for_an_address_names_the_address)
{
	const char *error = NULL;

	ck_assert_int_eq(ca_create(at("c2.pem"), at("c2.key"), "CA", 100, NOW_MS,
	    &error), 0);
	ck_assert_msg(ca_issue(at("c2.pem"), at("c2.key"), "lon", "192.0.2.7",
	    at("lon.pem"), at("lon.key"), 365, NOW_MS, &error) == 0, "%s", error);
	ck_assert_int_eq(run("openssl verify -attime 1795428000 -verify_ip "
	    "192.0.2.7 -CAfile %s %s", at("c2.pem"), at("lon.pem")), 0);
}
END_TEST

START_TEST(a_certificate_ends_no_later_than_its_ca)
{
	const char *error = NULL;
	char *cn = NULL;
	int64_t end = 0;

	ck_assert_int_eq(ca_create(at("c3.pem"), at("c3.key"), "CA", 10, NOW_MS,
	    &error), 0);
	ck_assert_int_eq(ca_issue(at("c3.pem"), at("c3.key"), "a", "a.example",
	    at("a.pem"), at("a.key"), 365, NOW_MS, &error), 0);
	ck_assert_int_eq(cert_read(at("a.pem"), &cn, &end, &error), 0);
	ck_assert_int_eq(end, NOW_MS + 10 * DAY_MS);
	free(cn);
}
END_TEST

START_TEST(the_ca_refuses_what_it_should)
{
	const char *error;

	ck_assert_int_eq(ca_create(at("c4.pem"), at("c4.key"), "CA", 10, NOW_MS,
	    &error), 0);
	ck_assert_int_eq(ca_create(at("c4.pem"), at("c4b.key"), "CA", 10, NOW_MS,
	    &error), -1);
	ck_assert_int_eq(access(at("c4b.key"), F_OK), -1);
	ck_assert_int_eq(ca_issue(at("c4.pem"), at("c4.key"), "x",
	    "a,DNS:evil.example", at("x.pem"), at("x.key"), 1, NOW_MS, &error),
	    -1);
	ck_assert_int_eq(ca_issue(at("c4.pem"), at("c4.key"), "x,y",
	    "a.example", at("x.pem"), at("x.key"), 1, NOW_MS, &error), -1);
	ck_assert_int_eq(ca_issue(at("c4.pem"), at("c4.key"), "x", "a.example",
	    at("x.pem"), at("x.key"), 0, NOW_MS, &error), -1);
	/* A leaf is no CA. */
	ck_assert_int_eq(ca_issue(at("c4.pem"), at("c4.key"), "x", "a.example",
	    at("x.pem"), at("x.key"), 1, NOW_MS, &error), 0);
	ck_assert_int_eq(ca_issue(at("x.pem"), at("x.key"), "y", "b.example",
	    at("y.pem"), at("y.key"), 1, NOW_MS, &error), -1);
	ck_assert_str_eq(error, "the CA's certificate is not one of a CA");
	ck_assert_int_eq(ca_issue(at("c4.pem"), at("x.key"), "y", "b.example",
	    at("y.pem"), at("y.key"), 1, NOW_MS, &error), -1);
	ck_assert_ptr_nonnull(strstr(error, "do not belong together"));
}
END_TEST

START_TEST(random_bytes_differ)
{
	unsigned char a[32], b[32];

	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("crypto");
	TCase *t = tcase_create("crypto");
	int rc;

	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	ADD_ROWS(t, sha256_agrees_with_the_standard, digests);
	tcase_add_test(t, only_an_ordinary_file_has_a_digest);
	tcase_add_test(t, a_signature_holds_for_its_data_and_key_alone);
	tcase_add_test(t, keys_survive_their_files_and_openssl_reads_them);
	tcase_add_test(t, a_key_file_is_never_overwritten);
	tcase_add_test(t, what_is_no_ed25519_key_is_refused_with_a_reason);
	tcase_add_test(t, the_ca_issues_certificates_that_openssl_accepts);
	tcase_add_test(t, a_certificate_for_an_address_names_the_address);
	tcase_add_test(t, a_certificate_ends_no_later_than_its_ca);
	tcase_add_test(t, the_ca_refuses_what_it_should);
	tcase_add_test(t, random_bytes_differ);
	suite_add_tcase(s, t);
	rc = unit_main(s);
	if (run("rm -rf %s", dir) != 0)
		rc = EXIT_FAILURE;
	return rc;
}
