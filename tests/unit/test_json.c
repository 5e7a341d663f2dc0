#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/base/json.h"

static const struct {
	const char *name, *in;
	size_t len;
	const char *out;
} texts[] = {
    {"nothing", "", 0, "\"\""},
    {"plain", "a b", 3, "\"a b\""},
    {"quotes and backslashes", "a\"\\", 3, "\"a\\\"\\\\\""},
    {"controls", "\n\t\x01", 3, "\"\\n\\t\\u0001\""},
    {"a NUL", "a\0b", 3, "\"a\\u0000b\""},
    {"any script", "\xd1\x81\xe6\xb4\xbe\xf0\x9f\x8e\x82", 9,
        "\"\xd1\x81\xe6\xb4\xbe\xf0\x9f\x8e\x82\""},
    {"what is no UTF-8", "a\xff\xe6\xb4", 4,
        "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

START_TEST(a_text_ends_where_it_ends)
{
	struct json *root = json_begin();
	struct buf out = {0};
	char want[64];

	json_add_text(root, "x", (struct slice){texts[_i].in, texts[_i].len});
	json_end(&root, &out);
	(void)snprintf(want, sizeof(want), "{\"x\":%s}\n", texts[_i].out);
	ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", texts[_i].name,
	    out.data);
	ck_assert_ptr_null(root);
	buf_free(&out);
}
END_TEST

START_TEST(members_stand_in_the_order_they_were_added)
{
	struct json *root = json_begin(), *list, *one;
	struct buf out = {0};

	json_add_int(root, "z", INT64_MIN);
	json_add_bool(root, "a", false);
	list = json_add_list(root, "list");
	json_add_real(list, NULL, 0.25);
	one = json_add_object(list, NULL);
	json_add_bool(one, "yes", true);
	(void)json_add_list(root, "none");
	json_end(&root, &out);
	ck_assert_str_eq(out.data, "{\"z\":-9223372036854775808,\"a\":false,"
	    "\"list\":[0.25,{\"yes\":true}],\"none\":[]}\n");
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name, *text;
	bool object;
	const char *in_a; /* text of a.b */
	double number;    /* n, or -1 */
} parsed[] = {
    {"nothing", "", false, NULL, -1},
    {"no object", "[1]", false, NULL, -1},
    {"half of one", "{\"a\":{", false, NULL, -1},
    {"something behind it", "{} x", false, NULL, -1},
    {"no UTF-8", "{\"a\":\"\xff\"}", false, NULL, -1},
    {"an empty one", " {}\n", true, NULL, -1},
    {"members", "{\"a\":{\"b\":\"\\u00eb\"},\"n\":1.5}", true, "\xc3\xab", 1.5},
    {"of other types", "{\"a\":\"b\",\"n\":\"1\"}", true, NULL, -1},
    {"a number for a text", "{\"a\":{\"b\":1},\"n\":3}", true, NULL, 3},
};

START_TEST(what_comes_in_is_asked_for_by_name_and_type)
{
	struct json *root = json_parse(slice_of(parsed[_i].text));
	const char *name = parsed[_i].name;
	struct slice text;
	double n;

	ck_assert_msg((root != NULL) == parsed[_i].object, "%s", name);
	text = json_get_text(json_get(root, "a"), "b");
	ck_assert_msg(parsed[_i].in_a ? slice_eq_str(text, parsed[_i].in_a) :
	    text.data == NULL && text.len == 0, "%s", name);
	n = json_get_number(root, "n", -1);
	ck_assert_msg(n >= parsed[_i].number && n <= parsed[_i].number,
	    "%s: %g", name, n);
	json_free(&root);
	ck_assert_ptr_null(root);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	ADD_ROWS(t, a_text_ends_where_it_ends, texts);
	tcase_add_test(t, members_stand_in_the_order_they_were_added);
	ADD_ROWS(t, what_comes_in_is_asked_for_by_name_and_type, parsed);
	suite_add_tcase(s, t);
	return unit_main(s);
}
