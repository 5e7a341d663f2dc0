#include "tests/unit/tree.h"

#include "lib/base/codec.h"
#include "lib/mail/assets.h"

#define PICTURE 300000 /* octets: more than one piece of reading */

static char *picture;

static void
make_picture(void)
{
	size_t i;

	picture = xmalloc(PICTURE);
	for (i = 0; i < PICTURE; i++)
		picture[i] = (char)(i * 2654435761u >> 13);
}

/* Two campaigns; the same picture under three names. */
static char *
sample(void)
{
	char *dir = tree_new(), *error = NULL;

	make_picture();
	tree_put_str(dir, "partials/foot.mustache", "<i>{{name}}</i>");
	tree_put_str(dir, "partials/foot.txt.mustache", "-- {{name}}");
	tree_put_str(dir, "partials/both.mustache", "both");
	tree_put_str(dir, "spring/campaign.conf",
	    "subject = \"Hi {{name}}\"\n"
	    "list_unsubscribe = {\"https://shop.example/u?c={{name}}\"}\n"
	    "creative \"b\" { html = \"b.html\" text = \"b.txt\"\n"
	    "  inline = {\"hero.png\"} attach = {\"s\xc3\xb6ng 1.mp3\"} }\n"
	    "creative \"a\" { text = \"b.txt\" subject = \"A\" }\n");
	tree_put_str(dir, "spring/b/b.html",
	    "<p>{{name}}<img src=\"cid:hero.png\"><img src=\"cid:{{name}}.png\">"
	    "{{>foot}}{{>both}}</p>");
	tree_put_str(dir, "spring/b/b.txt", "{{name}} {{>foot}} {{>both}}");
	tree_put(dir, "spring/b/hero.png", (struct slice){picture, PICTURE});
	tree_put(dir, "spring/b/s\xc3\xb6ng 1.mp3",
	    (struct slice){picture, PICTURE});
	tree_put_str(dir, "spring/b/unused.png", "x");
	tree_put_str(dir, "spring/a/b.txt", "A");
	tree_put_str(dir, "spring/a/clash.txt", "{{> video.foot}}\n");
	tree_put_str(dir, "partials/video.foot.mustache", "");
	tree_put_str(dir, "spring/a/film.txt", "{{> video.f}}\n");
	tree_put_str(dir, "autumn/campaign.conf",
	    "creative \"x\" { text = \"t\" attach = {\"hero.png\", \"e.txt\"} }");
	tree_put_str(dir, "autumn/x/t", "T");
	tree_put_str(dir, "autumn/x/e.txt", "");
	tree_put(dir, "autumn/x/hero.png", (struct slice){picture, PICTURE});
	ck_assert_msg(manifest_build(dir, &error) == 0, "%s", error);
	return dir;
}

static struct assets *
must_load(const char *dir)
{
	char *error = NULL;
	struct assets *a = assets_load(dir, NULL, &error);

	ck_assert_msg(a != NULL, "%s", error);
	return a;
}

START_TEST(creatives_are_found_with_all_their_parts)
{
	char *dir = sample();
	struct assets *a = must_load(dir);
	const struct asset_creative *b = assets_find(a, "spring", "b");
	const struct asset_creative *x = assets_find(a, "autumn", "x");
	struct buf want = {0};

	ck_assert_ptr_nonnull(assets_find(a, "spring", "a"));
	ck_assert_ptr_null(assets_find(a, "spring", "c"));
	ck_assert_ptr_null(assets_find(a, "winter", "a"));
	ck_assert_uint_eq(b->n_inlined, 1);
	ck_assert_uint_eq(b->n_attached, 1);
	ck_assert_uint_eq(b->n_unsubscribe, 1);
	ck_assert(b->html && b->text && b->subject);
	ck_assert_ptr_null(assets_find(a, "spring", "a")->html);
	base64_encode_mime(&want, picture, PICTURE);
	ck_assert(slice_eq(b->inlined[0].base64, slice_buf(&want)));
	ck_assert_ptr_eq(b->inlined[0].base64.data, b->attached[0].base64.data);
	ck_assert_ptr_eq(b->inlined[0].base64.data, x->attached[0].base64.data);
	ck_assert_uint_eq(x->attached[1].base64.len, 0);
	ck_assert_str_eq(b->inlined[0].type, "image/png");
	ck_assert(slice_eq_str(b->inlined[0].mime_head,
	    "Content-Type: image/png; name=\"hero.png\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-ID: <hero.png>\r\n"
	    "Content-Disposition: inline; filename=\"hero.png\"\r\n\r\n"));
	ck_assert_ptr_nonnull(memmem(b->attached[0].mime_head.data,
	    b->attached[0].mime_head.len, "filename*=", 10));
	ck_assert_uint_gt(b->size_estimate, 2 * want.len);
	ck_assert_uint_lt(b->size_estimate, 2 * want.len + 10000);
	buf_free(&want);
	assets_unref(&a);
	tree_free(&dir);
}
END_TEST

START_TEST(partials_for_plain_text_come_first_in_plain_text)
{
	char *dir = sample();
	struct assets *a = must_load(dir);
	const struct asset_creative *b = assets_find(a, "spring", "b");
	struct arena *arena = arena_new();
	struct buf out = {0};
	struct vars vars;
	const char *why;

	vars_init(&vars, arena);
	ck_assert_int_eq(vars_set(&vars, slice_of("name"), slice_of("<A>"), &why),
	    0);
	ck_assert_int_eq(template_render(b->text, &vars, &out, &why), 0);
	ck_assert_str_eq(out.data, "<A> -- <A> both");
	buf_clear(&out);
	ck_assert_int_eq(template_render(b->html, &vars, &out, &why), 0);
	ck_assert_str_eq(out.data,
	    "<p>&lt;A&gt;<img src=\"cid:hero.png\"><img src=\"cid:%3CA%3E.png\">"
	    "<i>&lt;A&gt;</i>both</p>");
	buf_clear(&out);
	ck_assert_int_eq(template_render(b->unsubscribe[0], &vars, &out, &why), 0);
	ck_assert_str_eq(out.data, "https://shop.example/u?c=%3CA%3E");
	buf_clear(&out);
	ck_assert_int_eq(template_render(assets_find(a, "spring", "a")->subject,
	                     &vars, &out, &why), 0);
	ck_assert_str_eq(out.data, "A");
	buf_free(&out);
	arena_free(&arena);
	assets_unref(&a);
	tree_free(&dir);
}
END_TEST

static const char *
rendered(const struct template *t, struct arena *arena)
{
	struct buf out = {0};
	struct vars none;
	const char *text, *why;

	vars_init(&none, arena);
	ck_assert_int_eq(template_render(t, &none, &out, &why), 0);
	text = arena_strdup(arena, out.data);
	buf_free(&out);
	return text;
}

START_TEST(what_campaign_conf_says_of_files_is_filled_in)
{
	char *dir = tree_new(), *error = NULL;
	struct arena *arena = arena_new();
	const struct asset_creative *c;
	struct assets *a;

	tree_put_str(dir, "s/campaign.conf",
	    "postal_address = {\"1 Lane\", \"T & C\"}\n"
	    "video \"v\" { poster = \"p.jpg\" url = \"https://b.example/v\" alt = \"V\" }\n"
	    "creative \"a\" { html = \"h\" text = \"t\" inline = {\"p.jpg\"}\n"
	    " alt = {\"p.jpg = Gr\xc3\xbc\xc3\x9f\"} }\n"
	    "creative \"b\" { html = \"h\" inline = {\"p.jpg\"} alt = {\"p.jpg=\"} }\n"
	    "creative \"c\" { html = \"h\" inline = {\"p.jpg\"} }\n");
	tree_put_str(dir, "partials/pic.mustache", "<img src=cid:p.jpg>\n");
	tree_put_str(dir, "partials/pic.txt.mustache", "<img src=cid:p.jpg>\n");
	tree_put_str(dir, "s/a/h", "<img src=cid:p.jpg>\n{{> pic}}\n"
	    " {{> postal_address}}\n<img alt='' src=cid:p.jpg>");
	tree_put_str(dir, "s/a/t", "{{> pic}}\n{{> postal_address}}\n{{> video.v}}\n.");
	tree_put_str(dir, "s/b/h", "{{> pic}}\n");
	tree_put_str(dir, "s/c/h", "{{> pic}}\n{{> video.v}}\n");
	tree_put_str(dir, "s/a/p.jpg", "x");
	tree_put_str(dir, "s/b/p.jpg", "x");
	tree_put_str(dir, "s/c/p.jpg", "x");
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	a = must_load(dir);
	c = assets_find(a, "s", "a");
	ck_assert_str_eq(rendered(c->html, arena),
	    "<img alt=\"Gr\xc3\xbc\xc3\x9f\" src=cid:p.jpg>\n"
	    "<img alt=\"Gr\xc3\xbc\xc3\x9f\" src=cid:p.jpg>\n"
	    " 1 Lane<br>\n T &amp; C\n<img alt='' src=cid:p.jpg>");
	ck_assert_str_eq(rendered(c->text, arena), "<img src=cid:p.jpg>\n"
	    "1 Lane\nT & C\nGr\xc3\xbc\xc3\x9f\nhttps://b.example/v\n.");
	ck_assert(slice_eq_str(c->inlined[0].mime_head,
	    "Content-Type: image/jpeg; name=\"p.jpg\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-ID: <p.jpg>\r\n"
	    "Content-Description: =?utf-8?b?R3LDvMOf?=\r\n"
	    "Content-Disposition: inline; filename=\"p.jpg\"\r\n\r\n"));
	c = assets_find(a, "s", "b");
	ck_assert_str_eq(rendered(c->html, arena), "<img alt=\"\" src=cid:p.jpg>\n");
	ck_assert_ptr_null(memmem(c->inlined[0].mime_head.data,
	    c->inlined[0].mime_head.len, "Description", 11));
	c = assets_find(a, "s", "c");
	ck_assert_ptr_nonnull(strstr(rendered(c->html, arena),
	    "<img src=cid:p.jpg>\n<video "));
	arena_free(&arena);
	assets_unref(&a);
	tree_free(&dir);
}
END_TEST

START_TEST(memory_is_the_encoded_bytes_and_little_else)
{
	char *dir = sample();
	struct assets *a = must_load(dir);

	ck_assert_uint_gt(assets_memory(a), base64_mime_size(PICTURE));
	ck_assert_uint_lt(assets_memory(a), base64_mime_size(PICTURE) + 32768);
	assets_unref(&a);
	tree_free(&dir);
}
END_TEST

START_TEST(a_reload_shares_what_did_not_change_and_outlives_the_former)
{
	char *dir = sample(), *error = NULL;
	struct assets *old = must_load(dir), *set, *held;
	const char *before = assets_find(old, "spring", "b")->inlined[0].base64.data;
	const char *after;

	tree_put_str(dir, "spring/b/b.txt", "new");
	tree_put_str(dir, "autumn/x/e.txt", "grown");
	set = assets_reload(dir, NULL, &old, 1, &error);
	ck_assert_ptr_null(set);
	ck_assert_msg(strstr(error, "autumn/x/e.txt: is not the file"), "%s", error);
	free(error);
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	set = assets_reload(dir, NULL, &old, 1, &error);
	ck_assert_msg(set != NULL, "%s", error);
	ck_assert_str_ne(assets_digest(old), assets_digest(set));
	held = assets_ref(set);
	assets_unref(&set);
	ck_assert_ptr_null(set);
	assets_unref(&old);
	after = assets_find(held, "spring", "b")->inlined[0].base64.data;
	ck_assert_ptr_eq(before, after);
	ck_assert(memchr(after, '\n', 80) != NULL);
	ck_assert_uint_eq(assets_find(held, "autumn", "x")->attached[1].base64.len,
	    10);
	assets_unref(&held);
	tree_free(&dir);
}
END_TEST

static const struct {
	const char *name, *path, *content;
	bool rebuild; /* the manifest knows of it */
	const char *error;
} faults[] = {
    {"an unused file that was changed", "spring/b/unused.png", "y", false,
        "spring/b/unused.png: is not the file in the manifest (other digest)"},
    {"a picture that was cut", "spring/b/hero.png", "y", false,
        "spring/b/hero.png: is not the file in the manifest (other size)"},
    {"a file too many", "spring/b/more.png", "y", false,
        "spring/b/more.png: is not in the manifest"},
    {"a template that does not compile", "spring/b/b.html", "<p>\n{{#x}}", true,
        "spring/b/b.html:2: the section \"x\" is never closed"},
    {"a partial that is not there", "spring/b/b.txt", "{{>none}}", true,
        "spring/b/b.txt:1: there is no partial \"none\""},
    {"a partial that does not compile", "partials/foot.mustache", "{{", true,
        "foot:1: {{ is never closed; write }} behind the name (partial of "
        "spring/b/b.html)"},
    {"a picture that is not inline", "spring/b/b.html",
        "<img src=\"cid:hreo.png\">", true,
        "spring/campaign.conf:4: creative \"b\": b.html shows cid:hreo.png"},
    {"a partial with the name of a campaign's own",
        "partials/postal_address.mustache", "x", true, NULL},
    {"the same where the campaign has one", "spring/campaign.conf",
        "video \"foot\" { poster = \"p.png\" alt = \"A\" url = \"https://b.e\" }\n"
        "creative \"a\" { text = \"clash.txt\" }", true,
        "spring/campaign.conf:1: {{> video.foot}} is made of the campaign's "
        "settings, but the set has partials/video.foot.mustache; give"},
    {"a film that nobody could see", "spring/campaign.conf",
        "video \"f\" {\n poster = \"hero.png\" alt = \"A\"\n file = \"f.mp4\" }\n"
        "creative \"a\" { text = \"film.txt\" }", true,
        "spring/campaign.conf:1: video \"f\": creative \"a\" does not attach"},
    {"a film whose poster is not inline", "spring/campaign.conf",
        "video \"f\" { poster = \"hero.png\" alt = \"A\" url = \"https://b.e\" }\n"
        "creative \"a\" {\n html = \"film.txt\" }", true,
        "spring/campaign.conf:2: creative \"a\": film.txt shows cid:hero.png, but"},
    {"a campaign without a creative", "spring/campaign.conf", "", true,
        "spring/campaign.conf:1: there is no creative"},
    {"an HTML text that is empty", "spring/b/b.html", "", true,
        "spring/b/b.html: is empty; write the text, or take"},
    {"a plain text that is empty", "spring/a/b.txt", "", true,
        "spring/a/b.txt: is empty; write the text, or take"},
    {"a picture that is empty", "spring/b/hero.png", "", true,
        "spring/b/hero.png: is empty, a picture that nobody would see"},
    {"a campaign with an odd name", "win ter/campaign.conf", "", true,
        "a directory with a campaign.conf has a name"},
};

START_TEST(a_set_with_a_fault_is_refused_by_name)
{
	char *dir = sample(), *error = NULL;
	struct manifest *m;
	struct assets *a;
	int r;

	tree_put_str(dir, faults[_i].path, faults[_i].content);
	if (faults[_i].rebuild)
		ck_assert_int_eq(manifest_build(dir, &error), 0);
	a = assets_load(dir, NULL, &error);
	if (!faults[_i].error) {
		ck_assert_msg(a != NULL, "%s: %s", faults[_i].name, error);
		assets_unref(&a);
		tree_free(&dir);
		return;
	}
	ck_assert_msg(!a && strstr(error, faults[_i].error), "%s: got %s",
	    faults[_i].name, error);
	free(error);
	error = NULL;
	/* Whoever builds the set is told the same. */
	m = manifest_load(dir, &error);
	ck_assert_msg(m != NULL, "%s", error);
	r = assets_check(dir, m, &error);
	ck_assert_msg(!faults[_i].rebuild ||
	    (r == -1 && strstr(error, faults[_i].error)), "%s: check got %s",
	    faults[_i].name, r == 0 ? "nothing" : error);
	free(error);
	manifest_free(&m);
	tree_free(&dir);
}
END_TEST

START_TEST(a_set_that_loads_passes_the_check_without_its_media)
{
	char *dir = sample(), *error = NULL, *path;
	struct manifest *m = manifest_load(dir, &error);

	path = xasprintf("%s/spring/b/hero.png", dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_msg(assets_check(dir, m, &error) == 0, "%s", error);
	manifest_free(&m);
	free(path);
	tree_free(&dir);
}
END_TEST

START_TEST(a_set_without_signature_is_refused_where_one_is_asked_for)
{
	char *dir = sample(), *keys = tree_new(), *error = NULL, *path;
	struct pkey *key = pkey_generate();
	struct keyring *ring;
	struct assets *a;

	path = xasprintf("%s/k.pem", keys);
	ck_assert_int_eq(pkey_save_private(key, path), 0);
	ring = keyring_load(path, &error);
	ck_assert_ptr_nonnull(ring);
	ck_assert_ptr_null(assets_load(dir, ring, &error));
	ck_assert_msg(strstr(error, "MANIFEST.sig"), "%s", error);
	free(error);
	ck_assert_int_eq(manifest_sign(dir, ring, &error), 0);
	a = assets_load(dir, ring, &error);
	ck_assert_msg(a != NULL, "%s", error);
	assets_unref(&a);
	keyring_unref(&ring);
	pkey_free(&key);
	free(path);
	tree_free(&keys);
	tree_free(&dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("assets");
	TCase *t = tcase_create("assets");

	tcase_add_test(t, creatives_are_found_with_all_their_parts);
	tcase_add_test(t, partials_for_plain_text_come_first_in_plain_text);
	tcase_add_test(t, what_campaign_conf_says_of_files_is_filled_in);
	tcase_add_test(t, memory_is_the_encoded_bytes_and_little_else);
	tcase_add_test(t,
	    a_reload_shares_what_did_not_change_and_outlives_the_former);
	ADD_ROWS(t, a_set_with_a_fault_is_refused_by_name, faults);
	tcase_add_test(t,
	    a_set_that_loads_passes_the_check_without_its_media);
	tcase_add_test(t,
	    a_set_without_signature_is_refused_where_one_is_asked_for);
	suite_add_tcase(s, t);
	return unit_main(s);
}
