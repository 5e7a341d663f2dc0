#include "tests/unit/unit.h"

#include "lib/fleet/clock_offset.h"

static struct clock_offset c;

/* A gateway whose clock is late_ms behind ours sends a report at at_ms of our
 * clock that takes there_ms, and gets its answer after back_ms more. */
static void
exchange(int64_t late_ms, int64_t there_ms, int64_t back_ms)
{
	static int64_t round_ms = -1;

	clock_offset_take(&c, late_ms + there_ms, round_ms);
	round_ms = there_ms + back_ms;
}

static void
setup(void)
{
	c = (struct clock_offset){0};
}

START_TEST(the_way_of_the_report_is_not_the_clock)
{
	int64_t round_ms;
	int i;

	for (i = 0; i < 3; i++)
		exchange(1000, 150, 150);
	ck_assert_int_eq(clock_offset_ms(&c, &round_ms), 1000);
	ck_assert_int_eq(round_ms, 300);
	setup();
	for (i = 0; i < 3; i++)
		exchange(-70000, 40, 40);
	ck_assert_int_eq(clock_offset_ms(&c, NULL), -70000);
}
END_TEST

START_TEST(a_report_that_waited_is_not_believed)
{
	int64_t round_ms;
	int i;

	exchange(500, 10, 10);
	for (i = 0; i < CLOCK_OFFSET_SAMPLES; i++)
		exchange(500, 800, 10);
	ck_assert_int_eq(clock_offset_ms(&c, &round_ms), 500);
	ck_assert_int_eq(round_ms, 20);
}
END_TEST

START_TEST(what_was_known_counts_until_there_is_better)
{
	int64_t round_ms;

	clock_offset_restore(&c, 2000, -1); /* it was not known */
	ck_assert_int_eq(clock_offset_ms(&c, &round_ms), 0);
	clock_offset_restore(&c, 2000, 40);
	ck_assert_int_eq(clock_offset_ms(&c, &round_ms), 2000);
	ck_assert_int_eq(round_ms, 40);
	/* The first report says nothing of its way. */
	clock_offset_hello(&c);
	clock_offset_take(&c, 2300, -1);
	ck_assert_int_eq(clock_offset_ms(&c, NULL), 2000);
	clock_offset_take(&c, 2300, 580);
	ck_assert_int_eq(clock_offset_ms(&c, NULL), 2000);
	/* Set meanwhile: what was known is not true any more. */
	clock_offset_take(&c, 5010, 20);
	clock_offset_take(&c, 5010, 20);
	ck_assert_int_eq(clock_offset_ms(&c, NULL), 5000);
	clock_offset_restore(&c, 1, 1); /* comes late */
	ck_assert_int_eq(clock_offset_ms(&c, NULL), 5000);
}
END_TEST

START_TEST(a_clock_that_was_set_is_seen_with_the_next_exchange)
{
	int i;

	for (i = 0; i < 5; i++)
		exchange(0, 10, 10);
	ck_assert_int_eq(clock_offset_ms(&c, NULL), 0);
	exchange(3000, 30, 30);
	exchange(3000, 30, 30);
	ck_assert_int_eq(clock_offset_ms(&c, NULL), 3000);
}
END_TEST

START_TEST(an_agent_that_does_not_say_is_taken_as_it_comes)
{
	int64_t round_ms;

	clock_offset_take(&c, 1200, -1);
	clock_offset_take(&c, 1100, -1);
	ck_assert_int_eq(clock_offset_ms(&c, &round_ms), 1100);
	ck_assert_int_eq(round_ms, -1);
}
END_TEST

START_TEST(a_new_run_of_the_agent_says_nothing_of_the_old_report)
{
	clock_offset_take(&c, 5000, -1);
	clock_offset_hello(&c);
	clock_offset_take(&c, 100, 0);
	ck_assert_int_eq(clock_offset_ms(&c, NULL), 100);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clock_offset");
	TCase *t = tcase_create("clock_offset");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, the_way_of_the_report_is_not_the_clock);
	tcase_add_test(t, a_report_that_waited_is_not_believed);
	tcase_add_test(t, what_was_known_counts_until_there_is_better);
	tcase_add_test(t, a_clock_that_was_set_is_seen_with_the_next_exchange);
	tcase_add_test(t, an_agent_that_does_not_say_is_taken_as_it_comes);
	tcase_add_test(t, a_new_run_of_the_agent_says_nothing_of_the_old_report);
	suite_add_tcase(s, t);
	return unit_main(s);
}
