#include "tests/unit/unit.h"

#include "lib/fleet/metrics.h"

static struct metrics metrics;

static const char *
page(void)
{
	static struct buf out;

	buf_free(&out);
	metrics_write(&metrics, &out);
	return out.data;
}

START_TEST(counters_are_lines_with_labels)
{
	metrics_add(&metrics, METRIC_SELECT_RELAY, 3);
	metrics_add(&metrics, METRIC_SELECT_RELAY, 1);
	ck_assert_ptr_nonnull(strstr(
	    page(), "\nnearpost_selects_total{action=\"relay\"} 4\n"));
	ck_assert_ptr_nonnull(strstr(page(),
	    "# TYPE nearpost_selects_total counter\n"));
}
END_TEST

/* Prometheus takes a page with a second # TYPE line of a name for broken. */
START_TEST(every_name_is_announced_once)
{
	const char *at = page(), *type;

	while ((type = strstr(at, "# TYPE ")) != NULL) {
		const char *end = strchr(type, '\n');
		char line[128];

		ck_assert_int_lt(end - type, (int)sizeof(line));
		memcpy(line, type, (size_t)(end - type));
		line[end - type] = '\0';
		ck_assert_msg(strstr(end, line) == NULL, "twice: %s", line);
		at = end;
	}
}
END_TEST

START_TEST(a_label_says_which_counter)
{
	metrics_add_labelled(&metrics, METRIC_CHOICE_QUEUE, METRIC_CHOICE_ONLY,
	    slice_of("rtt"), 1);
	metrics_add_labelled(&metrics, METRIC_CHOICE_QUEUE, METRIC_CHOICE_ONLY,
	    slice_of("no such"), 1);
	ck_assert_ptr_nonnull(strstr(
	    page(), "\nnearpost_decisions_total{reason=\"rtt\"} 1\n"));
	ck_assert_uint_eq(metrics.count[METRIC_CHOICE_RTT], 1);
	ck_assert_uint_eq(metrics.count[METRIC_CHOICE_QUEUE], 0);
}
END_TEST

START_TEST(buckets_add_up)
{
	static const char *const lines[] = {
	    "_bucket{gateway=\"tyo\",le=\"0.1\"} 0\n",
	    "_bucket{gateway=\"tyo\",le=\"0.25\"} 1\n",
	    "_bucket{gateway=\"tyo\",le=\"5\"} 2\n",
	    "_bucket{gateway=\"tyo\",le=\"+Inf\"} 3\n",
	    "_sum{gateway=\"tyo\"} 1000000004.2\n",
	    "_count{gateway=\"tyo\"} 3\n"};
	struct histogram h = {0};
	struct buf out = {0};
	size_t i;

	histogram_add(&h, HISTOGRAM_RECEIPT_SECONDS, 0.2);
	histogram_add(&h, HISTOGRAM_RECEIPT_SECONDS, 4);
	histogram_add(&h, HISTOGRAM_RECEIPT_SECONDS, 1e9);
	histogram_write(&out, HISTOGRAM_RECEIPT_SECONDS, "gateway", "tyo", &h);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(out.data, lines[i]) != NULL, "%s in\n%s",
		    lines[i], out.data);
	buf_free(&out);
}
END_TEST

START_TEST(a_single_histogram_is_on_the_page)
{
	metrics_observe(&metrics, HISTOGRAM_REDIS_SECONDS, 0.2);
	ck_assert_ptr_nonnull(strstr(
	    page(), "nearpost_redis_call_seconds_bucket{le=\"0.1\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(
	    page(), "nearpost_redis_call_seconds_bucket{le=\"0.25\"} 1\n"));
	ck_assert_ptr_nonnull(
	    strstr(page(), "nearpost_redis_call_seconds_count 1\n"));
}
END_TEST

START_TEST(a_label_cannot_end_its_line)
{
	struct buf out = {0};

	metrics_value(&out, "x", "l", "a\"b\\c\nd", 1.5);
	ck_assert_str_eq(out.data, "x{l=\"a\\\"b\\\\c\\nd\"} 1.5\n");
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("metrics");
	TCase *t = tcase_create("metrics");

	tcase_add_test(t, counters_are_lines_with_labels);
	tcase_add_test(t, every_name_is_announced_once);
	tcase_add_test(t, a_label_says_which_counter);
	tcase_add_test(t, buckets_add_up);
	tcase_add_test(t, a_single_histogram_is_on_the_page);
	tcase_add_test(t, a_label_cannot_end_its_line);
	suite_add_tcase(s, t);
	return unit_main(s);
}
