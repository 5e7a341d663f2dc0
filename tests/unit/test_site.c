#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/fleet/site.h"

static struct sites all;

static void
setup(void)
{
	sites_init(&all, 100);
}

static void
teardown(void)
{
	sites_free(&all);
}

static struct site *
one(const char *host, double now_s)
{
	return site_get(&all, &host, 1, now_s);
}

START_TEST(the_order_of_the_servers_does_not_make_another_site)
{
	const char *a[] = {"mx2.example.net", "mx1.example.net"};
	const char *b[] = {"mx1.example.net", "mx2.example.net"};
	struct site *s = site_get(&all, a, 2, 1);

	ck_assert_ptr_eq(site_get(&all, b, 2, 2), s);
	ck_assert_str_eq(s->name, "mx1.example.net");
	ck_assert_uint_eq(all.n, 1);
}
END_TEST

static const struct {
	const char *name, *hosts[3], *site;
} pooled[] = {
    {"one provider's", {"mx1.provider.example", "mx2.provider.example"},
        "provider.example"},
    {"in halls of their own", {"a.mx.eu.provider.example",
        "b.mx.us.provider.example"}, "provider.example"},
    {"one alone", {"shop-example.mail.provider.example"}, "provider.example"},
    {"the domain itself", {"provider.example"}, "provider.example"},
    {"of two providers", {"mx.b.example", "mx.a.example"}, "mx.a.example"},
    {"what two may register", {"mx.b.co.uk", "mx.a.co.uk"}, "mx.a.co.uk"},
    {"a suffix", {"co.uk"}, "co.uk"},
    {"one label", {"localhost"}, "localhost"},
    {"A-labels", {"mx.xn--grten-gra.example"}, "xn--grten-gra.example"},
};

START_TEST(servers_of_one_provider_are_one_site)
{
	struct pools *pools = pools_new();
	int n = 0;

	all.pools = pools;
	while (n < 3 && pooled[_i].hosts[n])
		n++;
	ck_assert_msg(strcmp(site_get(&all, pooled[_i].hosts, n, 1)->name,
	    pooled[_i].site) == 0, "%s", pooled[_i].name);
	all.pools = NULL;
	pools_free(&pools);
}
END_TEST

START_TEST(a_pool_keeps_what_its_domains_named)
{
	const char *a[] = {"mx1.provider.example", "mx2.provider.example"};
	const char *b[] = {"mx3.provider.example"};
	struct pools *pools = pools_new();
	struct site *s, *other;
	char many[40][32];
	int i;

	all.pools = pools;
	s = site_get(&all, a, 2, 1);
	ck_assert_ptr_eq(site_get(&all, b, 1, 2), s);
	ck_assert_int_eq(s->n_hosts, 3);
	ck_assert_int_eq(sites_rtt(&all, "mx1.provider.example", 0, 0.1, 1), 1);
	/* One that no domain named yet, as the mail log may. */
	ck_assert_int_eq(sites_rtt(&all, "mx9.provider.example", 0, 0.1, 1), 1);
	ck_assert_ptr_eq(sites_of_host(&all, "mx9.provider.example")[0], s);
	ck_assert_int_eq(sites_rtt(&all, "mx.else.example", 0, 0.1, 1), 0);
	other = site_get_own(&all, "www.provider.example", 3);
	ck_assert_ptr_ne(other, s);
	ck_assert_ptr_nonnull(sites_of_host(&all, "mx8.provider.example"));
	for (i = 0; i < 40; i++) {
		(void)snprintf(many[i], sizeof(many[i]), "n%d.provider.example",
		    i);
		a[0] = many[i];
		ck_assert_ptr_eq(site_get(&all, a, 1, 4), s);
		ck_assert_int_le(s->n_hosts, SITE_HOSTS_MAX);
		ck_assert_int_eq(sites_rtt(&all, many[i], 0, 0.1, 4), 1);
	}
	ck_assert_uint_eq(all.n, 2);
	all.pools = NULL;
	pools_free(&pools);
}
END_TEST

START_TEST(new_servers_of_a_known_site_are_taken)
{
	const char *a[] = {"mx1.example.net", "mx2.example.net"};
	const char *b[] = {"mx1.example.net", "mx9.example.net"};
	struct site *s = site_get(&all, a, 2, 1);

	ck_assert_int_eq(sites_rtt(&all, "mx2.example.net", 0, 0.1, 1), 1);
	ck_assert_ptr_eq(site_get(&all, b, 2, 2), s);
	ck_assert_int_eq(sites_rtt(&all, "mx2.example.net", 0, 0.1, 1), 0);
	ck_assert_int_eq(sites_rtt(&all, "mx9.example.net", 0, 0.1, 1), 1);
}
END_TEST

START_TEST(a_sample_reaches_every_site_that_prefers_the_host)
{
	const char *a[] = {"a.example.net", "shared.example.net"};
	const char *b[] = {"b.example.net", "shared.example.net"};
	struct site *sa = site_get(&all, a, 2, 1);
	struct site *sb = site_get(&all, b, 2, 1);

	ck_assert_int_eq(sites_rtt(&all, "shared.example.net", 7, 0.05, 2), 2);
	ck_assert_double_eq_tol(
	    (double)site_pair(sa, 7)->rtt_s, 0.05, 1e-6);
	ck_assert_double_eq_tol(
	    (double)site_pair(sb, 7)->rtt_s, 0.05, 1e-6);
	ck_assert_int_eq(sites_rtt(&all, "unknown.example.net", 7, 1, 2), 0);
}
END_TEST

START_TEST(pairs_stay_sorted_whatever_the_order_they_come_in)
{
	static const int slots[] = {200, 3, 77, 0, 255, 4, 3, 78, 76};
	struct site *s = one("mx.example.net", 1);
	unsigned i;

	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		sites_pair(&all, s, slots[i])->open++;
	ck_assert_uint_eq(s->n_pairs, 8);
	ck_assert_uint_eq(all.n_pairs, 8);
	for (i = 1; i < s->n_pairs; i++)
		ck_assert_int_lt(
		    s->pairs[i - 1].gateway, s->pairs[i].gateway);
	ck_assert_int_eq(site_pair(s, 3)->open, 2);
	ck_assert_ptr_null(site_pair(s, 5));
	sites_forget_gateway(&all, 3);
	ck_assert_ptr_null(site_pair(s, 3));
	ck_assert_ptr_nonnull(site_pair(s, 4));
	ck_assert_uint_eq(all.n_pairs, 7);
}
END_TEST

START_TEST(the_least_used_site_makes_room_unless_it_has_mail)
{
	struct site *booked;
	char name[32];
	int i;

	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "mx%03d.test", i);
		(void)one(name, i);
	}
	booked = site_find(&all, "mx000.test");
	booked->bookings = 1;
	(void)one("new.test", 1000);
	ck_assert_uint_eq(all.n, 100);
	ck_assert_ptr_nonnull(site_find(&all, "mx000.test"));
	ck_assert_ptr_null(site_find(&all, "mx001.test"));
	ck_assert_ptr_nonnull(site_find(&all, "mx002.test"));
	booked->bookings = 0;
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "more%03d.test", i);
		(void)sites_pair(&all, one(name, 2000 + i), i % 5);
	}
	ck_assert_uint_eq(all.n, 100);
	ck_assert_uint_eq(all.n_pairs, 100);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("site");
	TCase *t = tcase_create("site");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_order_of_the_servers_does_not_make_another_site);
	ADD_ROWS(t, servers_of_one_provider_are_one_site, pooled);
	tcase_add_test(t, a_pool_keeps_what_its_domains_named);
	tcase_add_test(t, new_servers_of_a_known_site_are_taken);
	tcase_add_test(t, a_sample_reaches_every_site_that_prefers_the_host);
	tcase_add_test(t, pairs_stay_sorted_whatever_the_order_they_come_in);
	tcase_add_test(t, the_least_used_site_makes_room_unless_it_has_mail);
	suite_add_tcase(s, t);
	return unit_main(s);
}
