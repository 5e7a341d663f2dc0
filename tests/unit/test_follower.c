/* Real files in a directory of their own. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway-agent/follower.h"
#include "lib/base/mem.h"

static char dir[64], path[128], rotated[128];
static struct buf got;
static struct follower *f;

static void
on_line(struct slice line, void *ctx)
{
	(void)ctx;
	buf_add_slice(&got, line);
	buf_add_char(&got, '|');
}

static void
set_up(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/np-follower-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/mail.log", dir);
	(void)snprintf(rotated, sizeof(rotated), "%s/mail.log.1", dir);
	buf_add_str(&got, "");
}

static void
tear_down(void)
{
	follower_free(&f);
	buf_free(&got);
	(void)unlink(path);
	(void)unlink(rotated);
	(void)rmdir(dir);
}

static void
put(const char *name, const char *mode, const char *text)
{
	FILE *file = fopen(name, mode);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
expect(int64_t now_ms, enum follower_state state, const char *lines)
{
	enum follower_state is;

	while ((is = follower_read(f, now_ms)) == FOLLOWER_MORE)
		;
	ck_assert_int_eq(is, state);
	ck_assert_str_eq(got.data, lines);
	buf_clear(&got);
	buf_add_str(&got, "");
}

static void
start(const char *mark)
{
	f = follower_new(path, mark, on_line, NULL);
}

static void
restart(void)
{
	char mark[FOLLOWER_MARK_MAX];

	follower_mark(f, mark);
	ck_assert_uint_gt(strlen(mark), 0);
	follower_free(&f);
	start(mark);
}

START_TEST(a_first_start_begins_at_the_end)
{
	put(path, "w", "old\n");
	start("");
	expect(1, FOLLOWER_AT_END, "");
	put(path, "a", "new\nnewer\n");
	expect(2, FOLLOWER_AT_END, "new|newer|");
	ck_assert_int_eq(follower_seen_ms(f), 2);
	ck_assert_uint_eq(follower_gaps(f), 0);
}
END_TEST

START_TEST(a_file_that_comes_later_is_read_from_its_start)
{
	start("");
	expect(1, FOLLOWER_MISSING, "");
	ck_assert_int_eq(follower_seen_ms(f), 0);
	put(path, "w", "a\n");
	expect(2, FOLLOWER_AT_END, "a|");
	ck_assert_uint_eq(follower_gaps(f), 0);
}
END_TEST

START_TEST(half_a_line_waits_for_its_other_half)
{
	start("");
	put(path, "w", "a\nhal");
	expect(1, FOLLOWER_AT_END, "a|");
	restart();
	put(path, "a", "f\nb\n");
	expect(2, FOLLOWER_AT_END, "half|b|");
	ck_assert_uint_eq(follower_gaps(f), 0);
}
END_TEST

START_TEST(a_restart_goes_on_where_it_was)
{
	start("");
	put(path, "w", "a\n");
	expect(1, FOLLOWER_AT_END, "a|");
	put(path, "a", "b\n");
	restart();
	expect(2, FOLLOWER_AT_END, "b|");
}
END_TEST

START_TEST(rotation_finishes_the_old_file_first)
{
	start("");
	put(path, "w", "a\n");
	expect(1, FOLLOWER_AT_END, "a|");
	put(path, "a", "b\n");
	ck_assert_int_eq(rename(path, rotated), 0);
	expect(2, FOLLOWER_AT_END, "b|");
	put(path, "w", "d\n");
	expect(3, FOLLOWER_AT_END, "");
	ck_assert_int_eq(follower_seen_ms(f), 2);
	put(rotated, "a", "c\n"); /* its writer had not heard of it */
	expect(4, FOLLOWER_AT_END, "c|");
	expect(3 + FOLLOWER_GRACE_MS, FOLLOWER_AT_END, "d|");
	put(path, "a", "e\n");
	expect(4 + FOLLOWER_GRACE_MS, FOLLOWER_AT_END, "e|");
	ck_assert_uint_eq(follower_gaps(f), 0);
}
END_TEST

START_TEST(rotation_while_nobody_watched_loses_nothing)
{
	start("");
	put(path, "w", "a\n");
	expect(1, FOLLOWER_AT_END, "a|");
	put(path, "a", "b\n");
	ck_assert_int_eq(rename(path, rotated), 0);
	put(path, "w", "c\n");
	restart();
	expect(2, FOLLOWER_AT_END, "b|");
	expect(2 + FOLLOWER_GRACE_MS, FOLLOWER_AT_END, "c|");
	ck_assert_uint_eq(follower_gaps(f), 0);
}
END_TEST

START_TEST(a_rotated_file_that_is_gone_is_a_gap)
{
	start("");
	put(path, "w", "a\n");
	expect(1, FOLLOWER_AT_END, "a|");
	put(path, "a", "lost\n");
	put(rotated, "w", "new\n"); /* the inode stays taken */
	ck_assert_int_eq(rename(rotated, path), 0);
	restart();
	expect(2, FOLLOWER_AT_END, "new|");
	ck_assert_uint_eq(follower_gaps(f), 1);
	ck_assert_str_ne(follower_gap_text(f), "");
}
END_TEST

START_TEST(copytruncate_is_a_gap_and_goes_on)
{
	start("");
	put(path, "w", "a\nb\n");
	expect(1, FOLLOWER_AT_END, "a|b|");
	put(path, "w", "c\n");
	expect(2, FOLLOWER_AT_END, "c|");
	ck_assert_uint_eq(follower_gaps(f), 1);
}
END_TEST

START_TEST(a_truncated_file_that_grew_again_is_still_noticed)
{
	start("");
	put(path, "w", "a\nb\n");
	expect(1, FOLLOWER_AT_END, "a|b|");
	put(path, "w", "cc\ndd\nee\n");
	expect(2, FOLLOWER_AT_END, "cc|dd|ee|");
	ck_assert_uint_eq(follower_gaps(f), 1);
	put(path, "w", "fffffffff\ngg\n");
	restart();
	expect(3, FOLLOWER_AT_END, "fffffffff|gg|");
	ck_assert_uint_eq(follower_gaps(f), 1);
}
END_TEST

START_TEST(a_line_without_end_is_cut)
{
	size_t len = FOLLOWER_LINE_MAX * 3;
	char *text = xmalloc(len + 8);
	size_t first;

	memset(text, 'x', len);
	(void)strcpy(text + len, "\nnext\n");
	start("");
	put(path, "w", text);
	while (follower_read(f, 1) == FOLLOWER_MORE)
		;
	first = strcspn(got.data, "|");
	ck_assert_uint_eq(first, FOLLOWER_LINE_MAX);
	ck_assert_str_eq(got.data + first, "|next|");
	free(text);
}
END_TEST

START_TEST(a_big_file_comes_in_steps)
{
	char line[1024];
	FILE *file;
	int i, calls = 0;

	memset(line, 'y', sizeof(line));
	line[1023] = '\n';
	start("");
	file = fopen(path, "w");
	for (i = 0; i < 3000; i++)
		ck_assert_uint_eq(fwrite(line, 1, sizeof(line), file),
		    sizeof(line));
	ck_assert_int_eq(fclose(file), 0);
	while (follower_read(f, 1) == FOLLOWER_MORE)
		calls++;
	ck_assert_int_ge(calls, 2);
	ck_assert_uint_eq(got.len, 3000 * sizeof(line));
}
END_TEST

static const char *const broken_marks[] = {"x", "1:2:3:4", "1:2:3:4:5:6",
    "1:2:3:-4:5", "::::", "1:2:3:4:5x"};

START_TEST(an_unreadable_mark_is_a_gap)
{
	put(path, "w", "a\n");
	start(broken_marks[_i]);
	ck_assert_msg(follower_gaps(f) == 1, "%s", broken_marks[_i]);
	put(path, "a", "b\n");
	expect(1, FOLLOWER_AT_END, "b|");
}
END_TEST

START_TEST(the_later_mark_has_seen_more_lines)
{
	const char *a = "10:1:1:500:7", *b = "11:1:2:3:7";

	ck_assert_str_eq(follower_later(a, b), b);
	ck_assert_str_eq(follower_later(b, a), b);
	ck_assert_str_eq(follower_later("", a), a);
	ck_assert_str_eq(follower_later(a, ""), a);
	ck_assert_str_eq(follower_later("", ""), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("follower");
	TCase *t = tcase_create("follower");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_first_start_begins_at_the_end);
	tcase_add_test(t, a_file_that_comes_later_is_read_from_its_start);
	tcase_add_test(t, half_a_line_waits_for_its_other_half);
	tcase_add_test(t, a_restart_goes_on_where_it_was);
	tcase_add_test(t, rotation_finishes_the_old_file_first);
	tcase_add_test(t, rotation_while_nobody_watched_loses_nothing);
	tcase_add_test(t, a_rotated_file_that_is_gone_is_a_gap);
	tcase_add_test(t, copytruncate_is_a_gap_and_goes_on);
	tcase_add_test(t, a_truncated_file_that_grew_again_is_still_noticed);
	tcase_add_test(t, a_line_without_end_is_cut);
	tcase_add_test(t, a_big_file_comes_in_steps);
	ADD_ROWS(t, an_unreadable_mark_is_a_gap, broken_marks);
	tcase_add_test(t, the_later_mark_has_seen_more_lines);
	suite_add_tcase(s, t);
	return unit_main(s);
}
