#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/fleet/probe.h"

#define N 200
#define INTERVAL_S 60.0

static struct coordinate place[N];
static struct probe_view view[N];
static struct probe_plan plan;
static uint64_t random_state;

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

static int
any(int n)
{
	return (int)uniform(0, n);
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

static void
put(int i, double x, double y, double error)
{
	place[i] = (struct coordinate){
	    .at_s = {(float)x, (float)y, 0},
	    .height_s = 0.001F,
	    .error = (float)error};
}

/* Gateways all over a square of 300 ms; error 1 = nowhere yet. */
static void
make(int n, double error)
{
	int i;

	for (i = 0; i < n; i++) {
		put(i, uniform(0, 0.3), uniform(0, 0.3), error);
		view[i] = (struct probe_view){
		    .place = &place[i], .able = true, .guess_s = 0.1};
	}
}

static int
landmarks(int n)
{
	int i, have = 0;

	for (i = 0; i < n; i++)
		have += view[i].landmark;
	return have;
}

START_TEST(while_nobody_has_a_place_landmarks_are_spread_over_the_ids)
{
	int i, k, here, round;

	seed();
	for (round = 0; round < 50; round++) {
		make(N, 1);
		for (i = 0; i < N; i++)
			view[i].able = round == 0 || any(10) > 0;
		probe_landmarks(view, N, true);
		ck_assert_int_eq(landmarks(N), PROBE_LANDMARKS);
		/* One or two in every quarter of towns with numbers. */
		for (i = 0; i < 4; i++) {
			for (here = k = 0; k < N / 4; k++)
				here += view[i * N / 4 + k].landmark;
			ck_assert_int_ge(here, 1);
			ck_assert_int_le(here, 3);
		}
	}
	make(3, 1);
	probe_landmarks(view, 3, true);
	ck_assert_int_eq(landmarks(3), 3);
	probe_landmarks(view, 0, true);
	/* One that has a place is one before those that have none. */
	make(N, 1);
	put(77, 0, 0, 0.1);
	probe_landmarks(view, N, true);
	ck_assert(view[77].landmark);
	ck_assert_int_eq(landmarks(N), PROBE_LANDMARKS);
}
END_TEST

START_TEST(landmarks_lie_farthest_from_each_other)
{
	int i, k, round;

	seed();
	/* Eight towns with 25 gateways each, numbered town by town. */
	for (round = 0; round < 20; round++) {
		make(N, 0.1);
		for (i = 0; i < N; i++)
			put(i, 0.2 * (i / 25 % 4) + uniform(0, 0.02),
			    0.2 * (i / 100) + uniform(0, 0.02), 0.1);
		probe_landmarks(view, N, false);
		ck_assert_int_eq(landmarks(N), PROBE_LANDMARKS);
		for (i = 0; i < 8; i++) {
			int here = 0;

			for (k = 0; k < 25; k++)
				here += view[25 * i + k].landmark;
			ck_assert_int_eq(here, 1);
		}
	}
}
END_TEST

START_TEST(landmarks_stay_and_only_the_lost_one_is_replaced)
{
	bool before[N];
	int i, round, lost, came, went;

	seed();
	make(N, 0.1);
	probe_landmarks(view, N, true);
	for (round = 0; round < 300; round++) {
		for (i = 0; i < N; i++)
			before[i] = view[i].landmark;
		do
			lost = any(N);
		while (!view[lost].landmark);
		view[lost].able = false;
		probe_landmarks(view, N, false);
		for (came = went = i = 0; i < N; i++) {
			ck_assert(!view[i].landmark || view[i].able);
			came += view[i].landmark && !before[i];
			went += !view[i].landmark && before[i];
		}
		ck_assert_int_eq(came, 1);
		ck_assert_int_eq(went, 1);
		/* It comes back, and does not take its place back. */
		view[lost].able = true;
		for (i = 0; i < N; i++)
			before[i] = view[i].landmark;
		probe_landmarks(view, N, false);
		for (i = 0; i < N; i++)
			ck_assert_int_eq(view[i].landmark, before[i]);
	}
}
END_TEST

START_TEST(noise_moves_no_landmark_and_a_much_better_set_does)
{
	bool before[N];
	int i, round, moved = 0;

	seed();
	make(N, 0.1);
	probe_landmarks(view, N, true);
	for (i = 0; i < N; i++)
		before[i] = view[i].landmark;
	for (round = 0; round < 100; round++) {
		for (i = 0; i < N; i++) {
			place[i].at_s[0] += (float)uniform(-2e-4, 2e-4);
			place[i].at_s[1] += (float)uniform(-2e-4, 2e-4);
		}
		probe_landmarks(view, N, true);
		for (i = 0; i < N; i++)
			ck_assert_int_eq(view[i].landmark, before[i]);
	}
	/* All in one town: half the world is 300 ms from any. */
	for (i = 0; i < N; i++)
		view[i].landmark = false;
	for (i = 0; i < PROBE_LANDMARKS; i++) {
		put(i, 0.001 * i, 0, 0.1);
		view[i].landmark = true;
	}
	probe_landmarks(view, N, false);
	for (i = 0; i < PROBE_LANDMARKS; i++)
		ck_assert(view[i].landmark);
	probe_landmarks(view, N, true);
	ck_assert_int_eq(landmarks(N), PROBE_LANDMARKS);
	for (i = 0; i < PROBE_LANDMARKS; i++)
		moved += !view[i].landmark;
	ck_assert_int_ge(moved, PROBE_LANDMARKS - 2);
}
END_TEST

/* What the site got to know by asking: all of them, or only some answer. */
static void
ask(double now_s)
{
	int k;

	for (k = 0; k < plan.n; k++) {
		view[plan.ask[k]].probed_s = now_s;
		view[plan.ask[k]].unanswered++;
	}
}

static void
answer(int i, double rtt_s, double now_s)
{
	view[i].measured = true;
	view[i].unanswered = 0;
	view[i].guess_s = rtt_s;
	view[i].probed_s = fmax(view[i].probed_s, now_s);
}

static void
look(int n, double now_s)
{
	probe_site(view, n, now_s, INTERVAL_S, &plan);
}

START_TEST(landmarks_come_first_and_the_nearest_four_after_their_answers)
{
	int i, k, in_plan = 0;

	seed();
	make(N, 0.1);
	probe_landmarks(view, N, true);
	for (i = 0; i < N; i++)
		view[i].guess_s = 0.01 + 0.001 * ((i * 37) % N);
	look(N, 1000);
	ck_assert_int_eq(plan.n, PROBE_LANDMARKS);
	for (k = 0; k < plan.n; k++)
		ck_assert(view[plan.ask[k]].landmark);
	ask(1000);
	for (i = 0; i < N; i++)
		if (view[i].landmark && ++in_plan < PROBE_LANDMARKS)
			answer(i, 0.2, 1001);
	/* One is missing. */
	look(N, 1001);
	ck_assert_int_eq(plan.n, 0);
	ck_assert_double_le(plan.again_s, 1000 + PROBE_WAIT_S);
	for (i = 0; i < N; i++)
		if (view[i].landmark)
			answer(i, 0.2, 1002);
	look(N, 1002);
	ck_assert_int_eq(plan.n, PROBE_BEST);
	for (i = 0; i < N; i++) {
		bool asked = false;

		for (k = 0; k < plan.n; k++)
			asked = asked || plan.ask[k] == i;
		if (asked || view[i].landmark)
			continue;
		for (k = 0; k < plan.n; k++)
			ck_assert_double_lt(
			    view[plan.ask[k]].guess_s, view[i].guess_s);
	}
	ask(1002);
	look(N, 1003);
	ck_assert_int_eq(plan.n, 0);
}
END_TEST

/* The landmarks: how many answer, how many are asked at all. */
static const struct {
	const char *name;
	int answer, asked;
} holding_up[] = {
    {"all but one answer", 7, 8},
    {"half of them answer", 4, 8},
    {"none answers", 0, 8},
    {"two get no turn", 6, 6},
};

START_TEST(a_landmark_that_cannot_reach_the_site_holds_up_nobody)
{
	const char *name = holding_up[_i].name;
	int i, k, left;

	seed();
	make(N, 0.1);
	probe_landmarks(view, N, true);
	look(N, 1000);
	plan.n = holding_up[_i].asked;
	ask(1000);
	left = holding_up[_i].answer;
	for (k = 0; k < plan.n && left > 0; k++, left--)
		answer(plan.ask[k], 0.1, 1000.05);
	look(N, 1000 + PROBE_WAIT_S - 0.1);
	for (k = 0; k < plan.n; k++)
		ck_assert_msg(view[plan.ask[k]].landmark, "%s", name);
	look(N, 1000 + PROBE_WAIT_S + 0.1);
	for (i = k = 0; k < plan.n; k++)
		i += !view[plan.ask[k]].landmark;
	ck_assert_msg(i == PROBE_BEST, "%s: %d", name, i);
}
END_TEST

START_TEST(half_of_the_four_are_those_who_know_nothing_yet)
{
	int i, k, strangers = 0;

	seed();
	make(N, 0.1);
	for (i = 100; i < N; i++)
		put(i, 0, 0, 1);
	for (i = 100; i < N; i++)
		view[i].shown = 2 + (unsigned)i % 2;
	view[150].shown = 0;
	view[120].shown = 1;
	probe_landmarks(view, N, true);
	for (i = 0; i < N; i++)
		if (view[i].landmark)
			answer(i, 0.1, 1000);
	look(N, 1000);
	ck_assert_int_eq(plan.n, PROBE_BEST);
	for (k = 0; k < plan.n; k++)
		strangers += plan.ask[k] >= 100;
	ck_assert_int_eq(strangers, PROBE_BEST / 2);
	ck_assert_int_eq(plan.ask[0], 150);
	ck_assert_int_eq(plan.ask[1], 120);
	/* Nobody knows anything, or everybody: all four are of one kind. */
	make(N, 1);
	probe_landmarks(view, N, true);
	for (i = 0; i < N; i++)
		if (view[i].landmark)
			answer(i, 0.1, 1000);
	look(N, 1000);
	ck_assert_int_eq(plan.n, PROBE_BEST);
}
END_TEST

START_TEST(a_small_fleet_measures_from_everywhere)
{
	int n;

	seed();
	for (n = 0; n <= PROBE_SITE_MAX; n++) {
		make(n, 1);
		probe_landmarks(view, n, true);
		look(n, 1000);
		ck_assert_int_eq(plan.n, n);
	}
	/* Of a larger one the rest is away. */
	make(N, 1);
	for (n = 0; n < N; n++)
		view[n].able = n % 20 == 7;
	probe_landmarks(view, N, true);
	look(N, 1000);
	ck_assert_int_eq(plan.n, 10);
}
END_TEST

START_TEST(where_mail_goes_is_measured_whoever_else_is)
{
	int i, k, found = 0;

	seed();
	make(N, 0.1);
	probe_landmarks(view, N, true);
	for (i = 0; i < N; i++)
		if (view[i].landmark)
			answer(i, 0.01, 1000);
	look(N, 1000);
	ask(1000);
	for (i = 0; i < N && found < 20; i++)
		if (!view[i].landmark && view[i].probed_s <= 0) {
			view[i].mail = true;
			view[i].guess_s = 0.5;
			found++;
		}
	look(N, 1001);
	ck_assert_int_eq(plan.n, 20);
	for (k = 0; k < plan.n; k++)
		ck_assert(view[plan.ask[k]].mail);
	ask(1001);
	look(N, 1002);
	ck_assert_int_eq(plan.n, 0);
	look(N, 1000 + INTERVAL_S - 0.01);
	ck_assert_int_eq(plan.n, 0);
}
END_TEST

static const struct {
	const char *name;
	unsigned unanswered;
	double interval_s, due_s; /* after the last time */
} backoffs[] = {
    {"answered", 0, 60, 60},
    {"asked once", 1, 60, 120},
    {"asked twice", 2, 60, 240},
    {"asked five times", 5, 60, 1920},
    {"never longer than an hour", 6, 60, 3600},
    {"never ever", 4000000000U, 60, 3600},
    {"an interval above it doubles once", 1, 7200, 14400},
    {"and no more", 9, 7200, 14400},
};

START_TEST(silence_doubles_the_interval)
{
	struct probe_view v = {
	    .probed_s = 1000, .unanswered = backoffs[_i].unanswered};
	double due_s = probe_due_s(&v, backoffs[_i].interval_s) - 1000;

	ck_assert_msg(due_s > backoffs[_i].due_s - 0.001 &&
	    due_s < backoffs[_i].due_s + 0.001, "%s: %g", backoffs[_i].name,
	    due_s);
	v.probed_s = 0;
	ck_assert_double_le(probe_due_s(&v, backoffs[_i].interval_s), 0);
}
END_TEST

/* A day of a site: gateways come and go, answer or not, get mail or not, have a
 * place or not. */
static void
live_a_while(bool mail, bool deaths)
{
	double last[N], now_s = 1000, in_interval[N];
	int i, k, shown;

	for (i = 0; i < N; i++)
		last[i] = in_interval[i] = -1e9;
	for (; now_s < 1000 + 4 * 3600; now_s += uniform(0, 20)) {
		if (deaths && any(3) == 0)
			view[any(N)].able = any(3) > 0;
		for (i = 0; mail && i < N; i++)
			view[i].mail = view[i].mail ? any(20) > 0
						    : any(400) == 0;
		probe_landmarks(view, N, any(10) == 0);
		look(N, now_s);
		for (k = 0; k < plan.n; k++) {
			i = plan.ask[k];
			if (any(8) == 0)
				continue; /* no turn */
			ck_assert(view[i].able);
			ck_assert_double_ge(now_s - last[i], INTERVAL_S);
			last[i] = now_s;
			if (!view[i].mail)
				in_interval[i] = now_s;
			view[i].probed_s = now_s;
			view[i].unanswered++;
		}
		for (i = shown = 0; i < N; i++)
			shown += view[i].able &&
			    (mail ? now_s - in_interval[i] < INTERVAL_S
				  : last[i] > 0);
		/* Who was away when others took its place may come back. */
		if (!deaths)
			ck_assert_int_le(shown, PROBE_SITE_MAX);
		for (i = 0; i < N; i++)
			if (view[i].unanswered > 0 && any(4) == 0)
				answer(i, uniform(0.001, 0.4), now_s);
	}
	for (i = shown = 0; i < N; i++)
		shown += last[i] > 0;
	if (!mail && !deaths)
		ck_assert_int_eq(shown, PROBE_SITE_MAX);
	else
		ck_assert_int_ge(shown, PROBE_SITE_MAX);
}

START_TEST(no_gateway_probes_twice_in_an_interval_whatever_happens)
{
	int round;

	seed();
	for (round = 0; round < 5; round++) {
		make(N, uniform(0, 1) < 0.5 ? 1 : 0.1);
		live_a_while(false, false);
		make(N, uniform(0, 1) < 0.5 ? 1 : 0.1);
		live_a_while(true, false);
		make(N, 0.1);
		live_a_while(false, true);
		make(N, 0.1);
		live_a_while(true, true);
	}
}
END_TEST

START_TEST(the_rate_holds_over_any_sequence)
{
	static double taken[20000];
	struct probe_rate r;
	int n, i, round;

	seed();
	for (round = 0; round < 20; round++) {
		double per_s = uniform(0.5, 50), now_s = 100;

		r = (struct probe_rate){0};
		for (n = 0; n < 20000 && now_s < 1000;) {
			now_s += any(3) ? uniform(0, 0.2) : uniform(0, 5);
			probe_rate_fill(&r, per_s, now_s);
			while (r.left >= 1 && n < 20000 && any(5)) {
				r.left--;
				taken[n++] = now_s;
			}
		}
		ck_assert_int_gt(n, 100);
		for (i = 0; i < 20000; i++) {
			int from = any(n), to = from + any(n - from);

			ck_assert_double_le(to - from + 1,
			    per_s + 1 +
				per_s * (taken[to] - taken[from]) + 1e-6);
		}
	}
	/* A clock that goes back gives nothing away. */
	r = (struct probe_rate){.left = 0, .at_s = 100};
	probe_rate_fill(&r, 10, 50);
	ck_assert_double_le(r.left, 0);
	probe_rate_fill(&r, 10, 50.1);
	ck_assert_double_le(r.left, 1.001);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("probe");
	TCase *t = tcase_create("probe");

	tcase_add_test(
	    t, while_nobody_has_a_place_landmarks_are_spread_over_the_ids);
	tcase_add_test(t, landmarks_lie_farthest_from_each_other);
	tcase_add_test(t, landmarks_stay_and_only_the_lost_one_is_replaced);
	tcase_add_test(t, noise_moves_no_landmark_and_a_much_better_set_does);
	tcase_add_test(t,
	    landmarks_come_first_and_the_nearest_four_after_their_answers);
	ADD_ROWS(t, a_landmark_that_cannot_reach_the_site_holds_up_nobody,
	    holding_up);
	tcase_add_test(t, half_of_the_four_are_those_who_know_nothing_yet);
	tcase_add_test(t, a_small_fleet_measures_from_everywhere);
	tcase_add_test(t, where_mail_goes_is_measured_whoever_else_is);
	ADD_ROWS(t, silence_doubles_the_interval, backoffs);
	tcase_add_test(
	    t, no_gateway_probes_twice_in_an_interval_whatever_happens);
	tcase_add_test(t, the_rate_holds_over_any_sequence);
	suite_add_tcase(s, t);
	return unit_main(s);
}
