/* What the admin allows one gateway to send to a site. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/fleet/shared.h"

#define SET \
	"sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define START 100.0
#define WALL_MS INT64_C(1764000000000)

static struct fleet f;
static struct fleet_choice choice;
static struct site *site;
static int64_t seq;
static int tickets;

static struct gateway *
gw(const char *id)
{
	return gateway_find(&f.gateways, id);
}

static void
all_report(double now_s)
{
	int slot;

	for (slot = 0; slot < f.gateways.n_slots; slot++) {
		struct report r = {.seq = ++seq, .n_digests = 1};

		memcpy(r.digests[0], SET, sizeof(SET));
		ck_assert(fleet_report(
		    &f, f.gateways.slot[slot], &r, now_s, WALL_MS));
	}
}

/* 0 = none. */
static void
allow(double per_s, double now_s)
{
	struct allowances *a = allowances_new();

	if (per_s > 0)
		allowances_add(a, "mx.one.test", per_s);
	f.sites.allowances = a;
	sites_allow(&f.sites, now_s);
	f.sites.allowances = NULL;
	allowances_free(&a);
}

/* Three gateways; the site is nearest to tyo, then to lon. */
static void
setup(void)
{
	static const struct fleet_row rows[] = {{"tyo", "tyo.test", 12.5e6, 0},
	    {"lon", "lon.test", 12.5e6, 0}, {"nyc", "nyc.test", 12.5e6, 0}};
	const char *mx = "mx.one.test";

	fleet_init(&f, 1, 60, true);
	fleet_configure(&f, rows, 3);
	site = site_get(&f.sites, &mx, 1, START);
	(void)sites_rtt(&f.sites, mx, gw("tyo")->slot, 0.01, START);
	(void)sites_rtt(&f.sites, mx, gw("lon")->slot, 0.1, START);
	(void)sites_rtt(&f.sites, mx, gw("nyc")->slot, 0.2, START);
	all_report(START);
	allow(2, START);
	tickets = 0;
}

static void
teardown(void)
{
	fleet_free(&f);
}

static struct fleet_question
question(int earlier)
{
	return (struct fleet_question){.site = site,
	    .size_bytes = 1e4,
	    .asset_digest = SET,
	    .earlier = earlier};
}

static const char *
choose(int earlier, double now_s)
{
	struct fleet_question q = question(earlier);

	fleet_choose(&f, &q, now_s, true, &choice);
	return choice.first < 0 ? "none"
				: f.gateways.slot[choice.first]->id;
}

static void
ticket_of(int n, unsigned char id_r[BOOKING_ID_SIZE])
{
	memset(id_r, 0, BOOKING_ID_SIZE);
	memcpy(id_r, &n, sizeof(n));
}

/* Returns the ticket's number. */
static int
book(const char *id, double now_s)
{
	unsigned char ticket[BOOKING_ID_SIZE];

	ticket_of(++tickets, ticket);
	fleet_book(&f, ticket, gw(id)->slot, site, 1e4, now_s);
	return tickets;
}

static void
book_many(int n, const char *id, double now_s)
{
	while (n-- > 0)
		(void)book(id, now_s);
}

static enum score_verdict
verdict(const char *id)
{
	return choice.score[gw(id)->slot].verdict;
}

static double
wait_s(double now_s)
{
	struct fleet_question q = question(0);

	return fleet_site_rate_wait_s(&f, &q, &choice, now_s);
}

START_TEST(the_nearest_is_passed_over_while_it_is_at_its_limit)
{
	book_many(1, "tyo", START);
	ck_assert_str_eq(choose(0, START), "tyo");
	book_many(1, "tyo", START);
	ck_assert_str_eq(choose(0, START), "lon");
	ck_assert_int_eq(verdict("tyo"), SCORE_SITE_RATE);
	ck_assert_str_eq(score_verdict_name(verdict("tyo")), "site_rate");
	ck_assert_int_eq(choice.n_eligible, 2);
	ck_assert_str_eq(choose(0, START + 0.49), "lon");
	/* There is room again; the score may still prefer to spread. */
	(void)choose(0, START + 0.51);
	ck_assert_int_eq(verdict("tyo"), SCORE_ELIGIBLE);
}
END_TEST

START_TEST(without_a_limit_nobody_is_passed_over)
{
	allow(0, START);
	book_many(1000, "tyo", START);
	(void)choose(0, START);
	ck_assert_int_eq(choice.n_eligible, 3);
}
END_TEST

START_TEST(when_all_are_at_it_nobody_is_chosen_and_the_wait_is_known)
{
	book_many(2, "tyo", START);
	book_many(3, "lon", START);
	book_many(2, "nyc", START + 0.2);
	ck_assert_str_eq(choose(0, START + 0.2), "none");
	ck_assert_int_eq(choice.first, -1);
	ck_assert_int_eq(choice.second, -1);
	ck_assert_double_eq_tol(wait_s(START + 0.2), 0.3, 1e-3);
	ck_assert_str_eq(choose(0, START + 0.5), "tyo");
	ck_assert_double_lt(wait_s(START + 0.5), 0.51);
	/* Nobody is passed over for that: there is nothing to wait for. */
	allow(0, START + 0.5);
	(void)choose(0, START + 0.5);
	ck_assert_double_lt(wait_s(START + 0.5), 0);
}
END_TEST

START_TEST(the_wait_is_for_more_than_a_mail_where_many_may_go)
{
	allow(20, START);
	book_many(20, "tyo", START);
	book_many(20, "lon", START);
	book_many(20, "nyc", START);
	ck_assert_str_eq(choose(0, START), "none");
	ck_assert_double_eq_tol(wait_s(START), 0.5, 1e-3);
}
END_TEST

START_TEST(below_one_a_second_it_is_one_at_a_time)
{
	int i;

	allow(10 / 60.0, START);
	for (i = 0; i < 5; i++) {
		double now_s = START + 6 * i;

		all_report(now_s);
		(void)choose(0, now_s);
		ck_assert_int_eq(verdict("tyo"), SCORE_ELIGIBLE);
		(void)book("tyo", now_s);
		(void)choose(0, now_s);
		ck_assert_int_eq(verdict("tyo"), SCORE_SITE_RATE);
		all_report(now_s + 5.9);
		(void)choose(0, now_s + 5.9);
		ck_assert_int_eq(verdict("tyo"), SCORE_SITE_RATE);
	}
}
END_TEST

/* The MTA's queue is per exact list: a limit reached and left twenty times a
 * second must not make as many lists, and a first choice that fails needs
 * somebody behind it. */
START_TEST(the_second_choice_stays_though_it_is_at_its_limit)
{
	ck_assert_str_eq(choose(0, START), "tyo");
	ck_assert_int_eq(choice.second, gw("lon")->slot);
	book_many(2, "lon", START);
	ck_assert_str_eq(choose(0, START), "tyo");
	ck_assert_int_eq(choice.second, gw("lon")->slot);
	book_many(2, "nyc", START);
	ck_assert_str_eq(choose(0, START), "tyo");
	ck_assert_int_eq(choice.n_eligible, 1);
	ck_assert_str_eq(choice.reason, "only");
	ck_assert_int_eq(choice.second, gw("lon")->slot);
}
END_TEST

START_TEST(who_cannot_be_chosen_at_all_is_not_said_to_be_at_a_limit)
{
	book_many(2, "tyo", START);
	book_many(2, "lon", START);
	gw("tyo")->state.drained = true;
	gw("lon")->n_digests = 0;
	gw("lon")->asked_assets = false;
	(void)choose(0, START);
	ck_assert_int_eq(verdict("tyo"), SCORE_DRAINED);
	ck_assert_int_eq(verdict("lon"), SCORE_NO_ASSETS);
	all_report(START + 1);
	fleet_refused(gw("lon"), START + 2);
	(void)choose(0, START + 2);
	ck_assert_int_eq(verdict("lon"), SCORE_REFUSED);
}
END_TEST

START_TEST(what_is_undone_at_once_leaves_its_place_to_another)
{
	unsigned char ticket[BOOKING_ID_SIZE];

	(void)book("tyo", START);
	ticket_of(book("tyo", START), ticket);
	(void)choose(0, START);
	ck_assert_int_eq(verdict("tyo"), SCORE_SITE_RATE);
	ck_assert(fleet_unbook(&f, ticket, START));
	(void)choose(0, START);
	ck_assert_int_eq(verdict("tyo"), SCORE_ELIGIBLE);
	/* The same stub again: it counts once. */
	(void)book("tyo", START);
	tickets--;
	(void)book("tyo", START);
	ck_assert_double_eq_tol(
	    site->quotas[gw("tyo")->slot].until_s, START + 1, 1e-6);
}
END_TEST

START_TEST(what_is_undone_late_gives_nothing_back)
{
	unsigned char ticket[BOOKING_ID_SIZE];

	ticket_of(book("tyo", START), ticket);
	book_many(2, "tyo", START + 5);
	ck_assert(fleet_unbook(&f, ticket, START + 5));
	all_report(START + 5);
	(void)choose(0, START + 5);
	ck_assert_int_eq(verdict("tyo"), SCORE_SITE_RATE);
}
END_TEST

static void
deliver(int ticket, const char *id, double now_s)
{
	struct delivery d = {.status = DELIVERY_SENT,
	    .relay_host = "mx.one.test",
	    .conn_use = 1,
	    .delays_us = {0, 0, 300000, 100000}};
	unsigned char bytes[BOOKING_ID_SIZE];
	int i;

	ticket_of(ticket, bytes);
	for (i = 0; i < BOOKING_ID_SIZE; i++)
		(void)snprintf(d.ticket + 2 * i, 3, "%02x", bytes[i]);
	fleet_delivery(&f, gw(id), site, &d, now_s);
}

START_TEST(what_another_gateway_delivered_counts_there)
{
	int one = book("tyo", START), two = book("tyo", START);

	deliver(one, "lon", START);
	deliver(two, "lon", START);
	ck_assert_uint_eq(f.bookings.n, 0);
	(void)choose(0, START);
	ck_assert_int_eq(verdict("lon"), SCORE_SITE_RATE);
	/* And does not make room where it was passed on. */
	ck_assert_int_eq(verdict("tyo"), SCORE_SITE_RATE);
	ck_assert_int_eq(verdict("nyc"), SCORE_ELIGIBLE);
	/* What went as it was chosen counted already. */
	deliver(book("nyc", START), "nyc", START);
	(void)choose(0, START);
	ck_assert_int_eq(verdict("nyc"), SCORE_ELIGIBLE);
}
END_TEST

START_TEST(who_took_the_mail_of_others_is_not_passed_over_for_ever)
{
	int i;

	for (i = 0; i < 1000; i++)
		deliver(book("tyo", START), "lon", START);
	all_report(START + 59);
	(void)choose(0, START + 59);
	ck_assert_int_eq(verdict("lon"), SCORE_SITE_RATE);
	all_report(START + 62);
	(void)choose(0, START + 62);
	ck_assert_int_eq(verdict("lon"), SCORE_ELIGIBLE);
}
END_TEST

/* Else a stub with more recipients than a burst would never go. */
START_TEST(a_message_goes_whole_when_its_first_recipient_may)
{
	int i;

	gw("lon")->state.drained = gw("nyc")->state.drained = true;
	for (i = 0; i < 12; i++) {
		ck_assert_str_eq(choose(i, START), "tyo");
		(void)book("tyo", START);
	}
	/* All of it is paid for before the next message. */
	ck_assert_str_eq(choose(0, START), "none");
	ck_assert_double_eq_tol(wait_s(START), 5.5, 1e-3);
	all_report(START + 5.4);
	ck_assert_str_eq(choose(0, START + 5.4), "none");
	ck_assert_str_eq(choose(0, START + 5.5), "tyo");
}
END_TEST

START_TEST(a_limit_counts_from_when_it_is_set_and_until_it_is_lifted)
{
	allow(0, START);
	book_many(10, "tyo", START);
	allow(2, START);
	book_many(2, "tyo", START);
	(void)choose(0, START);
	ck_assert_int_eq(verdict("tyo"), SCORE_SITE_RATE);
	allow(0, START);
	(void)choose(0, START);
	ck_assert_int_eq(verdict("tyo"), SCORE_ELIGIBLE);
	allow(2, START);
	(void)choose(0, START);
	ck_assert_int_eq(verdict("tyo"), SCORE_ELIGIBLE);
}
END_TEST

static const struct {
	const char *name;
	double was_per_s;
	int booked;
	double is_per_s;
	double free_after_s; /* of the first one more */
} changes[] = {
    {"raised from one an hour", 1 / 3600.0, 1, 20, 0},
    {"raised while there is a debt", 2, 20, 20, 0.05},
    {"lowered: what was allowed is no debt", 20, 20, 1, 1},
    {"the same", 2, 2, 2, 0.5},
};

START_TEST(another_limit_holds_at_once)
{
	double after_s = changes[_i].free_after_s;

	allow(0, START);
	allow(changes[_i].was_per_s, START);
	book_many(changes[_i].booked, "tyo", START);
	allow(changes[_i].is_per_s, START);
	(void)choose(0, START + after_s + 1e-3);
	ck_assert_msg(verdict("tyo") == SCORE_ELIGIBLE, "%s", changes[_i].name);
	(void)choose(0, START + after_s - 1e-3);
	ck_assert_msg(after_s <= 0 || verdict("tyo") == SCORE_SITE_RATE, "%s",
	    changes[_i].name);
}
END_TEST

START_TEST(what_other_policyds_book_counts_too)
{
	struct shared_booking b = {.bytes = 1e4, .at_ms = WALL_MS,
	    .gateway = "tyo", .site = "mx.one.test"};
	int i;

	for (i = 0; i < 2; i++) {
		ticket_of(1000 + i, b.id);
		shared_book(&f, &b, WALL_MS, START);
		/* A line that comes twice counts once. */
		shared_book(&f, &b, WALL_MS, START);
		(void)choose(0, START);
		ck_assert_int_eq(verdict("tyo"),
		    i == 0 ? SCORE_ELIGIBLE : SCORE_SITE_RATE);
	}
}
END_TEST

/* How many of a hundred questions a second are let through to tyo. */
static int
ask_for(double seconds, double *now_s)
{
	double end_s = *now_s + seconds;
	int went = 0;

	for (; *now_s < end_s; *now_s += 0.01) {
		all_report(*now_s);
		if (strcmp(choose(0, *now_s), "tyo") == 0) {
			(void)book("tyo", *now_s);
			went++;
		}
	}
	return went;
}

START_TEST(each_of_several_policyds_has_its_share_and_the_rest_of_the_others)
{
	struct shared_booking b = {.bytes = 1e4, .at_ms = WALL_MS,
	    .gateway = "tyo", .site = "mx.one.test"};
	double now_s = START;
	int i, second, went = 0;

	allow(10, START);
	f.sites.daemons = 2;
	gw("lon")->state.drained = gw("nyc")->state.drained = true;
	/* What the other did before we were there, and all that is allowed
	 * every second from then on. */
	for (second = 0; second < 20; second++) {
		for (i = 0; i < (second ? 10 : 60); i++) {
			ticket_of(100000 + second * 100 + i, b.id);
			shared_book(&f, &b, WALL_MS, now_s);
		}
		went += ask_for(1, &now_s);
	}
	/* 5/s, and a burst of five. */
	ck_assert_int_ge(went, 95);
	ck_assert_int_le(went, 107);
	/* The other is silent, and what is owed is paid. */
	(void)ask_for(60, &now_s);
	went = ask_for(10, &now_s);
	ck_assert_int_ge(went, 95);
	ck_assert_int_le(went, 105);
}
END_TEST

START_TEST(a_clock_that_went_back_holds_nobody_up)
{
	fleet_tick(&f, START);
	book_many(20, "tyo", START);
	fleet_tick(&f, START - 50);
	all_report(START - 49);
	(void)choose(0, START - 49);
	ck_assert_int_eq(verdict("tyo"), SCORE_ELIGIBLE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fleet_max");
	TCase *t = tcase_create("fleet_max");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_nearest_is_passed_over_while_it_is_at_its_limit);
	tcase_add_test(t, without_a_limit_nobody_is_passed_over);
	tcase_add_test(t,
	    when_all_are_at_it_nobody_is_chosen_and_the_wait_is_known);
	tcase_add_test(t, the_wait_is_for_more_than_a_mail_where_many_may_go);
	tcase_add_test(t, below_one_a_second_it_is_one_at_a_time);
	tcase_add_test(t, the_second_choice_stays_though_it_is_at_its_limit);
	tcase_add_test(t,
	    who_cannot_be_chosen_at_all_is_not_said_to_be_at_a_limit);
	tcase_add_test(t, what_is_undone_at_once_leaves_its_place_to_another);
	tcase_add_test(t, what_is_undone_late_gives_nothing_back);
	tcase_add_test(t, what_another_gateway_delivered_counts_there);
	tcase_add_test(t,
	    who_took_the_mail_of_others_is_not_passed_over_for_ever);
	tcase_add_test(t, a_message_goes_whole_when_its_first_recipient_may);
	tcase_add_test(t,
	    a_limit_counts_from_when_it_is_set_and_until_it_is_lifted);
	ADD_ROWS(t, another_limit_holds_at_once, changes);
	tcase_add_test(t, what_other_policyds_book_counts_too);
	tcase_add_test(t,
	    each_of_several_policyds_has_its_share_and_the_rest_of_the_others);
	tcase_add_test(t, a_clock_that_went_back_holds_nobody_up);
	suite_add_tcase(s, t);
	return unit_main(s);
}
