#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "lib/fleet/score.h"

#define NOW 10000.0

static uint64_t random_state;

/* xorshift64*: the seed is printed, so a failure can be played again. */
static double
uniform(double low, double high)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return low +
	    (high - low) *
	    ((double)((random_state * UINT64_C(2685821657736338717)) >> 11) /
		9007199254740992.0);
}

static void
seed(void)
{
	const char *text = getenv("SEED");

	random_state = text ? strtoull(text, NULL, 10)
			    : (uint64_t)time(NULL) * 7919 + 1;
	printf("# SEED=%llu\n", (unsigned long long)random_state);
	(void)fflush(stdout);
}

struct world {
	struct score_gateway g;
	struct pair p;
	struct score_site site;
	double size_bytes, mean_bytes;
	double predicted_s;
};

static struct world
random_world(void)
{
	struct world w = {0};

	w.g.reported = true;
	w.g.last_report_s = NOW - uniform(0, 3);
	w.g.busy_until_s = NOW + uniform(-5, 30);
	w.g.deferral_probability = uniform(0, 0.5);
	w.p.open = (uint16_t)uniform(0, 60);
	w.p.rtt_s = (float)uniform(-0.1, 0.4);
	if (w.p.rtt_s < 0)
		w.p.rtt_s = 0;
	w.p.rtt_at_s = NOW - uniform(0, 100);
	w.p.source = RTT_PROBE;
	w.p.deferral_probability = (float)uniform(0, 1);
	w.p.deferral_at_s = NOW - uniform(0, 300);
	w.p.booked_per_s = (float)uniform(0, 50);
	w.p.booked_at_s = NOW - uniform(0, 10);
	w.p.limit_per_s = (float)uniform(0.1, 20);
	w.p.limit_at_s = NOW - uniform(0, 1000);
	w.p.session_s = (float)uniform(0, 3);
	if (uniform(0, 1) < 0.5)
		w.site.max_per_s = uniform(0.01, 30);
	w.size_bytes = uniform(1000, 2e7);
	w.mean_bytes = uniform(1e4, 1e7);
	w.predicted_s = uniform(0.001, 0.3);
	return w;
}

static struct score
score(const struct world *w)
{
	struct score_mail mail;
	struct score_question q = {.g = &w->g,
	    .pair = &w->p,
	    .site = &w->site,
	    .mail = &mail,
	    .predicted_rtt_s = w->predicted_s,
	    .now_s = NOW};
	struct score s;

	score_mail_init(&mail, w->size_bytes, w->mean_bytes, 1);
	score_gateway(&q, INFINITY, &s);
	return s;
}

static double
total(const struct world *w)
{
	return score(w).total_s;
}

/* The laws: each makes one thing worse. */
static void
more_backlog(struct world *w)
{
	w->g.busy_until_s += uniform(0, 20);
	w->g.unseen_s += uniform(0, 2);
}
static void
more_distance(struct world *w)
{
	if (w->p.rtt_s > 0)
		w->p.rtt_s += (float)uniform(0, 0.3);
	w->predicted_s += uniform(0, 0.3);
}
static void
more_open(struct world *w)
{
	w->p.open += (uint32_t)uniform(1, 30);
}
static void
more_size(struct world *w)
{
	w->size_bytes += uniform(0, 1e7);
}
static void
more_deferrals(struct world *w)
{
	if (uniform(0, 1) < 0.5)
		w->g.deferral_probability += uniform(0, 0.5);
	else
		pair_deferred(&w->p, NOW);
	(void)pair_throttled(&w->p, NOW);
}
static void
more_bookings(struct world *w)
{
	pair_booked(&w->p, NOW);
}
static void
less_allowed(struct world *w)
{
	if (w->site.max_per_s > 0)
		w->site.max_per_s *= uniform(0.1, 1);
	else
		w->site.max_per_s = uniform(0.01, 30);
}

static const struct {
	const char *name;
	void (*worsen)(struct world *);
} laws[] = {
    {"a longer backlog never costs less", more_backlog},
    {"a longer way never costs less", more_distance},
    {"more open mails at the site never cost less", more_open},
    {"a larger mail never costs less", more_size},
    {"more deferrals never cost less", more_deferrals},
    {"a higher rate never costs less", more_bookings},
    {"to be allowed less never costs less", less_allowed},
};

START_TEST(what_is_worse_never_costs_less)
{
	int i;

	seed();
	for (i = 0; i < 20000; i++) {
		struct world w = random_world();
		double before = total(&w), after;

		laws[_i].worsen(&w);
		after = total(&w);
		ck_assert_msg(after >= before - 1e-9, "%s: %g, then %g",
		    laws[_i].name, before, after);
	}
}
END_TEST

START_TEST(the_terms_add_up_to_the_total)
{
	int i, t;

	seed();
	for (i = 0; i < 1000; i++) {
		struct world w = random_world();
		struct score s = score(&w);
		double sum = 0;

		for (t = 0; t < SCORE_N_TERMS; t++) {
			ck_assert_double_ge(s.term_s[t], 0);
			sum += s.term_s[t];
		}
		ck_assert_double_eq_tol(sum, s.total_s, 1e-9);
		ck_assert_double_gt(s.rtt_s, 0);
	}
}
END_TEST

static const struct {
	const char *name;
	struct score_gateway g;
	enum score_verdict want;
} lives[] = {
    {"just reported", {.reported = true, .last_report_s = NOW}, SCORE_ELIGIBLE},
    {"three intervals ago", {.reported = true, .last_report_s = NOW - 3},
	SCORE_ELIGIBLE},
    {"3.6 intervals ago", {.reported = true, .last_report_s = NOW - 3.6},
	SCORE_SILENT},
    {"never reported", {.last_report_s = NOW}, SCORE_DEAD},
    {"refused after its report",
	{.reported = true, .last_report_s = NOW - 1, .refused_s = NOW},
	SCORE_REFUSED},
    {"reported after the refusal",
	{.reported = true, .last_report_s = NOW, .refused_s = NOW - 1},
	SCORE_ELIGIBLE},
    {"drained", {.drained = true, .reported = true, .last_report_s = NOW},
	SCORE_DRAINED},
};

START_TEST(a_gateway_is_alive_or_says_why_not)
{
	enum score_verdict got = score_alive(&lives[_i].g, 1, NOW);

	ck_assert_msg(got == lives[_i].want, "%s: got %s", lives[_i].name,
	    score_verdict_name(got));
}
END_TEST

START_TEST(slow_start_takes_the_rounds_it_takes)
{
	ck_assert_double_eq_tol(score_rounds(0), 0.5, 1e-9);
	ck_assert_double_eq_tol(score_rounds(14600), 0.5, 1e-9);
	ck_assert_double_eq_tol(score_rounds(14601), 1.5, 1e-9);
	ck_assert_double_eq_tol(score_rounds(1e6), 6.5, 1e-9);
	ck_assert_double_gt(score_rounds(1e7), 14);
}
END_TEST

START_TEST(the_reason_is_the_term_that_decides)
{
	struct score a = {.term_s = {1, 0.1, 0, 0, 0}};
	struct score b = {.term_s = {1.1, 0.9, 0, 0, 0}};

	ck_assert_str_eq(score_reason(&a, &b), "rtt");
	ck_assert_str_eq(score_reason(&a, NULL), "only");
	ck_assert_str_eq(score_reason(&a, &a), "equal");
	b.term_s[SCORE_DEFERRAL] = 50;
	ck_assert_str_eq(score_reason(&a, &b), "deferral");
}
END_TEST

static const struct {
	const char *name;
	float own_per_s;
	double site_per_s, max_per_s, want;
	enum score_limit source;
} limits[] = {
    {"nothing is known", 0, 0, 0, 0, SCORE_LIMIT_NONE},
    {"the gateway's own experience", 4, 3, 0, 4, SCORE_LIMIT_LEARNED},
    {"that of others", 0, 3, 0, 3, SCORE_LIMIT_SITE},
    {"the admin's alone", 0, 0, 20, 20, SCORE_LIMIT_ADMIN},
    {"the admin allows less", 40, 0, 20, 20, SCORE_LIMIT_ADMIN},
    {"the site allows less", 4, 0, 20, 4, SCORE_LIMIT_LEARNED},
    {"it taught others so", 0, 3, 20, 3, SCORE_LIMIT_SITE},
};

START_TEST(of_limits_the_lesser_counts_and_says_whose_it_is)
{
	struct pair p = {.limit_per_s = limits[_i].own_per_s,
	    .limit_at_s = NOW};
	struct score_site site = {.limit_per_s = limits[_i].site_per_s,
	    .limit_at_s = NOW,
	    .max_per_s = limits[_i].max_per_s};
	enum score_limit source;
	double got = score_limit(&p, &site, NOW, &source);

	ck_assert_msg(got >= limits[_i].want && got <= limits[_i].want,
	    "%s: %g", limits[_i].name, got);
	ck_assert_msg(source == limits[_i].source, "%s: %s", limits[_i].name,
	    score_limit_name(source));
}
END_TEST

START_TEST(near_what_the_admin_allows_mail_goes_elsewhere)
{
	struct world w = {.g = {.reported = true, .last_report_s = NOW},
	    .site = {.max_per_s = 10},
	    .size_bytes = 1e5, .mean_bytes = 1e5, .predicted_s = 0.01};
	int i;

	for (i = 0; i < 60; i++)
		pair_booked(&w.p, NOW - 3 + i / 20.0);
	ck_assert_double_gt(score(&w).term_s[SCORE_THROTTLE], 100);
	w.site.max_per_s = 100;
	ck_assert_double_eq_tol(score(&w).term_s[SCORE_THROTTLE], 0, 1e-9);
}
END_TEST

START_TEST(an_unmeasured_pair_says_so)
{
	struct score_gateway g = {.reported = true, .last_report_s = NOW};
	struct score_mail mail;
	struct score s;

	score_mail_init(&mail, 1000, 1000, 1);
	score_gateway(
	    &(struct score_question){.g = &g, .mail = &mail, .now_s = NOW},
	    INFINITY, &s);
	ck_assert_int_eq(s.rtt_source, RTT_PREDICTED);
	ck_assert_double_gt(s.rtt_s, 0);
	ck_assert_double_lt(s.rtt_age_s, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("score");
	TCase *t = tcase_create("score");

	ADD_ROWS(t, what_is_worse_never_costs_less, laws);
	tcase_add_test(t, the_terms_add_up_to_the_total);
	ADD_ROWS(t, a_gateway_is_alive_or_says_why_not, lives);
	tcase_add_test(t, slow_start_takes_the_rounds_it_takes);
	tcase_add_test(t, the_reason_is_the_term_that_decides);
	ADD_ROWS(t, of_limits_the_lesser_counts_and_says_whose_it_is, limits);
	tcase_add_test(t, near_what_the_admin_allows_mail_goes_elsewhere);
	tcase_add_test(t, an_unmeasured_pair_says_so);
	suite_add_tcase(s, t);
	return unit_main(s);
}
