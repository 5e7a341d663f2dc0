#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/mail/keyring.h"

static char dir[] = "/tmp/nearpost-keyring.XXXXXX";
static struct pkey *one, *two;
static char id_one[KEYRING_ID_SIZE], id_two[KEYRING_ID_SIZE];

static const char *
in_dir(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	one = pkey_generate();
	two = pkey_generate();
	pkey_id(one, id_one);
	pkey_id(two, id_two);
}

static void
teardown(void)
{
	static const char *const names[] = {"a.pem", "b.pem", "c.pem", "README",
	    ".hidden.pem"};
	size_t i;

	pkey_free(&one);
	pkey_free(&two);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(in_dir(names[i]));
	(void)rmdir(dir);
}

static void
put(const char *name, const char *text)
{
	ck_assert_int_eq(file_write(in_dir(name), slice_of(text), 0600), 0);
}

START_TEST(an_id_is_eight_hex_digits_of_the_public_key)
{
	struct pkey *public;
	const char *error;
	char id[KEYRING_ID_SIZE];

	ck_assert_uint_eq(strlen(id_one), 8);
	ck_assert_uint_eq(strspn(id_one, "0123456789abcdef"), 8);
	ck_assert_int_eq(pkey_save_public(one, in_dir("a.pem")), 0);
	public = pkey_load_public(in_dir("a.pem"), &error);
	pkey_id(public, id);
	ck_assert_str_eq(id, id_one);
	pkey_free(&public);
}
END_TEST

START_TEST(a_known_key_has_the_id_that_openssl_and_sha256sum_give)
{
	/* openssl pkey -pubin -in FILE -outform DER | tail -c 32 | sha256sum */
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
	    "-----END PUBLIC KEY-----\n";
	char *error = NULL;
	struct keyring *k;

	put("a.pem", pem);
	k = keyring_load(in_dir("a.pem"), &error);
	ck_assert_msg(k != NULL, "%s", error);
	ck_assert_ptr_nonnull(keyring_find(k, "630dcd29"));
	keyring_unref(&k);
}
END_TEST

START_TEST(a_private_key_signs_and_verifies)
{
	unsigned char sig[ED25519_SIG_SIZE];
	char *error = NULL, id[KEYRING_ID_SIZE];
	const struct pkey *key;
	struct keyring *k;

	ck_assert_int_eq(pkey_save_private(one, in_dir("a.pem")), 0);
	k = keyring_load(in_dir("a.pem"), &error);
	ck_assert_msg(k != NULL, "%s", error);
	key = keyring_signing(k, id);
	ck_assert_ptr_nonnull(key);
	ck_assert_str_eq(id, id_one);
	pkey_sign(key, slice_of("text"), sig);
	ck_assert(pkey_verify(keyring_find(k, id), slice_of("text"), sig));
	keyring_unref(&k);
	ck_assert_ptr_null(k);
	keyring_unref(&k);
}
END_TEST

START_TEST(a_directory_gives_all_its_pem_files)
{
	char *error = NULL, id[KEYRING_ID_SIZE];
	struct keyring *k;

	ck_assert_int_eq(pkey_save_public(one, in_dir("a.pem")), 0);
	ck_assert_int_eq(pkey_save_private(two, in_dir("b.pem")), 0);
	ck_assert_int_eq(pkey_save_public(two, in_dir("c.pem")), 0);
	put("README", "not a key");
	put(".hidden.pem", "not a key");
	k = keyring_load(dir, &error);
	ck_assert_msg(k != NULL, "%s", error);
	ck_assert_uint_eq(keyring_count(k), 2);
	ck_assert_ptr_nonnull(keyring_find(k, id_one));
	ck_assert_ptr_nonnull(keyring_find(k, id_two));
	ck_assert_ptr_null(keyring_find(k, "00000000"));
	ck_assert_ptr_nonnull(keyring_signing(k, id));
	ck_assert_str_eq(id, id_two);
	keyring_unref(&k);
}
END_TEST

START_TEST(two_private_keys_are_none_to_sign_with)
{
	char *error = NULL, id[KEYRING_ID_SIZE];
	struct keyring *k;

	ck_assert_int_eq(pkey_save_private(one, in_dir("a.pem")), 0);
	ck_assert_int_eq(pkey_save_private(two, in_dir("b.pem")), 0);
	k = keyring_load(dir, &error);
	ck_assert_ptr_null(keyring_signing(k, id));
	keyring_unref(&k);
}
END_TEST

START_TEST(public_keys_do_not_sign)
{
	char *error = NULL, id[KEYRING_ID_SIZE];
	struct keyring *k;

	ck_assert_int_eq(pkey_save_public(one, in_dir("a.pem")), 0);
	k = keyring_load(dir, &error);
	ck_assert_ptr_null(keyring_signing(k, id));
	keyring_unref(&k);
}
END_TEST

static const struct {
	const char *name, *text; /* of b.pem; NULL: there is no file at all */
	const char *error;
} broken[] = {
    {"nonsense", "nonsense", "b.pem"},
    {"empty", "", "b.pem"},
    {"a private key cut short",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ", "b.pem"},
    {"a key of another kind", "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VuAyEAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        "-----END PUBLIC KEY-----\n", "b.pem"},
};

START_TEST(a_broken_key_is_named)
{
	char *error = NULL;

	ck_assert_int_eq(pkey_save_public(one, in_dir("a.pem")), 0);
	put("b.pem", broken[_i].text);
	ck_assert_ptr_null(keyring_load(dir, &error));
	ck_assert_msg(error && strstr(error, broken[_i].error), "%s: %s",
	    broken[_i].name, error);
	free(error);
}
END_TEST

START_TEST(an_empty_directory_and_a_missing_file_are_errors)
{
	char *error = NULL;

	ck_assert_ptr_null(keyring_load(dir, &error));
	ck_assert_ptr_nonnull(strstr(error, "no *.pem"));
	free(error);
	error = NULL;
	ck_assert_ptr_null(keyring_load(in_dir("none.pem"), &error));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
	free(error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keyring");
	TCase *t = tcase_create("keyring");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_id_is_eight_hex_digits_of_the_public_key);
	tcase_add_test(t,
	    a_known_key_has_the_id_that_openssl_and_sha256sum_give);
	tcase_add_test(t, a_private_key_signs_and_verifies);
	tcase_add_test(t, a_directory_gives_all_its_pem_files);
	tcase_add_test(t, two_private_keys_are_none_to_sign_with);
	tcase_add_test(t, public_keys_do_not_sign);
	ADD_ROWS(t, a_broken_key_is_named, broken);
	tcase_add_test(t, an_empty_directory_and_a_missing_file_are_errors);
	suite_add_tcase(s, t);
	return unit_main(s);
}
