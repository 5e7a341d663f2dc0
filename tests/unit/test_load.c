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
	    "   0: 0100007F:0019 00000000:0000 0A 00000000:00000000 00\n"
	    "   1: 0100007F:C350 0200000A:0019 01 00000000:00000000 00\n"
	    "   2: 0100007F:C351 0200000A:0019 02 00000000:00000000 00\n"
	    "   3: 0100007F:C352 0200000A:0019 06 00000000:00000000 00\n"
	    "   4: 0100007F:0019 0200000A:C350 01 00000000:00000000 00\n";

	ck_assert_int_eq(load_sessions(slice_of(table)), 2);
	ck_assert_int_eq(load_sessions(slice_of("")), 0);
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
	tcase_add_test(t, the_queue_is_scanned_through_hashed_directories);
	suite_add_tcase(s, t);
	return unit_main(s);
}
