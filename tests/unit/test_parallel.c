#include "tests/unit/unit.h"

#include <string.h>

#include "lib/base/parallel.h"

static void
mark(void *ctx, size_t i)
{
	((unsigned char *)ctx)[i]++;
}

START_TEST(every_item_is_done_exactly_once)
{
	static unsigned char done[10000];
	size_t n, i;

	for (n = 0; n <= sizeof(done); n = n < 20 ? n + 1 : n * 5) {
		memset(done, 0, sizeof(done));
		parallel_for(n, mark, done);
		for (i = 0; i < sizeof(done); i++)
			ck_assert_int_eq(done[i], i < n);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("parallel");
	TCase *t = tcase_create("parallel");

	tcase_add_test(t, every_item_is_done_exactly_once);
	suite_add_tcase(s, t);
	return unit_main(s);
}
