#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/fleet/fleet.h"

#define SET \
	"sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER_SET \
	"sha256:" \
	"ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct fleet f;
static struct fleet_choice choice;
static struct site *site;
static int64_t seq;

static struct gateway *
gw(const char *id)
{
	return gateway_find(&f.gateways, id);
}

static struct report
idle_report(void)
{
	struct report r = {.seq = ++seq, .now_ms = 1000000, .n_digests = 1};

	memcpy(r.digests[0], SET, sizeof(SET));
	return r;
}

static void
report(const char *id, double now_s)
{
	struct report r = idle_report();

	ck_assert(fleet_report(&f, gw(id), &r, now_s, 1000000));
}

static void
all_report(double now_s)
{
	report("lon", now_s);
	report("nyc", now_s);
	report("tyo", now_s);
}

/* Three gateways of 100 Mbit/s, one site: tyo 10 ms, lon 100 ms, nyc 200 ms. */
static void
setup(void)
{
	static const struct fleet_row rows[] = {{"tyo", "tyo.test", 12.5e6, 0},
	    {"lon", "lon.test", 12.5e6, 0}, {"nyc", "nyc.test", 12.5e6, 0}};
	const char *mx = "mx.one.test";

	fleet_init(&f, 1, 60, true);
	fleet_configure(&f, rows, 3);
	site = site_get(&f.sites, &mx, 1, 100);
	ck_assert_int_eq(
	    sites_rtt(&f.sites, mx, gw("tyo")->slot, 0.01, 100), 1);
	(void)sites_rtt(&f.sites, mx, gw("lon")->slot, 0.1, 100);
	(void)sites_rtt(&f.sites, mx, gw("nyc")->slot, 0.2, 100);
	all_report(100);
}

static void
teardown(void)
{
	fleet_free(&f);
}

static const char *
choose(double size, double now_s)
{
	struct fleet_question q = {
	    .site = site, .size_bytes = size, .asset_digest = SET};

	fleet_choose(&f, &q, now_s, true, &choice);
	return choice.first < 0 ? "none"
				: f.gateways.slot[choice.first]->id;
}

static void
book(int n, const char *id, double size, double now_s)
{
	unsigned char ticket[BOOKING_ID_SIZE] = {0};

	memcpy(ticket, &n, sizeof(n));
	fleet_book(&f, ticket, gw(id)->slot, site, size, now_s);
}

START_TEST(the_nearest_idle_gateway_is_chosen)
{
	ck_assert_str_eq(choose(1e5, 100), "tyo");
	ck_assert_str_eq(f.gateways.slot[choice.second]->id, "lon");
	ck_assert_str_eq(choice.reason, "rtt");
	ck_assert_int_eq(choice.n_eligible, 3);
}
END_TEST

START_TEST(a_burst_overflows_to_the_next_before_any_report)
{
	int i, other = 0;

	for (i = 0; i < 500; i++) {
		const char *id = choose(1e6, 100);

		other += strcmp(id, "tyo") != 0;
		book(i, id, 1e6, 100);
	}
	ck_assert_int_gt(other, 100);
	ck_assert_int_lt(other, 450);
}
END_TEST

START_TEST(a_silent_gateway_is_ejected_and_comes_back)
{
	report("lon", 104);
	report("nyc", 104);
	ck_assert_str_eq(choose(1e5, 104), "lon");
	ck_assert_int_eq(
	    choice.score[gw("tyo")->slot].verdict, SCORE_SILENT);
	report("tyo", 104.5);
	ck_assert_str_eq(choose(1e5, 104.5), "tyo");
}
END_TEST

START_TEST(a_gateway_is_silent_by_the_interval_it_says)
{
	struct hello slow = {.version = 1, .id = "tyo", .asset_digest = SET,
	    .report_interval_ms = 4000}, old = slow;

	old.report_interval_ms = 0;
	gateway_hello(gw("tyo"), &slow);
	report("tyo", 100);
	report("lon", 113.9);
	report("nyc", 113.9);
	ck_assert_str_eq(choose(1e5, 113.9), "tyo");
	report("lon", 114.1);
	ck_assert_str_eq(choose(1e5, 114.1), "lon");
	report("tyo", 115);
	ck_assert_str_eq(choose(1e5, 115), "tyo");
	gateway_hello(gw("tyo"), &old);
	report("tyo", 116);
	report("lon", 119.6);
	ck_assert_str_eq(choose(1e5, 119.6), "lon");
}
END_TEST

START_TEST(a_refusing_gateway_is_ejected_until_its_next_report)
{
	fleet_refused(gw("tyo"), 100.5);
	ck_assert_str_eq(choose(1e5, 100.6), "lon");
	report("tyo", 101);
	ck_assert_str_eq(choose(1e5, 101), "tyo");
}
END_TEST

START_TEST(only_holders_of_the_assets_are_chosen)
{
	struct report r = idle_report();

	memcpy(r.digests[0], OTHER_SET, sizeof(OTHER_SET));
	ck_assert(fleet_report(&f, gw("tyo"), &r, 100.1, 1000000));
	ck_assert_str_eq(choose(1e5, 100.1), "lon");
	ck_assert_int_eq(
	    choice.score[gw("tyo")->slot].verdict, SCORE_NO_ASSETS);
}
END_TEST

START_TEST(only_routable_gateways_are_chosen)
{
	bool routable[GATEWAYS_MAX] = {false};
	struct fleet_question q = {.site = site,
	    .size_bytes = 1e5,
	    .asset_digest = SET,
	    .routable = routable};

	routable[gw("nyc")->slot] = true;
	fleet_choose(&f, &q, 100, false, &choice);
	ck_assert_int_eq(choice.first, gw("nyc")->slot);
	ck_assert_int_eq(choice.second, -1);
	ck_assert_int_eq(choice.n, 3);
	ck_assert_str_eq(choice.reason, "only");
}
END_TEST

START_TEST(nobody_alive_is_nobody_chosen)
{
	ck_assert_str_eq(choose(1e5, 200), "none");
	ck_assert_int_eq(choice.n_eligible, 0);
}
END_TEST

START_TEST(the_second_choice_stays_a_minute)
{
	(void)choose(1e5, 100);
	ck_assert_int_eq(choice.second, gw("lon")->slot);
	all_report(102);
	book(1, "lon", 5e7, 102); /* four seconds of work */
	(void)choose(5e7, 102);
	ck_assert_int_eq(choice.second, gw("lon")->slot);
	all_report(170);
	book(2, "lon", 5e7, 170);
	(void)choose(5e7, 170);
	ck_assert_int_eq(choice.second, gw("nyc")->slot);
	/* Dead is dead, minute or not. */
	report("tyo", 180);
	report("lon", 180);
	(void)choose(1e5, 180);
	ck_assert_int_eq(choice.second, gw("lon")->slot);
}
END_TEST

/* Large mail is only in the way of others when they are smaller. */
START_TEST(the_mean_size_is_learned_from_the_first_mails)
{
	unsigned char id[BOOKING_ID_SIZE] = {0};
	int i;

	for (i = 0; i < 10; i++) {
		id[0] = (unsigned char)i;
		fleet_book(&f, id, 0, site, i % 2 ? 3e6 : 1e6, 1);
	}
	ck_assert_double_eq_tol(f.mean_bytes, 2e6, 1);
	fleet_restore_mean(&f, 5e6);
	id[0] = (unsigned char)i;
	fleet_book(&f, id, 0, site, 1e6, 1);
	ck_assert_double_eq_tol(f.mean_bytes, 5e6, 5e3);
}
END_TEST

START_TEST(undoing_a_booking_leaves_nothing_behind)
{
	struct gateway *tyo = gw("tyo");
	unsigned char ticket[BOOKING_ID_SIZE] = {0};
	double before = tyo->state.busy_until_s;
	int n = 7;

	memcpy(ticket, &n, sizeof(n));
	book(7, "tyo", 1e7, 100);
	ck_assert_double_gt(tyo->state.busy_until_s, before + 0.5);
	ck_assert_int_eq(site_pair(site, tyo->slot)->open, 1);
	ck_assert(fleet_unbook(&f, ticket, 100));
	ck_assert_double_eq_tol(tyo->state.busy_until_s, before, 1e-6);
	ck_assert_int_eq(site_pair(site, tyo->slot)->open, 0);
	ck_assert_double_eq_tol(tyo->unaccepted_bytes, 0, 1e-9);
	ck_assert_uint_eq(site->bookings, 0);
	ck_assert(!fleet_unbook(&f, ticket, 100));
}
END_TEST

START_TEST(the_same_ticket_is_booked_once)
{
	book(1, "tyo", 1e6, 100);
	book(1, "lon", 1e6, 101);
	ck_assert_uint_eq(f.bookings.n, 1);
	ck_assert_int_eq(gw("tyo")->unaccepted_n, 0);
	ck_assert_int_eq(gw("lon")->unaccepted_n, 1);
}
END_TEST

START_TEST(accepted_mail_is_not_on_the_way_any_more)
{
	struct gateway *tyo = gw("tyo");
	struct report r = idle_report();
	int i;

	for (i = 0; i < 10; i++)
		book(i, "tyo", 1e6, 100);
	ck_assert_int_eq(tyo->unaccepted_n, 10);
	r.accepted_messages = 4;
	ck_assert(fleet_report(&f, tyo, &r, 101, 1000000));
	ck_assert_int_eq(tyo->unaccepted_n, 6);
	ck_assert_double_eq_tol(tyo->unaccepted_bytes, 6e6, 1);
	ck_assert_double_eq_tol(
	    tyo->state.busy_until_s, 101 + 6e6 / 12.5e6, 0.05);
	/* The agent starts anew and has accepted two since. */
	r = idle_report();
	r.accepted_messages = 2;
	ck_assert(fleet_report(&f, tyo, &r, 102, 1000000));
	ck_assert_int_eq(tyo->unaccepted_n, 4);
}
END_TEST

static struct delivery
delivery(int n, enum delivery_status status)
{
	struct delivery d = {.status = status,
	    .relay_host = "mx.one.test",
	    .conn_use = 1,
	    .delays_us = {0, 0, 300000, 100000}};

	(void)snprintf(d.ticket, sizeof(d.ticket),
	    "%02x%030d", n, 0); /* little endian, as book() writes it */
	return d;
}

START_TEST(mail_that_took_another_gateway_frees_the_first)
{
	struct delivery d = delivery(3, DELIVERY_SENT);
	struct report r;

	book(3, "tyo", 1e6, 100);
	fleet_delivery(&f, gw("lon"), site, &d, 101);
	ck_assert_uint_eq(f.bookings.n, 0);
	ck_assert_int_eq(gw("tyo")->unaccepted_n, 0);
	/* lon's next report counts it; no other booking may go for it. */
	book(4, "lon", 1e6, 101);
	r = idle_report();
	r.accepted_messages = 1;
	ck_assert(fleet_report(&f, gw("lon"), &r, 102, 1000000));
	ck_assert_int_eq(gw("lon")->unaccepted_n, 1);
	r = idle_report();
	r.accepted_messages = 2;
	ck_assert(fleet_report(&f, gw("lon"), &r, 103, 1000000));
	ck_assert_int_eq(gw("lon")->unaccepted_n, 0);
}
END_TEST

START_TEST(deferrals_send_the_next_mail_elsewhere)
{
	struct delivery d = delivery(5, DELIVERY_DEFERRED);
	int i;

	for (i = 0; i < 3; i++)
		fleet_delivery(&f, gw("tyo"), site, &d, 100);
	ck_assert_str_eq(choose(1e5, 100), "lon");
	ck_assert_int_eq(choice.order[1], gw("nyc")->slot);
	ck_assert_double_gt(
	    choice.score[gw("tyo")->slot].term_s[SCORE_DEFERRAL], 60);
}
END_TEST

START_TEST(reports_out_of_order_are_ignored)
{
	struct report old = idle_report(), newer = idle_report();

	newer.queue_bytes = 5;
	ck_assert(fleet_report(&f, gw("tyo"), &newer, 101, 1000000));
	ck_assert(!fleet_report(&f, gw("tyo"), &old, 101, 1000000));
	ck_assert(!fleet_report(&f, gw("tyo"), &newer, 101, 1000000));
	ck_assert_int_eq(gw("tyo")->queue_bytes, 5);
}
END_TEST

/* By our clock, not by what the gateway's says. */
START_TEST(a_report_from_the_future_is_old_in_time)
{
	struct report r = idle_report();

	r.now_ms = 1000000 + INT64_C(86400000);
	ck_assert(fleet_report(&f, gw("tyo"), &r, 101, 1000000));
	ck_assert_str_eq(choose(1e5, 101), "tyo");
	report("lon", 104.6);
	ck_assert_str_eq(choose(1e5, 104.6), "lon");
	ck_assert_int_eq(
	    choice.score[gw("tyo")->slot].verdict, SCORE_SILENT);
	/* And one from the past is not older than it is. */
	r = idle_report();
	r.now_ms = 0;
	ck_assert(fleet_report(&f, gw("tyo"), &r, 105, 1000000));
	ck_assert_str_eq(choose(1e5, 105), "tyo");
}
END_TEST

/* A round trip that was measured tomorrow is not fresher than one of now. */
START_TEST(a_sample_of_the_future_does_not_outlive_its_time)
{
	struct pair *p = site_pair(site, gw("tyo")->slot);

	fleet_rtt(&f, gw("tyo"), "mx.one.test", 0.01, 100 + 86400);
	fleet_tick(&f, 101);
	fleet_tick(&f, 100.5); /* our clock was set */
	ck_assert_double_le(p->rtt_at_s, 101);
	(void)choose(1e5, 101);
	ck_assert_double_ge(choice.score[gw("tyo")->slot].rtt_age_s, 0);
}
END_TEST

START_TEST(a_slow_gateway_is_known_by_how_it_drains)
{
	struct report r;
	int i;

	/* 100 Mbit/s by its name, 10 Mbit/s by its deeds. */
	for (i = 1; i <= 20; i++) {
		r = idle_report();
		r.queue_bytes = 100000000;
		r.sent_bytes = i * 1250000;
		ck_assert(fleet_report(&f, gw("tyo"), &r, 100 + i, 1000000));
	}
	ck_assert_double_eq_tol(gw("tyo")->drain_bytes_per_s, 1.25e6, 1e5);
	for (i = 21; i <= 120; i++) {
		r = idle_report();
		r.sent_bytes = 20 * 1250000;
		ck_assert(fleet_report(&f, gw("tyo"), &r, 100 + i, 1000000));
	}
	ck_assert_double_gt(gw("tyo")->drain_bytes_per_s, 12e6);
}
END_TEST

/* tyo's uplink takes a detour: its samples from eight sites tell of the ninth. */
START_TEST(a_gateway_that_got_slow_everywhere_is_left_at_once)
{
	char names[8][16];
	int i, k;

	for (i = 0; i < 8; i++) {
		const char *host = names[i];

		(void)snprintf(names[i], sizeof(names[i]), "mx%d.test", i);
		(void)site_get(&f.sites, &host, 1, 100);
		for (k = 0; k < 2; k++)
			fleet_rtt(&f, gw("tyo"), host, 0.01 * (i + 1), 100);
	}
	ck_assert_str_eq(choose(1e5, 101), "tyo");
	for (i = 0; i < 8; i++)
		fleet_rtt(&f, gw("tyo"), names[i], 0.2 * (i + 1), 101);
	ck_assert_str_eq(choose(1e5, 101), "lon");
	ck_assert_double_eq_tol(
	    choice.score[gw("tyo")->slot].rtt_s, 0.2, 0.02);
}
END_TEST

START_TEST(bookings_nobody_hears_of_expire)
{
	book(1, "tyo", 1e6, 100);
	fleet_tick(&f, 100 + BOOKING_LIFETIME_S - 1);
	ck_assert_uint_eq(f.bookings.n, 1);
	fleet_tick(&f, 100 + BOOKING_LIFETIME_S + 1);
	ck_assert_uint_eq(f.bookings.n, 0);
	ck_assert_uint_eq(site->bookings, 0);
}
END_TEST

START_TEST(a_gateway_taken_out_of_the_configuration_is_forgotten)
{
	static const struct fleet_row rows[] = {
	    {"lon", "lon2.test", 12.5e6, 0}, {"sin", "sin.test", 12.5e6, 0}};
	int tyo = gw("tyo")->slot;

	book(1, "tyo", 1e6, 100);
	fleet_configure(&f, rows, 2);
	ck_assert_ptr_null(gw("tyo"));
	ck_assert_uint_eq(f.bookings.n, 0);
	ck_assert_str_eq(gw("lon")->host, "lon2.test");
	ck_assert_str_eq(choose(1e5, 100), "lon");
	/* A new gateway in the old one's slot knows nothing of it. */
	ck_assert_int_eq(gw("sin")->slot, tyo);
	ck_assert_ptr_null(site_pair(site, tyo));
}
END_TEST

START_TEST(two_hundred_gateways_are_ranked_fast_enough)
{
	static char ids[200][8];
	struct fleet_row rows[200];
	int64_t start;
	int i;

	for (i = 0; i < 200; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "g%03d", i);
		rows[i] = (struct fleet_row){ids[i], "h.test", 12.5e6, 0};
	}
	fleet_configure(&f, rows, 200);
	for (i = 0; i < 200; i++) {
		report(ids[i], 100);
		sites_pair(&f.sites, site, gw(ids[i])->slot)->rtt_s =
		    (float)(200 - i) / 1000;
		pair_deferred(site_pair(site, gw(ids[i])->slot), 100 - i);
		(void)pair_throttled(
		    site_pair(site, gw(ids[i])->slot), 100 - i);
	}
	start = clock_mono_us();
	for (i = 0; i < 1000; i++)
		(void)choose(1e5 + i, 101);
	i = (int)(clock_mono_us() - start);
	printf("# choosing among 200: %.1f us\n", i / 1000.0);
	(void)fflush(stdout);
	/* Ten times what it takes on a slow machine, for loaded ones. */
	ck_assert_int_lt(i, 1000 * 500);
	ck_assert_int_eq(choice.n_eligible, 200);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fleet");
	TCase *t = tcase_create("fleet");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_nearest_idle_gateway_is_chosen);
	tcase_add_test(t, a_burst_overflows_to_the_next_before_any_report);
	tcase_add_test(t, a_silent_gateway_is_ejected_and_comes_back);
	tcase_add_test(t, a_gateway_is_silent_by_the_interval_it_says);
	tcase_add_test(t, a_refusing_gateway_is_ejected_until_its_next_report);
	tcase_add_test(t, only_holders_of_the_assets_are_chosen);
	tcase_add_test(t, only_routable_gateways_are_chosen);
	tcase_add_test(t, nobody_alive_is_nobody_chosen);
	tcase_add_test(t, the_second_choice_stays_a_minute);
	tcase_add_test(t, the_mean_size_is_learned_from_the_first_mails);
	tcase_add_test(t, undoing_a_booking_leaves_nothing_behind);
	tcase_add_test(t, the_same_ticket_is_booked_once);
	tcase_add_test(t, accepted_mail_is_not_on_the_way_any_more);
	tcase_add_test(t, mail_that_took_another_gateway_frees_the_first);
	tcase_add_test(t, deferrals_send_the_next_mail_elsewhere);
	tcase_add_test(t, reports_out_of_order_are_ignored);
	tcase_add_test(t, a_report_from_the_future_is_old_in_time);
	tcase_add_test(t, a_sample_of_the_future_does_not_outlive_its_time);
	tcase_add_test(t, a_slow_gateway_is_known_by_how_it_drains);
	tcase_add_test(t,
	    a_gateway_that_got_slow_everywhere_is_left_at_once);
	tcase_add_test(t, bookings_nobody_hears_of_expire);
	tcase_add_test(t,
	    a_gateway_taken_out_of_the_configuration_is_forgotten);
	tcase_add_test(t, two_hundred_gateways_are_ranked_fast_enough);
	suite_add_tcase(s, t);
	return unit_main(s);
}
