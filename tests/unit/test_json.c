#include "tests/unit/unit.h"

#include "lib/base/json.h"

static const struct {
	const char *name, *in;
	size_t len;
	const char *out;
} strings[] = {
    {"nothing", "", 0, "\"\""},
    {"plain", "a b", 3, "\"a b\""},
    {"quotes and backslashes", "a\"\\", 3, "\"a\\\"\\\\\""},
    {"controls", "\n\t\x01\x7f", 4, "\"\\u000a\\u0009\\u0001\\u007f\""},
    {"a NUL", "a\0b", 3, "\"a\\u0000b\""},
    {"any script", "\xd1\x81\xe6\xb4\xbe\xf0\x9f\x8e\x82", 9,
        "\"\xd1\x81\xe6\xb4\xbe\xf0\x9f\x8e\x82\""},
    {"what is no UTF-8", "a\xff\xe6\xb4", 4, "\"a\\ufffd\\ufffd\\ufffd\""},
};

START_TEST(a_string_is_written_so_that_it_ends_where_it_ends)
{
	struct buf out = {0};

	json_add_string(&out,
	    (struct slice){strings[_i].in, strings[_i].len});
	ck_assert_msg(slice_eq_str(slice_buf(&out), strings[_i].out),
	    "%s: %s", strings[_i].name, out.data);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	ADD_ROWS(t, a_string_is_written_so_that_it_ends_where_it_ends, strings);
	suite_add_tcase(s, t);
	return unit_main(s);
}
