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

START_TEST(buckets_add_up)
{
	metrics_observe(&metrics, HISTOGRAM_RECEIPT_SECONDS, 0.2);
	metrics_observe(&metrics, HISTOGRAM_RECEIPT_SECONDS, 4);
	metrics_observe(&metrics, HISTOGRAM_RECEIPT_SECONDS, 1e9);
	ck_assert_ptr_nonnull(
	    strstr(page(), "nearpost_receipt_seconds_bucket{le=\"0.1\"} 0\n"));
	ck_assert_ptr_nonnull(
	    strstr(page(), "nearpost_receipt_seconds_bucket{le=\"0.25\"} 1\n"));
	ck_assert_ptr_nonnull(
	    strstr(page(), "nearpost_receipt_seconds_bucket{le=\"5\"} 2\n"));
	ck_assert_ptr_nonnull(
	    strstr(page(), "nearpost_receipt_seconds_bucket{le=\"+Inf\"} 3\n"));
	ck_assert_ptr_nonnull(
	    strstr(page(), "nearpost_receipt_seconds_count 3\n"));
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
	tcase_add_test(t, buckets_add_up);
	tcase_add_test(t, a_label_cannot_end_its_line);
	suite_add_tcase(s, t);
	return unit_main(s);
}
