#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/fleet/report.h"

#define SET \
	"sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Five of them are more than REPORT_ERROR_SIZE. */
#define LONG "0123456789012345678901234567890123456789012345678901"

static struct arena *arena;

static void
setup(void)
{
	arena = arena_new();
}

static void
teardown(void)
{
	arena_free(&arena);
}

static const char good[] =
    "seq=1\nnow_ms=1764000000000\nqueue_bytes=5\nqueue_messages=1\n"
    "in_flight=2\naccepted_bytes=3\naccepted_messages=4\nsent_bytes=6\n"
    "cpu=0.25\n";

static int
parse(const char *text, struct report *out, const char **error)
{
	struct policy_message m;
	struct buf in = {0};
	size_t used;
	int rc;

	buf_add_str(&in, text);
	buf_add_char(&in, '\n');
	rc = policy_parse(arena,
	    (struct slice){arena_strndup(arena, in.data, in.len), in.len}, &m,
	    &used, error);
	buf_free(&in);
	ck_assert_int_eq(rc, 1);
	return report_parse(arena, &m, out, error);
}

START_TEST(what_the_agent_writes_policyd_reads)
{
	struct report_rtt rtt[] = {
	    {"mx1.example.org", 21300, 40}, {"mx2.example.org", 1, 0}};
	struct report in = {.seq = 17,
	    .now_ms = 1764000000000,
	    .queue_bytes = 812000,
	    .queue_messages = 3,
	    .in_flight = 7,
	    .cpu = 0.31,
	    .accepted_bytes = 88119000000,
	    .accepted_messages = 123456,
	    .sent_bytes = 88001234000,
	    .digests = {SET, SET},
	    .n_digests = 2,
	    .assets_since_ms = 1763000000000,
	    .assets_error = "/a/\xd1\x81 \"x\": is missing",
	    .rtt = rtt,
	    .n_rtt = 2};
	struct report out;
	struct buf text = {0};
	const char *error = "";

	report_write(&text, &in);
	ck_assert_msg(parse(text.data, &out, &error) == 0, "%s", error);
	ck_assert_int_eq(out.seq, 17);
	ck_assert_int_eq(out.sent_bytes, in.sent_bytes);
	ck_assert_double_eq_tol(out.cpu, 0.31, 1e-6);
	ck_assert_int_eq(out.n_digests, 2);
	ck_assert_str_eq(out.digests[1], SET);
	ck_assert_int_eq(out.assets_since_ms, in.assets_since_ms);
	ck_assert_str_eq(out.assets_error, in.assets_error);
	ck_assert_int_eq(out.n_rtt, 2);
	ck_assert_str_eq(out.rtt[0].host, "mx1.example.org");
	ck_assert_int_eq(out.rtt[0].us, 21300);
	ck_assert_int_eq(out.rtt[0].age_ms, 40);
	buf_free(&text);
}
END_TEST

START_TEST(a_hello_is_read_back)
{
	struct hello in = {1, "tyo", SET, 100, 2500, 7}, out;
	struct policy_message m;
	struct buf text = {0};
	const char *error;
	size_t used;

	hello_write(&text, &in);
	policy_end(&text);
	ck_assert_int_eq(
	    policy_parse(arena, slice_buf(&text), &m, &used, &error), 1);
	ck_assert_int_eq(hello_parse(&m, &out, &error), 0);
	ck_assert_str_eq(out.id, "tyo");
	ck_assert_str_eq(out.asset_digest, SET);
	ck_assert_int_eq(out.uplink_mbit, 100);
	ck_assert_int_eq(out.report_interval_ms, 2500);
	ck_assert_int_eq(out.probe_rate, 7);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *add;
	int64_t interval_ms; /* -1: refused */
} hellos[] = {
    {"", 0}, /* an agent of an earlier version */
    {"report_interval_ms=100\n", 100},
    {"report_interval_ms=60000\n", 60000},
    {"report_interval_ms=99\n", -1},
    {"report_interval_ms=60001\n", -1},
    {"report_interval_ms=0\n", -1},
    {"report_interval_ms=-1000\n", -1},
    {"report_interval_ms=1s\n", -1},
    {"report_interval_ms=99999999999999999999\n", -1},
};

START_TEST(a_hello_says_how_often_reports_come_within_bounds)
{
	const char *text = arena_printf(arena, "version=1\nid=tyo\n%s\n",
	    hellos[_i].add), *error = "";
	struct policy_message m;
	struct hello out;
	size_t used;
	int rc;

	ck_assert_int_eq(
	    policy_parse(arena, slice_of(text), &m, &used, &error), 1);
	rc = hello_parse(&m, &out, &error);
	ck_assert_msg(rc == (hellos[_i].interval_ms < 0 ? -1 : 0), "%s: %s",
	    hellos[_i].add, error);
	if (rc == 0)
		ck_assert_int_eq(out.report_interval_ms,
		    hellos[_i].interval_ms);
	else
		ck_assert_ptr_nonnull(strstr(error, "report_interval_ms"));
}
END_TEST

static const struct {
	const char *add;
	int64_t rate; /* -2: refused */
} rates[] = {
    {"", -1},
    {"probe_rate=0\n", 0},
    {"probe_rate=1000\n", 1000},
    {"probe_rate=1001\n", -2},
    {"probe_rate=-1\n", -2},
    {"probe_rate=no\n", -2},
};

START_TEST(a_hello_says_how_often_the_agent_probes)
{
	const char *text = arena_printf(arena, "version=1\nid=tyo\n%s\n",
	    rates[_i].add), *error = "";
	struct policy_message m;
	struct hello out;
	size_t used;
	int rc;

	ck_assert_int_eq(
	    policy_parse(arena, slice_of(text), &m, &used, &error), 1);
	rc = hello_parse(&m, &out, &error);
	if (rc == 0)
		ck_assert_msg(out.probe_rate == rates[_i].rate, "%s: %d",
		    rates[_i].add, (int)out.probe_rate);
	else
		ck_assert_msg(rates[_i].rate == -2 &&
		    strstr(error, "probe_rate"), "%s: %s", rates[_i].add,
		    error);
}
END_TEST

static void
read_probes(const char *text, struct report_probes *out_r)
{
	struct policy_message m;
	const char *error;
	size_t used;

	ck_assert_int_eq(
	    policy_parse(arena, slice_of(text), &m, &used, &error), 1);
	report_probes_read(arena, &m, out_r);
}

START_TEST(what_policyd_wants_probed_the_agent_reads)
{
	struct report_probes in = {.interval_ms = 60000}, out;
	struct buf text = {0};
	int i;

	for (i = 0; i < REPORT_PROBES_MAX; i++)
		in.list[in.n++] = (struct report_probe){
		    arena_printf(arena, "mx%d.test", i), i % 2 ? "s.test" : NULL};
	report_probes_write(&text, &in);
	policy_end(&text);
	read_probes(text.data, &out);
	ck_assert_int_eq(out.n, REPORT_PROBES_MAX);
	ck_assert_int_eq(out.interval_ms, 60000);
	for (i = 0; i < out.n; i++) {
		ck_assert_str_eq(out.list[i].host, in.list[i].host);
		if (i % 2)
			ck_assert_str_eq(out.list[i].site, "s.test");
		else
			ck_assert_ptr_null(out.list[i].site);
	}
	buf_clear(&text);
	in.n = 0;
	report_probes_write(&text, &in);
	ck_assert_uint_eq(text.len, 0);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *name, *text;
	int n;
	int64_t interval_ms;
} answers[] = {
    {"nothing to do", "action=OK\n\n", 0, 0},
    {"a policyd of an earlier version", "action=OK\nprobe.0=mx.test\n\n", 1, 0},
    {"a name that is none", "probe.0=mx test\nprobe.1=mx.test\n\n", 1, 0},
    {"a name in capitals", "probe.0=MX.test\n\n", 0, 0},
    {"an empty one", "probe.0=\n\n", 0, 0},
    {"a site without a host", "probe_site.0=mx.test\n\n", 0, 0},
    {"a number beyond all", "probe.32=mx.test\n\n", 0, 0},
    {"an interval", "probe_interval_ms=1\nprobe.0=a\n\n", 1, 1},
    {"no interval", "probe_interval_ms=0\nprobe.0=a\n\n", 1, 0},
    {"a negative one", "probe_interval_ms=-5\nprobe.0=a\n\n", 1, 0},
    {"one of a year", "probe_interval_ms=31536000000\nprobe.0=a\n\n", 1, 0},
};

START_TEST(what_cannot_be_probed_is_passed_over)
{
	struct report_probes out;

	read_probes(answers[_i].text, &out);
	ck_assert_msg(out.n == answers[_i].n &&
	    out.interval_ms == answers[_i].interval_ms, "%s: %d",
	    answers[_i].name, out.n);
}
END_TEST

static const struct {
	const char *name, *add;
} extras[] = {
    {"a negative queue", "queue_bytes=-1\n"},
    {"a share of CPU above one", "cpu=1.5\n"},
    {"a CPU that is no number", "cpu=nan\n"},
    {"a counter past all reason", "sent_bytes=99999999999999999999\n"},
    {"a number with something behind it", "in_flight=2x\n"},
    {"a time before time", "now_ms=-1\n"},
    {"a time past all reason", "now_ms=9223372036854775807\n"},
    {"a negative number of itself", "seq=-1\n"},
    {"a digest in capitals", "assets=SHA256:00\n"},
    {"a set since before time", "assets_since_ms=-1\n"},
    {"a set since some word", "assets_since_ms=now\n"},
    {"an error in Latin-1", "assets_error=caf\xe9\n"},
    {"an error that moves the cursor", "assets_error=a\x1b[2J\n"},
    {"an error without an end", "assets_error=" LONG LONG LONG LONG LONG "\n"},
    {"a round trip of zero", "rtt.0=mx.test 0 0\n"},
    {"a round trip of an hour", "rtt.0=mx.test 3600000000 0\n"},
    {"a negative age", "rtt.0=mx.test 5 -1\n"},
    {"a host with a slash", "rtt.0=mx/test 5 0\n"},
    {"a sample without an age", "rtt.0=mx.test 5\n"},
    {"a sample with a fourth word", "rtt.0=mx.test 5 0 9\n"},
};

/* The first attribute of a name counts, so the bad one goes in front. */
START_TEST(an_absurd_report_is_refused)
{
	struct buf text = {0};
	const char *error = NULL;
	struct report out;

	buf_add_str(&text, extras[_i].add);
	buf_add_str(&text, good);
	ck_assert_msg(parse(text.data, &out, &error) == -1, "%s: taken",
	    extras[_i].name);
	ck_assert_msg(error && *error, "%s: no reason", extras[_i].name);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *name, *text, *told;
} errors[] = {
    {"nothing", "", ""},
    {"a path in any script", "/a/\xe6\xb4\xbe: is missing",
        "/a/\xe6\xb4\xbe: is missing"},
    {"controls", "a\nb\tc\x1b[m\x7f", "a b c [m "},
    {"what is no UTF-8", "caf\xe9", "caf\xef\xbf\xbd"},
};

START_TEST(an_error_is_made_fit_to_be_told)
{
	struct report in = {.seq = 1}, out;
	struct buf text = {0};
	const char *error;

	report_assets_error(&in, errors[_i].text);
	ck_assert_msg(strcmp(in.assets_error, errors[_i].told) == 0, "%s: %s",
	    errors[_i].name, in.assets_error);
	report_write(&text, &in);
	ck_assert_msg(parse(text.data, &out, &error) == 0, "%s: %s",
	    errors[_i].name, error);
	ck_assert_str_eq(out.assets_error, errors[_i].told);
	buf_free(&text);
}
END_TEST

START_TEST(an_error_of_any_length_is_cut_between_characters)
{
	struct report in = {.seq = 1}, out;
	struct buf text = {0}, wire = {0};
	const char *error;
	size_t i, len;

	for (i = 0; i < 2 * REPORT_ERROR_SIZE; i++) {
		buf_add_str(&text, i % 3 ? "\xf0\x9f\x8e\x82" : "x");
		report_assets_error(&in, text.data);
		len = strlen(in.assets_error);
		ck_assert_uint_lt(len, REPORT_ERROR_SIZE);
		if (len < text.len) {
			ck_assert_str_eq(in.assets_error + len - 3, "...");
			ck_assert_uint_gt(len, REPORT_ERROR_SIZE - 6);
		}
		buf_clear(&wire);
		report_write(&wire, &in);
		ck_assert_int_eq(parse(wire.data, &out, &error), 0);
		ck_assert_str_eq(out.assets_error, in.assets_error);
	}
	buf_free(&text);
	buf_free(&wire);
}
END_TEST

START_TEST(a_report_may_lack_assets_and_samples_but_no_count)
{
	const char *error, *line;
	struct report out;

	ck_assert_int_eq(parse(good, &out, &error), 0);
	for (line = good; *line; line = strchr(line, '\n') + 1) {
		size_t skip = (size_t)(strchr(line, '\n') + 1 - line);
		struct buf text = {0};

		buf_add(&text, good, (size_t)(line - good));
		buf_add_str(&text, line + skip);
		ck_assert_msg(parse(text.data, &out, &error) == -1,
		    "taken without %.*s", (int)skip - 1, line);
		buf_free(&text);
	}
}
END_TEST

START_TEST(what_an_agent_did_is_read_back_and_nothing_absurd)
{
	struct buf text = {0};
	struct policy_message m;
	struct doings in, out;
	const char *error;
	size_t used;
	int i;

	doings_clear(&in);
	for (i = 0; i < DOING_N; i += 2)
		in.count[i] = i * 1000;
	doings_write(&text, &in);
	policy_add_str(&text, "did.repeated", "-1");
	policy_add_str(&text, "did.refused.ticket", "9007199254740993");
	policy_end(&text);
	ck_assert_int_eq(policy_parse(arena, slice_buf(&text), &m, &used,
	    &error), 1);
	doings_read(&m, &out);
	for (i = 0; i < DOING_N; i++)
		ck_assert_msg(out.count[i] == in.count[i], "%s: %lld",
		    doings_name((enum doing)i), (long long)out.count[i]);
	buf_free(&text);
}
END_TEST

START_TEST(samples_are_limited)
{
	struct buf text = {0};
	const char *error;
	struct report out;
	int i;

	buf_add_str(&text, good);
	for (i = 0; i < REPORT_RTT_MAX; i++)
		buf_printf(&text, "rtt.%d=mx%d.test 5 0\n", i, i);
	ck_assert_int_eq(parse(text.data, &out, &error), 0);
	ck_assert_int_eq(out.n_rtt, REPORT_RTT_MAX);
	buf_add_str(&text, "rtt.9999=mx.test 5 0\n");
	ck_assert_int_eq(parse(text.data, &out, &error), -1);
	buf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_the_agent_writes_policyd_reads);
	tcase_add_test(t, a_hello_is_read_back);
	ADD_ROWS(t, a_hello_says_how_often_reports_come_within_bounds, hellos);
	ADD_ROWS(t, a_hello_says_how_often_the_agent_probes, rates);
	tcase_add_test(t, what_policyd_wants_probed_the_agent_reads);
	ADD_ROWS(t, what_cannot_be_probed_is_passed_over, answers);
	ADD_ROWS(t, an_absurd_report_is_refused, extras);
	ADD_ROWS(t, an_error_is_made_fit_to_be_told, errors);
	tcase_add_test(t, an_error_of_any_length_is_cut_between_characters);
	tcase_add_test(t, a_report_may_lack_assets_and_samples_but_no_count);
	tcase_add_test(t, samples_are_limited);
	tcase_add_test(t, what_an_agent_did_is_read_back_and_nothing_absurd);
	suite_add_tcase(s, t);
	return unit_main(s);
}
