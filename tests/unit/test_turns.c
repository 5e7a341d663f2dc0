#include "tests/unit/unit.h"

#include "policyd/turns.h"

static struct turns turns;
static struct turn others[TURNS_MAX + 3], urgent[TURNS_URGENT_MAX + 1];

static void
set_up(void)
{
	turns_init(&turns);
}

START_TEST(so_many_are_under_way_and_the_rest_waits_in_order)
{
	int i;

	ck_assert_ptr_null(turns_next(&turns));
	for (i = 0; i < TURNS_MAX + 2; i++)
		turns_add(&turns, &others[i], false);
	for (i = 0; i < TURNS_MAX; i++)
		ck_assert_ptr_eq(turns_next(&turns), &others[i]);
	ck_assert_ptr_null(turns_next(&turns));
	turns_done(&turns);
	ck_assert_ptr_eq(turns_next(&turns), &others[TURNS_MAX]);
	ck_assert_ptr_null(turns_next(&turns));
	turns_done(&turns);
	ck_assert_ptr_eq(turns_next(&turns), &others[TURNS_MAX + 1]);
	turns_done(&turns);
	ck_assert_ptr_null(turns_next(&turns));
}
END_TEST

START_TEST(what_somebody_waits_for_does_not_wait_for_the_others)
{
	int i;

	for (i = 0; i < TURNS_MAX + 3; i++)
		turns_add(&turns, &others[i], false);
	turns_add(&turns, &urgent[0], true);
	ck_assert_ptr_eq(turns_next(&turns), &urgent[0]);
	for (i = 0; i < TURNS_MAX - 1; i++)
		ck_assert_ptr_eq(turns_next(&turns), &others[i]);
	ck_assert_ptr_null(turns_next(&turns));
	turns_add(&turns, &urgent[1], true);
	turns_hurry(&turns, &others[TURNS_MAX + 1]);
	turns_hurry(&turns, &others[TURNS_MAX + 1]);
	turns_hurry(&turns, &others[0]); /* is under way */
	ck_assert_ptr_eq(turns_next(&turns), &urgent[1]);
	ck_assert_ptr_eq(turns_next(&turns), &others[TURNS_MAX + 1]);
	ck_assert_ptr_null(turns_next(&turns));
}
END_TEST

START_TEST(even_of_those_there_are_not_too_many)
{
	int i;

	for (i = 0; i < TURNS_URGENT_MAX + 1; i++)
		turns_add(&turns, &urgent[i], true);
	for (i = 0; i < TURNS_URGENT_MAX; i++)
		ck_assert_ptr_eq(turns_next(&turns), &urgent[i]);
	ck_assert_ptr_null(turns_next(&turns));
	turns_done(&turns);
	ck_assert_ptr_eq(turns_next(&turns), &urgent[TURNS_URGENT_MAX]);
}
END_TEST

START_TEST(those_that_never_began_can_be_taken_out)
{
	turns_add(&turns, &others[0], false);
	turns_add(&turns, &others[1], false);
	turns_add(&turns, &urgent[0], true);
	ck_assert_ptr_eq(turns_next(&turns), &urgent[0]);
	ck_assert_ptr_eq(turns_drop(&turns), &others[0]);
	ck_assert_ptr_eq(turns_drop(&turns), &others[1]);
	ck_assert_ptr_null(turns_drop(&turns));
	ck_assert_ptr_null(turns_next(&turns));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("turns");
	TCase *t = tcase_create("turns");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, so_many_are_under_way_and_the_rest_waits_in_order);
	tcase_add_test(t,
	    what_somebody_waits_for_does_not_wait_for_the_others);
	tcase_add_test(t, even_of_those_there_are_not_too_many);
	tcase_add_test(t, those_that_never_began_can_be_taken_out);
	suite_add_tcase(s, t);
	return unit_main(s);
}
