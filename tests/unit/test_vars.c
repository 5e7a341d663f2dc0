#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/mail/vars.h"

static const struct {
	const char *name, *var;
	size_t len;
	bool ok;
} names[] = {
    {"a plain name", "first_name", 10, true},
    {"a dotted name is one name", "a.b-c_d9", 8, true},
    {"it may begin with _", "_x", 2, true},
    {"nothing is no name", "", 0, false},
    {"it does not begin with a digit", "9a", 2, false},
    {"nor with a dot", ".a", 2, false},
    {"blanks are no part of it", "a b", 3, false},
    {"nor is a NUL", "a\0b", 3, false},
    {"nor is a letter beyond ASCII", "n\xc3\xa4", 3, false},
    {"64 octets are enough",
        "aaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbb", 64,
        true},
    {"65 are too many",
        "aaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbbc", 65,
        false},
};

START_TEST(names_are_checked)
{
	struct slice s = {names[_i].var, names[_i].len};

	ck_assert_msg(vars_name_ok(s) == names[_i].ok, "%s", names[_i].name);
}
END_TEST

static const struct {
	const char *name, *value;
	size_t len;
	bool ok;
} values[] = {
    {"nothing is a value", "", 0, true},
    {"UTF-8 is", "J\xc3\xbcrgen \xf0\x9f\x8e\x89", 12, true},
    {"HTAB is let through", "a\tb", 3, true},
    {"LF is not", "a\nb", 3, false},
    {"CR is not", "a\rb", 3, false},
    {"NUL is not", "a\0b", 3, false},
    {"DEL is not", "a\x7f", 2, false},
    {"Latin-1 is not", "J\xfcrgen", 6, false},
};

START_TEST(values_are_checked)
{
	struct arena *arena = arena_new();
	struct vars v;
	const char *error = NULL;
	int r;

	vars_init(&v, arena);
	r = vars_set(&v, slice_of("x"),
	    (struct slice){values[_i].value, values[_i].len}, &error);
	ck_assert_msg((r == 0) == values[_i].ok, "%s", values[_i].name);
	ck_assert_msg((error == NULL) == values[_i].ok, "%s", values[_i].name);
	ck_assert_uint_eq(v.n, values[_i].ok ? 1 : 0);
	arena_free(&arena);
}
END_TEST

START_TEST(setting_again_replaces_and_keeps_the_order)
{
	struct arena *arena = arena_new();
	struct vars v, more;
	const char *error;
	struct buf out = {0};

	vars_init(&v, arena);
	vars_init(&more, arena);
	ck_assert_int_eq(vars_set(&v, slice_of("b"), slice_of("1"), &error), 0);
	ck_assert_int_eq(vars_set(&v, slice_of("a"), slice_of("2"), &error), 0);
	ck_assert_int_eq(vars_set(&v, slice_of("b"), slice_of("30"), &error), 0);
	ck_assert_uint_eq(v.n, 2);
	ck_assert_str_eq(v.list[0].name, "b");
	ck_assert_int_eq(vars_set(&more, slice_of("b"), slice_of("no"), &error), 0);
	ck_assert_int_eq(vars_set(&more, slice_of("c"), slice_of("4"), &error), 0);
	vars_add_missing(&v, &more);
	vars_canonical(&v, &out);
	ck_assert_str_eq(out.data, "a=1:2\nb=2:30\nc=1:4\n");
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

START_TEST(the_limits_hold)
{
	struct arena *arena = arena_new();
	struct vars v;
	const char *error = NULL;
	char name[16], *big = calloc(1, VARS_VALUE_MAX + 1);
	int i;

	memset(big, 'x', VARS_VALUE_MAX + 1);
	vars_init(&v, arena);
	for (i = 0; i < VARS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		ck_assert_int_eq(vars_set(&v, slice_of(name),
		                     (struct slice){big, VARS_VALUE_MAX}, &error), 0);
	}
	ck_assert_int_eq(vars_set(&v, slice_of("more"), slice_of(""), &error), -1);
	ck_assert_int_eq(vars_set(&v, slice_of("n7"),
	                     (struct slice){big, VARS_VALUE_MAX + 1}, &error), -1);
	ck_assert_int_eq(vars_set(&v, slice_of("n7"), slice_of("y"), &error), 0);
	free(big);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vars");
	TCase *t = tcase_create("vars");

	ADD_ROWS(t, names_are_checked, names);
	ADD_ROWS(t, values_are_checked, values);
	tcase_add_test(t, setting_again_replaces_and_keeps_the_order);
	tcase_add_test(t, the_limits_hold);
	suite_add_tcase(s, t);
	return unit_main(s);
}
