#include "tests/unit/tree.h"

#include <utime.h>

#include "gateway-agent/shelf.h"
#include "lib/base/log.h"

#define NOW INT64_C(1764000000000)
#define BIG (13 << 20) /* more than SHELF_GONE_BYTES as base64 */
#define DAY (INT64_C(24) * 3600 * 1000)

static char *root, *keys;
static struct keyring *signer;
static struct shelf *shelf;

static void
set_up(void)
{
	struct pkey *key = pkey_generate();
	char *error = NULL, *path;

	log_open("test_shelf", LOG_TO_STDERR, 0);
	root = tree_new();
	keys = tree_new();
	path = xasprintf("%s/a.pem", keys);
	ck_assert_int_eq(pkey_save_private(key, path), 0);
	signer = keyring_load(path, &error);
	ck_assert_msg(signer != NULL, "%s", error);
	shelf = shelf_new(root, keys);
	pkey_free(&key);
	free(path);
}

static void
tear_down(void)
{
	shelf_free(&shelf);
	keyring_unref(&signer);
	tree_free(&keys);
	tree_free(&root);
}

/* A set below root ("": root itself) whose texts say `word` and whose picture has
 * so many octets, built when its MANIFEST says; its digest. */
static char *
put_set(const char *name, const char *word, size_t picture, time_t built)
{
	char *dir = xasprintf("%s%s%s", root, *name ? "/" : "", name);
	char *text = xasprintf("hello %s", word), *error = NULL, *path;
	char *data = xcalloc(1, picture), *digest;
	struct utimbuf when = {built, built};
	struct manifest *m;

	ck_assert_int_eq(file_mkdirs(dir, 0755), 0);
	tree_put_str(dir, "spring/campaign.conf",
	    "creative \"hero\" { text = \"t\" attach = {\"p.png\"} }\n");
	tree_put_str(dir, "spring/hero/t", text);
	tree_put(dir, "spring/hero/p.png", (struct slice){data, picture});
	ck_assert_msg(manifest_build(dir, &error) == 0, "%s", error);
	ck_assert_msg(manifest_sign(dir, signer, &error) == 0, "%s", error);
	path = xasprintf("%s/" MANIFEST_NAME, dir);
	ck_assert_int_eq(utime(path, &when), 0);
	m = manifest_load(dir, &error);
	ck_assert_msg(m != NULL, "%s", error);
	digest = xstrdup(m->digest);
	manifest_free(&m);
	free(path);
	free(data);
	free(text);
	free(dir);
	return digest;
}

static void
remove_below(const char *name)
{
	char *path = xasprintf("%s/%s", root, name);

	(void)nftw(path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

/* The digests held, in order, up to a NULL; and a part of the fault. */
static void
holds(const char *fault, ...)
{
	struct shelf_state state;
	struct buf want = {0};
	const char *digest;
	va_list ap;

	buf_add_str(&want, "");
	va_start(ap, fault);
	while ((digest = va_arg(ap, const char *)) != NULL)
		buf_printf(&want, "%s%s", want.len ? "," : "", digest);
	va_end(ap);
	(void)shelf_state(shelf, &state);
	ck_assert_str_eq(state.digests.data, want.data);
	if (fault)
		ck_assert_msg(strstr(state.fault.data, fault) != NULL,
		    "\"%s\" has no \"%s\"", state.fault.data, fault);
	else
		ck_assert_str_eq(state.fault.data, "");
	ck_assert_int_eq(shelf_empty(shelf), want.len == 0);
	shelf_state_free(&state);
	buf_free(&want);
}

static bool
says(const char *digest, const char *word)
{
	struct assets *a = shelf_assets(shelf, digest);
	struct arena *arena = arena_new();
	struct buf out = {0};
	struct vars vars;
	const char *why;
	bool found;

	ck_assert_msg(a != NULL, "%s is not held", digest);
	vars_init(&vars, arena);
	ck_assert_int_eq(template_render(
	    assets_find(a, "spring", "hero")->text, &vars, &out, &why), 0);
	found = strstr(out.data, word) != NULL;
	buf_free(&out);
	arena_free(&arena);
	assets_unref(&a);
	return found;
}

START_TEST(a_set_replaced_in_place_stays_until_its_tickets_expired)
{
	char *a = put_set("", "a", 10, 1000), *b;

	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	holds(NULL, a, NULL);
	b = put_set("", "b", 10, 2000);
	ck_assert_int_eq(shelf_reload(shelf, NOW + 5), 0);
	holds(NULL, b, a, NULL);
	ck_assert(says(a, "hello a") && says(b, "hello b"));
	/* What is not there any more is not thrown out by another reload. */
	ck_assert_int_eq(shelf_reload(shelf, NOW + DAY), 0);
	shelf_prune(shelf, NOW + 8 * DAY);
	holds(NULL, b, a, NULL);
	shelf_prune(shelf, NOW + 8 * DAY + 5);
	holds(NULL, b, NULL);
	ck_assert_ptr_null(shelf_assets(shelf, a));
	free(a);
	free(b);
}
END_TEST

START_TEST(a_third_set_does_not_push_the_first_one_out)
{
	char *a = put_set("", "a", 10, 1000), *b, *c;

	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	b = put_set("", "b", 10, 2000);
	ck_assert_int_eq(shelf_reload(shelf, NOW + DAY), 0);
	c = put_set("", "c", 10, 3000);
	ck_assert_int_eq(shelf_reload(shelf, NOW + 2 * DAY), 0);
	holds(NULL, c, b, a, NULL);
	/* Back to one that is still there. */
	free(put_set("", "b", 10, 4000));
	ck_assert_int_eq(shelf_reload(shelf, NOW + 3 * DAY), 0);
	holds(NULL, b, c, a, NULL);
	shelf_prune(shelf, NOW + 100 * DAY);
	holds(NULL, b, NULL);
	free(a);
	free(b);
	free(c);
}
END_TEST

/* Each with a picture of its own, so that nothing is shared. */
START_TEST(what_is_gone_takes_no_more_memory_than_what_is_there)
{
	char *a = put_set("", "a", BIG, 1000), *b, *c, *d, *below;

	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	b = put_set("", "b", BIG + 1, 2000);
	ck_assert_int_eq(shelf_reload(shelf, NOW + 1), 0);
	holds(NULL, b, a, NULL);
	c = put_set("", "c", BIG + 2, 3000);
	ck_assert_int_eq(shelf_reload(shelf, NOW + 2), 0);
	holds(NULL, c, b, NULL);
	/* The set before stays, however small this one is. */
	d = put_set("", "d", 10, 4000);
	ck_assert_int_eq(shelf_reload(shelf, NOW + 3), 0);
	holds(NULL, d, c, NULL);
	/* Side by side, everything is wanted. */
	free(put_set("x/a", "a", BIG, 1000));
	free(put_set("x/b", "b", BIG + 1, 2000));
	free(put_set("x/c", "c", BIG + 2, 3000));
	shelf_free(&shelf);
	below = xasprintf("%s/x", root);
	shelf = shelf_new(below, keys);
	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	holds(NULL, c, b, a, NULL);
	free(below);
	free(a);
	free(b);
	free(c);
	free(d);
}
END_TEST

START_TEST(no_more_sets_are_held_than_a_report_tells)
{
	char *digests[SHELF_SETS_MAX + 2], word[16];
	int i, n = SHELF_SETS_MAX + 2;

	for (i = 0; i < n; i++) {
		(void)snprintf(word, sizeof(word), "set-%d", i);
		digests[i] = put_set("", word, 10, 1000 + i);
		ck_assert_int_eq(shelf_reload(shelf, NOW + i), 0);
	}
	holds(NULL, digests[9], digests[8], digests[7], digests[6], digests[5],
	    digests[4], digests[3], digests[2], NULL);
	for (i = 0; i < n; i++)
		free(digests[i]);
}
END_TEST

START_TEST(sets_side_by_side_are_all_held_also_after_a_restart)
{
	char *a = put_set("a", "a", 10, 1000), *b = put_set("b", "b", 10, 2000);

	/* Half copied under a hidden name, and something else altogether. */
	tree_put_str(root, ".c/MANIFEST", "nonsense");
	tree_put_str(root, "notes/todo", "");
	tree_put_str(root, "file", "");
	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	holds(NULL, b, a, NULL);
	ck_assert(says(a, "hello a") && says(b, "hello b"));
	shelf_prune(shelf, NOW + 100 * DAY);
	holds(NULL, b, a, NULL);
	remove_below("a");
	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	holds(NULL, b, a, NULL);
	shelf_prune(shelf, NOW + 8 * DAY);
	holds(NULL, b, NULL);
	free(a);
	free(b);
}
END_TEST

START_TEST(the_same_set_in_two_places_counts_once)
{
	char *a = put_set("a", "a", 10, 1000);

	free(put_set("b", "a", 10, 2000));
	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	holds(NULL, a, NULL);
	free(a);
}
END_TEST

START_TEST(a_set_half_replaced_is_named_and_the_former_stays)
{
	char *a = put_set("", "a", 10, 1000), *b;
	struct shelf_state state;
	unsigned before, after;

	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	b = put_set("", "b", 10, 2000);
	tree_put_str(root, "spring/hero/t", "hello a"); /* as it was */
	before = shelf_state(shelf, &state);
	shelf_state_free(&state);
	ck_assert_int_eq(shelf_reload(shelf, NOW + 1), -1);
	holds("spring/hero/t: is not the file in the manifest", a, NULL);
	after = shelf_state(shelf, &state);
	shelf_state_free(&state);
	ck_assert_uint_ne(before, after);
	/* However long that takes. */
	shelf_prune(shelf, NOW + 100 * DAY);
	holds("spring/hero/t", a, NULL);
	tree_put_str(root, "spring/hero/t", "hello b"); /* the rest came */
	ck_assert_int_eq(shelf_reload(shelf, NOW + 100 * DAY), 0);
	holds(NULL, b, a, NULL);
	free(a);
	free(b);
}
END_TEST

START_TEST(a_fault_in_one_set_leaves_the_others_alone)
{
	char *a = put_set("a", "a", 10, 1000), *b = put_set("b", "b", 10, 2000);
	char *c;

	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	/* A damaged file, of a set in use: what is in memory is right. */
	tree_put_str(root, "a/spring/hero/t", "HELLO a");
	c = put_set("c", "c", 10, 3000);
	ck_assert_int_eq(shelf_reload(shelf, NOW), -1);
	holds("/a/spring/hero/t: is not the file", c, b, a, NULL);
	ck_assert(says(a, "hello a"));
	shelf_prune(shelf, NOW + 100 * DAY);
	holds("/a/spring/hero/t", c, b, a, NULL);
	free(a);
	free(b);
	free(c);
}
END_TEST

START_TEST(without_any_set_the_fault_says_so)
{
	char *a;

	ck_assert_int_eq(shelf_reload(shelf, NOW), -1);
	holds("there is no MANIFEST, nor one in a directory below", NULL);
	tree_put_str(root, "a/b/MANIFEST", "too deep");
	ck_assert_int_eq(shelf_reload(shelf, NOW), -1);
	holds("there is no MANIFEST", NULL);
	remove_below("a");
	a = put_set("", "a", 10, 1000);
	tree_put_str(root, "a/b/MANIFEST", "too deep");
	ck_assert_int_eq(shelf_reload(shelf, NOW), -1);
	holds("/a/b/MANIFEST: is of a set within the set", NULL);
	remove_below("a");
	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	holds(NULL, a, NULL);
	remove_below("MANIFEST");
	ck_assert_int_eq(shelf_reload(shelf, NOW), -1);
	holds("there is no MANIFEST", a, NULL);
	free(a);
}
END_TEST

START_TEST(what_sets_have_in_common_is_in_memory_once_and_read_again)
{
	char *a = put_set("a", "a", 3 << 20, 1000);
	char *b = put_set("b", "b", 3 << 20, 2000);
	struct assets *in_a, *in_b;

	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	in_a = shelf_assets(shelf, a);
	in_b = shelf_assets(shelf, b);
	ck_assert_ptr_eq(
	    assets_find(in_a, "spring", "hero")->attached[0].base64.data,
	    assets_find(in_b, "spring", "hero")->attached[0].base64.data);
	assets_unref(&in_b);
	/* The same set again is the same snapshot, not a copy. */
	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	in_b = shelf_assets(shelf, a);
	ck_assert_ptr_eq(in_a, in_b);
	assets_unref(&in_a);
	assets_unref(&in_b);
	tree_put_str(root, "b/spring/hero/p.png", "damaged");
	ck_assert_int_eq(shelf_reload(shelf, NOW), -1);
	holds("/b/spring/hero/p.png: is not the file", a, b, NULL);
	free(a);
	free(b);
}
END_TEST

START_TEST(keys_that_cannot_be_read_are_a_fault_and_the_former_stay)
{
	char *a = put_set("", "a", 10, 1000), *moved = xasprintf("%s.gone", keys);
	struct keyring *ring;

	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	ck_assert_int_eq(rename(keys, moved), 0);
	ck_assert_int_eq(shelf_reload(shelf, NOW), -1);
	holds("agent.keys=", a, NULL);
	ring = shelf_keys(shelf);
	ck_assert_ptr_nonnull(ring);
	keyring_unref(&ring);
	ck_assert_int_eq(rename(moved, keys), 0);
	ck_assert_int_eq(shelf_reload(shelf, NOW), 0);
	holds(NULL, a, NULL);
	free(moved);
	free(a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("shelf");
	TCase *t = tcase_create("shelf");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t,
	    a_set_replaced_in_place_stays_until_its_tickets_expired);
	tcase_add_test(t, a_third_set_does_not_push_the_first_one_out);
	tcase_add_test(t, what_is_gone_takes_no_more_memory_than_what_is_there);
	tcase_add_test(t, no_more_sets_are_held_than_a_report_tells);
	tcase_add_test(t, sets_side_by_side_are_all_held_also_after_a_restart);
	tcase_add_test(t, the_same_set_in_two_places_counts_once);
	tcase_add_test(t, a_set_half_replaced_is_named_and_the_former_stays);
	tcase_add_test(t, a_fault_in_one_set_leaves_the_others_alone);
	tcase_add_test(t, without_any_set_the_fault_says_so);
	tcase_add_test(t,
	    what_sets_have_in_common_is_in_memory_once_and_read_again);
	tcase_add_test(t,
	    keys_that_cannot_be_read_are_a_fault_and_the_former_stay);
	suite_add_tcase(s, t);
	return unit_main(s);
}
