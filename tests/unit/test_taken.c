#include "tests/unit/unit.h"

#include "lib/fleet/taken.h"

static struct taken s;

static void
setup(void)
{
	s = (struct taken){0};
}

START_TEST(each_number_is_new_once)
{
	ck_assert(!taken_has(&s, 5));
	taken_add(&s, 5);
	ck_assert(taken_has(&s, 5));
	ck_assert(!taken_has(&s, 6));
	ck_assert_int_eq(taken_highest(&s), 5);
	taken_add(&s, 5);
	ck_assert_int_eq(s.n, 1);
}
END_TEST

/* Told to another policyd, and here after what we were told ourselves. */
START_TEST(one_that_comes_late_is_still_new)
{
	taken_add(&s, 30);
	taken_add(&s, 10);
	ck_assert(!taken_has(&s, 20));
	taken_add(&s, 20);
	ck_assert(taken_has(&s, 10) && taken_has(&s, 20) && taken_has(&s, 30));
	ck_assert(!taken_has(&s, 15));
	ck_assert_int_eq(taken_highest(&s), 30);
}
END_TEST

START_TEST(below_what_is_remembered_all_count_as_taken)
{
	int i;

	for (i = 1; i <= TAKEN_MAX + 10; i++)
		taken_add(&s, i * 10);
	ck_assert_int_eq(s.n, TAKEN_MAX);
	ck_assert(taken_has(&s, 100)); /* the last that was dropped */
	ck_assert(taken_has(&s, 95));  /* never was there */
	ck_assert(!taken_has(&s, 105));
	taken_add(&s, 105); /* lower than all of a full list */
	ck_assert(taken_has(&s, 105));
	ck_assert(!taken_has(&s, 115));
	ck_assert_int_eq(s.n, TAKEN_MAX);
}
END_TEST

START_TEST(what_an_earlier_run_took_is_not_new)
{
	taken_add(&s, 50);
	taken_add(&s, 200);
	taken_restore(&s, 100);
	ck_assert(taken_has(&s, 99) && taken_has(&s, 50) && taken_has(&s, 200));
	ck_assert(!taken_has(&s, 101));
	ck_assert_int_eq(taken_highest(&s), 200);
	taken_restore(&s, 10); /* older than what is known */
	ck_assert(taken_has(&s, 99));
	taken_restore(&s, 300);
	ck_assert(taken_has(&s, 250));
	ck_assert_int_eq(s.n, 0);
	ck_assert_int_eq(taken_highest(&s), 300);
}
END_TEST

/* A law: whatever the order within what is remembered, each of a run of numbers
 * is new just once.  _i: the seed. */
START_TEST(any_order_within_the_list_takes_each_once)
{
	int64_t numbers[1000];
	unsigned seed = (unsigned)_i;
	int i, k, fresh = 0;

	for (i = 0; i < 1000; i++)
		numbers[i] = 1 + i * 3;
	for (i = 0; i < 1000; i++) { /* shuffled, each hundred by itself */
		int64_t t = numbers[i];

		k = i / 100 * 100 + (int)(rand_r(&seed) % 100);
		numbers[i] = numbers[k];
		numbers[k] = t;
	}
	for (k = 0; k < 2; k++)
		for (i = 0; i < 1000; i++) {
			fresh += !taken_has(&s, numbers[i]);
			taken_add(&s, numbers[i]);
			ck_assert(taken_has(&s, numbers[i]));
		}
	ck_assert_int_eq(fresh, 1000);
	ck_assert_int_eq(taken_highest(&s), 1 + 999 * 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("taken");
	TCase *t = tcase_create("taken");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, each_number_is_new_once);
	tcase_add_test(t, one_that_comes_late_is_still_new);
	tcase_add_test(t, below_what_is_remembered_all_count_as_taken);
	tcase_add_test(t, what_an_earlier_run_took_is_not_new);
	tcase_add_loop_test(t, any_order_within_the_list_takes_each_once, 0, 20);
	suite_add_tcase(suite, t);
	return unit_main(suite);
}
