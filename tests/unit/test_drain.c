#include "tests/unit/unit.h"

#include <string.h>

#include "lib/fleet/drain.h"

static const struct {
	const char *name, *text;
	int rc;
	int64_t since_ms, until_ms;
	const char *reason;
} texts[] = {
    {"until resumed", "1764000000000 0 ", 0, 1764000000000, 0, ""},
    {"with a reason", "1764000000000 1764007200000 new kernel, 2 h", 0,
	1764000000000, 1764007200000, "new kernel, 2 h"},
    {"without the last space", "1764000000000 5", 0, 1764000000000, 5, ""},
    {"empty", "", -1, 0, 0, NULL},
    {"a word", "yes", -1, 0, 0, NULL},
    {"only since", "1764000000000", -1, 0, 0, NULL},
    {"never since", "0 0 x", -1, 0, 0, NULL},
    {"negative until", "1 -5 x", -1, 0, 0, NULL},
    {"a reason that would be another field", "1 0 x;live=yes", -1, 0, 0, NULL},
    {"a reason with a line feed", "1 0 x\ny", -1, 0, 0, NULL},
};

START_TEST(what_redis_holds_is_read_or_refused)
{
	struct drain d;

	ck_assert_msg(drain_read(texts[_i].text, &d) == texts[_i].rc, "%s",
	    texts[_i].name);
	if (texts[_i].rc != 0)
		return;
	ck_assert_int_eq(d.since_ms, texts[_i].since_ms);
	ck_assert_int_eq(d.until_ms, texts[_i].until_ms);
	ck_assert_str_eq(d.reason, texts[_i].reason);
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
	struct drain in = {.since_ms = 17, .until_ms = 99, .reason = "a b  c"};
	struct drain out;
	struct buf text = {0};

	drain_write(&text, &in);
	ck_assert_int_eq(drain_read(text.data, &out), 0);
	ck_assert_int_eq(out.since_ms, 17);
	ck_assert_int_eq(out.until_ms, 99);
	ck_assert_str_eq(out.reason, "a b  c");
	buf_free(&text);
}
END_TEST

START_TEST(a_drain_ends_by_the_clock_and_not_before)
{
	struct drain timed = {.since_ms = 1000, .until_ms = 2000};
	struct drain open = {.since_ms = 1000}, none = {0};

	ck_assert(drain_holds(&timed, 1999));
	ck_assert(!drain_holds(&timed, 2000));
	ck_assert(drain_holds(&open, INT64_MAX));
	ck_assert(!drain_holds(&none, 0));
}
END_TEST

START_TEST(a_reason_of_any_length_is_kept_or_refused)
{
	char long_one[ORDER_REASON_MAX + 2];

	memset(long_one, 'x', sizeof(long_one));
	ck_assert_ptr_nonnull(order_reason_fault(
	    (struct slice){long_one, ORDER_REASON_MAX + 1}));
	ck_assert_ptr_null(
	    order_reason_fault((struct slice){long_one, ORDER_REASON_MAX}));
	ck_assert_ptr_null(order_reason_fault((struct slice){NULL, 0}));
	ck_assert_ptr_nonnull(order_reason_fault(slice_of("a\tb")));
	ck_assert_ptr_nonnull(order_reason_fault(slice_of("\xff")));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("drain");
	TCase *t = tcase_create("drain");

	ADD_ROWS(t, what_redis_holds_is_read_or_refused, texts);
	tcase_add_test(t, what_is_written_is_read_again);
	tcase_add_test(t, a_drain_ends_by_the_clock_and_not_before);
	tcase_add_test(t, a_reason_of_any_length_is_kept_or_refused);
	suite_add_tcase(s, t);
	return unit_main(s);
}
