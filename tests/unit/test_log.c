#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

static const struct {
	const char *name;
	size_t size;
	const char *in, *want;
} safes[] = {
    {"plain text stays", 64, "abc def", "abc def"},
    {"good UTF-8 stays", 64, "caf\xc3\xa9", "caf\xc3\xa9"},
    {"a line break cannot start a new line", 64, "a\r\nb", "a\\x0d\\x0ab"},
    {"quotes and backslashes", 64, "\"\\", "\\x22\\x5c"},
    {"DEL and escape", 64, "\x7f\x1b[", "\\x7f\\x1b["},
    {"broken UTF-8 byte by byte", 64, "\xe2\x82x", "\\xe2\\x82x"},
    {"C1 controls in UTF-8", 64, "\xc2\x9b", "\\xc2\\x9b"},
    {"just fits", 7, "abcdef", "abcdef"},
    {"one too long is cut", 7, "abcdefg", "abc..."},
    {"a character is not cut in two", 7, "ab\xc3\xa9xyz", "ab..."},
    {"an escape is not cut in two", 9, "abcd\n\n\n", "abcd..."},
    {"tiny", 3, "abcdef", ".."},
    {"nothing but the end", 1, "abc", ""},
    {"empty", 8, "", ""},
};

START_TEST(text_from_outside_is_made_safe)
{
	char dst[64];

	memset(dst, 'Z', sizeof(dst));
	(void)log_safe(dst, safes[_i].size, safes[_i].in);
	ck_assert_msg(strcmp(dst, safes[_i].want) == 0, "%s: got %s",
	    safes[_i].name, dst);
}
END_TEST

/* Run f with stderr in a file and return what it wrote. */
static const char *
captured(void (*f)(void))
{
	static char text[16384];
	FILE *tmp = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	ck_assert_ptr_nonnull(tmp);
	ck_assert_int_ge(dup2(fileno(tmp), STDERR_FILENO), 0);
	f();
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	rewind(tmp);
	n = fread(text, 1, sizeof(text) - 1, tmp);
	text[n] = '\0';
	(void)fclose(tmp);
	close(saved);
	return text;
}

static void
say_some(void)
{
	log_debug("not seen");
	errno = ENOENT;
	log_warn("cannot open %s", "x");
	log_warnx("without errno");
	log_info("id=%d", 5);
	if (errno != ENOENT)
		log_warnx("errno was lost");
}

START_TEST(lines_carry_name_level_and_errno)
{
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_open("np", LOG_TO_STDERR, 0);
	ck_assert_str_eq(captured(say_some),
	    "np: warning: cannot open x: No such file or directory\n"
	    "np: warning: without errno\n"
	    "np: info: id=5\n");
}
END_TEST

START_TEST(lines_outside_a_journal_carry_the_time)
{
	unsetenv("JOURNAL_STREAM");
	log_open("np", LOG_TO_STDERR, 0);
	ck_assert_ptr_nonnull(strstr(captured(say_some), "Z np: info: id=5\n"));
}
END_TEST

static void
say_much(void)
{
	static char much[20000];

	memset(much, 'x', sizeof(much) - 1);
	log_info("%s", much);
}

START_TEST(a_huge_line_is_cut_and_still_ends)
{
	const char *text;

	log_open("np", LOG_TO_STDERR, 0);
	text = captured(say_much);
	ck_assert_uint_lt(strlen(text), 4400);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

START_TEST(fatal_ends_with_tempfail)
{
	fatal("gone");
}
END_TEST

START_TEST(fatalx_ends_with_its_code)
{
	fatalx(EX_CONFIG, "gone");
}
END_TEST

START_TEST(a_limit_lets_one_line_through_per_interval)
{
	struct log_limit limit = {0};

	ck_assert_int_eq(log_may(&limit, 1000, 60000), 1);
	ck_assert_int_eq(log_may(&limit, 1001, 60000), 0);
	ck_assert_int_eq(log_may(&limit, 60999, 60000), 0);
	ck_assert_uint_eq(limit.suppressed, 2);
	ck_assert_int_eq(log_may(&limit, 61000, 60000), 1);
	ck_assert_uint_eq(limit.suppressed, 0);
}
END_TEST

static const struct {
	int64_t ms;
	const char *want, *minute;
} dates[] = {
    {0, "Thu, 1 Jan 1970 00:00:00 +0000", "1970-01-01 00:00"},
    {1795428000000, "Mon, 23 Nov 2026 10:00:00 +0000", "2026-11-23 10:00"},
    {1709251199999, "Thu, 29 Feb 2024 23:59:59 +0000", "2024-02-29 23:59"},
    {-1, "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31 23:59"},
};

START_TEST(dates_are_those_of_rfc5322_or_for_people)
{
	char s[32];

	clock_rfc5322(s, sizeof(s), dates[_i].ms);
	ck_assert_str_eq(s, dates[_i].want);
	clock_minute(s, sizeof(s), dates[_i].ms);
	ck_assert_str_eq(s, dates[_i].minute);
}
END_TEST

START_TEST(the_monotonic_clock_does_not_go_back)
{
	int64_t us = clock_mono_us(), ms = clock_mono_ms();

	ck_assert_int_ge(ms, us / 1000);
	ck_assert_int_ge(clock_mono_us(), us);
	ck_assert_int_gt(clock_wall_ms(), 1577836800000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	ADD_ROWS(t, text_from_outside_is_made_safe, safes);
	tcase_add_test(t, lines_carry_name_level_and_errno);
	tcase_add_test(t, lines_outside_a_journal_carry_the_time);
	tcase_add_test(t, a_huge_line_is_cut_and_still_ends);
	tcase_add_exit_test(t, fatal_ends_with_tempfail, EX_TEMPFAIL);
	tcase_add_exit_test(t, fatalx_ends_with_its_code, EX_CONFIG);
	tcase_add_test(t, a_limit_lets_one_line_through_per_interval);
	ADD_ROWS(t, dates_are_those_of_rfc5322_or_for_people, dates);
	tcase_add_test(t, the_monotonic_clock_does_not_go_back);
	suite_add_tcase(s, t);
	return unit_main(s);
}
