#include "tests/unit/unit.h"

#include "ctl/where.h"

/* 2026-06-15 12:00 UTC */
#define NOW INT64_C(1781524800000)

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
    {"a value with blanks", {"city=San Jos\xc3\xa9"}, false},
    {"a value with an apostrophe", {"who=O'Brien"}, true},
    {"both", {"lang=en", "city=Cork"}, true},
    {"one of two", {"lang=en", "city=Bonn"}, false},
    {"the other of two", {"lang=de", "city=Cork"}, false},
    {"the same field with two values", {"lang=en", "lang=de"}, false},
    {"a condition", {"lang == 'en' && visits > 3"}, true},
    {"a condition without blanks", {"lang=='en'"}, true},
    {"a false one", {"lang == 'en' && visits > 4"}, false},
    {"at least", {"visits>=4"}, true},
    {"not the same", {"lang!='de'"}, true},
    {"a condition and a pair", {"visits > 3", "city=Cork"}, true},
    {"a pair and a false condition", {"city=Cork", "visits > 9"}, false},
    {"a list", {"likes has 'tea'"}, true},
    {"as of now", {"signup < '30 days ago'"}, true},
    {"what is not known", {"!(height > 3)"}, false},
};

START_TEST(every_condition_must_be_true)
{
	static const char *const fields[][2] = {{"lang", "en"},
	    {"city", "Cork"}, {"note", ""}, {"sum", "1+1=2"}, {"visits", "4"},
	    {"who", "O'Brien"}, {"likes", "tea; jazz"}, {"signup", "2026-05-15"}};
	struct arena *arena = arena_new();
	struct vars record;
	const char *why;
	char *error = NULL;
	struct where *w;
	size_t n = 0;

	vars_init(&record, arena);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		ck_assert_int_eq(vars_set(&record, slice_of(fields[i][0]),
		    slice_of(fields[i][1]), &why), 0);
	while (n < 3 && rows[_i].conditions[n])
		n++;
	w = where_new(rows[_i].conditions, n, NULL, &error);
	ck_assert_msg(w != NULL, "%s: %s", rows[_i].name, error);
	ck_assert_msg(where_matches(w, &record, NOW) == rows[_i].matches, "%s",
	    rows[_i].name);
	where_free(&w);
	ck_assert_ptr_null(w);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name, *text, *error;
} bad[] = {
    {"no value", "lang", "--where \"lang\", character 1: lang alone is no"},
    {"no name", "=en", "--where \"=en\", character 1: \"=\": write =="},
    {"nothing", "", "--where \"\", character 1: a field or a constant is"},
    {"a name that is none", "1st=x", "--where \"1st=x\", character 1: 1st is "},
    {"blanks round the =", "lang = 'en'",
        "--where \"lang = 'en'\", character 6: \"=\": write =="},
    {"quotes and one =", "lang='en'", "--where \"lang='en'\": write == for a "
        "condition, as in lang == 'en' && visits > 3, or lang=VALUE without "},
    {"&& and one =", "lang=en && visits > 3", "--where \"lang=en && visits > 3\""
        ": write == for a condition"},
    {"a fault in a condition", "town == '\xc3\xa4' & x",
        "--where \"town == '\xc3\xa4' & x\", character 13: \"&\": write &&"},
    {"a type the campaign does not see",
        "visits > 3 && born > 2000",
        "--where \"visits > 3 && born > 2000\", character 15: born is a number "
        "here and a date in creative \"a\" of campaign spring; where its text"},
    {"two types", "visits > 3 && visits == 'x'",
        "--where \"visits > 3 && visits == 'x'\", character 15: visits is a text "
        "here and a number before, in the same condition"},
};

START_TEST(what_is_wrong_is_told)
{
	struct campaign *c;
	char *error = NULL;

	c = campaign_parse("spring", slice_of("creative \"x\" { html = \"t\" }\n"
	    "creative \"a\" { html = \"t\" when = \"age(born) > 17\" }"), &error);
	ck_assert_msg(c != NULL, "%s", error);
	ck_assert_msg(!where_new(&bad[_i].text, 1, c, &error), "%s",
	    bad[_i].name);
	ck_assert_msg(strncmp(error, bad[_i].error, strlen(bad[_i].error)) == 0,
	    "%s: %s", bad[_i].name, error);
	free(error);
	campaign_free(&c);
}
END_TEST

START_TEST(fields_are_those_of_the_campaign_and_of_the_conditions)
{
	const char *const texts[] = {"visits > 3", "lang=en"};
	char *error = NULL;
	struct campaign *c = campaign_parse("spring", slice_of("creative \"a\" { "
	    "html = \"t\" when = \"age(born) > 17\" }"), &error);
	struct where *w = where_new(texts, 2, c, &error);

	ck_assert_uint_eq(where_fields(w)->n, 2);
	ck_assert_str_eq(where_fields(w)->list[0].name, "born");
	ck_assert_str_eq(where_fields(w)->list[1].name, "visits");
	where_free(&w);
	campaign_free(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_where");
	TCase *t = tcase_create("ctl_where");

	ADD_ROWS(t, every_condition_must_be_true, rows);
	ADD_ROWS(t, what_is_wrong_is_told, bad);
	tcase_add_test(t, fields_are_those_of_the_campaign_and_of_the_conditions);
	suite_add_tcase(s, t);
	return unit_main(s);
}
