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

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	ADD_ROWS(t, a_text_ends_where_it_ends, texts);
	tcase_add_test(t, members_stand_in_the_order_they_were_added);
	suite_add_tcase(s, t);
	return unit_main(s);
}
