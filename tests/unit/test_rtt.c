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

START_TEST(two_lines_of_the_log_overrule_a_probe)
{
	struct pair p = {0};

	pair_rtt(&p, 0.01, RTT_PROBE, 1000);
	/* A server that keeps its greeting back for a while. */
	pair_rtt(&p, 0.51, RTT_LOG, 1001);
	pair_rtt(&p, 0.51, RTT_LOG, 1002);
	pair_rtt(&p, 0.53, RTT_LOG, 1003);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.01, 1e-6);
	pair_rtt(&p, 0.71, RTT_LOG, 1004);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.01, 1e-6);
	pair_rtt(&p, 0.51, RTT_LOG, 1005);
	pair_rtt(&p, 0.72, RTT_LOG, 1006);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.01, 1e-6);
	pair_rtt(&p, 0.71, RTT_LOG, 1007);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.2, 0.02);
	ck_assert_int_eq(p.source, RTT_LOG);
	/* The next probe has the last word. */
	pair_rtt(&p, 0.18, RTT_PROBE, 1010);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.18, 1e-6);
	/* No part of c can be shorter than it is. */
	pair_rtt(&p, 0.02, RTT_LOG, 1011);
	pair_rtt(&p, 0.03, RTT_LOG, 1012);
	ck_assert_double_lt((double)p.rtt_s, 0.03);
}
END_TEST

START_TEST(one_odd_sample_is_an_accident_two_are_another_path)
{
	struct pair p = {0};

	pair_rtt(&p, 0.02, RTT_PROBE, 1000);
	pair_rtt(&p, 3.0, RTT_PROBE, 1001);
	ck_assert_double_lt((double)p.rtt_s, 0.025);
	pair_rtt(&p, 0.02, RTT_PROBE, 1002);
	pair_rtt(&p, 0.25, RTT_PROBE, 1003);
	ck_assert_double_lt((double)p.rtt_s, 0.03);
	pair_rtt(&p, 0.2, RTT_PROBE, 1004);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.2, 1e-6);
	/* And back again. */
	pair_rtt(&p, 0.02, RTT_PROBE, 1005);
	pair_rtt(&p, 0.03, RTT_PROBE, 1006);
	ck_assert_double_eq_tol((double)p.rtt_s, 0.03, 1e-6);
	/* One too long, one too short: two accidents. */
	pair_rtt(&p, 0.3, RTT_PROBE, 1007);
	pair_rtt(&p, 0.003, RTT_PROBE, 1008);
	ck_assert_double_gt((double)p.rtt_s, 0.025);
	ck_assert_double_lt((double)p.rtt_s, 0.05);
}
END_TEST

/* Ratios of eight samples, and between what the factor has to be. */
static const struct {
	const char *name;
	double ratio[RTT_WATCHED], least, most;
} watches[] = {
    {"nothing happens", {1, 1.1, 0.9, 1, 1.2, 0.8, 1, 1}, 1, 1},
    {"all ten times longer", {10, 9, 11, 10, 12, 8, 10, 9}, 9, 11},
    {"all a tenth", {.1, .09, .11, .1, .12, .08, .1, .09}, .09, .11},
    {"two sites have moved", {1, 1, 1, 1, 1, 1, 10, 10}, 1, 1},
    {"six have", {10, 10, 10, 1, 1, 10, 10, 10}, 9, 11},
    {"three there, three back", {10, 10, 10, 1, 1, .1, .1, .1}, 1, 1},
};

START_TEST(a_gateway_whose_ways_all_changed_is_seen)
{
	struct rtt_watch w = {0};
	char sites[RTT_WATCHED];
	double factor = 1, since_s = 0;
	int i;

	for (i = 0; i < RTT_WATCHED; i++) {
		ck_assert_double_eq(factor, 1);
		factor = rtt_watch(&w, &sites[i], 0.02,
		    0.02 * watches[_i].ratio[i], 100 + i, &since_s);
	}
	ck_assert_msg(
	    factor >= watches[_i].least && factor <= watches[_i].most,
	    "%s: got %g", watches[_i].name, factor);
	if (factor > 1 || factor < 1)
		ck_assert_double_eq(since_s, 100);
}
END_TEST

START_TEST(one_site_alone_does_not_speak_for_the_gateway)
{
	struct rtt_watch w = {0};
	char sites[2];
	double since_s;
	int i;

	for (i = 0; i < 100; i++)
		ck_assert_double_eq(rtt_watch(&w, &sites[i % 2], 0.02, 0.2,
					100 + i, &since_s),
		    1);
}
END_TEST

START_TEST(what_was_measured_before_the_change_is_stretched)
{
	struct pair old = {0}, odd = {0}, fresh = {0}, none = {0};

	pair_rtt(&old, 0.02, RTT_PROBE, 90);
	pair_rtt(&odd, 0.02, RTT_PROBE, 90);
	pair_rtt(&odd, 0.3, RTT_PROBE, 102);
	pair_rtt(&fresh, 0.2, RTT_PROBE, 103);
	pair_stretch(&old, 10, 100);
	pair_stretch(&odd, 10, 100);
	pair_stretch(&fresh, 10, 100);
	pair_stretch(&none, 10, 100);
	ck_assert_double_eq_tol((double)old.rtt_s, 0.2, 1e-6);
	ck_assert_double_eq_tol((double)odd.rtt_s, 0.3, 1e-6);
	ck_assert_double_eq_tol((double)fresh.rtt_s, 0.2, 1e-6);
	ck_assert_double_eq_tol((double)none.rtt_s, 0, 1e-9);
}
END_TEST

START_TEST(a_mail_soon_after_another_finds_its_connection)
{
	struct pair p = {0};

	ck_assert(!pair_warm(&p, 100));
	pair_sent(&p, 0.2, 100);
	ck_assert(pair_warm(&p, 101));
	ck_assert(!pair_warm(&p, 105));
	ck_assert(!pair_warm(&p, 99)); /* a clock that went back */
	pair_booked(&p, 101);
	ck_assert(!pair_warm(&p, 101));
	pair_sent(&p, 0.2, 200);
	pair_sent(&p, 0.2, 201);
	pair_booked(&p, 202);
	ck_assert(pair_warm(&p, 202));
}
END_TEST

START_TEST(what_was_delivered_since_the_last_news_is_not_open)
{
	struct pair p = {0};
	int i;

	for (i = 0; i < 200; i++)
		pair_booked(&p, 100);
	ck_assert_double_eq(pair_open(&p, 100, 105), 200);
	for (i = 0; i < 100; i++) /* ten a second */
		pair_sent(&p, 0.1, 90 + i / 10.0);
	ck_assert_double_eq(pair_open(&p, 100, 100.3), 200);
	ck_assert_double_lt(pair_open(&p, 100, 105), 185);
	ck_assert_double_gt(pair_open(&p, 100, 105), 155);
	/* A report without a delivery: nothing was delivered. */
	ck_assert_double_eq(pair_open(&p, 105, 105.1), 200);
	ck_assert_double_eq(pair_open(&p, 100, 50), 200);
	ck_assert_double_ge(pair_open(&p, 100, 1e6), 0);
}
END_TEST

START_TEST(a_deferral_is_forgotten_in_time)
{
	struct pair p = {0};

	pair_deferred(&p, 100);
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
	limit = pair_throttled(&p, 120);
	ck_assert_double_gt(limit, 5);
	ck_assert_double_lt(limit, 10);
	/* A second refusal at the same time teaches nothing new. */
	ck_assert_double_eq_tol(pair_throttled(&p, 121), 0, 1e-9);
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
	tcase_add_test(t, two_lines_of_the_log_overrule_a_probe);
	tcase_add_test(t, one_odd_sample_is_an_accident_two_are_another_path);
	ADD_ROWS(t, a_gateway_whose_ways_all_changed_is_seen, watches);
	tcase_add_test(t, one_site_alone_does_not_speak_for_the_gateway);
	tcase_add_test(t, what_was_measured_before_the_change_is_stretched);
	tcase_add_test(t, a_mail_soon_after_another_finds_its_connection);
	tcase_add_test(t,
	    what_was_delivered_since_the_last_news_is_not_open);
	tcase_add_test(t, a_deferral_is_forgotten_in_time);
	tcase_add_test(t, a_limit_is_learned_from_what_was_accepted_and_grows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
