#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway-agent/load.h"

START_TEST(cpu_is_the_share_since_the_last_sample)
{
	struct load_cpu last = {0};

	ck_assert_double_eq(load_cpu(&last,
	    slice_of("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1\n")), -1);
	ck_assert_double_eq_tol(load_cpu(&last,
	    slice_of("cpu  150 0 100 750 100 0 0 0 0 0\n")), 0.5, 1e-9);
	ck_assert_double_eq(load_cpu(&last,
	    slice_of("cpu  150 0 100 750 100 0 0 0 0 0\n")), 0);
	ck_assert_double_eq(load_cpu(&last,
	    slice_of("cpu  1 0 1 7 1 0 0 0 0 0\n")), 0);
	ck_assert_double_eq(load_cpu(&last, slice_of("cpu 1 2\n")), -1);
	ck_assert_double_eq(load_cpu(&last, slice_of("")), -1);
}
END_TEST

START_TEST(sessions_are_connections_out_to_port_25)
{
	static const char table[] =
	    "  sl  local_address rem_address   st tx_queue rx_queue tr\n"
	    "   0: 0100007F:0019 00000000:0000 0A 00000000:00000000 00:00000000 "
	    "0\n"
	    "   1: 0100007F:C350 0200000A:0019 01 00000000:00000000 00:00000000\n"
	    "   2: 0100007F:C351 0200000A:0019 02 00000001:00000000 01:00000000\n"
	    "   3: 0100007F:C352 0200000A:0019 06 00000000:00000000 03:00000000\n"
	    "   4: 0100007F:0019 0200000A:C350 01 00090000:00000000 01:00000000\n";
	struct load_sockets sum = {0};

	load_sockets(slice_of(table), &sum);
	ck_assert_int_eq(sum.sessions, 2);
	ck_assert_int_eq(sum.transmitting, 0);
	load_sockets(slice_of(""), &sum);
	ck_assert_int_eq(sum.sessions, 2);
}
END_TEST

START_TEST(a_session_that_sends_a_command_or_may_not_send_does_not_transmit)
{
	static const char table[] =
	    "   1: 0100007F:C350 0200000A:0019 01 00000FFF:00000000 01:00000000\n"
	    "   2: 0100007F:C351 0200000A:0019 01 0001A2B0:00000000 04:00000000\n"
	    "   3: 0100007F:C352 0200000A:0019 01 0001A2B0:00000000 01:00000000\n"
	    "   4: 0100007F:C353 0200000A:0019 01 0001A2B0\n"
	    "   5: 0100007F:C354 0200000A:0019 01\n";
	struct load_sockets sum = {0};

	load_sockets(slice_of(table), &sum);
	ck_assert_int_eq(sum.sessions, 5);
	ck_assert_int_eq(sum.transmitting, 1);
}
END_TEST

START_TEST(octets_sent_are_those_of_all_devices_but_lo)
{
	static const char table[] =
	    "Inter-|   Receive                             |  Transmit\n"
	    " face |bytes    packets errs drop fifo frame compressed multicast|"
	    "bytes    packets\n"
	    "    lo:    7    1 0 0 0 0 0 0     1000    1 0 0 0 0 0 0\n"
	    "  wan0: 900    1 0 0 0 0 0 0      200    1 0 0 0 0 0 0\n"
	    "  eth1: 900    1 0 0 0 0 0 0       30    1 0 0 0 0 0 0\n"
	    "  cut0: 900    1\n";

	ck_assert_int_eq(load_sent(slice_of(table)), 230);
	ck_assert_int_eq(load_sent(slice_of("")), 0);
}
END_TEST

#define MB 1000000
#define LINE (12.5 * MB)

static const struct {
	const char *name;
	struct load_facts facts;
	int64_t messages, bytes; /* at the fifth sample of the same */
} backlogs[] = {
    {"nothing in the queue", {0}, 0, 0},
    {"a far site: the line has room, little is on the way",
        {20, 40 * MB, 5, {20, 8}, 3 * MB, LINE}, 0, 0},
    {"a slow site: all is in the dialogue, the rest waits for its sessions",
        {30, 60 * MB, 5, {5, 0}, 1000, LINE}, 0, 0},
    {"one domain whose DNS is slow", {30, 60 * MB, 5, {0, 0}, 0, LINE}, 0, 0},
    {"the line is full", {20, 40 * MB, 20, {8, 4}, 0.9 * LINE, LINE},
        16, 28 * MB},
    {"the line is slower than configured",
        {20, 40 * MB, 20, {8, 8}, 1 * MB, LINE}, 20, 32 * MB},
    {"the line's rate is not known", {20, 40 * MB, 20, {20, 20}, 1 * MB, 0},
        20, 20 * MB},
    {"the line is full of other things",
        {20, 40 * MB, 20, {20, 0}, LINE, LINE}, 0, 0},
    {"too few processes", {40, 80 * MB, 20, {3, 0}, 1000, LINE}, 37,
        74 * MB},
    {"the MTA stands still", {40, 80 * MB, 20, {0, 0}, 0, LINE}, 40,
        80 * MB},
    {"more sessions than mail", {2, 4 * MB, 2, {9, 9}, LINE, LINE}, 2,
        2 * MB},
    {"a queue counted below zero", {-1, -5, 0, {9, 9}, LINE, LINE}, 0, 0},
};

START_TEST(only_what_waits_for_this_host_is_backlog)
{
	struct load_line line = {0};
	int64_t messages = -1, bytes = -1;
	int i;

	for (i = 0; i < 5; i++)
		load_backlog(&line, &backlogs[_i].facts, &messages, &bytes);
	ck_assert_msg(messages == backlogs[_i].messages &&
	    bytes == backlogs[_i].bytes, "%s: %lld messages, %lld bytes",
	    backlogs[_i].name, (long long)messages, (long long)bytes);
}
END_TEST

START_TEST(a_slow_start_over_a_long_way_is_no_slow_line)
{
	const struct load_facts first = {5, 10 * MB, 5, {5, 5}, 45000, LINE};
	const struct load_facts then = {5, 10 * MB, 5, {5, 5}, 2 * MB, LINE};
	struct load_line line = {0};
	int64_t messages, bytes;
	int i;

	for (i = 0; i < 15; i++) {
		load_backlog(&line, i % 5 < 4 ? &first : &then, &messages,
		    &bytes);
		ck_assert_int_eq(messages, 0);
		ck_assert_int_eq(bytes, 0);
	}
}
END_TEST

static void
put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(the_queue_is_scanned_through_hashed_directories)
{
	char dir[] = "/tmp/np-load-XXXXXX", path[128];
	static const char *const dirs[] = {"active", "active/4", "incoming"};
	static const char *const files[] = {"active/4/4jYG", "active/x",
	    "incoming/y"};
	int64_t n, bytes;
	size_t i;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert(!load_scan_queue(dir, &n, &bytes));
	for (i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
	for (i = 0; i < 3; i++)
		put(dir, files[i], "12345");
	ck_assert(load_scan_queue(dir, &n, &bytes));
	ck_assert_int_eq(n, 3);
	ck_assert_int_eq(bytes, 15);
	for (i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	for (i = 3; i > 0; i--) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, dirs[i - 1]);
		(void)rmdir(path);
	}
	(void)rmdir(dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("load");

	tcase_add_test(t, cpu_is_the_share_since_the_last_sample);
	tcase_add_test(t, sessions_are_connections_out_to_port_25);
	tcase_add_test(t,
	    a_session_that_sends_a_command_or_may_not_send_does_not_transmit);
	tcase_add_test(t, octets_sent_are_those_of_all_devices_but_lo);
	tcase_add_loop_test(t, only_what_waits_for_this_host_is_backlog, 0,
	    (int)(sizeof(backlogs) / sizeof(backlogs[0])));
	tcase_add_test(t, a_slow_start_over_a_long_way_is_no_slow_line);
	tcase_add_test(t, the_queue_is_scanned_through_hashed_directories);
	suite_add_tcase(s, t);
	return unit_main(s);
}
