#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/fleet/prediction.h"
#include "lib/fleet/receipt.h"

static struct receipts all;
static struct receipt *list;

static void
setup(void)
{
	receipts_init(&all, 3);
	list = NULL;
}

START_TEST(quantiles_are_near_those_of_the_samples)
{
	struct receipt *r = receipts_get(&all, &list, 7, 1);
	int i;

	for (i = 1; i <= 1000; i++)
		receipt_add(r, i / 100.0);
	ck_assert_uint_eq(r->n, 1000);
	ck_assert_double_eq_tol((double)r->mean_s, 5.005, 0.01);
	ck_assert_double_eq_tol(receipt_quantile(r, 0.5), 5, 0.4);
	ck_assert_double_eq_tol(receipt_quantile(r, 0.99), 9.9, 1.5);
	receipt_add(r, 0);
	receipt_add(r, 1e9);
	ck_assert(isfinite(receipt_quantile(r, 1)));
}
END_TEST

START_TEST(what_was_long_ago_is_outweighed)
{
	struct receipt *r = receipts_get(&all, &list, 7, 1);
	int i;

	for (i = 0; i < 100000; i++)
		receipt_add(r, 100);
	for (i = 0; i < 10 * RECEIPT_RECENT; i++)
		receipt_add(r, 1);
	ck_assert_uint_eq(r->n, 100000 + 10 * RECEIPT_RECENT);
	ck_assert_double_lt(receipt_quantile(r, 0.97), 2);
	ck_assert_double_lt((double)r->mean_s, 1.1);
	ck_assert_uint_le(r->recent, 2 * RECEIPT_RECENT + RECEIPT_BUCKETS);
}
END_TEST

START_TEST(the_least_used_pair_is_forgotten)
{
	struct receipt *other = NULL;

	(void)receipts_get(&all, &list, 1, 1);
	(void)receipts_get(&all, &list, 2, 2);
	(void)receipts_get(&all, &other, 1, 3);
	(void)receipts_get(&all, &list, 1, 4);
	(void)receipts_get(&all, &other, 2, 5);
	ck_assert_uint_eq(all.n, 3);
	ck_assert_ptr_null(receipt_find(list, 2));
	ck_assert_ptr_nonnull(receipt_find(list, 1));
	receipts_drop_gateway(&other, 1);
	ck_assert_ptr_null(receipt_find(other, 1));
	ck_assert_ptr_nonnull(receipt_find(other, 2));
	receipts_drop(&list);
	receipts_drop(&other);
	ck_assert_uint_eq(all.n, 0);
}
END_TEST

START_TEST(the_histogram_survives_as_text)
{
	struct receipt *r = receipts_get(&all, &list, 7, 1), back = {0};
	struct buf text = {0};
	int i;

	srand48(_i);
	for (i = 0; i < 5000; i++)
		receipt_add(r, exp(drand48() * 16 - 6));
	receipt_buckets_write(&text, r);
	ck_assert_msg(receipt_buckets_read(slice_buf(&text), &back),
	    "seed %d: %s", _i, text.data);
	ck_assert_mem_eq(back.bucket, r->bucket, sizeof(r->bucket));
	ck_assert_uint_eq(back.recent, r->recent);
	buf_free(&text);
}
END_TEST

static const char *const bad_texts[] = {"", "1", "1:", "1:0", "40:1", "-1:1",
    "1:1,1:1", "1:2001", "1:2000,2:2000", "a:b", "1:1;2:2", ":"};

START_TEST(no_nonsense_is_read)
{
	struct receipt r = {.recent = 5};

	ck_assert_msg(!receipt_buckets_read(slice_of(bad_texts[_i]), &r), "%s",
	    bad_texts[_i]);
	ck_assert_uint_eq(r.recent, 5);
}
END_TEST

START_TEST(the_error_says_how_far_and_to_which_side)
{
	struct prediction_error e = {0}, more = {0};

	prediction_error_add(&e, 2, 1);
	prediction_error_add(&e, 2, 3);
	ck_assert_double_eq_tol((double)e.mean_s, 0, 1e-6);
	ck_assert_double_eq_tol((double)e.relative, 0.5, 1e-6);
	prediction_error_add(&more, 4, 1);
	prediction_error_add(&more, 4, 1);
	prediction_error_join(&e, &more);
	ck_assert_uint_eq(e.n, 4);
	ck_assert_double_eq_tol((double)e.mean_s, 1.5, 1e-6);
	ck_assert_double_eq_tol((double)e.relative, 0.625, 1e-6);
	prediction_error_add(&more, 0, 1);
	ck_assert(isfinite((double)more.relative));
}
END_TEST

static void
make_id(unsigned char id[PREDICTION_ID_SIZE], uint64_t n)
{
	uint64_t half[2] = {n, n * 7 + 1};

	memcpy(id, half, PREDICTION_ID_SIZE);
}

START_TEST(a_prediction_is_found_once_and_for_its_gateway)
{
	struct predictions *p = NULL;
	unsigned char id[PREDICTION_ID_SIZE];
	double s;

	make_id(id, 1);
	ck_assert(!prediction_take(p, id, 3, &s));
	prediction_keep(&p, id, 2, 9000);
	prediction_keep(&p, id, 3, 500);
	ck_assert(prediction_take(p, id, 3, &s));
	ck_assert_double_eq(s, 0.5);
	ck_assert(!prediction_take(p, id, 3, &s));
	prediction_keep(&p, id, 3, 500);
	ck_assert_msg(!prediction_take(p, id, 4, &s), "another gateway");
	predictions_free(&p);
}
END_TEST

static const struct {
	const char *name;
	double seconds;
	int64_t ms;
} predictions[] = {
    {"seconds", 1.25, 1250},
    {"rounded, not cut", 0.0016, 2},
    {"nothing at all", 0, 0},
    {"a month", 30 * 86400.0, PREDICTION_MAX_MS},
    {"more than that", 31 * 86400.0, -1},
    {"negative", -1e-9, -1},
    {"no number", (double)NAN, -1},
    {"for ever", (double)INFINITY, -1},
};

START_TEST(a_prediction_is_whole_milliseconds_or_none)
{
	struct predictions *p = NULL;
	unsigned char id[PREDICTION_ID_SIZE];
	int64_t ms = prediction_ms(predictions[_i].seconds);
	double s;

	ck_assert_msg(ms == predictions[_i].ms, "%s: %lld",
	    predictions[_i].name, (long long)ms);
	make_id(id, 1);
	prediction_keep(&p, id, 1, ms);
	ck_assert_msg(prediction_take(p, id, 1, &s) == (ms >= 0), "%s",
	    predictions[_i].name);
	if (ms >= 0)
		ck_assert_double_eq(s, (double)ms / 1000);
	predictions_free(&p);
}
END_TEST

START_TEST(the_newest_predictions_are_kept)
{
	struct predictions *p = NULL;
	unsigned char id[PREDICTION_ID_SIZE];
	uint64_t i, max = PREDICTION_SETS * PREDICTION_WAYS;
	double s;

	for (i = 0; i < 3 * max; i++) {
		make_id(id, i);
		prediction_keep(&p, id, 1, (int64_t)i * 1000);
	}
	for (i = 2 * max; i < 3 * max; i++) {
		make_id(id, i);
		ck_assert(prediction_take(p, id, 1, &s));
		ck_assert_double_eq(s, (double)i);
	}
	make_id(id, 2 * max - 1);
	ck_assert(!prediction_take(p, id, 1, &s));
	predictions_free(&p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("receipt");
	TCase *t = tcase_create("receipt");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, quantiles_are_near_those_of_the_samples);
	tcase_add_test(t, what_was_long_ago_is_outweighed);
	tcase_add_test(t, the_least_used_pair_is_forgotten);
	tcase_add_loop_test(t, the_histogram_survives_as_text, 0, 20);
	ADD_ROWS(t, no_nonsense_is_read, bad_texts);
	tcase_add_test(t, the_error_says_how_far_and_to_which_side);
	tcase_add_test(t, a_prediction_is_found_once_and_for_its_gateway);
	ADD_ROWS(t, a_prediction_is_whole_milliseconds_or_none, predictions);
	tcase_add_test(t, the_newest_predictions_are_kept);
	suite_add_tcase(s, t);
	return unit_main(s);
}
