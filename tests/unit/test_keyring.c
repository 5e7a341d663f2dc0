#include "tests/unit/tree.h"

#include "lib/mail/keyring.h"

static char *
save(const char *dir, const char *name, const struct pkey *key, bool is_private)
{
	char *path = xasprintf("%s/%s", dir, name);

	ck_assert_int_eq(is_private ? pkey_save_private(key, path)
	                            : pkey_save_public(key, path), 0);
	return path;
}

START_TEST(a_private_key_signs_and_its_public_half_has_the_same_id)
{
	char *dir = tree_new(), id[9], id_public[9], id_signing[9];
	struct pkey *key = pkey_generate();
	char *secret = save(dir, "signing.pem", key, true);
	char *open = save(dir, "public.pem", key, false);
	const char *error = "";
	struct keyring *a = keyring_load(secret, &error);
	struct keyring *b = keyring_load(open, &error);

	ck_assert_msg(a && b, "%s", error);
	pkey_id(key, id);
	ck_assert_uint_eq(strlen(id), 8);
	ck_assert_ptr_nonnull(keyring_signing(a, id_signing));
	ck_assert_str_eq(id, id_signing);
	ck_assert_ptr_null(keyring_signing(b, id_signing));
	ck_assert_ptr_nonnull(keyring_find(b, id));
	pkey_id(keyring_find(b, id), id_public);
	ck_assert_str_eq(id, id_public);
	ck_assert_ptr_null(keyring_find(b, "00000000"));
	keyring_unref(&a);
	keyring_unref(&b);
	pkey_free(&key);
	free(secret);
	free(open);
	tree_free(&dir);
}
END_TEST

START_TEST(a_directory_gives_all_its_public_keys)
{
	char *dir = tree_new(), id[9], name[32];
	const char *error = "";
	struct keyring *ring, *second;
	int i;

	for (i = 0; i < 3; i++) {
		struct pkey *key = pkey_generate();

		(void)snprintf(name, sizeof(name), "k%d.pem", i);
		free(save(dir, name, key, false));
		pkey_id(key, id);
		pkey_free(&key);
	}
	tree_put_str(dir, "README", "not a key");
	tree_put_str(dir, ".k0.pem", "hidden");
	ring = keyring_load(dir, &error);
	ck_assert_msg(ring != NULL, "%s", error);
	ck_assert_uint_eq(keyring_count(ring), 3);
	second = keyring_ref(ring);
	keyring_unref(&ring);
	ck_assert_ptr_null(ring);
	ck_assert_ptr_nonnull(keyring_find(second, id));
	keyring_unref(&second);
	tree_free(&dir);
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
	char *dir = tree_new(), *path = xasprintf("%s/x.pem", dir);
	struct pkey *key = pkey_generate();
	const char *error = NULL;

	ck_assert_ptr_null(keyring_load(dir, &error));
	ck_assert_msg(strstr(error, "no public key"), "%s", error);
	ck_assert_ptr_null(keyring_load(path, &error));
	ck_assert_msg(strstr(error, "No such file"), "%s", error);
	tree_put_str(dir, "x.pem", "nonsense");
	ck_assert_ptr_null(keyring_load(path, &error));
	ck_assert_msg(strstr(error, "not a public key"), "%s", error);
	ck_assert_ptr_null(keyring_load(dir, &error));
	ck_assert_msg(strstr(error, "take it out"), "%s", error);
	ck_assert_int_eq(unlink(path), 0);
	free(save(dir, "a.pem", key, false));
	free(save(dir, "b.pem", key, false));
	ck_assert_ptr_null(keyring_load(dir, &error));
	ck_assert_msg(strstr(error, "twice"), "%s", error);
	pkey_free(&key);
	free(path);
	tree_free(&dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keyring");
	TCase *t = tcase_create("keyring");

	tcase_add_test(t,
	    a_private_key_signs_and_its_public_half_has_the_same_id);
	tcase_add_test(t, a_directory_gives_all_its_public_keys);
	tcase_add_test(t, what_is_no_key_is_refused);
	suite_add_tcase(s, t);
	return unit_main(s);
}
