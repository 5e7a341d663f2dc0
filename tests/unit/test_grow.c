#include "tests/unit/tree.h"

#include "lib/mail/grow.h"

#define MARCH_1 INT64_C(1772323200000) /* 2026-03-01 00:00 UTC, in ms */

static const struct {
	const char *name, *settings, *from, *creative;
	size_t max_size;
	enum grow_result result;
	const char *why;
} rows[] = {
    {"all there", "", "o@shop.test", "hero", 100000, GROW_OK, ""},
    {"one that is not there", "", "o@shop.test", "nix", 100000, GROW_LATER,
        "the asset set has no creative nix in spring"},
    {"too large", "", "o@shop.test", "hero", 1000, GROW_LATER,
        "the advert is larger than this gateway takes"},
    {"nobody's", "", "", "hero", 100000, GROW_REFUSED,
        "no advert can be made of the stub: From: "},
    {"too late", "valid_until = \"2026-02-28\"", "o@shop.test", "hero", 100000,
        GROW_REFUSED, "campaign spring ended on 2026-03-01 00:00 UTC"},
};

START_TEST(it_is_made_or_it_is_said_why_not)
{
	struct arena *arena = arena_new();
	char *dir = tree_new(), *error = NULL;
	char *conf = xasprintf("%s\ncreative \"hero\" { text = \"t\" html = \"h\" }",
	    rows[_i].settings);
	struct ticket ticket = {.campaign = "spring",
	    .creative = rows[_i].creative};
	struct stub stub = {.from = rows[_i].from, .reply_to = "", .subject = ""};
	struct address to = {"a", "x.test", false};
	struct buf text = {0}, html = {0};
	struct vars record;
	struct grow_input in = {.ticket = &ticket, .stub = &stub,
	    .record = &record, .recipient = &to, .now_ms = MARCH_1,
	    .max_size = rows[_i].max_size, .text = &text, .html = &html};
	struct advert advert;
	struct assets *set;
	const char *why = "";

	tree_put_str(dir, "spring/campaign.conf", conf);
	tree_put_str(dir, "spring/hero/t", "{{a}} & {{b}}");
	tree_put_str(dir, "spring/hero/h", "<p>{{a}} {{b}}</p>");
	set = assets_load_unbuilt(dir, &error);
	ck_assert_msg(set != NULL, "%s", error);
	vars_init(&stub.vars, arena);
	vars_init(&record, arena);
	ck_assert_int_eq(vars_set(&stub.vars, slice_of("a"), slice_of("<st=ub>"),
	    &why), 0);
	ck_assert_int_eq(vars_set(&record, slice_of("a"), slice_of("no"), &why), 0);
	ck_assert_int_eq(vars_set(&record, slice_of("b"), slice_of("rec"), &why),
	    0);
	why = "";
	ck_assert_int_eq(grow(arena, &in, &advert, &why), GROW_LATER);
	ck_assert_ptr_nonnull(strstr(why, "does not hold the asset set"));
	in.assets = set;
	why = "";
	ck_assert_msg(grow(arena, &in, &advert, &why) == rows[_i].result, "%s: %s",
	    rows[_i].name, why);
	ck_assert_msg(strncmp(why ? why : "", rows[_i].why,
	    strlen(rows[_i].why)) == 0, "%s: %s", rows[_i].name, why);
	if (rows[_i].result == GROW_OK) {
		ck_assert_str_eq(text.data, "<st=ub> & rec");
		ck_assert_str_eq(html.data, "<p>&lt;st=ub&gt; rec</p>");
		ck_assert_uint_gt(advert.n_headers, 5);
	}
	buf_free(&text);
	buf_free(&html);
	assets_unref(&set);
	free(conf);
	tree_free(&dir);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("grow");
	TCase *t = tcase_create("grow");

	ADD_ROWS(t, it_is_made_or_it_is_said_why_not, rows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
