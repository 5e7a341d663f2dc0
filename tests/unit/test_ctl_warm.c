#include "tests/unit/unit.h"

#include <stdio.h>

#include "ctl/warm.h"
#include "lib/mail/policy.h"

START_TEST(a_domain_is_told_once_in_the_order_of_the_first_recipients)
{
	struct warm *w = warm_new();
	struct slice list;
	size_t pos = 0;

	ck_assert(!warm_batch(w, &pos, &list));
	warm_add(w, "alice@one.test");
	warm_add(w, "bob@two.test");
	warm_add(w, "\"a@b\"@three.test");
	warm_add(w, "carol@one.test");
	warm_add(w, "nonsense");
	warm_add(w, "nobody@");
	ck_assert_uint_eq(warm_count(w), 3);
	ck_assert(warm_batch(w, &pos, &list));
	ck_assert(slice_eq_str(list, "one.test,two.test,three.test"));
	ck_assert(!warm_batch(w, &pos, &list));
	warm_free(&w);
	warm_free(&w);
}
END_TEST

/* len: of each name; 0 = as short as it gets. */
static const struct {
	const char *name;
	size_t len;
} lengths[] = {
    {"short names", 0},
    {"names as long as they may be", 253},
};

START_TEST(any_number_of_domains_fits_into_questions)
{
	struct warm *w = warm_new();
	struct slice list, domain;
	size_t pos = 0, n = 0;
	char name[300];
	int i;

	for (i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "a@d%0*d",
		    (int)lengths[_i].len, i);
		warm_add(w, name);
	}
	while (warm_batch(w, &pos, &list)) {
		ck_assert_msg(list.len + sizeof("domains=\n") <=
		    POLICY_LINE_MAX, "%s: %zu", lengths[_i].name, list.len);
		while (slice_split(&list, ',', &domain)) {
			(void)snprintf(name, sizeof(name), "d%0*d",
			    (int)lengths[_i].len, (int)n++);
			ck_assert_msg(slice_eq_str(domain, name), "%s: %s",
			    lengths[_i].name, name);
		}
	}
	ck_assert_uint_eq(n, 3000);
	warm_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_warm");
	TCase *t = tcase_create("ctl_warm");

	tcase_add_test(
	    t, a_domain_is_told_once_in_the_order_of_the_first_recipients);
	ADD_ROWS(t, any_number_of_domains_fits_into_questions, lengths);
	suite_add_tcase(s, t);
	return unit_main(s);
}
