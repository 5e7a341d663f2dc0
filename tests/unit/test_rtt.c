#include "tests/unit/unit.h"

#include "lib/fleet/pair.h"

START_TEST(the_first_sample_is_the_estimate)
{
	ck_assert_double_eq_tol(rtt_smooth(0, 0.25), 0.25, 1e-9);
}
END_TEST

START_TEST(a_lost_syn_moves_the_estimate_by_a_fifth_at_most)
{
	double e = rtt_smooth(0.1, 3.1);

	ck_assert_double_eq_tol(e, 0.12, 1e-9);
}
END_TEST

START_TEST(the_estimate_follows_a_lasting_change)
{
	double e = 0.02;
	int i;

	for (i = 0; i < 100; i++)
		e = rtt_smooth(e, 0.2);
	ck_assert_double_eq_tol(e, 0.2, 0.002);
}
END_TEST

START_TEST(no_estimate_is_zero)
{
	ck_assert_double_ge(rtt_smooth(0, 0), RTT_MIN_S);
	ck_assert_double_ge(rtt_smooth(RTT_MIN_S, 0), RTT_MIN_S);
	ck_assert_double_ge(rtt_predict(0, 0, 0), RTT_MIN_S);
}
END_TEST

static const struct {
	const char *name;
	double gateway, site_min, site_mean, want;
} predictions[] = {
    {"nothing known", 0, 0, 0, RTT_DEFAULT_S},
    {"the gateway's mean", 0.05, 0, 0, 0.05},
    {"never nearer than twice the nearest measured", 0.01, 0.03, 0.05, 0.06},
    {"a far gateway stays far", 0.2, 0.03, 0.05, 0.2},
    {"a gateway without a past takes the site's mean", 0, 0.01, 0.08, 0.08},
    {"but at least twice the nearest", 0, 0.05, 0.05, 0.1},
};

START_TEST(predictions_come_from_what_was_measured)
{
	double got = rtt_predict(predictions[_i].gateway,
	    predictions[_i].site_min, predictions[_i].site_mean);

	ck_assert_msg(got > predictions[_i].want - 1e-9 &&
		got < predictions[_i].want + 1e-9,
	    "%s: got %g", predictions[_i].name, got);
}
END_TEST

START_TEST(the_log_does_not_overrule_a_fresh_probe)
{
	struct pair p = {0};

	pair_rtt(&p, 0.3, RTT_LOG, 1000);
	ck_assert_int_eq(p.source, RTT_LOG);
	pair_rtt(&p, 0.02, RTT_PROBE, 1001);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.02, 1e-6);
	pair_rtt(&p, 0.3, RTT_LOG, 1100);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.02, 1e-6);
	pair_rtt(&p, 0.04, RTT_LOG, 1001 + 601);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.022, 1e-6);
}
END_TEST

START_TEST(a_deferral_is_forgotten_in_time)
{
	struct pair p = {0};

	(void)pair_deferred(&p, 100);
	ck_assert_double_eq_tol(pair_deferral_probability(&p, 100), 0.3, 1e-6);
	ck_assert_double_lt(pair_deferral_probability(&p, 400), 0.03);
	pair_sent(&p, 0.5, 101);
	ck_assert_double_lt(pair_deferral_probability(&p, 101), 0.28);
}
END_TEST

START_TEST(a_limit_is_learned_from_what_was_accepted_and_grows)
{
	struct pair p = {0};
	double limit;
	int i;

	for (i = 0; i < 200; i++) /* ten a second */
		pair_sent(&p, 0.1, 100 + i / 10.0);
	limit = pair_deferred(&p, 120);
	ck_assert_double_gt(limit, 5);
	ck_assert_double_lt(limit, 10);
	/* A second refusal at the same time teaches nothing new. */
	ck_assert_double_eq_tol(pair_deferred(&p, 121), 0, 1e-9);
	ck_assert_double_gt(
	    limit_now((double)p.limit_per_s, p.limit_at_s, 220), limit * 1.19);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rtt");
	TCase *t = tcase_create("rtt");

	tcase_add_test(t, the_first_sample_is_the_estimate);
	tcase_add_test(t, a_lost_syn_moves_the_estimate_by_a_fifth_at_most);
	tcase_add_test(t, the_estimate_follows_a_lasting_change);
	tcase_add_test(t, no_estimate_is_zero);
	ADD_ROWS(t, predictions_come_from_what_was_measured, predictions);
	tcase_add_test(t, the_log_does_not_overrule_a_fresh_probe);
	tcase_add_test(t, a_deferral_is_forgotten_in_time);
	tcase_add_test(t, a_limit_is_learned_from_what_was_accepted_and_grows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
