#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/base/date.h"
#include "lib/mail/target_fields.h"

/* 2026-06-15 12:00 UTC, a Monday. */
#define NOW INT64_C(1781524800000)

static struct target *
must_parse(const char *name, const char *text)
{
	char *error = NULL;
	size_t at = 0;
	struct target *t = target_parse(slice_of(text), &at, &error);

	ck_assert_msg(t != NULL, "%s: %zu: %s", name, at, error);
	return t;
}

/* record: "name=value|name=value". */
static void
fill(struct vars *data, struct arena *arena, const char *record)
{
	struct slice rest = slice_of(record), part, name;
	const char *why;

	vars_init(data, arena);
	while (slice_split(&rest, '|', &part)) {
		ck_assert(slice_split(&part, '=', &name));
		ck_assert_int_eq(vars_set(data, name, part, &why), 0);
	}
}

static bool
ask(const char *name, const char *condition, const char *record)
{
	struct arena *arena = arena_new();
	struct target *t = must_parse(name, condition);
	struct vars data;
	bool is_true;

	fill(&data, arena, record);
	is_true = target_true(t, &data, NOW);
	target_free(&t);
	ck_assert_ptr_null(t);
	arena_free(&arena);
	return is_true;
}

/* Neither true nor false is '?'. */
static const struct {
	const char *name, *condition, *record;
	char truth;
} truths[] = {
    /* texts */
    {"the same text", "lang == 'en'", "lang=en", 't'},
    {"another text", "lang == 'en'", "lang=de", 'f'},
    {"double quotes", "lang == \"en\"", "lang=en", 't'},
    {"no blanks", "lang=='en'", "lang=en", 't'},
    {"many blanks", "  lang  ==\t'en'  ", "lang=en", 't'},
    {"a quote of the other kind", "x == \"it's\"", "x=it's", 't'},
    {"case counts", "lang == 'en'", "lang=EN", 'f'},
    {"a longer value is another one", "lang == 'en'", "lang=en-GB", 'f'},
    {"blanks of the value count", "lang == 'en'", "lang=en ", 'f'},
    {"blanks within quotes count", "x == ' a'", "x=a", 'f'},
    {"a dotted name", "a.b == '1'", "a.b=1", 't'},
    {"a name with a dash", "a-b == '1'", "a-b=1", 't'},
    {"UTF-8", "town == 'K\xc3\xb6ln'", "town=K\xc3\xb6ln", 't'},
    {"not the same", "lang != 'de'", "lang=en", 't'},
    {"not not the same", "lang != 'de'", "lang=de", 'f'},
    {"the constant in front", "'en' == lang", "lang=en", 't'},
    {"a number in quotes is a text", "zip == '01234'", "zip=1234", 'f'},
    {"a field named like a function", "age > 17", "age=18", 't'},
    /* what is missing is neither true nor false */
    {"missing", "lang == 'en'", "x=1", '?'},
    {"empty", "lang == 'en'", "lang=", '?'},
    {"blank", "lang == 'en'", "lang= \t ", '?'},
    {"missing, not the same", "lang != 'en'", "x=1", '?'},
    {"missing in a list", "lang in ['en']", "x=1", '?'},
    {"missing list", "likes has 'x'", "x=1", '?'},
    {"missing number", "visits < 3", "x=1", '?'},
    {"missing date", "signup < 'today'", "x=1", '?'},
    {"unknown and false", "lang == 'en' && x > 1", "x=1", 'f'},
    {"false and unknown", "x > 1 && lang == 'en'", "x=1", 'f'},
    {"unknown and true", "lang == 'en' && x == 1", "x=1", '?'},
    {"unknown or true", "lang == 'en' || x == 1", "x=1", 't'},
    {"true or unknown", "x == 1 || lang == 'en'", "x=1", 't'},
    {"unknown or false", "lang == 'en' || x > 1", "x=1", '?'},
    {"how to take in those without", "lang != 'de' || !exists lang", "x=1",
        't'},
    /* is it there */
    {"there", "exists coupon", "coupon=X7", 't'},
    {"not there", "exists coupon", "x=1", 'f'},
    {"empty is not there", "exists coupon", "coupon=", 'f'},
    {"a list is there", "exists items", "items.1.name=Fern", 't'},
    {"a list of empty items is not", "exists items", "items.1.name=", 'f'},
    {"an object is there", "exists order", "order.total=5", 't'},
    {"a blank value with something below it", "exists order",
        "order= |order.total=5", 't'},
    {"what begins alike is not", "exists order", "orders=5|order-x=5", 'f'},
    {"blank is not there", "exists coupon", "coupon=  ", 'f'},
    {"as a function", "exists(coupon)", "coupon=X7", 't'},
    {"denied", "!exists coupon", "coupon=X7", 'f'},
    {"twice denied", "!!exists coupon", "coupon=X7", 't'},
    /* numbers */
    {"more", "visits > 3", "visits=4", 't'},
    {"no more", "visits > 3", "visits=3", 'f'},
    {"at least", "visits >= 3", "visits=3", 't'},
    {"less", "visits < 3", "visits=-3", 't'},
    {"at most", "visits <= 3", "visits=4", 'f'},
    {"as a number and not as a text", "visits > 9", "visits=10", 't'},
    {"the same number", "visits == 3", "visits=3.0", 't'},
    {"with zeros in front", "zip == 1234", "zip=01234", 't'},
    {"a fraction", "price < 9.99", "price=9.98", 't'},
    {"the same fraction", "price == 9.99", "price=9.99", 't'},
    {"below zero", "balance < -0.5", "balance=-1", 't'},
    {"blanks round a number", "visits > 3", "visits= 4 ", 't'},
    {"the number in front", "3 < visits", "visits=4", 't'},
    {"not the same number", "visits != 3", "visits=4", 't'},
    {"no number", "visits > 3", "visits=many", '?'},
    {"no number, not the same", "visits != 3", "visits=many", '?'},
    {"a thousand with a comma", "visits > 3", "visits=1,000", '?'},
    {"a number too large to be exact", "id > 3", "id=99999999999999999", '?'},
    {"fifteen digits", "id == 999999999999999", "id=999999999999999", 't'},
    /* lists */
    {"in the list", "likes has 'sports'", "likes=art,sports", 't'},
    {"not in the list", "likes has 'sports'", "likes=art,music", 'f'},
    {"blanks round the items", "likes has 'sports'", "likes= art , sports ",
        't'},
    {"semicolons", "likes has 'sports'", "likes=art;sports;x", 't'},
    {"alone", "likes has 'sports'", "likes=sports", 't'},
    {"a part of an item", "likes has 'sports'", "likes=watersports", 'f'},
    {"more than an item", "likes has 'sport'", "likes=sports", 'f'},
    {"an item of two words", "likes has 'jazz club'", "likes=x,jazz club", 't'},
    {"a comma at the end", "likes has 'sports'", "likes=sports,", 't'},
    {"only commas", "likes has 'sports'", "likes=,,", 'f'},
    {"UTF-8 in a list", "likes has '\xe8\x8c\xb6'", "likes=x;\xe8\x8c\xb6", 't'},
    {"an item with a number", "likes has 'sports'",
        "likes.0=art|likes.7= sports ", 't'},
    {"no item with a number", "likes has 'sports'", "likes.0=art, sports",
        'f'},
    {"items with numbers before one value", "likes has 'sports'",
        "likes=sports|likes.0=art", 'f'},
    {"empty items are no list", "likes has 'sports'", "likes.0=", '?'},
    {"an item of a list within an object", "me.likes has 'art'",
        "me.likes.1=art", 't'},
    /* one of */
    {"one of two", "lang in ['en', 'de']", "lang=de", 't'},
    {"none of two", "lang in ['en', 'de']", "lang=fr", 'f'},
    {"one of one", "lang in ['en']", "lang=en", 't'},
    {"one of some numbers", "visits in [1, 2.0, 3]", "visits=2", 't'},
    {"one of some dates", "day in [2026-01-01, '2026-05-01']",
        "day=2026-05-01", 't'},
    {"one of some times", "age(b) in [17, 18]", "b=2008-06-15", 't'},
    {"no number among numbers", "visits in [1, 2]", "visits=x", '?'},
    /* dates; now is 2026-06-15 12:00 */
    {"after a day", "signup >= 2026-01-01", "signup=2026-01-01", 't'},
    {"before a day", "signup < 2026-01-01", "signup=2025-12-31", 't'},
    {"a day in quotes", "signup < '2026-01-01'", "signup=2025-12-31", 't'},
    {"the same day", "signup == 2026-01-01", "signup=2026-01-01", 't'},
    {"a time is of its day", "signup == 2026-01-01",
        "signup=2026-01-01T23:59:59Z", 't'},
    {"its day in UTC", "signup == 2026-01-01",
        "signup=2026-01-02T01:30:00+02:00", 't'},
    {"a time without zone is UTC", "signup == 2026-01-01",
        "signup=2026-01-01 23:59:59", 't'},
    {"not after its day", "signup > 2026-01-01",
        "signup=2026-01-01T23:59:59Z", 'f'},
    {"two times", "signup > 2026-01-01T12:00:00Z",
        "signup=2026-01-01T12:00:01Z", 't'},
    {"two times, earlier", "signup > 2026-01-01T12:00:00Z",
        "signup=2026-01-01T13:00:01+02:00", 'f'},
    {"a day and a time", "signup == '2026-01-01T12:00:00Z'",
        "signup=2026-01-01", 't'},
    {"no date", "signup < 2026-01-01", "signup=31.12.2025", '?'},
    {"no date, not the same", "signup != 2026-01-01", "signup=never", '?'},
    {"long ago", "signup < '30 days ago'", "signup=2026-05-15", 't'},
    {"just 30 days ago", "signup < '30 days ago'", "signup=2026-05-16", 'f'},
    {"within 30 days", "signup >= '30 days ago'", "signup=2026-05-16", 't'},
    {"a day ago", "signup == '1 day ago'", "signup=2026-06-14", 't'},
    {"today", "signup == 'today'", "signup=2026-06-15T23:00:00Z", 't'},
    {"weeks ago", "signup == '2 weeks ago'", "signup=2026-06-01", 't'},
    {"months ago", "signup == '4 months ago'", "signup=2026-02-15", 't'},
    {"a year ago", "signup == '1 year ago'", "signup=2025-06-15", 't'},
    {"in a week", "ends <= 'in 1 week'", "ends=2026-06-22", 't'},
    {"not in a week", "ends <= 'in 7 days'", "ends=2026-06-23", 'f'},
    {"hours ago", "seen > '2 hours ago'", "seen=2026-06-15T10:00:01Z", 't'},
    {"not hours ago", "seen > '2 hours ago'", "seen=2026-06-15T10:00:00Z",
        'f'},
    {"minutes ago", "seen >= '30 minutes ago'", "seen=2026-06-15T11:30:00Z",
        't'},
    /* ages */
    {"of age today", "age(born) >= 18", "born=2008-06-15", 't'},
    {"of age tomorrow", "age(born) >= 18", "born=2008-06-16", 'f'},
    {"the age in front", "18 <= age(born)", "born=2000-01-01T08:00:00Z", 't'},
    {"born today", "age(born) == 0", "born=2026-06-15", 't'},
    {"not born yet", "age(born) < 18", "born=2062-01-01", '?'},
    {"no birthday", "age(born) < 18", "born=1.1.1990", '?'},
    {"an age and a date", "age(born) > 9 && born < 1990-01-01",
        "born=1980-02-02", 't'},
    /* two fields */
    {"two numbers", "number(spent) > number(limit)", "spent=10|limit=9", 't'},
    {"one tells for both", "spent > number(limit)", "spent=10|limit=9", 't'},
    {"two dates", "date(seen) > date(mailed)",
        "seen=2026-01-02|mailed=2026-01-01T09:00:00Z", 't'},
    {"two texts", "text(city) == text(home)", "city=Cork|home=Cork", 't'},
    {"one is missing", "text(city) == text(home)", "city=Cork", '?'},
    {"an age and a number", "age(born) > least", "born=1980-01-01|least=40",
        't'},
    {"said to be a text", "text(day) == '2026-01-01'",
        "day=2026-01-01T00:00:00Z", 'f'},
    /* what goes before what */
    {"&& before ||", "a == 1 || b == 1 && c == 1", "a=1|b=0|c=0", 't'},
    {"parentheses before &&", "(a == 1 || b == 1) && c == 1", "a=1|b=0|c=0",
        'f'},
    {"|| behind &&", "a == 1 && b == 1 || c == 1", "a=0|b=0|c=1", 't'},
    {"! before &&", "!exists a && exists b", "b=1", 't'},
    {"! of parentheses", "!(a == 1 && b == 1)", "a=1|b=2", 't'},
    {"comparison before &&", "a > 1 && b > 1", "a=2|b=2", 't'},
    {"many ||", "a == 1 || a == 2 || a == 3 || a == 4", "a=3", 't'},
    {"many &&", "a > 1 && a > 2 && a > 3 && a > 4", "a=4", 'f'},
    {"the design's own", "lang == 'en' && interests has 'sports'",
        "lang=en|interests=tea,sports", 't'},
};

START_TEST(a_condition_is_true_or_false_or_neither)
{
	const char *name = truths[_i].name;
	char *opposite = NULL;
	bool yes, no;

	ck_assert_int_gt(asprintf(&opposite, "!(%s)", truths[_i].condition), 0);
	yes = ask(name, truths[_i].condition, truths[_i].record);
	no = ask(name, opposite, truths[_i].record);
	ck_assert_msg(yes == (truths[_i].truth == 't') &&
	    no == (truths[_i].truth == 'f'), "%s: %d, its opposite %d", name,
	    yes, no);
	free(opposite);
}
END_TEST

static const struct {
	const char *name, *text;
	size_t at;
	const char *error;
} errors[] = {
    {"nothing", "", 0, "a field or a constant is wanted at the end"},
    {"blanks", "  ", 2, "a field or a constant is wanted at the end"},
    {"one =", "lang = 'en'", 5, "\"=\": write =="},
    {"as in SQL", "lang <> 'en'", 5, "\"<>\": write !="},
    {"turned round", "a => 3", 2, "\"=>\": write >="},
    {"one &", "a == 1 & b == 1", 7, "\"&\": write &&"},
    {"one |", "a == 1 | b == 1", 7, "\"|\": write ||"},
    {"and", "a == 1 and b == 1", 7, "write && for and"},
    {"OR", "a == 1 OR b == 1", 7, "write || for or"},
    {"and in parentheses", "(a == 1 and b == 1)", 8, "write && for and"},
    {"not", "not exists a", 0, "write ! for not"},
    {"NOT of parentheses", "NOT (a == 1)", 0, "write ! for not"},
    {"IN", "a IN ['x']", 2, "in and has are written small"},
    {"a word nobody knows", "a contains 'x'", 2,
        "==, !=, <, <=, >, >=, in or has is wanted before \"contains\""},
    {"no quotes", "lang == en", 8, "en without quotes is a field; write 'en' "
        "for a text, or compare two fields as text(en), number(en) or "
        "date(en)"},
    {"true", "vip == true", 7, "true without quotes is a field; write 'true' "},
    {"a field alone", "vip", 0,
        "vip alone is no condition; write exists vip, or compare it"},
    {"a field alone in the middle", "a == 1 && vip || b == 1", 10,
        "vip alone is no condition"},
    {"a function alone", "age(b)", 6,
        "==, !=, <, <=, >, >=, in or has is wanted at the end"},
    {"a text alone", "'x'", 3, "==, !=, <, <=, >, >=, in or has is wanted"},
    {"a quote never closed", "lang == 'en", 8,
        "\"'en\": the quote that closes it is missing"},
    {"a quote of a word processor", "lang == \xe2\x80\x98" "en\xe2\x80\x99", 8,
        "\"\xe2\x80\x98\": write a plain ' or \""},
    {"a sign without meaning", "a == 1 ? b", 7, "\"?\": it has no meaning"},
    {"a parenthesis too few", "(a == 1", 7,
        "&&, || or ) is wanted at the end"},
    {"a parenthesis too many", "a == 1)", 6,
        "a ( before it, or nothing, is wanted before \")\""},
    {"nothing in parentheses", "()", 1,
        "a field or a constant is wanted before \")\""},
    {"&& at the end", "a == 1 &&", 9,
        "a field or a constant is wanted at the end"},
    {"&& at the beginning", "&& a == 1", 0,
        "a field or a constant is wanted before \"&&\""},
    {"two conditions side by side", "a == 1 b == 2", 7,
        "&& or || is wanted before \"b\""},
    {"a chain", "1 < a < 5", 6, "a comparison has two sides; write 1 < a && "},
    {"! of a field", "!lang == 'en'", 0, "! stands before a condition: write "
        "!exists a, !(a == 'x') or a != 'x'"},
    {"! of a field, later", "a == 1 && !vip", 10, "! stands before"},
    {"no right side", "a ==", 4, "a field or a constant is wanted at the end"},
    {"an operator twice", "a == == 1", 5,
        "a field or a constant is wanted before \"==\""},
    {"three =", "a === 1", 4, "\"=\": write =="},
    {"a number and letters", "a == 3x", 5, "3x is no number of at most 15"},
    {"a comma in a number", "a > 1,000", 5, "&& or || is wanted before \",\""},
    {"a number with an exponent", "a > 1e3", 4, "1e3 is no number"},
    {"too large a number", "a == 9999999999999999", 5,
        "9999999999999999 is no number of at most 15 digits"},
    {"a plus", "a > +3", 4, "\"+\": it has no meaning here"},
    {"a word of the language as a field", "in == 'x'", 0,
        "in is no field but a word of the language"},
    {"exists without a field", "exists", 6, "a field's name is wanted at the"},
    {"exists compared", "exists == 'x'", 7,
        "a field's name is wanted before \"==\""},
    {"exists of a text", "exists 'x'", 7, "a field's name is wanted before"},
    {"no such function", "lower(a) == 'x'", 0, "there is no lower(); there "
        "are age, text, number and date"},
    {"a function of nothing", "age() > 3", 4,
        "a field's name is wanted before \")\""},
    {"a function of a constant", "age('x') > 3", 4, "a field's name is wanted"},
    {"a function not closed", "age(b > 3", 6, ") is wanted before \">\""},
    /* types */
    {"order of texts", "name < 'M'", 7, "<, <=, > and >= compare numbers and "
        "dates (2026-01-31, '30 days ago'), no texts"},
    {"a number in quotes", "visits > '3'", 9,
        "a number stands without quotes: 3"},
    {"order of two texts", "text(a) < text(b)", 10, "<, <=, > and >= compare"},
    {"two constants", "3 > 2", 0, "two constants are compared; one side has"},
    {"two texts", "'a' == 'b'", 0, "two constants are compared"},
    {"the empty text", "lang == ''", 8, "an empty field counts as not there; "
        "write !exists and the field's name"},
    {"not the empty text", "lang != ''", 8, "an empty field counts as not "
        "there; write exists and"},
    {"the blank text", "lang == ' '", 8, "an empty field counts"},
    {"an age and a text", "age(b) > 'old'", 9,
        "a number is wanted and not old"},
    {"an age and a number in quotes", "age(b) > '18'", 9,
        "a number stands without quotes: 18"},
    {"an age and a date", "age(b) > 2000-01-01", 9,
        "a number is wanted and not 2000-01-01"},
    {"a date and a number", "date(d) > 3", 10, "a date is wanted and not 3; "
        "write 2026-01-31 or '30 days ago'"},
    {"a date and a text", "date(d) == 'soon'", 11, "a date is wanted"},
    {"a text and a number", "text(a) == 3", 11,
        "a text stands in quotes: '3'"},
    {"a number and a date", "number(a) == date(b)", 13,
        "a number is compared with a date"},
    {"an age and a field of texts", "age(b) == text(a)", 10,
        "a number is compared with a text"},
    {"no such day", "signup < 2026-02-30", 9, "2026-02-30 is no number"},
    {"no such day in quotes", "signup < '2026-02-30'", 9,
        "there is no such day as '2026-02-30'"},
    {"no such day, ==", "signup == '2026-13-01'", 10, "there is no such day"},
    {"fortnights", "signup < '2 fortnights ago'", 9, "<, <=, > and >= compare"},
    {"has a number", "likes has 7", 10, "behind has stands a text in quotes"},
    {"has a field", "likes has sports", 10, "behind has stands a text"},
    {"has a list", "likes has ['a', 'b']", 10,
        "has takes one text; write a has 'x' || a has 'y'"},
    {"has nothing", "likes has ''", 10,
        "no item of a list is empty; write exists likes"},
    {"has two", "likes has 'a,b'", 10, ", and ; part the items of a list"},
    {"has with blanks", "likes has ' a '", 10,
        "the items of a list have no blanks round them; write 'a'"},
    {"a text has", "'a,b' has 'a'", 0, "before has stands the name of a field"},
    {"an age has", "age(b) has 'a'", 0, "before has stands the name"},
    {"in parentheses", "lang in ('en')", 8, "what a field may be in stands in "
        "brackets: lang in ['en', 'de']"},
    {"in a text", "lang in 'en'", 8, "[ is wanted before \"'en'\""},
    {"in nothing", "lang in []", 9,
        "a field or a constant is wanted before \"]\""},
    {"in fields", "lang in [en]", 9, "between [ and ] stand constants; a text "
        "stands in quotes: 'en'"},
    {"in a list without end", "lang in ['en'", 13,
        ", or ] is wanted at the end"},
    {"in a list of many kinds", "lang in ['en', 3]", 15,
        "a text stands in quotes: '3'"},
    {"in a list of numbers and a text", "a in [1, 'x']", 9,
        "a number is wanted and not x"},
    {"in a list with an empty text", "lang in ['en', '']", 15,
        "an empty field counts as not there"},
    {"a text in a field", "'sports' in likes", 12, "[ is wanted"},
    {"a text in a list", "'a' in ['a']", 0, "before in stands a field"},
    /* what is no text at all */
    {"a control character", "a == 'x\x01'", 0, "there is a control character"},
    {"no UTF-8", "a == '\xff'", 0, "it is not UTF-8"},
};

START_TEST(what_is_no_condition_is_explained_at_its_place)
{
	char *error = NULL;
	size_t at = 999;

	ck_assert_msg(!target_parse(slice_of(errors[_i].text), &at, &error),
	    "%s", errors[_i].name);
	ck_assert_msg(strncmp(error, errors[_i].error,
	                  strlen(errors[_i].error)) == 0,
	    "%s: got %s", errors[_i].name, error);
	ck_assert_msg(at == errors[_i].at, "%s: at %zu: %s", errors[_i].name,
	    at, error);
	free(error);
}
END_TEST

START_TEST(no_prefix_does_harm)
{
	const char *text = truths[_i].condition;
	size_t len, at;

	for (len = 0; len <= strlen(text); len++) {
		char *copy = malloc(len), *error = NULL; /* for sanitizers */
		struct target *t;

		memcpy(copy, text, len);
		at = 99999;
		t = target_parse((struct slice){copy, len}, &at, &error);
		ck_assert((t == NULL) == (error != NULL));
		ck_assert(t || at <= len);
		target_free(&t);
		free(error);
		free(copy);
	}
}
END_TEST

static const struct {
	const char *text, *same;
} shown[] = {
    {"lang==\"en\"", "lang == 'en'"},
    {"a == \"it's\"", "a == \"it's\""},
    {"((a>1))&&(b>1)", "a > 1 && b > 1"},
    {"(a > 1 && b > 1) && c > 1", "a > 1 && b > 1 && c > 1"},
    {"a > 1 || (b > 1 || c > 1)", "a > 1 || b > 1 || c > 1"},
    {"(a > 1 && b > 1) || c > 1", "a > 1 && b > 1 || c > 1"},
    {"(a > 1 || b > 1) && c > 1", "(a > 1 || b > 1) && c > 1"},
    {"!((a > 1))", "!(a > 1)"},
    {"! exists ( a )", "!exists a"},
    {"!(!exists a)", "!!exists a"},
    {"a in['x' ,\"y\"]", "a in ['x', 'y']"},
    {"a has \"x\"", "a has 'x'"},
    {"a >= 2026-01-31", "a >= '2026-01-31'"},
    {"age( b )<18", "age(b) < 18"},
    {"-3.0 != number(b)", "-3.0 != number(b)"},
};

START_TEST(a_condition_is_shown_the_one_way)
{
	struct target *t = must_parse(shown[_i].text, shown[_i].text);

	ck_assert_str_eq(target_text(t), shown[_i].same);
	target_free(&t);
}
END_TEST

START_TEST(nesting_and_length_are_limited)
{
	struct buf text = {0};
	char *error = NULL;
	size_t at, i;
	struct target *t;

	for (i = 0; i < TARGET_DEPTH_MAX; i++)
		buf_add_char(&text, i % 2 ? '(' : '!');
	buf_add_str(&text, "exists a");
	for (i = 0; i < TARGET_DEPTH_MAX / 2; i++)
		buf_add_char(&text, ')');
	t = must_parse("deep", text.data);
	target_free(&t);
	buf_clear(&text);
	for (i = 0; i <= TARGET_DEPTH_MAX; i++)
		buf_add_char(&text, '(');
	ck_assert_ptr_null(target_parse(slice_buf(&text), &at, &error));
	ck_assert_msg(strstr(error, "more than 32 ( and !"), "%s", error);
	ck_assert_uint_eq(at, TARGET_DEPTH_MAX);
	free(error);
	buf_clear(&text);
	buf_add_str(&text, "a == 1");
	while (text.len + 10 <= TARGET_MAX)
		buf_add_str(&text, " || a == 2");
	while (text.len < TARGET_MAX)
		buf_add_char(&text, ' ');
	t = must_parse("long", text.data); /* and as flat as it looks */
	target_free(&t);
	buf_add_char(&text, ' ');
	ck_assert_ptr_null(target_parse(slice_buf(&text), &at, &error));
	ck_assert_msg(strstr(error, "longer than 4096 octets"), "%s", error);
	free(error);
	buf_free(&text);
}
END_TEST

static const struct {
	enum target_type type;
	const char *value;
	bool ok;
} values[] = {
    {TARGET_TEXT, "x", true},
    {TARGET_TEXT, " ", false},
    {TARGET_NUMBER, "1.5", true},
    {TARGET_NUMBER, "many", false},
    {TARGET_NUMBER, "", false},
    {TARGET_DATE, "2026-01-01", true},
    {TARGET_DATE, "2062-01-01", true},
    {TARGET_DATE, "1.1.2026", false},
    {TARGET_AGE, "2000-01-01", true},
    {TARGET_AGE, "2062-01-01", false},
    {TARGET_LIST, "a", true},
};

START_TEST(a_value_is_of_a_type_or_not)
{
	ck_assert_msg(target_value_ok(values[_i].type,
	    slice_of(values[_i].value), NOW) == values[_i].ok, "%s as %s",
	    values[_i].value, target_type_name(values[_i].type));
}
END_TEST

static const struct {
	const char *name, *one, *two, *error;
} pairs[] = {
    {"the same type", "visits > 3", "visits < 9", NULL},
    {"other fields", "visits > 3", "lang == 'en'", NULL},
    {"a number and a date", "visits > 3", "a == 1 && visits > 2026-01-01",
        "visits is a date here and a number in the first; where its text alone "
        "is meant, write text(visits)"},
    {"a number and a text", "visits > 3", "visits == '3'",
        "visits is a text here and a number in the first"},
    {"a text and a list", "likes == 'tea'", "likes has 'tea'",
        "likes is a list here and a text in the first"},
    {"within one", "visits > 3 && visits == 'x'", "a == 1",
        "visits is a text here and a number before, in the same condition"},
    {"a date and an age", "born < 2000-01-01", "age(born) > 18", NULL},
    {"an age and a number", "age(born) > 18", "a == 1 && born > 2000",
        "born is a number here and a date in the first"},
    {"said to be a text", "visits > 3", "text(visits) == '03'", NULL},
    {"said to be a number", "lang == 'x'", "number(lang) > number(b)", NULL},
    {"told by the other side", "lang == 'x'", "lang > number(b)",
        "lang is a number here and a text in the first"},
    {"whether it is there", "visits > 3", "exists visits", NULL},
};

START_TEST(a_field_has_one_type)
{
	struct target_fields f = {0};
	struct target *one = must_parse("one", pairs[_i].one);
	struct target *two = must_parse("two", pairs[_i].two);
	char *error = NULL;
	size_t at = 0;
	int rc = target_fields_add(&f, one, "in the first", &at, &error);

	if (rc == 0)
		rc = target_fields_add(&f, two, "in the second", &at, &error);
	ck_assert_msg((rc == 0) == !pairs[_i].error, "%s: %s", pairs[_i].name,
	    error);
	if (error)
		ck_assert_msg(strncmp(error, pairs[_i].error,
		    strlen(pairs[_i].error)) == 0, "%s: %s", pairs[_i].name,
		    error);
	if (error && strstr(pairs[_i].two, "&&"))
		ck_assert_uint_eq(at, 10);
	free(error);
	target_free(&one);
	target_free(&two);
	target_fields_free(&f);
}
END_TEST

START_TEST(the_fields_are_listed_once)
{
	static const struct target_field want[] = {{"lang", TARGET_TEXT},
	    {"b", TARGET_AGE}, {"n", TARGET_ANY}, {"n", TARGET_NUMBER},
	    {"m", TARGET_NUMBER}, {"likes", TARGET_LIST}, {"lang", TARGET_NUMBER},
	    {"d", TARGET_DATE}};
	struct target_fields f = {0};
	struct target *t = must_parse("t", "lang == 'x' && (lang != 'y' || "
	    "age(b) > 3) && !exists n && number(n) > m && likes has 'x' && "
	    "number(lang) in [1] && d < 'today' && d > '1 year ago'");
	char *error = NULL;
	size_t at, i;

	ck_assert_int_eq(target_fields_add(&f, t, "x", &at, &error), 0);
	ck_assert_uint_eq(f.n, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < f.n; i++)
		ck_assert_msg(strcmp(f.list[i].name, want[i].name) == 0 &&
		    f.list[i].type == want[i].type, "%zu: %s, %s", i,
		    f.list[i].name, target_type_name(f.list[i].type));
	target_free(&t);
	target_fields_free(&f);
}
END_TEST

/* Random conditions against an evaluator that is as plain as can be: trees of
 * bits, where atom i asks for the number f_i and the answers are given. */
#define ATOMS 4
struct tree {
	char kind; /* '&', '|', '!', 'a' */
	int atom;
	struct tree *a, *b;
};

static unsigned
random_below(unsigned *state, unsigned n)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % n;
}

static struct tree *
grow(struct arena *arena, unsigned *state, int depth)
{
	struct tree *t = arena_alloc(arena, sizeof(*t));
	unsigned pick = random_below(state, depth > 0 ? 5 : 1);

	t->kind = "aa&|!"[depth > 0 ? pick : 0];
	t->atom = (int)random_below(state, ATOMS);
	if (t->kind == 'a')
		return t;
	t->a = grow(arena, state, depth - 1);
	if (t->kind != '!')
		t->b = grow(arena, state, depth - 1);
	return t;
}

/* With all parentheses, or with none that precedence makes needless. */
static void
write_tree(const struct tree *t, bool all, struct buf *out)
{
	const struct tree *parts[2] = {t->a, t->b};
	int i;

	if (t->kind == 'a') {
		buf_printf(out, "f%d == 1", t->atom);
		return;
	}
	buf_add_str(out, t->kind == '!' ? "!" : "");
	for (i = 0; i < 2 && parts[i]; i++) {
		char inner = parts[i]->kind;
		bool open = t->kind == '!' ? inner != '!' : all ||
		    (t->kind == '&' && inner == '|');

		buf_add_str(out, i ? (t->kind == '&' ? "&&" : " || ") : "");
		buf_add_str(out, open ? "( " : "");
		write_tree(parts[i], all, out);
		buf_add_str(out, open ? ")" : "");
	}
}

/* 0 false, 1 unknown, 2 true: && is the least, || the greatest, ! the mirror. */
static int
judge(const struct tree *t, const int answers[ATOMS])
{
	int a, b;

	if (t->kind == 'a')
		return answers[t->atom];
	a = judge(t->a, answers);
	if (t->kind == '!')
		return 2 - a;
	b = judge(t->b, answers);
	return t->kind == '&' ? (a < b ? a : b) : (a > b ? a : b);
}

static void
check_tree(const struct tree *tree, const char *text)
{
	static const char *const words[] = {"0", "", "1"};
	struct target *t = must_parse(text, text), *again;
	int n, i, answers[ATOMS];

	again = must_parse(text, target_text(t));
	ck_assert_str_eq(target_text(t), target_text(again));
	for (n = 0; n < 81; n++) {
		struct arena *arena = arena_new();
		struct vars data;
		const char *why;
		char name[3] = "f0";
		bool want;
		int rest = n;

		vars_init(&data, arena);
		for (i = 0; i < ATOMS; i++, rest /= 3) {
			answers[i] = rest % 3;
			name[1] = (char)('0' + i);
			ck_assert_int_eq(vars_set(&data, slice_of(name),
			    slice_of(words[answers[i]]), &why), 0);
		}
		want = judge(tree, answers) == 2;
		ck_assert_msg(target_true(t, &data, NOW) == want, "%s: %d",
		    text, n);
		ck_assert_msg(target_true(again, &data, NOW) == want, "%s: %d",
		    target_text(t), n);
		arena_free(&arena);
	}
	target_free(&t);
	target_free(&again);
}

START_TEST(random_conditions_are_what_a_plain_evaluator_says)
{
	unsigned state = (unsigned)_i * 7919u + 1;
	struct arena *arena = arena_new();
	struct tree *tree = grow(arena, &state, 5);
	struct buf text = {0};

	write_tree(tree, true, &text);
	check_tree(tree, text.data);
	buf_clear(&text);
	write_tree(tree, false, &text);
	check_tree(tree, text.data);
	buf_free(&text);
	arena_free(&arena);
}
END_TEST

/* What parses once parses again as it is shown, and says the same. */
START_TEST(what_is_shown_means_the_same)
{
	struct arena *arena = arena_new();
	struct target *t = must_parse("t", truths[_i].condition);
	struct target *again = must_parse(target_text(t), target_text(t));
	struct vars data;

	fill(&data, arena, truths[_i].record);
	ck_assert_str_eq(target_text(t), target_text(again));
	ck_assert(target_true(t, &data, NOW) == target_true(again, &data, NOW));
	target_free(&t);
	target_free(&again);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("target");
	TCase *t = tcase_create("target");

	ADD_ROWS(t, a_condition_is_true_or_false_or_neither, truths);
	ADD_ROWS(t, what_is_no_condition_is_explained_at_its_place, errors);
	ADD_ROWS(t, no_prefix_does_harm, truths);
	ADD_ROWS(t, a_condition_is_shown_the_one_way, shown);
	tcase_add_test(t, nesting_and_length_are_limited);
	ADD_ROWS(t, a_value_is_of_a_type_or_not, values);
	ADD_ROWS(t, a_field_has_one_type, pairs);
	tcase_add_test(t, the_fields_are_listed_once);
	tcase_add_loop_test(t,
	    random_conditions_are_what_a_plain_evaluator_says, 0, 200);
	ADD_ROWS(t, what_is_shown_means_the_same, truths);
	suite_add_tcase(s, t);
	return unit_main(s);
}
