#include "tests/unit/tree.h"

#include <sys/socket.h>
#include <sys/un.h>

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

START_TEST(a_scan_is_what_would_be_built_and_writes_nothing)
{
	char *dir = sample(), *error = NULL;
	struct manifest *built = manifest_load(dir, &error), *m;

	tree_put_str(dir, "MANIFEST", "old");
	m = manifest_scan(dir, &error);
	ck_assert_msg(m != NULL, "%s", error);
	ck_assert_str_eq(m->digest, built->digest);
	ck_assert_uint_eq(m->n, built->n);
	manifest_free(&m);
	ck_assert_ptr_null(manifest_load(dir, &error));
	free(error);
	tree_put(dir, "spring/a\xff", slice_of("x"));
	ck_assert_ptr_null(manifest_scan(dir, &error));
	ck_assert_ptr_nonnull(strstr(error, "UTF-8"));
	free(error);
	manifest_free(&built);
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
break_socket(const char *dir)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/spring/socket", dir);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
}
/* A file that comes by a link is as good as its own; outside, it could be
 * changed unseen, but then its digest is another. */
static void
break_hard_link(const char *dir)
{
	char *path = xasprintf("%s/spring/hero en/hero.png", dir);
	char *other = xasprintf("%s/.other", dir);

	ck_assert_int_eq(link(path, other), 0);
	free(other);
	free(path);
}
static void
break_permission(const char *dir)
{
	char *path = xasprintf("%s/spring/hero en/hero.png", dir);

	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	if (geteuid() == 0) /* who may read everything; until the test ends */
		ck_assert_int_eq(seteuid(65534), 0);
	free(path);
}
static void
break_directory(const char *dir)
{
	char *path = xasprintf("%s/spring/hero en", dir);

	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	free(path);
}
static void
break_file_to_link(const char *dir)
{
	char *path = xasprintf("%s/spring/hero en/hero.png", dir);

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("../campaign.conf", path), 0);
	free(path);
}
static void
break_set_within(const char *dir)
{
	tree_put_str(dir, "spring/MANIFEST", FIRST);
}
static void
break_name(const char *dir)
{
	tree_put_str(dir, "spring/a\nb", "");
}
static void
break_latin1(const char *dir)
{
	tree_put_str(dir, "spring/caf\xe9", "");
}
static void
break_long_path(const char *dir)
{
	char part[251], *path;

	memset(part, 'a', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	path = xasprintf("%s/%s/%s/%s/%.40s", part, part, part, part, part);
	tree_put_str(dir, path, "");
	free(path);
}
static void
break_look_alikes(const char *dir)
{
	tree_put_str(dir, "spring/MANIFESTO.pdf", "");
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
    {"a socket", break_socket, "/spring/socket: is no ordinary file"},
    {"a file that became a link", break_file_to_link,
        "/spring/hero en/hero.png: is a symbolic link"},
    {"a file with another name elsewhere", break_hard_link, NULL},
    {"a file that may not be read", break_permission,
        "/spring/hero en/hero.png: permission denied; let the user who runs"},
    {"a directory that may not be read", break_directory,
        "/spring/hero en: permission denied; let the user who runs"},
    {"a set within the set", break_set_within,
        "/spring/MANIFEST: is of a set within the set"},
    {"a name with a newline", break_name,
        "/spring/a\\x0ab: the name has control characters"},
    {"a name in Latin-1", break_latin1,
        "/spring/caf\\xe9: the name is not in UTF-8; rename"},
    {"a path that is too long", break_long_path,
        "the path is longer than 1024 octets"},
    {"a name that only begins like a MANIFEST", break_look_alikes,
        "/spring/MANIFESTO.pdf: is not in the manifest"},
    {"what is passed over", break_nothing, NULL},
};

/* What can be built can be read. */
START_TEST(a_set_may_have_so_many_files_and_no_more)
{
	struct buf text = {0};
	struct manifest *m;
	char *error = NULL;
	int i;

	buf_add_str(&text, FIRST);
	for (i = 0; i < MANIFEST_FILES_MAX; i++)
		buf_printf(&text, DIGEST " 0 text/plain %06d\n", i);
	m = manifest_parse(slice_buf(&text), &error);
	ck_assert_msg(m != NULL, "%s", error);
	ck_assert_uint_eq(m->n, MANIFEST_FILES_MAX);
	manifest_free(&m);
	buf_printf(&text, DIGEST " 0 text/plain %06d\n", i);
	ck_assert_ptr_null(manifest_parse(slice_buf(&text), &error));
	ck_assert_msg(strstr(error, "too long"), "%s", error);
	free(error);
	buf_free(&text);
}
END_TEST

static const char *const scripts[] = {"spring/\xd0\xbe\xd0\xb1\xd0\xbb.png",
    "spring/\xe6\xb4\xbe\xe5\xaf\xb9.png", "spring/\xd8\xaf\xd8\xb9.png",
    "spring/\xf0\x9f\x8e\x82.png", "spring/Fru\xcc\x88hling.png",
    "spring/Fr\xc3\xbchling.png", "spring/a  'b' \"c\" 100% \\.png",
    "spring/-rf", "\xe6\xb4\xbe/a"};

START_TEST(names_may_be_in_any_script)
{
	char *dir = sample(), *error = NULL;
	struct manifest *m;
	size_t i;

	for (i = 0; i < N_ROWS(scripts); i++)
		tree_put_str(dir, scripts[i], scripts[i]);
	ck_assert_msg(manifest_build(dir, &error) == 0, "%s", error);
	m = manifest_load(dir, &error);
	ck_assert_msg(m != NULL, "%s", error);
	for (i = 0; i < N_ROWS(scripts); i++)
		ck_assert_msg(manifest_find(m, scripts[i]) != NULL, "%s",
		    scripts[i]);
	ck_assert_msg(manifest_verify_files(dir, m, &error) == 0, "%s", error);
	manifest_free(&m);
	tree_free(&dir);
}
END_TEST

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
	(void)seteuid(getuid());
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

static int
signed_by_one_of(const char *dir, const struct keyring *keys, char **error_r)
{
	struct manifest *m = manifest_load_signed(dir, keys, error_r);

	if (!m)
		return -1;
	manifest_free(&m);
	return 0;
}

START_TEST(any_one_signer_is_enough_and_changes_are_seen)
{
	char *dir = sample(), *keys = tree_new(), *error = NULL;
	struct keyring *pub_a, *pub_b, *pub_c;
	struct keyring *a = new_ring(keys, "a", &pub_a);
	struct keyring *b = new_ring(keys, "b", &pub_b);
	struct keyring *c = new_ring(keys, "c", &pub_c);

	ck_assert_int_eq(signed_by_one_of(dir, pub_a, &error), -1);
	ck_assert_msg(strstr(error, "MANIFEST.sig: No such file"), "%s", error);
	free(error);
	ck_assert_int_eq(manifest_sign(dir, a, &error), 0);
	ck_assert_int_eq(manifest_sign(dir, b, &error), 0);
	ck_assert_int_eq(manifest_sign(dir, a, &error), 0);
	ck_assert_int_eq(signed_by_one_of(dir, pub_a, &error), 0);
	ck_assert_int_eq(signed_by_one_of(dir, pub_b, &error), 0);
	ck_assert_int_eq(signed_by_one_of(dir, pub_c, &error), -1);
	ck_assert_msg(strstr(error, "key that is not known here"), "%s", error);
	free(error);

	tree_put_str(dir, "MANIFEST", FIRST);
	ck_assert_int_eq(signed_by_one_of(dir, pub_a, &error), -1);
	ck_assert_msg(strstr(error, "does not fit the manifest"), "%s", error);
	free(error);
	ck_assert_ptr_null(manifest_load_signed(dir, pub_a, &error));
	free(error);
	tree_put_str(dir, "MANIFEST.sig", "nonsense\n");
	ck_assert_int_eq(signed_by_one_of(dir, pub_a, &error), -1);
	ck_assert_msg(strstr(error, "is no signature file"), "%s", error);
	free(error);
	ck_assert_int_eq(manifest_sign(dir, pub_a, &error), -1);
	free(error);

	ck_assert_int_eq(manifest_build(dir, &error), 0);
	ck_assert_int_eq(signed_by_one_of(dir, pub_a, &error), -1);
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
	struct manifest_changes sum;
	struct buf out = {0};

	sum = manifest_diff(before, before, &out);
	ck_assert_uint_eq(sum.added + sum.gone + sum.changed, 0);
	ck_assert_str_eq(out.data, "");
	break_content(dir);
	break_extra(dir);
	break_missing(dir);
	tree_put_str(dir, "zoo", "z");
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	after = manifest_load(dir, &error);
	sum = manifest_diff(before, after, &out);
	ck_assert_uint_eq(sum.added, 2);
	ck_assert_uint_eq(sum.gone, 1);
	ck_assert_uint_eq(sum.changed, 1);
	ck_assert_int_eq(sum.new_bytes, 3 + 3 + 1);
	ck_assert_str_eq(out.data, "-      0 B  spring-2/a\n"
	                           "+      3 B  spring/extra.png\n"
	                           "~      3 B  spring/hero en/hero.png\n"
	                           "+      1 B  zoo\n");
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
	tcase_add_test(t, a_scan_is_what_would_be_built_and_writes_nothing);
	tcase_add_test(t, a_set_may_have_so_many_files_and_no_more);
	tcase_add_test(t, names_may_be_in_any_script);
	ADD_ROWS(t, verifying_names_the_file_that_is_wrong, damages);
	tcase_add_test(t, any_one_signer_is_enough_and_changes_are_seen);
	tcase_add_test(t, a_diff_shows_what_came_went_and_changed);
	suite_add_tcase(s, t);
	return unit_main(s);
}
