#include "tests/unit/unit.h"

#include "lib/mail/target.h"

static const struct {
	const char *name, *text, *field, *value;
	bool is_true;
} truths[] = {
    {"the same text", "lang == 'en'", "lang", "en", true},
    {"another text", "lang == 'en'", "lang", "de", false},
    {"double quotes", "lang == \"en\"", "lang", "en", true},
    {"no blanks", "lang=='en'", "lang", "en", true},
    {"many blanks", "  lang  ==\t'en'  ", "lang", "en", true},
    {"a quote of the other kind", "x == \"it's\"", "x", "it's", true},
    {"case counts", "lang == 'en'", "lang", "EN", false},
    {"a longer value is another one", "lang == 'en'", "lang", "en-GB", false},
    {"a missing field is no text", "lang == 'en'", "other", "en", false},
    {"a missing field is the empty text", "lang == ''", "other", "x", true},
    {"a dotted name", "a.b == '1'", "a.b", "1", true},
    {"UTF-8", "town == 'K\xc3\xb6ln'", "town", "K\xc3\xb6ln", true},
    {"blanks within quotes count", "x == ' a'", "x", "a", false},
};

START_TEST(a_condition_is_true_or_not)
{
	struct arena *arena = arena_new();
	struct vars data;
	const char *why;
	char *error = NULL;
	struct target *t = target_parse(slice_of(truths[_i].text), &error);

	ck_assert_msg(t != NULL, "%s: %s", truths[_i].name, error);
	vars_init(&data, arena);
	ck_assert_int_eq(vars_set(&data, slice_of(truths[_i].field),
	                     slice_of(truths[_i].value), &why), 0);
	ck_assert_msg(target_true(t, &data) == truths[_i].is_true, "%s",
	    truths[_i].name);
	target_free(&t);
	ck_assert_ptr_null(t);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name, *text, *error;
} errors[] = {
    {"nothing", "", "a field's name is wanted before the end; write it like"},
    {"one = only", "lang = 'en'", "== is wanted before \"= 'en'\""},
    {"no quotes", "lang == en", "a text in quotes is wanted before \"en\""},
    {"a quote never closed", "lang == 'en", "a text in quotes is wanted before"},
    {"more behind it", "lang == 'en' && a == 'b'",
        "the end is wanted before \"&& a == 'b'\""},
    {"no field", "== 'en'", "a field's name is wanted before"},
    {"a number as a name", "9 == '9'", "a field's name is wanted before"},
    {"a control character", "a == 'x\x01'", "the condition is longer than"},
    {"no UTF-8", "a == '\xff'", "the condition is longer than"},
};

START_TEST(what_is_no_condition_is_explained)
{
	char *error = NULL;

	ck_assert_msg(!target_parse(slice_of(errors[_i].text), &error), "%s",
	    errors[_i].name);
	ck_assert_msg(strncmp(error, errors[_i].error,
	                  strlen(errors[_i].error)) == 0,
	    "%s: got %s", errors[_i].name, error);
	free(error);
}
END_TEST

START_TEST(no_prefix_does_harm)
{
	size_t len;

	for (len = 0; len <= strlen(truths[_i].text); len++) {
		char *copy = strndup(truths[_i].text, len), *error = NULL;
		struct target *t = target_parse(slice_of(copy), &error);

		ck_assert((t == NULL) == (error != NULL));
		target_free(&t);
		free(error);
		free(copy);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("target");
	TCase *t = tcase_create("target");

	ADD_ROWS(t, a_condition_is_true_or_not, truths);
	ADD_ROWS(t, what_is_no_condition_is_explained, errors);
	ADD_ROWS(t, no_prefix_does_harm, truths);
	suite_add_tcase(s, t);
	return unit_main(s);
}
