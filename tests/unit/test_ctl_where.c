#include "tests/unit/unit.h"

#include "ctl/where.h"

static const struct {
	const char *condition;
	bool ok;
} forms[] = {
    {"lang=en", true}, {"lang=", true}, {"a_1=b=c", true},
    {"city=San Jos\xc3\xa9", true}, {"lang", false}, {"=en", false},
    {"", false}, {"1st=x", false}, {"first name=x", false},
};

START_TEST(a_condition_is_a_name_and_a_value)
{
	ck_assert_msg(where_ok(forms[_i].condition) == forms[_i].ok, "%s",
	    forms[_i].condition);
}
END_TEST

static const struct {
	const char *name;
	const char *conditions[3];
	bool matches;
} rows[] = {
    {"none: everybody", {NULL}, true},
    {"the value", {"lang=en"}, true},
    {"another value", {"lang=de"}, false},
    {"the beginning of the value", {"lang=e"}, false},
    {"more than the value", {"lang=en-GB"}, false},
    {"another case of the value", {"lang=EN"}, false},
    {"a field that is not there", {"town=Cork"}, false},
    {"a field that is not there is not empty", {"town="}, false},
    {"an empty field", {"note="}, true},
    {"a value that holds =", {"sum=1+1=2"}, true},
    {"both", {"lang=en", "city=Cork"}, true},
    {"one of two", {"lang=en", "city=Bonn"}, false},
    {"the other of two", {"lang=de", "city=Cork"}, false},
    {"the same field with two values", {"lang=en", "lang=de"}, false},
};

START_TEST(every_condition_must_be_true)
{
	struct arena *arena = arena_new();
	struct vars record;
	const char *error;
	size_t n = 0;
	static const char *const fields[][2] = {{"lang", "en"},
	    {"city", "Cork"}, {"note", ""}, {"sum", "1+1=2"}};

	vars_init(&record, arena);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		ck_assert_int_eq(vars_set(&record, slice_of(fields[i][0]),
		    slice_of(fields[i][1]), &error), 0);
	while (n < 3 && rows[_i].conditions[n])
		n++;
	ck_assert_msg(where_matches(&record, rows[_i].conditions, n) ==
	    rows[_i].matches, "%s", rows[_i].name);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_where");
	TCase *t = tcase_create("ctl_where");

	ADD_ROWS(t, a_condition_is_a_name_and_a_value, forms);
	ADD_ROWS(t, every_condition_must_be_true, rows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
