#include "tests/unit/unit.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"

static const struct {
	const char *name, *in;
	char sep;
	const char *parts; /* joined by | */
} splits[] = {
    {"three parts, one empty", "a,,b", ',', "a||b|"},
    {"nothing in nothing", "", ',', ""},
    {"one part without separator", "abc", ',', "abc|"},
    {"a separator at the end ends the last part", "a,", ',', "a|"},
    {"a separator alone is one empty part", ",", ',', "|"},
};

START_TEST(a_slice_splits_into_its_parts)
{
	struct slice rest = slice_of(splits[_i].in), part;
	struct buf got = {0};

	while (slice_split(&rest, splits[_i].sep, &part)) {
		buf_add_slice(&got, part);
		buf_add_char(&got, '|');
	}
	buf_add_str(&got, "");
	ck_assert_msg(strcmp(got.data, splits[_i].parts) == 0, "%s: got %s",
	    splits[_i].name, got.data);
	buf_free(&got);
}
END_TEST

START_TEST(a_null_slice_splits_into_nothing)
{
	struct slice rest = {NULL, 0}, part;

	ck_assert(!slice_split(&rest, ',', &part));
}
END_TEST

START_TEST(trim_takes_blanks_from_both_ends_only)
{
	ck_assert(slice_eq_str(slice_trim(slice_of(" \t a b\r\n")), "a b"));
	ck_assert(slice_eq_str(slice_trim(slice_of(" \r\n\t ")), ""));
	ck_assert(slice_eq_str(slice_trim(slice_of("")), ""));
}
END_TEST

START_TEST(case_is_folded_for_ascii_only)
{
	ck_assert(slice_caseeq_str(slice_of("SuBject"), "sUbject"));
	ck_assert(!slice_caseeq_str(slice_of("Subject"), "Subjec"));
	ck_assert(!slice_caseeq_str(slice_of("\xc3\xa4"), "\xc3\x84"));
	ck_assert(!slice_caseeq_str(slice_of("a@"), "a`"));
}
END_TEST

START_TEST(slices_hold_nuls)
{
	struct slice a = {"a\0b", 3}, b = {"a\0c", 3};

	ck_assert(!slice_eq(a, b));
	ck_assert(slice_eq(a, (struct slice){"a\0b", 3}));
	ck_assert(!slice_eq_str(a, "a"));
}
END_TEST

START_TEST(a_buf_grows_and_stays_terminated)
{
	struct buf b = {0};
	size_t i;

	for (i = 0; i < 10000; i++) {
		buf_add_char(&b, (char)('a' + i % 26));
		ck_assert_int_eq(b.data[b.len], 0);
	}
	ck_assert_uint_eq(b.len, 10000);
	for (i = 0; i < b.len; i++)
		ck_assert_int_eq(b.data[i], (char)('a' + i % 26));
	buf_consume(&b, 9998);
	ck_assert_str_eq(b.data, "op");
	buf_clear(&b);
	ck_assert_str_eq(b.data, "");
	buf_free(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(adding_nothing_still_makes_a_string)
{
	struct buf b = {0};

	buf_add(&b, NULL, 0);
	ck_assert_str_eq(b.data, "");
	buf_free(&b);
}
END_TEST

START_TEST(printf_grows_to_fit)
{
	struct buf b = {0};

	buf_add_str(&b, "x");
	buf_printf(&b, "%0500d", 7);
	buf_printf(&b, "%s", "end");
	ck_assert_uint_eq(b.len, 504);
	ck_assert_str_eq(b.data + 499, "07end");
	buf_free(&b);
}
END_TEST

START_TEST(a_stolen_string_leaves_an_empty_buf)
{
	struct buf b = {0};
	char *s;

	buf_add_str(&b, "mine");
	s = buf_steal(&b);
	ck_assert_str_eq(s, "mine");
	ck_assert_ptr_null(b.data);
	free(s);
	s = buf_steal(&b);
	ck_assert_str_eq(s, "");
	free(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	ADD_ROWS(t, a_slice_splits_into_its_parts, splits);
	tcase_add_test(t, a_null_slice_splits_into_nothing);
	tcase_add_test(t, trim_takes_blanks_from_both_ends_only);
	tcase_add_test(t, case_is_folded_for_ascii_only);
	tcase_add_test(t, slices_hold_nuls);
	tcase_add_test(t, a_buf_grows_and_stays_terminated);
	tcase_add_test(t, adding_nothing_still_makes_a_string);
	tcase_add_test(t, printf_grows_to_fit);
	tcase_add_test(t, a_stolen_string_leaves_an_empty_buf);
	suite_add_tcase(s, t);
	return unit_main(s);
}
