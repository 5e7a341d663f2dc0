/* The last minute. */
#include "lib/fleet/recent.h"

#include "tests/unit/unit.h"

static const struct {
	const char *name;
	double at_s, now_s;
	uint64_t n;
} ages[] = {
    {"now", 1000, 1000, 1},
    {"of this slice", 1000, 1004.9, 1},
    {"half a minute", 1000, 1030, 1},
    {"55 seconds", 1000, 1054.9, 1},
    {"more than a minute", 1000, 1060.1, 0},
    {"an hour", 1000, 4600, 0},
    {"at the clock's beginning", 0, 0, 1},
};

START_TEST(what_is_older_than_a_minute_does_not_count)
{
	struct recent r = {0};

	ck_assert_uint_eq(recent_count(&r, RECENT_SENT, ages[_i].now_s), 0);
	recent_add(&r, RECENT_SENT, ages[_i].at_s);
	ck_assert_msg(recent_count(&r, RECENT_SENT, ages[_i].now_s) ==
	    ages[_i].n, "%s", ages[_i].name);
	ck_assert_uint_eq(recent_count(&r, RECENT_BOUNCED, ages[_i].at_s), 0);
}
END_TEST

START_TEST(a_steady_rate_is_counted_to_a_twelfth)
{
	struct recent r = {0};
	int i;

	for (i = 0; i < 3000; i++)
		recent_add(&r, RECENT_CHOSEN, 500 + i / 10.0);
	ck_assert_uint_ge(recent_count(&r, RECENT_CHOSEN, 799.9), 550);
	ck_assert_uint_le(recent_count(&r, RECENT_CHOSEN, 799.9), 600);
}
END_TEST

START_TEST(quantiles_are_right_to_a_bucket)
{
	struct recent r = {0};
	int i;

	ck_assert(recent_quantile(&r, 0.5, 10) < 0);
	for (i = 1; i <= 100; i++)
		recent_took(&r, i, 10);
	ck_assert(recent_quantile(&r, 0.5, 10) >= 50);
	ck_assert(recent_quantile(&r, 0.5, 10) <= 50 * 1.4143);
	ck_assert(recent_quantile(&r, 0.99, 10) >= 99);
	ck_assert(recent_quantile(&r, 0.99, 10) <= 99 * 1.4143);
	ck_assert(recent_quantile(&r, 0.5, 100) < 0);
	recent_took(&r, 0, 200);
	ck_assert_double_eq_tol(recent_quantile(&r, 0.5, 200), 0.01, 1e-9);
	recent_took(&r, 1e9, 200);
	ck_assert(recent_quantile(&r, 1, 200) > 10000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("recent");
	TCase *t = tcase_create("recent");

	ADD_ROWS(t, what_is_older_than_a_minute_does_not_count, ages);
	tcase_add_test(t, a_steady_rate_is_counted_to_a_twelfth);
	tcase_add_test(t, quantiles_are_right_to_a_bucket);
	suite_add_tcase(s, t);
	return unit_main(s);
}
