#include "tests/unit/unit.h"

#include "policyd/page.h"
#include "policyd/show.h"

#define ROWS "<!-- rows things -->"
#define PAGE "<p>{{title}}</p><ul>" ROWS "<li class=\"{{id}}\">{{id}}" \
	"{{#cells}}<b>{{text}}</b>{{/cells}}</li><!-- end --></ul>"

static const char *value;

static void
write_things(struct rows *r)
{
	int i;

	for (i = 0; i < 2; i++) {
		rows_begin(r);
		rows_text(r, "id", i ? "second" : value);
		rows_number(r, "n", i ? 2.5 : 1);
		rows_item(r);
		rows_textf(r, "text", "%d", 10 * i);
		rows_item(r);
		rows_text(r, "text", value);
		rows_end(r);
	}
}

static bool
things(const char *name, struct rows *r, void *ctx)
{
	(void)ctx;
	if (name && strcmp(name, "things") != 0)
		return false;
	if (name) {
		write_things(r);
		return true;
	}
	rows_begin(r);
	rows_text(r, "title", value);
	rows_end(r);
	return true;
}

static const char *
render(const char *text, const char *with)
{
	static struct buf out;
	char *error = NULL;
	struct page *p = page_new(slice_of(text), &error);

	ck_assert_msg(p != NULL, "%s", error);
	buf_free(&out);
	value = with;
	ck_assert_ptr_null(page_render(p, things, NULL, &out));
	page_free(&p);
	return out.data;
}

START_TEST(rows_come_as_often_as_there_are)
{
	ck_assert_str_eq(render(PAGE, "a"),
	    "<p>a</p><ul><li class=\"a\">a<b>0</b><b>a</b></li>"
	    "<li class=\"second\">second<b>10</b><b>a</b></li></ul>");
}
END_TEST

static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "{{{title}}}<b>",
    "<!-- end --><i>",
    "\xff\xfe<u>",
    "a\nb\x01<s>",
};

START_TEST(a_value_is_never_markup)
{
	const char *page = render(PAGE, hostile[_i]), *at = page;

	ck_assert_ptr_null(strstr(page, hostile[_i]));
	/* Tags are those of the template alone. */
	while ((at = strchr(at, '<')) != NULL) {
		ck_assert_msg(strncmp(at, "<p>", 3) == 0 ||
		    strncmp(at, "<ul>", 4) == 0 || strncmp(at, "<b>", 3) == 0 ||
		    strncmp(at, "<li class=\"", 11) == 0 || at[1] == '/',
		    "%s", at);
		at++;
	}
}
END_TEST

START_TEST(programs_get_the_same_names)
{
	struct json *root = json_begin();
	struct buf out = {0};
	struct rows r;

	value = "<b>\xff";
	rows_to_json(&r, json_add_list(root, "things"));
	write_things(&r);
	json_end(&root, &out);
	ck_assert_str_eq(out.data, "{\"things\":["
	    "{\"id\":\"<b>\\\\xff\",\"n\":1,\"cells\":[{\"text\":\"0\"},"
	    "{\"text\":\"<b>\\\\xff\"}]},"
	    "{\"id\":\"second\",\"n\":2.5,\"cells\":[{\"text\":\"10\"},"
	    "{\"text\":\"<b>\\\\xff\"}]}]}\n");
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name, *page, *error;
} broken[] = {
    {"rows_without_an_end", "<ul>" ROWS "<li>", "has no"},
    {"rows_without_a_name", "<!-- rows  --><!-- end -->", "without a name"},
    {"a_variable_in_a_script", "<script>{{x}}</script>", "script"},
    {"a_section_that_is_not_closed", "<p>{{#x}}</p>", "x"},
};

START_TEST(a_broken_page_says_why)
{
	char *error = NULL;
	struct page *p = page_new(slice_of(broken[_i].page), &error);

	ck_assert_msg(p == NULL, "%s", broken[_i].name);
	ck_assert_msg(strstr(error, broken[_i].error) != NULL, "%s: %s",
	    broken[_i].name, error);
	free(error);
}
END_TEST

START_TEST(rows_that_nobody_writes_are_named)
{
	struct buf out = {0};
	char *error = NULL;
	struct page *p = page_new(
	    slice_of("<!-- rows ghosts --><!-- end -->"), &error);

	value = "";
	ck_assert_str_eq(page_render(p, things, NULL, &out), "ghosts");
	buf_free(&out);
	page_free(&p);
}
END_TEST

/* The digests are those of openssl dgst -sha256 -binary | base64. */
START_TEST(the_policy_names_each_script_and_style)
{
	char *error = NULL;
	struct page *p = page_new(slice_of(
	    "<style>p {}</style><script>1;</script>"), &error);

	ck_assert_ptr_nonnull(strstr(page_policy(p), "default-src 'none'; "));
	ck_assert_ptr_nonnull(strstr(page_policy(p), "; script-src "
	    "'sha256-CImjRDTlhukYQ2AnxOi0wzgPhGQ3Mb3rVwJK24dFz1M='; style-src "
	    "'sha256-SNJDlN1Iy2mnt7DOjQIyDb2LQE6O5PQiSZomcdzawQ4='"));
	ck_assert_ptr_null(strstr(page_policy(p), "unsafe"));
	page_free(&p);
}
END_TEST

static const struct {
	double seconds;
	const char *text;
} shown[] = {
    {0, "0 s"}, {0.0004, "0.4 ms"}, {0.00996, "10 ms"}, {0.85, "850 ms"},
    {0.9996, "1.0 s"}, {9.96, "10 s"}, {99, "99 s"}, {100, "1.7 min"},
    {3600, "60 min"}, {9000, "2.5 h"}, {200000, "2.3 d"}, {-0.02, "-20 ms"},
};

START_TEST(seconds_as_people_read_them)
{
	char text[SHOW_SIZE];

	ck_assert_str_eq(show_seconds(text, shown[_i].seconds), shown[_i].text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("page");
	TCase *t = tcase_create("page");

	tcase_add_test(t, rows_come_as_often_as_there_are);
	ADD_ROWS(t, a_value_is_never_markup, hostile);
	tcase_add_test(t, programs_get_the_same_names);
	ADD_ROWS(t, a_broken_page_says_why, broken);
	tcase_add_test(t, rows_that_nobody_writes_are_named);
	tcase_add_test(t, the_policy_names_each_script_and_style);
	ADD_ROWS(t, seconds_as_people_read_them, shown);
	suite_add_tcase(s, t);
	return unit_main(s);
}
