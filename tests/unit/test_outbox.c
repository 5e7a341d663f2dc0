#include "tests/unit/unit.h"

#include <stdio.h>

#include "gateway-agent/outbox.h"

static struct buf journal;

static void
record(struct slice line, void *ctx)
{
	(void)ctx;
	buf_add_slice(&journal, line);
	buf_add_char(&journal, '\n');
}

static void
check(const struct outbox *o, const char *expected)
{
	const void *pos = NULL;
	struct buf got = {0};
	struct slice text;
	int64_t seq;

	buf_add_str(&got, "");
	while (outbox_next(o, &pos, &seq, &text)) {
		buf_printf(&got, "%lld:", (long long)seq);
		buf_add_slice(&got, text);
		buf_add_char(&got, ' ');
	}
	ck_assert_str_eq(got.data, expected);
	buf_free(&got);
}

static void
replay(struct outbox *o, struct slice lines)
{
	struct slice line;

	while (slice_split(&lines, '\n', &line))
		if (line.len)
			ck_assert_int_eq(outbox_replay(o, line), 0);
}

START_TEST(events_stay_until_they_have_arrived)
{
	struct outbox *o = outbox_new(record, NULL);
	struct outbox *again = outbox_new(NULL, NULL);

	ck_assert_int_eq(outbox_next_seq(o, 100), 100);
	outbox_add(o, 100, "1:a", slice_of("one x"));
	outbox_add(o, outbox_next_seq(o, 50), "2:b", slice_of("two"));
	outbox_add(o, 102, "3:c", slice_of("three"));
	check(o, "100:one x 101:two 102:three ");
	outbox_acked(o, 101);
	check(o, "102:three ");
	replay(again, slice_buf(&journal));
	check(again, "102:three ");
	ck_assert_str_eq(outbox_mark(again), "3:c");
	ck_assert_int_eq(outbox_next_seq(again, 5), 103);
	outbox_free(&o);
	outbox_free(&again);
	buf_free(&journal);
}
END_TEST

START_TEST(an_empty_outbox_still_knows_mark_and_number)
{
	struct outbox *o = outbox_new(NULL, NULL);
	struct outbox *again = outbox_new(NULL, NULL);
	struct buf dump = {0};

	outbox_add(o, 7, "9:pos", slice_of("e"));
	outbox_acked(o, 7);
	outbox_dump(o, &dump);
	replay(again, slice_buf(&dump));
	ck_assert_uint_eq(outbox_count(again), 0);
	ck_assert_str_eq(outbox_mark(again), "9:pos");
	ck_assert_int_eq(outbox_next_seq(again, 0), 8);
	buf_free(&dump);
	outbox_free(&o);
	outbox_free(&again);
}
END_TEST

START_TEST(the_oldest_go_when_there_are_too_many)
{
	struct outbox *o = outbox_new(NULL, NULL);
	const void *pos = NULL;
	struct slice text;
	int64_t seq;
	int i;

	for (i = 1; i <= OUTBOX_MAX + 5; i++)
		outbox_add(o, i, "m", slice_of("e"));
	ck_assert_uint_eq(outbox_count(o), OUTBOX_MAX);
	ck_assert_uint_eq(outbox_dropped(o), 5);
	ck_assert(outbox_next(o, &pos, &seq, &text));
	ck_assert_int_eq(seq, 6);
	outbox_free(&o);
}
END_TEST

START_TEST(damaged_lines_are_refused)
{
	static const char *const lines[] = {"", "E", "E 1", "E 1 m", "E x m t",
	    "X 1 m t", "K 1", "EE 1 m t"};
	struct outbox *o = outbox_new(NULL, NULL);
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(outbox_replay(o, slice_of(lines[i])) == -1,
		    "%s", lines[i]);
	check(o, "");
	outbox_free(&o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("outbox");
	TCase *t = tcase_create("outbox");

	tcase_add_test(t, events_stay_until_they_have_arrived);
	tcase_add_test(t, an_empty_outbox_still_knows_mark_and_number);
	tcase_add_test(t, the_oldest_go_when_there_are_too_many);
	tcase_add_test(t, damaged_lines_are_refused);
	suite_add_tcase(s, t);
	return unit_main(s);
}
