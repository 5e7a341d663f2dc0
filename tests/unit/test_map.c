#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"

#define N 5000

static struct slice
key_of(char *dst, int i)
{
	(void)snprintf(dst, 32, "key-%d", i);
	return slice_of(dst);
}

START_TEST(a_map_agrees_with_an_array)
{
	static int model[N]; /* value plus one, 0 = absent */
	struct map *m = map_new();
	unsigned seed = 20260101;
	size_t count = 0;
	char key[32];
	int step, i, v, was;
	void *former;

	/* Not an assertion a step: each is a system call to check. */
	for (step = 0; step < 200000; step++) {
		i = rand_r(&seed) % N;
		was = model[i];
		if (rand_r(&seed) % 3) {
			v = rand_r(&seed) % 1000 + 1;
			former = map_set(m, key_of(key, i), (void *)(intptr_t)v);
			count += was == 0;
			model[i] = v;
		} else {
			former = map_del(m, key_of(key, i));
			count -= was != 0;
			model[i] = 0;
		}
		if (former != (void *)(intptr_t)was || map_count(m) != count)
			ck_abort_msg("step %d, key-%d", step, i);
	}
	for (i = 0; i < N; i++)
		ck_assert_ptr_eq(map_get(m, key_of(key, i)),
		    (void *)(intptr_t)model[i]);
	map_free(&m, NULL);
	ck_assert_ptr_null(m);
	map_free(&m, NULL);
}
END_TEST

START_TEST(a_walk_sees_every_entry_once_even_while_deleting)
{
	static int seen[N];
	struct map *m = map_new();
	size_t pos = 0;
	struct slice key;
	void *value;
	char text[32];
	int i;

	for (i = 0; i < N; i++)
		(void)map_set(m, key_of(text, i), xstrdup("v"));
	while (map_next(m, &pos, &key, &value)) {
		i = atoi(key.data + 4);
		seen[i]++;
		if (i % 2)
			free(map_del(m, key));
	}
	ck_assert(!map_next(m, &pos, &key, &value));
	for (i = 0; i < N; i++) {
		ck_assert_msg(seen[i] == 1, "key-%d was seen %d times", i,
		    seen[i]);
		ck_assert_int_eq(map_get(m, key_of(text, i)) != NULL, i % 2 == 0);
	}
	ck_assert_uint_eq(map_count(m), N / 2);
	map_free(&m, free);
}
END_TEST

START_TEST(keys_are_bytes_and_are_copied)
{
	struct map *m = map_new();
	char key[4] = "a\0b";

	(void)map_set(m, (struct slice){key, 3}, key);
	key[2] = 'c';
	ck_assert_ptr_null(map_get(m, (struct slice){key, 3}));
	ck_assert_ptr_eq(map_get(m, (struct slice){"a\0b", 3}), key);
	ck_assert_ptr_null(map_get(m, slice_of("a")));
	ck_assert_ptr_null(map_get(m, (struct slice){NULL, 0}));
	(void)map_set(m, (struct slice){NULL, 0}, key);
	ck_assert_ptr_eq(map_get(m, slice_of("")), key);
	map_free(&m, NULL);
}
END_TEST

START_TEST(an_empty_map_has_nothing_to_walk)
{
	struct map *m = map_new();
	struct slice key;
	size_t pos = 0;
	void *value;

	ck_assert(!map_next(m, &pos, &key, &value));
	ck_assert_ptr_null(map_del(m, slice_of("x")));
	map_free(&m, NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("map");
	TCase *t = tcase_create("map");

	tcase_add_test(t, a_map_agrees_with_an_array);
	tcase_add_test(t, a_walk_sees_every_entry_once_even_while_deleting);
	tcase_add_test(t, keys_are_bytes_and_are_copied);
	tcase_add_test(t, an_empty_map_has_nothing_to_walk);
	suite_add_tcase(s, t);
	return unit_main(s);
}
