#include "tests/unit/unit.h"

#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/mem.h"

START_TEST(arena_memory_is_aligned_zeroed_and_apart)
{
	struct arena *a = arena_new();
	unsigned char *last = NULL;
	size_t i, k, size, dirty = 0;

	for (i = 0; i < 2000; i++) {
		unsigned char *p;

		size = i * 7 % 600;
		p = arena_alloc(a, size);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (k = 0; k < size; k++)
			dirty += p[k];
		memset(p, 0xaa, size);
		ck_assert_ptr_ne(p, last);
		last = p;
	}
	ck_assert_uint_eq(dirty, 0);
	ck_assert_uint_ge(arena_used(a), 2000 * 290);
	arena_free(&a);
	ck_assert_ptr_null(a);
	arena_free(&a);
}
END_TEST

START_TEST(arena_takes_allocations_larger_than_its_blocks)
{
	struct arena *a = arena_new();
	char *big = arena_alloc(a, 5 * 1024 * 1024);
	char *small = arena_strdup(a, "small");

	memset(big, 'x', 5 * 1024 * 1024);
	ck_assert_str_eq(small, "small");
	arena_free(&a);
}
END_TEST

START_TEST(arena_strings_are_terminated)
{
	struct arena *a = arena_new();

	ck_assert_str_eq(arena_strndup(a, "abcdef", 3), "abc");
	ck_assert_str_eq(arena_strndup(a, NULL, 0), "");
	ck_assert_str_eq(arena_printf(a, "%d-%s", 5, "x"), "5-x");
	arena_free(&a);
}
END_TEST

START_TEST(heap_strings_are_copies)
{
	char *s = xasprintf("%03d", 7), *t = xstrndup("abc", 10);

	ck_assert_str_eq(s, "007");
	ck_assert_str_eq(t, "abc");
	free(s);
	free(t);
}
END_TEST

/* The sanitizers would end the process before malloc can fail. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *
__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

START_TEST(no_memory_ends_the_process_with_tempfail)
{
	volatile size_t too_much = SIZE_MAX / 2;

	free(xmalloc(too_much));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mem");
	TCase *t = tcase_create("mem");

	tcase_add_test(t, arena_memory_is_aligned_zeroed_and_apart);
	tcase_add_test(t, arena_takes_allocations_larger_than_its_blocks);
	tcase_add_test(t, arena_strings_are_terminated);
	tcase_add_test(t, heap_strings_are_copies);
	tcase_add_exit_test(t, no_memory_ends_the_process_with_tempfail,
	    EX_TEMPFAIL);
	suite_add_tcase(s, t);
	return unit_main(s);
}
