#include "tests/unit/unit.h"

#include <math.h>

#include "lib/fleet/fleet.h"

#define NOW 1000.0
#define MANY 20000
#define SEEDS 20

static const struct fleet_row rows[] = {
    {"tyo", "tyo.test", 1e6, 0}, {"lon", "lon.test", 1e6, 0}};
static struct fleet f;

static void
setup(void)
{
	fleet_init(&f, 1, 60, true);
	fleet_configure(&f, rows, 2);
}

static void
teardown(void)
{
	fleet_free(&f);
}

static struct gateway *
tyo(void)
{
	return gateway_find(&f.gateways, "tyo");
}

static double
wait_s(void)
{
	return score_wait_s(&tyo()->state, NOW);
}

/* As policyd does: the booking, and what it stands for. */
static void
book(unsigned char n, double bytes, int policyds)
{
	unsigned char id[BOOKING_ID_SIZE] = {n};

	fleet_book(&f, id, tyo()->slot, NULL, bytes, NOW);
	ahead_booked(tyo(), bytes, policyds);
}

static void
look(void)
{
	ahead_asked(&f.gateways);
	ahead_answered(&f.gateways);
}

static void
report(int64_t seq, int64_t queue_bytes, int64_t accepted)
{
	struct report r = {.seq = seq, .queue_bytes = queue_bytes,
	    .accepted_messages = accepted};

	ck_assert(fleet_report(&f, tyo(), &r, NOW, 0));
}

static const struct {
	const char *name;
	int policyds;
	double wait_s;
} counts[] = {
    {"one policyd books for itself", 1, 2},
    {"one of two", 2, 4},
    {"one of four", 4, 8},
    {"none is not fewer than one", 0, 2},
};

START_TEST(a_booking_stands_for_as_many_as_there_are_policyds)
{
	book(1, 2e6, counts[_i].policyds);
	ck_assert_msg(fabs(wait_s() - counts[_i].wait_s) < 1e-6, "%s: %f",
	    counts[_i].name, wait_s());
	look();
	ck_assert_msg(fabs(wait_s() - 2) < 1e-6, "%s: %f, after a look",
	    counts[_i].name, wait_s());
}
END_TEST

START_TEST(a_guess_goes_with_the_answer_to_a_later_question_only)
{
	book(1, 1e6, 3);
	ahead_asked(&f.gateways);
	ck_assert_double_eq_tol(wait_s(), 3, 1e-6);
	book(2, 1e6, 3); /* while the answer is under way */
	ck_assert_double_eq_tol(wait_s(), 6, 1e-6);
	ahead_answered(&f.gateways);
	ck_assert_double_eq_tol(wait_s(), 4, 1e-6);
	ahead_answered(&f.gateways); /* nothing was asked */
	ck_assert_double_eq_tol(wait_s(), 4, 1e-6);
	look();
	ck_assert_double_eq_tol(wait_s(), 2, 1e-6);
	look();
	ck_assert_double_eq_tol(wait_s(), 2, 1e-6);
}
END_TEST

START_TEST(a_slow_answer_loses_no_guess_and_keeps_none)
{
	book(1, 1e6, 2);
	ahead_asked(&f.gateways);
	book(2, 1e6, 2);
	ahead_asked(&f.gateways); /* the first was not answered */
	ck_assert_double_eq_tol(wait_s(), 4, 1e-6);
	ahead_answered(&f.gateways);
	ck_assert_double_eq_tol(wait_s(), 2, 1e-6);
}
END_TEST

/* The others' bookings after our last look are no part of any report. */
START_TEST(a_report_corrects_the_backlog_and_leaves_the_guess)
{
	report(1, 0, 0);
	book(1, 1e6, 4);
	report(2, 500000, 1);
	ck_assert_double_eq_tol(tyo()->state.busy_until_s, NOW + 0.5, 1e-6);
	ck_assert_double_eq_tol(wait_s(), 3.5, 1e-6);
	look();
	ck_assert_double_eq_tol(wait_s(), 0.5, 1e-6);
}
END_TEST

START_TEST(the_number_of_policyds_may_change_in_between)
{
	book(1, 1e6, 4);
	book(2, 1e6, 2);
	book(3, 1e6, 1);
	ck_assert_double_eq_tol(wait_s(), 3 + 3 + 1, 1e-6);
	look();
	ck_assert_double_eq_tol(wait_s(), 3, 1e-6);
}
END_TEST

START_TEST(a_gateway_that_goes_takes_its_guess_along)
{
	book(1, 1e6, 4);
	fleet_configure(&f, rows + 1, 1);
	look();
	fleet_configure(&f, rows, 2);
	ck_assert_double_eq(tyo()->state.unseen_s, 0);
	book(1, 1e6, 4);
	fleet_configure(&f, rows, 2); /* a reload that changes nothing */
	ck_assert_double_eq_tol(wait_s(), 4, 1e-6);
}
END_TEST

START_TEST(undoing_leaves_the_guess_until_the_next_look)
{
	unsigned char id[BOOKING_ID_SIZE] = {1};

	book(1, 1e6, 3);
	ck_assert(fleet_unbook(&f, id, NOW));
	ck_assert_double_eq_tol(wait_s(), 2, 1e-6);
	look();
	ck_assert_double_eq(wait_s(), 0);
}
END_TEST

/* A law: whatever happens in whatever order, the backlog is what it would be
 * with one policyd, the guess is never below zero, and after a look there is
 * none.  _i: the seed. */
START_TEST(nothing_drifts)
{
	struct fleet one;
	unsigned seed = (unsigned)_i;
	int64_t seq = 0, accepted = 0;
	double now_s = NOW;
	int i;

	fleet_init(&one, 1, 60, true);
	fleet_configure(&one, rows, 2);
	for (i = 1; i <= MANY; i++) {
		unsigned char id[BOOKING_ID_SIZE] = {0};
		double bytes = 1000 + rand_r(&seed) % 3000000;

		now_s += rand_r(&seed) % 1000 / 1e4;
		memcpy(id, &i, sizeof(i));
		switch (rand_r(&seed) % 8) {
		case 0:
			ahead_asked(&f.gateways);
			break;
		case 1:
			ahead_answered(&f.gateways);
			break;
		case 2: {
			struct report r = {.seq = ++seq,
			    .queue_bytes = rand_r(&seed) % 10000000,
			    .accepted_messages = accepted +=
			    rand_r(&seed) % 10};

			(void)fleet_report(&f, tyo(), &r, now_s, 0);
			(void)fleet_report(
			    &one, one.gateways.slot[0], &r, now_s, 0);
			break;
		}
		default:
			fleet_book(&f, id, 0, NULL, bytes, now_s);
			fleet_book(&one, id, 0, NULL, bytes, now_s);
			ahead_booked(tyo(), bytes, 1 + (int)(rand_r(&seed) % 4));
		}
		ck_assert_double_eq(tyo()->state.busy_until_s,
		    one.gateways.slot[0]->state.busy_until_s);
		ck_assert_double_ge(tyo()->state.unseen_s, 0);
	}
	look();
	ck_assert_double_eq(tyo()->state.unseen_s, 0);
	fleet_free(&one);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ahead");
	TCase *t = tcase_create("ahead");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	ADD_ROWS(t, a_booking_stands_for_as_many_as_there_are_policyds,
	    counts);
	tcase_add_test(t, a_guess_goes_with_the_answer_to_a_later_question_only);
	tcase_add_test(t, a_slow_answer_loses_no_guess_and_keeps_none);
	tcase_add_test(t, a_report_corrects_the_backlog_and_leaves_the_guess);
	tcase_add_test(t, the_number_of_policyds_may_change_in_between);
	tcase_add_test(t, a_gateway_that_goes_takes_its_guess_along);
	tcase_add_test(t, undoing_leaves_the_guess_until_the_next_look);
	tcase_add_loop_test(t, nothing_drifts, 0, SEEDS);
	suite_add_tcase(s, t);
	return unit_main(s);
}
