#include "tests/unit/unit.h"

#include "lib/base/mem.h"
#include "lib/fleet/shared.h"

#define ID "00112233445566778899aabbccddeeff"
#define NOW_MS INT64_C(1764000000000)

static struct fleet f;
static struct arena *arena;

static void
setup(void)
{
	static const struct fleet_row rows[] = {
	    {"tyo", "tyo.test", 1e6, 0}, {"lon", "lon.test", 1e6, 0}};

	fleet_init(&f, 1, 60, true);
	fleet_configure(&f, rows, 2);
	arena = arena_new();
}

static void
teardown(void)
{
	arena_free(&arena);
	fleet_free(&f);
}

static struct gateway *
tyo(void)
{
	return gateway_find(&f.gateways, "tyo");
}

static const struct {
	const char *name, *text;
	int rc;
} lines[] = {
    {"good", ID " tyo 250000 1764000000000 one.test", 0},
    {"site not known", ID " tyo 250000 1764000000000 -", 0},
    {"empty", "", -1},
    {"short ticket", "0011 tyo 1 1 -", -1},
    {"ticket of other digits", "z0112233445566778899aabbccddeeff tyo 1 1 -",
	-1},
    {"no gateway", ID "  1 1 -", -1},
    {"a gateway that is no id", ID " TYO 1 1 -", -1},
    {"negative size", ID " tyo -1 1 -", -1},
    {"size is no number", ID " tyo nan 1 -", -1},
    {"absurd size", ID " tyo 1e300 1 -", -1},
    {"negative time", ID " tyo 1 -1 -", -1},
    {"no site", ID " tyo 1 1", -1},
    {"no site, but what was predicted", ID " tyo 1 1  412", -1},
};

static const struct {
	const char *name, *end;
	int64_t predicted_ms;
} ends[] = {
    {"of a version that said nothing", "", -1},
    {"said", " 412", 412},
    {"nothing", " 0", 0},
    {"negative", " -1", -1},
    {"longer than any mail waits", " 99999999999999", -1},
    {"no number", " nan", -1},
    {"a fraction", " 1.5", -1},
    {"an empty word", " ", -1},
    {"and what later versions say", " 412 more words", 412},
};

START_TEST(a_line_is_taken_or_passed_over)
{
	struct shared_booking b;

	ck_assert_msg(shared_read_booking(arena, slice_of(lines[_i].text),
			  &b) == lines[_i].rc,
	    "%s", lines[_i].name);
}
END_TEST

START_TEST(a_booking_counts_whatever_was_predicted)
{
	char *text = xasprintf("%s%s", lines[0].text, ends[_i].end);
	struct shared_booking b;
	double seconds;

	ck_assert_msg(
	    shared_read_booking(arena, slice_of(text), &b) == 0, "%s",
	    ends[_i].name);
	ck_assert_msg(b.predicted_ms == ends[_i].predicted_ms, "%s: %lld",
	    ends[_i].name, (long long)b.predicted_ms);
	ck_assert_str_eq(b.site, "one.test");
	shared_book(&f, &b, b.at_ms, 100);
	ck_assert_uint_eq(f.bookings.n, 1);
	seconds = fleet_received(&f, tyo(), ID, 2);
	ck_assert_msg(seconds < 0 ? b.predicted_ms < 0
			  : prediction_ms(seconds) == b.predicted_ms,
	    "%s: %f", ends[_i].name, seconds);
	free(text);
}
END_TEST

START_TEST(a_site_holds_no_nul)
{
	static const char text[] = ID " tyo 1 1 one\0test";
	struct shared_booking b;

	ck_assert_int_eq(shared_read_booking(arena,
	    (struct slice){text, sizeof(text) - 1}, &b), -1);
}
END_TEST

START_TEST(every_prefix_of_a_line_is_survived)
{
	const char *good = ID " tyo 250000 1764000000000 one.test 412";
	struct shared_booking b;
	struct slice event;
	int64_t took;
	size_t n;

	for (n = 0; n <= strlen(good); n++) {
		struct slice s = {good, n};

		(void)shared_read_booking(arena, s, &b);
		(void)shared_event(&f, s, &event, &took);
		shared_undo(&f, s, 1);
	}
}
END_TEST

static struct shared_booking
booking(const char *gateway, int64_t at_ms)
{
	struct shared_booking b = {.id = {1, 2, 3}, .bytes = 2e6,
	    .at_ms = at_ms, .predicted_ms = -1};

	memcpy(b.gateway, gateway, strlen(gateway));
	return b;
}

START_TEST(what_is_written_is_read_again)
{
	struct shared_booking in = booking("tyo", NOW_MS), out;
	struct buf text = {0};

	in.site = "one.test";
	in.predicted_ms = 412;
	shared_write_booking(&text, &in);
	ck_assert_int_eq(
	    shared_read_booking(arena, slice_buf(&text), &out), 0);
	ck_assert_mem_eq(in.id, out.id, BOOKING_ID_SIZE);
	ck_assert_str_eq(out.gateway, "tyo");
	ck_assert_double_eq(out.bytes, 2e6);
	ck_assert_int_eq(out.at_ms, NOW_MS);
	ck_assert_str_eq(out.site, "one.test");
	ck_assert_int_eq(out.predicted_ms, 412);
	buf_free(&text);
}
END_TEST

START_TEST(a_booking_of_another_counts_once_and_can_be_undone)
{
	struct shared_booking b = booking("tyo", NOW_MS);
	struct buf id = {0};

	shared_book(&f, &b, NOW_MS, 100);
	shared_book(&f, &b, NOW_MS, 100);
	ck_assert_int_eq(tyo()->unaccepted_n, 1);
	ck_assert_double_eq_tol(tyo()->state.busy_until_s, 102, 0.01);
	shared_write_undo(&id, b.id);
	shared_undo(&f, slice_buf(&id), 100);
	ck_assert_int_eq(tyo()->unaccepted_n, 0);
	ck_assert_double_eq_tol(tyo()->state.busy_until_s, 100, 0.01);
	buf_free(&id);
}
END_TEST

/* Its booking may have ended with a deferral long ago. */
START_TEST(a_prediction_outlives_its_booking)
{
	struct shared_booking b = booking("tyo", NOW_MS - 650000);
	char ticket[] = "01020300000000000000000000000000";

	b.predicted_ms = 1500;
	shared_book(&f, &b, NOW_MS, 1000);
	ck_assert_uint_eq(f.bookings.n, 0);
	ck_assert_double_eq(fleet_received(&f, tyo(), ticket, 700), 1.5);
	ck_assert_double_eq(fleet_received(&f, tyo(), ticket, 700), -1);
	shared_book(&f, &b, NOW_MS, 1000);
	fleet_received_before(&f, tyo(), ticket);
	ck_assert_double_eq(fleet_received(&f, tyo(), ticket, 700), -1);
}
END_TEST

/* One daemon makes the choices, and both hear of the deliveries. */
START_TEST(whoever_is_told_comes_to_the_same_error)
{
	struct fleet mine;
	int i;

	fleet_init(&mine, 1, 60, true);
	fleet_configure(&mine, (struct fleet_row[]){
	    {"tyo", "tyo.test", 1e6, 0}}, 1);
	for (i = 1; i <= 50; i++) {
		struct shared_booking b = booking("tyo", NOW_MS), read;
		char ticket[33];
		struct buf text = {0};
		double measured_s = i * 0.37;

		b.id[0] = (unsigned char)i;
		b.predicted_ms = prediction_ms(i / 7.0);
		fleet_book(&mine, b.id, 0, NULL, b.bytes, 100);
		fleet_predicted(&mine, b.id, 0, b.predicted_ms);
		shared_write_booking(&text, &b);
		ck_assert_int_eq(
		    shared_read_booking(arena, slice_buf(&text), &read), 0);
		memcpy(ticket, text.data, 32);
		ticket[32] = '\0';
		shared_book(&f, &read, NOW_MS, 100);
		buf_free(&text);
		ck_assert_double_ge(fleet_received(&mine,
		    mine.gateways.slot[0], ticket, measured_s), 0);
		ck_assert_double_ge(
		    fleet_received(&f, tyo(), ticket, measured_s), 0);
	}
	ck_assert_uint_eq(tyo()->prediction.n, 50);
	ck_assert_mem_eq(&tyo()->prediction, &mine.gateways.slot[0]->prediction,
	    sizeof(tyo()->prediction));
	fleet_free(&mine);
}
END_TEST

static const struct {
	const char *name, *text, *event;
	int64_t took_ms;
} events[] = {
    {"with its time", "tyo seq=1;text=a;took_ms=1500", "seq=1;text=a", 1500},
    {"of a version that said none", "tyo seq=1;text=a", "seq=1;text=a", -1},
    {"of one part", "tyo seq=1", "seq=1", -1},
    {"negative", "tyo seq=1;took_ms=-5", "seq=1", -1},
    {"no number", "tyo seq=1;took_ms=x", "seq=1", -1},
    {"empty", "tyo seq=1;took_ms=", "seq=1", -1},
    {"twice", "tyo seq=1;took_ms=1;took_ms=2", "seq=1;took_ms=1", 2},
    {"not at the end", "tyo took_ms=1;seq=1", "took_ms=1;seq=1", -1},
};

START_TEST(the_time_is_taken_off_an_event)
{
	struct slice event;
	int64_t took_ms;

	ck_assert_msg(shared_event(&f, slice_of(events[_i].text), &event,
			  &took_ms) == tyo(), "%s", events[_i].name);
	ck_assert_msg(slice_eq_str(event, events[_i].event), "%s: %.*s",
	    events[_i].name, (int)event.len, event.data);
	ck_assert_msg(took_ms == events[_i].took_ms, "%s: %lld",
	    events[_i].name, (long long)took_ms);
}
END_TEST

START_TEST(an_event_is_read_as_it_was_written)
{
	struct buf text = {0};
	struct slice event;
	int64_t took_ms;

	shared_write_event(&text, "lon", slice_of("seq=1;text=b c"), 77);
	ck_assert_str_eq(shared_event(&f, slice_buf(&text), &event,
	    &took_ms)->id, "lon");
	ck_assert(slice_eq_str(event, "seq=1;text=b c"));
	ck_assert_int_eq(took_ms, 77);
	buf_free(&text);
}
END_TEST

START_TEST(a_delivery_heard_of_elsewhere_ends_the_booking)
{
	struct shared_booking b = booking("tyo", NOW_MS);
	char ticket[] = "01020300000000000000000000000000";

	shared_book(&f, &b, NOW_MS, 100);
	shared_done(&f, tyo(), ticket, 101);
	ck_assert_uint_eq(f.bookings.n, 0);
	ck_assert_int_eq(tyo()->unaccepted_n, 0);
}
END_TEST

START_TEST(a_report_may_be_here_before_the_booking)
{
	struct shared_booking b = booking("tyo", NOW_MS - 200);
	struct gateway *g = tyo();

	g->state.last_report_s = 99.9;
	bookings_accepted(g, 1, 99.9);
	shared_book(&f, &b, NOW_MS, 100);
	ck_assert_int_eq(g->unaccepted_n, 0);
	b.id[0] = 9; /* the report counted one only */
	shared_book(&f, &b, NOW_MS, 100);
	ck_assert_int_eq(g->unaccepted_n, 1);
}
END_TEST

START_TEST(an_old_booking_is_as_old_as_it_says)
{
	struct shared_booking b = booking("tyo", NOW_MS - 300000);
	double mean_bytes = f.mean_bytes;

	shared_book(&f, &b, NOW_MS, 1000);
	ck_assert_uint_eq(f.bookings.n, 1);
	ck_assert_double_eq(f.mean_bytes, mean_bytes); /* has it already */
	/* Its bytes have long gone out. */
	ck_assert_double_lt(tyo()->state.busy_until_s, 720);
	fleet_tick(&f, 1000 + 310);
	ck_assert_uint_eq(f.bookings.n, 0);
	b.at_ms = NOW_MS - 700000;
	shared_book(&f, &b, NOW_MS, 1000);
	ck_assert_uint_eq(f.bookings.n, 0);
}
END_TEST

START_TEST(a_clock_that_is_ahead_does_not_reach_the_future)
{
	struct shared_booking b = booking("tyo", NOW_MS + 3600000);

	shared_book(&f, &b, NOW_MS, 1000);
	ck_assert_double_eq_tol(tyo()->state.busy_until_s, 1002, 0.01);
}
END_TEST

START_TEST(a_gateway_that_is_not_configured_is_passed_over)
{
	struct shared_booking b = booking("par", NOW_MS);
	struct slice event;
	int64_t took;

	b.predicted_ms = 5;
	shared_book(&f, &b, NOW_MS, 100);
	ck_assert_uint_eq(f.bookings.n, 0);
	ck_assert_ptr_null(f.predictions);
	ck_assert_ptr_null(
	    shared_event(&f, slice_of("par seq=1"), &event, &took));
}
END_TEST

START_TEST(every_command_names_one_key)
{
	struct shared_line lines_out[2] = {
	    {"book", slice_of("a b")}, {"undo", slice_of("c")}};
	struct command c[SHARED_HEARTBEAT_COMMANDS];

	shared_append(c, arena, "np:", "d1", lines_out, 2, NOW_MS, 0);
	ck_assert_str_eq(c[0].argv[4], "1763999300000");
	shared_append(c, arena, "np:", "d1", lines_out, 2, NOW_MS,
	    NOW_MS - 1000);
	ck_assert_str_eq(c[0].argv[4], "1763999999000");
	ck_assert_str_eq(c[0].argv[1], "np:bookings:{d1}");
	ck_assert_str_eq(c[1].argv[1], "np:bookings:{d1}");
	ck_assert_str_eq(c[0].argv[c[0].argc - 1], "c");
	shared_follow(c, arena, "np:", "d2", "5-1");
	ck_assert_int_eq(c[0].argc, 6);
	ck_assert_str_eq(c[0].argv[4], "np:bookings:{d2}");
	ck_assert_str_eq(c[0].argv[5], "5-1");
	shared_heartbeat(c, arena, "np:", "d1", NOW_MS);
	ck_assert_str_eq(c[0].argv[1], "np:daemons");
	ck_assert_str_eq(c[SHARED_HEARTBEAT_COMMANDS - 1].argv[1],
	    "np:daemons");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("shared");
	TCase *t = tcase_create("shared");

	tcase_add_checked_fixture(t, setup, teardown);
	ADD_ROWS(t, a_line_is_taken_or_passed_over, lines);
	ADD_ROWS(t, a_booking_counts_whatever_was_predicted, ends);
	tcase_add_test(t, a_site_holds_no_nul);
	tcase_add_test(t, every_prefix_of_a_line_is_survived);
	tcase_add_test(t, what_is_written_is_read_again);
	tcase_add_test(t, a_booking_of_another_counts_once_and_can_be_undone);
	tcase_add_test(t, a_prediction_outlives_its_booking);
	tcase_add_test(t, whoever_is_told_comes_to_the_same_error);
	ADD_ROWS(t, the_time_is_taken_off_an_event, events);
	tcase_add_test(t, an_event_is_read_as_it_was_written);
	tcase_add_test(t, a_delivery_heard_of_elsewhere_ends_the_booking);
	tcase_add_test(t, a_report_may_be_here_before_the_booking);
	tcase_add_test(t, an_old_booking_is_as_old_as_it_says);
	tcase_add_test(t, a_clock_that_is_ahead_does_not_reach_the_future);
	tcase_add_test(t, a_gateway_that_is_not_configured_is_passed_over);
	tcase_add_test(t, every_command_names_one_key);
	suite_add_tcase(s, t);
	return unit_main(s);
}
