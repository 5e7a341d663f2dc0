#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/base/seen.h"

START_TEST(a_text_is_new_once)
{
	struct seen s = {0};

	ck_assert(!seen_has(&s, slice_of("a")));
	ck_assert(seen_add(&s, slice_of("a")));
	ck_assert(seen_has(&s, slice_of("a")));
	ck_assert(!seen_add(&s, slice_of("a")));
	ck_assert(!seen_has(&s, slice_of("ab")));
	ck_assert(seen_add(&s, slice_of("")));
	ck_assert(!seen_add(&s, slice_of("")));
	ck_assert_uint_eq(s.n, 2);
	seen_free(&s);
	ck_assert(!seen_has(&s, slice_of("a")));
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

START_TEST(many_texts_are_kept_apart)
{
	struct seen s = {0};
	char text[32];
	int i, round;

	for (round = 0; round < 2; round++)
		for (i = 0; i < 100000; i++) {
			(void)snprintf(text, sizeof(text), "user%d@x.test", i);
			ck_assert(seen_add(&s, slice_of(text)) == (round == 0));
		}
	ck_assert_uint_eq(s.n, 100000);
	/* The header says what it takes. */
	ck_assert(s.cap * sizeof(*s.slot) <= 32 * s.n);
	for (i = 0; i < 100000; i++) {
		(void)snprintf(text, sizeof(text), "other%d@x.test", i);
		ck_assert(!seen_has(&s, slice_of(text)));
	}
	seen_free(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("seen");
	TCase *t = tcase_create("seen");

	tcase_add_test(t, a_text_is_new_once);
	tcase_add_test(t, many_texts_are_kept_apart);
	suite_add_tcase(s, t);
	return unit_main(s);
}
