#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/mail/vars.h"

static struct arena *arena;
static struct vars v;

static void
setup(void)
{
	arena = arena_new();
	vars_init(&v, arena);
}

static void
teardown(void)
{
	arena_free(&arena);
}

static int
set(const char *name, const char *value)
{
	const char *error;

	return vars_set(&v, slice_of(name), slice_of(value), &error);
}

START_TEST(setting_again_replaces_the_value_and_keeps_the_place)
{
	ck_assert_int_eq(set("first_name", "Alice"), 0);
	ck_assert_int_eq(set("coupon", "X7"), 0);
	ck_assert_int_eq(set("first_name", "Zo\xc3\xab\t!"), 0);
	ck_assert_uint_eq(v.n, 2);
	ck_assert_str_eq(v.list[0].name, "first_name");
	ck_assert_str_eq(v.list[0].value.data, "Zo\xc3\xab\t!");
	ck_assert(slice_eq_str(vars_get(&v, slice_of("coupon"))->value, "X7"));
	ck_assert_ptr_null(vars_get(&v, slice_of("Coupon")));
	ck_assert_ptr_null(vars_get(&v, slice_of("")));
}
END_TEST

START_TEST(values_are_copied)
{
	char name[] = "name", value[] = "value";
	const char *error;

	ck_assert_int_eq(
	    vars_set(&v, slice_of(name), slice_of(value), &error), 0);
	memset(name, 'x', 4);
	memset(value, 'x', 5);
	ck_assert(slice_eq_str(vars_get(&v, slice_of("name"))->value, "value"));
}
END_TEST

#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8
static const struct {
	const char *name;
	bool ok;
} names[] = {
    {"a", true}, {"_", true}, {"first_name", true}, {"A9.b-c", true},
    {X64, true}, {"", false}, {"9a", false}, {".a", false}, {"-a", false},
    {"a b", false}, {"a=b", false}, {"a\n", false}, {"\xc3\xa4", false},
    {X64 "x", false},
};

START_TEST(names_are_identifiers)
{
	ck_assert_msg(vars_name_ok(slice_of(names[_i].name)) == names[_i].ok,
	    "\"%s\"", names[_i].name);
	ck_assert_int_eq(set(names[_i].name, "x"), names[_i].ok ? 0 : -1);
}
END_TEST

static const struct {
	const char *name;
	struct slice value;
	const char *error; /* NULL: fine */
} values[] = {
    {"empty", {"", 0}, NULL},
    {"tab", {"a\tb", 3}, NULL},
    {"UTF-8", {"\xe7\x94\xa8", 3}, NULL},
    {"LF", {"a\nb", 3}, "control"},
    {"CR", {"a\rb", 3}, "control"},
    {"NUL", {"a\0b", 3}, "control"},
    {"ESC", {"\033[2J", 4}, "control"},
    {"DEL", {"\x7f", 1}, "control"},
    {"latin-1", {"\xe4", 1}, "UTF-8"},
};

START_TEST(values_are_clean_text)
{
	const char *error = NULL;
	int got =
	    vars_set(&v, slice_of("coupon"), values[_i].value, &error);

	ck_assert_msg((got == 0) == (values[_i].error == NULL), "%s",
	    values[_i].name);
	if (values[_i].error)
		ck_assert_msg(strstr(error, values[_i].error) &&
		    strstr(error, "coupon"), "%s: %s", values[_i].name, error);
}
END_TEST

START_TEST(an_error_shows_a_bad_name_harmlessly)
{
	const char *error = NULL;
	struct buf big = {0};

	ck_assert_int_eq(vars_set(&v, slice_of("a\r\nb"), slice_of(""), &error),
	    -1);
	ck_assert_ptr_null(strpbrk(error, "\r\n"));
	for (int i = 0; i < 100000; i++)
		buf_add_char(&big, '\x01');
	ck_assert_int_eq(vars_set(&v, slice_buf(&big), slice_of(""), &error),
	    -1);
	ck_assert_uint_lt(strlen(error), 500);
	buf_free(&big);
}
END_TEST

START_TEST(limits_hold)
{
	const char *error = NULL;
	struct buf big = {0};
	char name[16];
	int i;

	for (i = 0; i < VARS_VALUE_MAX; i++)
		buf_add_char(&big, 'x');
	ck_assert_int_eq(
	    vars_set(&v, slice_of("big"), slice_buf(&big), &error), 0);
	buf_add_char(&big, 'x');
	ck_assert_int_eq(
	    vars_set(&v, slice_of("big"), slice_buf(&big), &error), -1);
	buf_free(&big);
	for (i = 1; i < VARS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "v%d", i);
		ck_assert_int_eq(set(name, "x"), 0);
	}
	ck_assert_int_eq(
	    vars_set(&v, slice_of("more"), slice_of("x"), &error), -1);
	ck_assert_ptr_nonnull(strstr(error, "200"));
	ck_assert_int_eq(set("v7", "a known name may still change"), 0);
}
END_TEST

START_TEST(missing_ones_are_added_and_none_is_dropped)
{
	struct vars record;
	const char *error;
	char name[16];
	int i;

	vars_init(&record, arena);
	ck_assert_int_eq(set("first_name", "stub"), 0);
	ck_assert_int_eq(vars_set(&record, slice_of("first_name"),
	    slice_of("record"), &error), 0);
	for (i = 1; i < VARS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "r%d", i);
		ck_assert_int_eq(vars_set(&record, slice_of(name), slice_of(name),
		    &error), 0);
		(void)snprintf(name, sizeof(name), "s%d", i);
		ck_assert_int_eq(set(name, name), 0);
	}
	vars_add_missing(&v, &record);
	ck_assert_uint_eq(v.n, 2 * VARS_MAX - 1);
	ck_assert(slice_eq_str(
	    vars_get(&v, slice_of("first_name"))->value, "stub"));
	ck_assert(slice_eq_str(vars_get(&v, slice_of("r199"))->value, "r199"));
}
END_TEST

START_TEST(the_canonical_form_does_not_depend_on_order)
{
	struct buf out = {0};

	vars_canonical(&v, &out);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_eq(set("b", "x=1:y"), 0);
	ck_assert_int_eq(set("a", ""), 0);
	ck_assert_int_eq(set("B", "\xc3\xa4"), 0);
	vars_canonical(&v, &out);
	ck_assert_str_eq(out.data, "B=2:\xc3\xa4\na=0:\nb=5:x=1:y\n");
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vars");
	TCase *t = tcase_create("vars");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, setting_again_replaces_the_value_and_keeps_the_place);
	tcase_add_test(t, values_are_copied);
	ADD_ROWS(t, names_are_identifiers, names);
	ADD_ROWS(t, values_are_clean_text, values);
	tcase_add_test(t, an_error_shows_a_bad_name_harmlessly);
	tcase_add_test(t, limits_hold);
	tcase_add_test(t, missing_ones_are_added_and_none_is_dropped);
	tcase_add_test(t, the_canonical_form_does_not_depend_on_order);
	suite_add_tcase(s, t);
	return unit_main(s);
}
