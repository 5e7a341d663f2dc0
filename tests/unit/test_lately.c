#include "tests/unit/unit.h"

#include <stdio.h>

#include "gateway-agent/lately.h"

#define INTERVAL_MS 60000

static bool
may(const struct lately *l, const char *name, int64_t now_ms)
{
	return lately_may(l, slice_of(name), now_ms, INTERVAL_MS);
}

START_TEST(what_was_done_is_not_done_again_within_the_interval)
{
	struct lately *l = lately_new(10);

	ck_assert(may(l, "mx.one.test", 5));
	lately_note(l, slice_of("mx.one.test"), 5);
	ck_assert(!may(l, "mx.one.test", 5));
	ck_assert(!may(l, "mx.one.test", 5 + INTERVAL_MS - 1));
	ck_assert(may(l, "mx.one.test", 5 + INTERVAL_MS));
	ck_assert(may(l, "mx.two.test", 6));
	/* Whoever asks with another interval gets that one. */
	ck_assert(lately_may(l, slice_of("mx.one.test"), 15, 10));
	lately_note(l, slice_of("mx.one.test"), 5 + INTERVAL_MS);
	ck_assert(!may(l, "mx.one.test", 6 + INTERVAL_MS));
	ck_assert_uint_eq(lately_count(l), 1);
	lately_free(&l);
	lately_free(&l);
}
END_TEST

START_TEST(without_room_to_remember_nothing_is_done)
{
	struct lately *l = lately_new(3);

	lately_note(l, slice_of("a"), 0);
	lately_note(l, slice_of("b"), 1000);
	lately_note(l, slice_of("c"), 2000);
	ck_assert(!may(l, "d", 3000));
	/* The oldest may go. */
	ck_assert(may(l, "d", INTERVAL_MS));
	lately_note(l, slice_of("d"), INTERVAL_MS);
	ck_assert_uint_eq(lately_count(l), 3);
	ck_assert(!may(l, "e", INTERVAL_MS));
	ck_assert(!may(l, "b", INTERVAL_MS));
	ck_assert(may(l, "b", INTERVAL_MS + 1000));
	/* Noted again it is not the oldest any more. */
	lately_note(l, slice_of("b"), INTERVAL_MS + 1000);
	lately_note(l, slice_of("e"), INTERVAL_MS + 2000);
	ck_assert(!may(l, "b", INTERVAL_MS + 2000));
	ck_assert(!may(l, "d", INTERVAL_MS + 2000));
	ck_assert_uint_eq(lately_count(l), 3);
	lately_free(&l);
}
END_TEST

START_TEST(a_hundred_thousand_names_take_the_room_of_max)
{
	struct lately *l = lately_new(1000);
	char name[32];
	int i;

	for (i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof(name), "mx%d.test", i);
		lately_note(l, slice_of(name), i);
		ck_assert(!may(l, name, i));
	}
	ck_assert_uint_eq(lately_count(l), 1000);
	lately_free(&l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lately");
	TCase *t = tcase_create("lately");

	tcase_add_test(t, what_was_done_is_not_done_again_within_the_interval);
	tcase_add_test(t, without_room_to_remember_nothing_is_done);
	tcase_add_test(t, a_hundred_thousand_names_take_the_room_of_max);
	suite_add_tcase(s, t);
	return unit_main(s);
}
