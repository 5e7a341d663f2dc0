#include "tests/unit/unit.h"

#include "lib/fleet/site.h"

static struct allowances *a;

static void
setup(void)
{
	a = allowances_new();
	allowances_add(a, "gmail.com", 20);
	allowances_add(a, "mx.small.test", 1);
}

static void
teardown(void)
{
	allowances_free(&a);
	ck_assert_ptr_null(a);
}

static void
check(const char *site, double want)
{
	ck_assert_double_eq_tol(allowances_per_s(a, site), want, 1e-9);
}

START_TEST(a_name_is_a_site_or_a_domain)
{
	check("mx.small.test", 1);
	check("google.com", 0);
	check("other.test", 0);
	ck_assert(allowances_learn(a, "gmail.com", "google.com"));
	check("google.com", 20);
	ck_assert_str_eq(allowances_site(a, "gmail.com"), "google.com");
	ck_assert_ptr_null(allowances_site(a, "mx.small.test"));
	ck_assert_ptr_null(allowances_site(a, "other.test"));
	/* What is known, and what nobody asked for, changes nothing. */
	ck_assert(!allowances_learn(a, "gmail.com", "google.com"));
	ck_assert(!allowances_learn(a, "other.test", "google.com"));
}
END_TEST

START_TEST(of_two_the_lesser_holds)
{
	allowances_add(a, "googlemail.com", 5);
	allowances_add(a, "google.com", 10);
	check("google.com", 10);
	(void)allowances_learn(a, "gmail.com", "google.com");
	check("google.com", 10);
	(void)allowances_learn(a, "googlemail.com", "google.com");
	check("google.com", 5);
}
END_TEST

START_TEST(a_domain_that_moves_takes_its_allowance_along)
{
	(void)allowances_learn(a, "gmail.com", "google.com");
	ck_assert(allowances_learn(a, "gmail.com", "else.test"));
	check("google.com", 0);
	check("else.test", 20);
}
END_TEST

START_TEST(a_new_set_knows_where_the_old_names_are)
{
	struct allowances *old = a;

	(void)allowances_learn(a, "gmail.com", "google.com");
	a = allowances_new();
	allowances_add(a, "gmail.com", 7);
	allowances_add(a, "new.test", 3);
	check("google.com", 0);
	allowances_take_over(a, old);
	check("google.com", 7);
	check("new.test", 3);
	check("mx.small.test", 0);
	allowances_free(&old);
}
END_TEST

static double
max_of(struct sites *all, const char *host)
{
	return site_get(all, &host, 1, 1)->limit.max_per_s;
}

START_TEST(sites_have_theirs_whichever_is_there_first)
{
	const char *const ab[] = {"b.mx.test", "a.mx.test"};
	struct sites all;

	sites_init(&all, 10);
	ck_assert_str_eq(sites_name(&all, ab, 2), "a.mx.test");
	(void)max_of(&all, "google.com");
	all.allowances = a;
	ck_assert_double_eq_tol(max_of(&all, "mx.small.test"), 1, 1e-9);
	ck_assert_double_eq_tol(max_of(&all, "google.com"), 0, 1e-9);
	(void)allowances_learn(a, "gmail.com", "google.com");
	sites_allow(&all, 1);
	ck_assert_double_eq_tol(max_of(&all, "google.com"), 20, 1e-9);
	all.allowances = NULL;
	sites_allow(&all, 1);
	ck_assert_double_eq_tol(max_of(&all, "google.com"), 0, 1e-9);
	sites_free(&all);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("allowances");
	TCase *t = tcase_create("allowances");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_name_is_a_site_or_a_domain);
	tcase_add_test(t, of_two_the_lesser_holds);
	tcase_add_test(t, a_domain_that_moves_takes_its_allowance_along);
	tcase_add_test(t, a_new_set_knows_where_the_old_names_are);
	tcase_add_test(t, sites_have_theirs_whichever_is_there_first);
	suite_add_tcase(s, t);
	return unit_main(s);
}
