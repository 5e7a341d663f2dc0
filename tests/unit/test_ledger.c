#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "gateway-agent/ledger.h"

static char dir[64], path[128];
static struct buf got;

static int
replay(struct slice line, void *ctx)
{
	(void)ctx;
	buf_add_slice(&got, line);
	buf_add_char(&got, '|');
	return slice_eq_str(line, "bad") ? -1 : 0;
}

static void
set_up(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/np-ledger-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/ledger", dir);
	buf_add_str(&got, "");
}

static void
tear_down(void)
{
	buf_free(&got);
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static struct ledger *
open_expecting(const char *lines)
{
	struct ledger *l;

	buf_clear(&got);
	buf_add_str(&got, "");
	l = ledger_open(path, replay, NULL);
	ck_assert_ptr_nonnull(l);
	ck_assert_str_eq(got.data, lines);
	return l;
}

static void
fill(struct buf *out, void *ctx)
{
	(void)ctx;
	buf_add_str(out, "x\ny\n");
}

START_TEST(what_was_appended_comes_back)
{
	struct ledger *l = open_expecting("");

	ledger_append(l, slice_of("one"));
	ledger_append(l, slice_of("two"));
	ck_assert_uint_eq(ledger_lines(l), 2);
	ledger_close(&l);
	ck_assert_ptr_null(l);
	l = open_expecting("one|two|");
	ledger_close(&l);
}
END_TEST

START_TEST(a_line_cut_by_a_crash_is_dropped_and_not_glued_to_the_next)
{
	struct ledger *l;

	put("one\ntw");
	l = open_expecting("one|");
	ledger_append(l, slice_of("three"));
	ledger_close(&l);
	l = open_expecting("one|three|");
	ledger_close(&l);
}
END_TEST

START_TEST(a_damaged_line_does_not_hide_the_others)
{
	struct ledger *l;

	put("one\nbad\nthree\n");
	l = open_expecting("one|bad|three|");
	ledger_close(&l);
}
END_TEST

START_TEST(rewriting_replaces_all_lines_and_appending_goes_on)
{
	struct ledger *l = open_expecting("");

	ledger_append(l, slice_of("old"));
	ck_assert_int_eq(ledger_rewrite(l, fill, NULL), 0);
	ck_assert_uint_eq(ledger_lines(l), 2);
	ledger_append(l, slice_of("z"));
	ledger_close(&l);
	l = open_expecting("x|y|z|");
	ledger_close(&l);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_an_error)
{
	errno = 0;
	ck_assert_ptr_null(ledger_open("/nonexistent/x", replay, NULL));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* It cannot be synced. */
START_TEST(a_disk_that_does_not_take_it_ends_the_process)
{
	struct ledger *l = ledger_open("/dev/null", replay, NULL);

	ck_assert_ptr_nonnull(l);
	ledger_append(l, slice_of("A"));
	ledger_sync(l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ledger");
	TCase *t = tcase_create("ledger");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_was_appended_comes_back);
	tcase_add_test(t, a_line_cut_by_a_crash_is_dropped_and_not_glued_to_the_next);
	tcase_add_test(t, a_damaged_line_does_not_hide_the_others);
	tcase_add_test(t, rewriting_replaces_all_lines_and_appending_goes_on);
	tcase_add_test(t, a_directory_that_is_not_there_is_an_error);
	tcase_add_exit_test(t, a_disk_that_does_not_take_it_ends_the_process,
	    EX_TEMPFAIL);
	suite_add_tcase(s, t);
	return unit_main(s);
}
