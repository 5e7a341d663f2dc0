#include "tests/unit/unit.h"

#include "lib/base/text.h"

#define BAD INT64_MIN

static const struct {
	const char *name, *in;
	int64_t min, max, want;
} ints[] = {
    {"zero", "0", 0, 9, 0},
    {"the largest of all", "9223372036854775807", 0, INT64_MAX, INT64_MAX},
    {"one more than that", "9223372036854775808", 0, INT64_MAX, BAD},
    {"negative", "-12", -20, 0, -12},
    {"empty", "", 0, 9, BAD},
    {"a sign alone", "-", -9, 9, BAD},
    {"a plus sign", "+1", 0, 9, BAD},
    {"a leading blank", " 1", 0, 9, BAD},
    {"something behind", "1x", 0, 9, BAD},
    {"hexadecimal", "0x1", 0, 9, BAD},
    {"below the range", "4", 5, 9, BAD},
    {"above the range", "10", 5, 9, BAD},
};

START_TEST(integers_are_strict)
{
	int64_t v = BAD;
	int rc = text_int(slice_of(ints[_i].in), ints[_i].min, ints[_i].max, &v);

	ck_assert_msg(v == ints[_i].want && (rc == 0) == (v != BAD),
	    "%s: got %d, %lld", ints[_i].name, rc, (long long)v);
}
END_TEST

static const struct {
	const char *name, *in;
	int64_t want;
} durations[] = {
    {"milliseconds", "200ms", 200},
    {"seconds", "2s", 2000},
    {"minutes", "5m", 300000},
    {"hours", "6h", 21600000},
    {"days", "7d", 604800000},
    {"zero needs no unit", "0", 0},
    {"a missing unit", "20", BAD},
    {"an unknown unit", "20x", BAD},
    {"a unit alone", "ms", BAD},
    {"a blank between", "2 s", BAD},
    {"negative", "-2s", BAD},
    {"a fraction", "1.5s", BAD},
    {"overflow", "999999999999999999d", BAD},
    {"above the range", "8d", BAD},
};

START_TEST(durations_carry_a_unit)
{
	int64_t v = BAD;
	int rc = text_duration_ms(slice_of(durations[_i].in), 0, 604800000, &v);

	ck_assert_msg(v == durations[_i].want && (rc == 0) == (v != BAD),
	    "%s: got %d, %lld", durations[_i].name, rc, (long long)v);
}
END_TEST

static const struct {
	const char *name, *in;
	int64_t want;
} sizes[] = {
    {"bytes", "512", 512},
    {"bytes with a B", "512B", 512},
    {"kilobytes", "64K", 65536},
    {"megabytes with a B", "20MB", 20971520},
    {"a gigabyte", "1G", 1073741824},
    {"lower case", "1g", BAD},
    {"an unknown unit", "1T", BAD},
    {"a unit alone", "K", BAD},
    {"empty", "", BAD},
};

START_TEST(sizes_are_1024_based)
{
	int64_t v = BAD;
	int rc = text_size(slice_of(sizes[_i].in), 0, INT64_MAX, &v);

	ck_assert_msg(v == sizes[_i].want && (rc == 0) == (v != BAD),
	    "%s: got %d, %lld", sizes[_i].name, rc, (long long)v);
}
END_TEST

static const struct {
	const char *name, *in;
	int good;
	double want;
} doubles[] = {
    {"whole", "3", 1, 3.0},
    {"fraction", "0.25", 1, 0.25},
    {"negative", "-1.5", 1, -1.5},
    {"no digit before the point", ".5", 0, 0},
    {"no digit behind the point", "5.", 0, 0},
    {"exponent", "1e3", 0, 0},
    {"not a number", "nan", 0, 0},
    {"infinity", "inf", 0, 0},
    {"empty", "", 0, 0},
    {"out of range", "1001", 0, 0},
};

START_TEST(fractions_are_strict)
{
	double v = 0;
	int rc = text_double(slice_of(doubles[_i].in), -1000, 1000, &v);

	ck_assert_msg((rc == 0) == doubles[_i].good, "%s", doubles[_i].name);
	ck_assert_msg(v >= doubles[_i].want && v <= doubles[_i].want, "%s: %g",
	    doubles[_i].name, v);
}
END_TEST

static const struct {
	const char *name, *in;
	bool good;
} utf8[] = {
    {"ascii", "abc", true},
    {"two bytes", "\xc3\xa9", true},
    {"three bytes", "\xe2\x82\xac", true},
    {"four bytes", "\xf0\x9f\x98\x80", true},
    {"the last code point", "\xf4\x8f\xbf\xbf", true},
    {"past the last code point", "\xf4\x90\x80\x80", false},
    {"overlong slash", "\xc0\xaf", false},
    {"overlong in three bytes", "\xe0\x80\xaf", false},
    {"overlong in four bytes", "\xf0\x80\x80\xaf", false},
    {"surrogate", "\xed\xa0\x80", false},
    {"just below the surrogates", "\xed\x9f\xbf", true},
    {"cut", "\xe2\x82", false},
    {"continuation alone", "\x80", false},
    {"latin-1", "caf\xe9 au", false},
};

START_TEST(utf8_is_checked_whole)
{
	ck_assert_msg(text_is_utf8(slice_of(utf8[_i].in)) == utf8[_i].good,
	    "%s", utf8[_i].name);
}
END_TEST

START_TEST(controls_are_seen_but_tab_is_none)
{
	ck_assert(!text_has_control(slice_of("a\tb \xc3\xa9")));
	ck_assert(text_has_control(slice_of("a\nb")));
	ck_assert(text_has_control(slice_of("a\x7f")));
	ck_assert(text_has_control((struct slice){"a\0b", 3}));
	ck_assert(text_is_ascii(slice_of("a\tb")));
	ck_assert(!text_is_ascii(slice_of("\xc3\xa9")));
}
END_TEST

static const struct {
	int64_t bytes;
	const char *want;
} human[] = {
    {0, "0 B"},
    {812, "812 B"},
    {999, "999 B"},
    {1000, "1.0 KB"},
    {4096, "4.1 KB"},
    {999949, "999.9 KB"},
    {999950, "1.0 MB"},
    {1300000, "1.3 MB"},
    {2000000000, "2.0 GB"},
};

START_TEST(bytes_read_well)
{
	char s[32];

	text_human_bytes(s, sizeof(s), human[_i].bytes);
	ck_assert_str_eq(s, human[_i].want);
}
END_TEST

static const struct {
	size_t at;
	int line, column;
} places[] = {
    {0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {5, 2, 2}, {6, 2, 3}, {7, 3, 1},
    {8, 3, 2}, {99, 3, 2},
};

START_TEST(a_place_is_counted_in_lines_and_characters)
{
	int line, column;

	text_place(slice_of("ab\n\xc3\xa4x\nz"), places[_i].at, &line, &column);
	ck_assert_msg(line == places[_i].line && column == places[_i].column,
	    "%zu: %d:%d", places[_i].at, line, column);
}
END_TEST

static const struct {
	const char *name, *in;
	int64_t per_h;
	bool good;
} rates[] = {
    {"a second", "20/s", 72000, true},
    {"a minute", "600/m", 36000, true},
    {"an hour", "5000/h", 5000, true},
    {"the least", "1/h", 1, true},
    {"none at all", "0/s", 0, false},
    {"without a unit", "20", 0, false},
    {"nothing alone", "0", 0, false},
    {"half a unit", "20/", 0, false},
    {"a unit too long", "20/sec", 0, false},
    {"a day", "20/d", 0, false},
    {"a blank", "20 /s", 0, false},
    {"a fraction", "2.5/s", 0, false},
    {"negative", "-1/s", 0, false},
    {"nothing before it", "/s", 0, false},
    {"too much", "9223372036854775807/s", 0, false},
    {"empty", "", 0, false},
};

START_TEST(rates_carry_a_unit)
{
	int64_t v = 0;
	int rc = text_rate_per_h(slice_of(rates[_i].in), 1, INT64_MAX, &v);

	ck_assert_msg((rc == 0) == rates[_i].good, "%s", rates[_i].name);
	ck_assert_msg(v == rates[_i].per_h, "%s: %lld", rates[_i].name,
	    (long long)v);
}
END_TEST

static const struct {
	double per_s;
	const char *want;
} human_rates[] = {
    {20, "20/s"},
    {1, "1/s"},
    {10 / 60.0, "10/m"},
    {5000 / 3600.0, "5000/h"},
    {1 / 3600.0, "1/h"},
    {3.21734, "3.22/s"},
    {0.21734, "13/m"},
    {0.00021734, "0.782/h"},
    {1e20, "1e+20/s"},
};

START_TEST(rates_read_well)
{
	char s[32];

	text_human_rate(s, sizeof(s), human_rates[_i].per_s);
	ck_assert_str_eq(s, human_rates[_i].want);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	ADD_ROWS(t, integers_are_strict, ints);
	ADD_ROWS(t, durations_carry_a_unit, durations);
	ADD_ROWS(t, sizes_are_1024_based, sizes);
	ADD_ROWS(t, fractions_are_strict, doubles);
	ADD_ROWS(t, utf8_is_checked_whole, utf8);
	tcase_add_test(t, controls_are_seen_but_tab_is_none);
	ADD_ROWS(t, bytes_read_well, human);
	ADD_ROWS(t, a_place_is_counted_in_lines_and_characters, places);
	ADD_ROWS(t, rates_carry_a_unit, rates);
	ADD_ROWS(t, rates_read_well, human_rates);
	suite_add_tcase(s, t);
	return unit_main(s);
}
