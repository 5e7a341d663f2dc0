#include "tests/unit/tree.h"


#include "lib/mail/manifest.h"

#define DIGEST                                                                 \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define FIRST "nearpost-manifest 1\n"

static const struct {
	const char *name, *text, *error;
} parses[] = {
    {"an empty set", FIRST, NULL},
    {"a file", FIRST DIGEST " 0 text/plain a/b.txt\n", NULL},
    {"a name with blanks", FIRST DIGEST " 0 text/plain a b/c  d.txt\n", NULL},
    {"two files in order",
        FIRST DIGEST " 0 text/plain a\n" DIGEST " 7 a/b a/b\n", NULL},
    {"nothing at all", "", "MANIFEST:1: the last line is cut"},
    {"a last line without its end", FIRST DIGEST " 0 text/plain a",
        "MANIFEST:1: the last line is cut"},
    {"another version", "nearpost-manifest 2\n",
        "MANIFEST:1: the first line is not"},
    {"an empty line", FIRST "\n", "MANIFEST:2: a line is"},
    {"a short digest", FIRST "e3b0 0 text/plain a\n",
        "MANIFEST:2: the digest is not"},
    {"a digest that is no hex",
        FIRST "x3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"
              "5 0 a/b a\n",
        "MANIFEST:2: the digest is not"},
    {"a negative size", FIRST DIGEST " -1 text/plain a\n",
        "MANIFEST:2: the size is no"},
    {"a size with something behind", FIRST DIGEST " 1k text/plain a\n",
        "MANIFEST:2: the size is no"},
    {"a media type that would end its header",
        FIRST DIGEST " 1 text/plain; a\n", "MANIFEST:2: the media type"},
    {"no media type", FIRST DIGEST " 1 text a\n", "MANIFEST:2: the media type"},
    {"no path", FIRST DIGEST " 1 text/plain \n", "MANIFEST:2: the path is empty"},
    {"nothing behind the type", FIRST DIGEST " 1 text/plain\n",
        "MANIFEST:2: the path is empty"},
    {"an absolute path", FIRST DIGEST " 1 text/plain /etc/passwd\n",
        "MANIFEST:2: the path begins"},
    {"a path that climbs", FIRST DIGEST " 1 text/plain a/../../b\n",
        "MANIFEST:2: the path has an empty, hidden"},
    {"a path that begins with ..", FIRST DIGEST " 1 text/plain ../b\n",
        "MANIFEST:2: the path has an empty, hidden"},
    {"a hidden file", FIRST DIGEST " 1 text/plain a/.b\n",
        "MANIFEST:2: the path has an empty, hidden"},
    {"an empty part", FIRST DIGEST " 1 text/plain a//b\n",
        "MANIFEST:2: the path has an empty, hidden"},
    {"a directory", FIRST DIGEST " 1 text/plain a/\n",
        "MANIFEST:2: the path begins or ends"},
    {"a control character", FIRST DIGEST " 1 text/plain a\x01\n",
        "MANIFEST:2: the path has control"},
    {"a tab", FIRST DIGEST " 1 text/plain a\tb\n",
        "MANIFEST:2: the path has control"},
    {"a carriage return", FIRST DIGEST " 1 text/plain a\r\n",
        "MANIFEST:2: the path has control"},
    {"Latin-1", FIRST DIGEST " 1 text/plain \xfc\n",
        "MANIFEST:2: the path has control"},
    {"files out of order",
        FIRST DIGEST " 1 text/plain b\n" DIGEST " 1 text/plain a\n",
        "MANIFEST:3: the paths are not in order"},
    {"a file twice",
        FIRST DIGEST " 1 text/plain a\n" DIGEST " 1 text/plain a\n",
        "MANIFEST:3: the paths are not in order"},
};

START_TEST(a_manifest_is_read_or_refused_by_line)
{
	char *error = NULL;
	struct manifest *m = manifest_parse(slice_of(parses[_i].text), &error);
	const char *want = parses[_i].error;

	if (want) {
		ck_assert_msg(!m && strncmp(error, want, strlen(want)) == 0,
		    "%s: got %s", parses[_i].name, error);
	} else {
		ck_assert_msg(m != NULL, "%s: %s", parses[_i].name, error);
		ck_assert_uint_eq(strlen(m->digest), MANIFEST_DIGEST_LEN - 1);
	}
	manifest_free(&m);
	free(error);
}
END_TEST

static const struct {
	const char *name, *path, *type;
} types[] = {
    {"by the ending", "a/hero.png", "image/png"},
    {"whatever its case", "HERO.JPG", "image/jpeg"},
    {"by the last ending", "a.png.mp4", "video/mp4"},
    {"not by a directory's", "a.png/b", "application/octet-stream"},
    {"unknown", "a.xyz", "application/octet-stream"},
    {"none", "a", "application/octet-stream"},
};

START_TEST(the_ending_gives_the_media_type)
{
	ck_assert_msg(strcmp(manifest_media_type(types[_i].path),
	                  types[_i].type) == 0, "%s", types[_i].name);
}
END_TEST

/* A set with everything that is passed over, and its manifest. */
static char *
sample(void)
{
	char *dir = tree_new(), *error = NULL;

	tree_put_str(dir, "spring/campaign.conf", "x");
	tree_put_str(dir, "spring/hero-en/body.html", "<p>");
	tree_put_str(dir, "spring/hero en/hero.png", "png");
	tree_put_str(dir, "spring-2/a", "");
	tree_put_str(dir, "spring/source/kept", "1");
	tree_put_str(dir, "partials/footer.mustache", "bye");
	tree_put_str(dir, "README", "no");
	tree_put_str(dir, "README.de", "no");
	tree_put_str(dir, ".git/config", "no");
	tree_put_str(dir, "spring/.hidden", "no");
	tree_put_str(dir, "source/song.xm", "no");
	tree_put_str(dir, "local.mk", "no");
	ck_assert_msg(manifest_build(dir, &error) == 0, "%s", error);
	return dir;
}

START_TEST(building_lists_the_set_in_order)
{
	static const char *const paths[] = {"partials/footer.mustache",
	    "spring-2/a", "spring/campaign.conf", "spring/hero en/hero.png",
	    "spring/hero-en/body.html", "spring/source/kept"};
	char *dir = sample(), *error = NULL;
	struct manifest *m = manifest_load(dir, &error), *again;
	size_t i;

	ck_assert_msg(m != NULL, "%s", error);
	ck_assert_uint_eq(m->n, N_ROWS(paths));
	for (i = 0; i < m->n; i++)
		ck_assert_str_eq(m->files[i].path, paths[i]);
	ck_assert_int_eq(manifest_find(m, "spring/hero en/hero.png")->size, 3);
	ck_assert_str_eq(manifest_find(m, "spring/hero en/hero.png")->type,
	    "image/png");
	ck_assert_ptr_null(manifest_find(m, "spring"));
	ck_assert_int_eq(manifest_verify_files(dir, m, &error), 0);
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	again = manifest_load(dir, &error);
	ck_assert_str_eq(again->digest, m->digest);
	manifest_free(&again);
	manifest_free(&m);
	tree_free(&dir);
}
END_TEST

static void
break_content(const char *dir)
{
	tree_put_str(dir, "spring/hero en/hero.png", "PNG");
}
static void
break_size(const char *dir)
{
	tree_put_str(dir, "spring/hero en/hero.png", "pngpng");
}
static void
break_extra(const char *dir)
{
	tree_put_str(dir, "spring/extra.png", "png");
}
static void
break_missing(const char *dir)
{
	char *path = xasprintf("%s/spring-2/a", dir);

	ck_assert_int_eq(unlink(path), 0);
	free(path);
}
static void
break_symlink(const char *dir)
{
	char *path = xasprintf("%s/spring/link", dir);

	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	free(path);
}
static void
break_dir_symlink(const char *dir)
{
	char *path = xasprintf("%s/linked", dir);

	ck_assert_int_eq(symlink("/etc", path), 0);
	free(path);
}
static void
break_fifo(const char *dir)
{
	char *path = xasprintf("%s/spring/pipe", dir);

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	free(path);
}
static void
break_name(const char *dir)
{
	tree_put_str(dir, "spring/a\nb", "");
}
static void
break_nothing(const char *dir)
{
	tree_put_str(dir, "spring/README", "more");
}

static const struct {
	const char *name;
	void (*damage)(const char *dir);
	const char *error; /* has this in it; NULL = still fine */
} damages[] = {
    {"other content of the same size", break_content,
        "/spring/hero en/hero.png: is not the file in the manifest (other "
        "digest)"},
    {"another size", break_size, "hero.png: is not the file in the manifest "
                                 "(other size)"},
    {"a file too many", break_extra, "/spring/extra.png: is not in the manifest"},
    {"a file missing", break_missing, "/spring-2/a: is missing"},
    {"a symbolic link", break_symlink, "/spring/link: is a symbolic link"},
    {"a linked directory", break_dir_symlink, "/linked: is a symbolic link"},
    {"a pipe", break_fifo, "/spring/pipe: is no ordinary file"},
    {"a name with a newline", break_name, "the name has control characters"},
    {"what is passed over", break_nothing, NULL},
};

START_TEST(verifying_names_the_file_that_is_wrong)
{
	char *dir = sample(), *error = NULL;
	struct manifest *m = manifest_load(dir, &error);
	int r;

	damages[_i].damage(dir);
	r = manifest_verify_files(dir, m, &error);
	if (damages[_i].error)
		ck_assert_msg(r == -1 && strstr(error, damages[_i].error),
		    "%s: got %s", damages[_i].name, error);
	else
		ck_assert_msg(r == 0, "%s: %s", damages[_i].name, error);
	free(error);
	manifest_free(&m);
	tree_free(&dir);
}
END_TEST

static struct keyring *
new_ring(const char *dir, const char *name, struct keyring **public_r)
{
	struct pkey *key = pkey_generate();
	char *path = xasprintf("%s/%s.pem", dir, name);
	char *pub = xasprintf("%s/%s.pub.pem", dir, name);
	char *error = NULL;
	struct keyring *ring;

	ck_assert_int_eq(pkey_save_private(key, path), 0);
	ck_assert_int_eq(pkey_save_public(key, pub), 0);
	ring = keyring_load(path, &error);
	ck_assert_msg(ring != NULL, "%s", error);
	*public_r = keyring_load(pub, &error);
	ck_assert_msg(*public_r != NULL, "%s", error);
	pkey_free(&key);
	free(path);
	free(pub);
	return ring;
}

START_TEST(any_one_signer_is_enough_and_changes_are_seen)
{
	char *dir = sample(), *keys = tree_new(), *error = NULL;
	struct keyring *pub_a, *pub_b, *pub_c;
	struct keyring *a = new_ring(keys, "a", &pub_a);
	struct keyring *b = new_ring(keys, "b", &pub_b);
	struct keyring *c = new_ring(keys, "c", &pub_c);

	ck_assert_int_eq(manifest_verify_signature(dir, pub_a, &error), -1);
	ck_assert_msg(strstr(error, "MANIFEST.sig: No such file"), "%s", error);
	free(error);
	ck_assert_int_eq(manifest_sign(dir, a, &error), 0);
	ck_assert_int_eq(manifest_sign(dir, b, &error), 0);
	ck_assert_int_eq(manifest_sign(dir, a, &error), 0);
	ck_assert_int_eq(manifest_verify_signature(dir, pub_a, &error), 0);
	ck_assert_int_eq(manifest_verify_signature(dir, pub_b, &error), 0);
	ck_assert_int_eq(manifest_verify_signature(dir, pub_c, &error), -1);
	ck_assert_msg(strstr(error, "key that is not known here"), "%s", error);
	free(error);

	tree_put_str(dir, "MANIFEST", FIRST);
	ck_assert_int_eq(manifest_verify_signature(dir, pub_a, &error), -1);
	ck_assert_msg(strstr(error, "does not fit the manifest"), "%s", error);
	free(error);
	ck_assert_ptr_null(manifest_load_signed(dir, pub_a, &error));
	free(error);
	tree_put_str(dir, "MANIFEST.sig", "nonsense\n");
	ck_assert_int_eq(manifest_verify_signature(dir, pub_a, &error), -1);
	ck_assert_msg(strstr(error, "is no signature file"), "%s", error);
	free(error);
	ck_assert_int_eq(manifest_sign(dir, pub_a, &error), -1);
	free(error);

	ck_assert_int_eq(manifest_build(dir, &error), 0);
	ck_assert_int_eq(manifest_verify_signature(dir, pub_a, &error), -1);
	ck_assert_msg(strstr(error, "MANIFEST.sig: No such file"), "%s", error);
	free(error);
	keyring_unref(&a);
	keyring_unref(&b);
	keyring_unref(&c);
	keyring_unref(&pub_a);
	keyring_unref(&pub_b);
	keyring_unref(&pub_c);
	tree_free(&keys);
	tree_free(&dir);
}
END_TEST

START_TEST(a_diff_shows_what_came_went_and_changed)
{
	char *dir = sample(), *error = NULL;
	struct manifest *before = manifest_load(dir, &error), *after;
	struct buf out = {0};

	ck_assert_uint_eq(manifest_diff(before, before, &out), 0);
	ck_assert_str_eq(out.data, "");
	break_content(dir);
	break_extra(dir);
	break_missing(dir);
	tree_put_str(dir, "zoo", "z");
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	after = manifest_load(dir, &error);
	ck_assert_uint_eq(manifest_diff(before, after, &out), 4);
	ck_assert_str_eq(out.data, "- spring-2/a\n+ spring/extra.png\n"
	                           "~ spring/hero en/hero.png\n+ zoo\n");
	ck_assert_str_ne(before->digest, after->digest);
	buf_free(&out);
	manifest_free(&before);
	manifest_free(&after);
	tree_free(&dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("manifest");

	ADD_ROWS(t, a_manifest_is_read_or_refused_by_line, parses);
	ADD_ROWS(t, the_ending_gives_the_media_type, types);
	tcase_add_test(t, building_lists_the_set_in_order);
	ADD_ROWS(t, verifying_names_the_file_that_is_wrong, damages);
	tcase_add_test(t, any_one_signer_is_enough_and_changes_are_seen);
	tcase_add_test(t, a_diff_shows_what_came_went_and_changed);
	suite_add_tcase(s, t);
	return unit_main(s);
}
