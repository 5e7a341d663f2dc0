#include "tests/unit/unit.h"

#include "lib/base/date.h"

static const struct {
	const char *text;
	int64_t ms;
	bool whole_day;
} good[] = {
    {"1970-01-01", 0, true},
    {"2026-01-31", INT64_C(1769817600000), true},
    {"2024-02-29", INT64_C(1709164800000), true},
    {"2000-02-29", INT64_C(951782400000), true},
    {"0001-01-01", INT64_C(-62135596800000), true},
    {"9999-12-31", INT64_C(253402214400000), true},
    {"1969-12-31T23:59:59Z", -1000, false},
    {"1970-01-01T00:00:00Z", 0, false},
    {"1970-01-01t00:00:00z", 0, false},
    {"1970-01-01 00:00:00", 0, false},
    {"1970-01-01T02:30:00+02:30", 0, false},
    {"1969-12-31T19:00:00-05:00", 0, false},
    {"1970-01-01T00:00:00.5Z", 500, false},
    {"1970-01-01T00:00:00.123987", 123, false},
    {"2016-12-31T23:59:60Z", INT64_C(1483228800000), false},
};

START_TEST(a_date_is_a_day_and_with_a_time_a_point_in_time)
{
	struct moment m;

	ck_assert_msg(date_parse(slice_of(good[_i].text), &m) == 0, "%s",
	    good[_i].text);
	ck_assert_msg(m.ms == good[_i].ms && m.whole_day == good[_i].whole_day,
	    "%s: %lld", good[_i].text, (long long)m.ms);
}
END_TEST

static const char *const bad[] = {"", "2026", "2026-1-1", "2026-01-32",
    "2026-00-10", "2026-13-01", "2026-02-29", "1900-02-29", "0000-00-00",
    "0000-01-01", "26-01-01", "20260101", "31.12.2026", "2026/01/01",
    "2026-01-01T", "2026-01-01T10", "2026-01-01T10:00", "2026-01-01T24:00:00Z",
    "2026-01-01T10:60:00Z", "2026-01-01T10:00:61Z", "2026-01-01T10:00:00.Z",
    "2026-01-01T10:00:00X", "2026-01-01T10:00:00Zx", "2026-01-01T10:00:00+2",
    "2026-01-01T10:00:00+24:00", "2026-01-01T10:00:00+0200", " 2026-01-01",
    "2026-01-01 ", "-026-01-01", "+999-01-01", "2026-01-01x"};

START_TEST(nothing_else_is_a_date)
{
	struct moment m;

	ck_assert_msg(date_parse(slice_of(bad[_i]), &m) == -1, "%s", bad[_i]);
}
END_TEST

START_TEST(no_prefix_of_a_date_is_read_past_its_end)
{
	struct moment m;
	size_t len;

	for (len = 0; len <= strlen(good[_i].text); len++) {
		char *cut = malloc(len + 1); /* exact, for the sanitizers */

		memcpy(cut, good[_i].text, len);
		(void)date_parse((struct slice){cut, len}, &m);
		free(cut);
	}
}
END_TEST

/* Against a calendar that counts every single day. */
START_TEST(days_and_dates_are_the_same_over_800_years)
{
	static const int lengths[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	struct date d = {1570, 1, 1}, got;
	int64_t day = date_to_day(&d), year;
	int month, mday;

	ck_assert_int_eq(day, -146097);
	for (year = 1570; year < 2370; year++)
		for (month = 1; month <= 12; month++) {
			int leap = (year % 4 == 0 && year % 100 != 0) ||
			    year % 400 == 0;
			int last = lengths[month - 1] + (month == 2 && leap);

			for (mday = 1; mday <= last; mday++, day++) {
				d = (struct date){year, month, mday};
				got = date_of_day(day);
				ck_assert_int_eq(date_to_day(&d), day);
				ck_assert(got.year == year &&
				    got.month == month && got.day == mday);
			}
		}
	ck_assert_int_eq(day, 146097);
}
END_TEST

static int64_t
day(const char *text)
{
	struct moment m;

	ck_assert_int_eq(date_parse(slice_of(text), &m), 0);
	return date_day_of_ms(m.ms);
}

static const struct {
	const char *from;
	int64_t months;
	const char *to;
} months[] = {
    {"2026-03-15", -1, "2026-02-15"},
    {"2026-03-31", -1, "2026-02-28"},
    {"2024-03-31", -1, "2024-02-29"},
    {"2024-02-29", -12, "2023-02-28"},
    {"2024-02-29", 48, "2028-02-29"},
    {"2026-01-31", -1, "2025-12-31"},
    {"2026-12-31", 2, "2027-02-28"},
    {"2026-05-05", 0, "2026-05-05"},
    {"1970-01-15", -13, "1968-12-15"},
};

START_TEST(a_month_later_is_the_same_day_or_the_last)
{
	ck_assert_msg(date_add_months(day(months[_i].from), months[_i].months) ==
	    day(months[_i].to), "%s", months[_i].from);
}
END_TEST

static const struct {
	const char *born, *today;
	int64_t age;
} ages[] = {
    {"2008-06-15", "2026-06-14", 17},
    {"2008-06-15", "2026-06-15", 18},
    {"2008-06-15", "2027-01-01", 18},
    {"2008-12-31", "2026-01-01", 17},
    {"2008-02-29", "2026-02-28", 17},
    {"2008-02-29", "2026-03-01", 18},
    {"2008-02-29", "2028-02-29", 20},
    {"2026-06-15", "2026-06-15", 0},
    {"1899-06-15", "2026-06-15", 127},
};

START_TEST(one_gets_older_on_ones_birthday)
{
	ck_assert_msg(date_years(day(ages[_i].born), day(ages[_i].today)) ==
	    ages[_i].age, "%s on %s", ages[_i].born, ages[_i].today);
}
END_TEST

START_TEST(the_day_before_1970_is_day_minus_1)
{
	ck_assert_int_eq(date_day_of_ms(-1), -1);
	ck_assert_int_eq(date_day_of_ms(0), 0);
	ck_assert_int_eq(date_day_of_ms(DATE_DAY_MS - 1), 0);
	ck_assert_int_eq(date_day_of_ms(DATE_DAY_MS), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("date");
	TCase *t = tcase_create("date");

	ADD_ROWS(t, a_date_is_a_day_and_with_a_time_a_point_in_time, good);
	ADD_ROWS(t, nothing_else_is_a_date, bad);
	ADD_ROWS(t, no_prefix_of_a_date_is_read_past_its_end, good);
	tcase_add_test(t, days_and_dates_are_the_same_over_800_years);
	ADD_ROWS(t, a_month_later_is_the_same_day_or_the_last, months);
	ADD_ROWS(t, one_gets_older_on_ones_birthday, ages);
	tcase_add_test(t, the_day_before_1970_is_day_minus_1);
	suite_add_tcase(s, t);
	return unit_main(s);
}
