#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/fleet/domain.h"

static struct domains domains;
static struct sites sites;

static void
dropping(struct site *s, void *ctx)
{
	(void)ctx;
	domains_drop_site(&domains, s);
}

static void
setup(void)
{
	domains_init(&domains, 10);
	sites_init(&sites, 5);
	sites.dropping = dropping;
}

static void
teardown(void)
{
	sites_free(&sites);
	domains_free(&domains);
}

static struct site *
site(const char *mx)
{
	return site_get(&sites, &mx, 1, 1);
}

static const struct {
	const char *name;
	enum domain_status status;
	double ttl_s, want_s;
} ttls[] = {
    {"a site, for its TTL", DOMAIN_SITE, 300, 300},
    {"a TTL of nothing is half a minute", DOMAIN_SITE, 0, 30},
    {"a TTL of a week is an hour", DOMAIN_SITE, 604800, 3600},
    {"no name, for a minute", DOMAIN_NO_NAME, 86400, 60},
    {"a null MX, for a minute", DOMAIN_NULL_MX, 86400, 60},
    {"a silent DNS, for a minute", DOMAIN_UNKNOWN, 0, 60},
};

START_TEST(answers_are_kept_for_their_time)
{
	struct domain *d = domain_set(&domains, "one.test", ttls[_i].status,
	    site("mx.one.test"), ttls[_i].ttl_s, 1000);

	ck_assert_msg(d->expires_s - 1000 > ttls[_i].want_s - 0.01 &&
		d->expires_s - 1000 < ttls[_i].want_s + 0.01,
	    "%s: %g", ttls[_i].name, d->expires_s - 1000);
	ck_assert_msg((d->site != NULL) == (ttls[_i].status == DOMAIN_SITE),
	    "%s", ttls[_i].name);
}
END_TEST

START_TEST(the_least_used_domain_makes_room)
{
	char name[32];
	int i;

	for (i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "d%d.test", i);
		(void)domain_set(&domains, name, DOMAIN_SITE,
		    site("mx.one.test"), 60, 1);
	}
	ck_assert_ptr_nonnull(domain_find(&domains, "d0.test"));
	(void)domain_set(
	    &domains, "new.test", DOMAIN_SITE, site("mx.one.test"), 60, 1);
	ck_assert_uint_eq(domains.n, 10);
	ck_assert_ptr_nonnull(domain_find(&domains, "d0.test"));
	ck_assert_ptr_null(domain_find(&domains, "d1.test"));
}
END_TEST

START_TEST(a_site_that_goes_takes_its_domains_along)
{
	char name[32];
	int i;

	(void)domain_set(
	    &domains, "one.test", DOMAIN_SITE, site("mx.one.test"), 60, 1);
	(void)domain_set(
	    &domains, "uno.test", DOMAIN_SITE, site("mx.one.test"), 60, 1);
	for (i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "mx%d.test", i);
		(void)site(name);
	}
	ck_assert_ptr_null(site_find(&sites, "mx.one.test"));
	ck_assert_ptr_null(domain_find(&domains, "one.test"));
	ck_assert_ptr_null(domain_find(&domains, "uno.test"));
	ck_assert_uint_eq(domains.n, 0);
}
END_TEST

START_TEST(a_domain_can_move_to_another_site)
{
	struct site *a = site("mx.a.test"), *b = site("mx.b.test");

	(void)domain_set(&domains, "one.test", DOMAIN_SITE, a, 60, 1);
	(void)domain_set(&domains, "one.test", DOMAIN_SITE, b, 60, 2);
	ck_assert(TAILQ_EMPTY(&a->domains));
	ck_assert_ptr_eq(domain_find(&domains, "one.test")->site, b);
	ck_assert_uint_eq(domains.n, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("domain");
	TCase *t = tcase_create("domain");

	tcase_add_checked_fixture(t, setup, teardown);
	ADD_ROWS(t, answers_are_kept_for_their_time, ttls);
	tcase_add_test(t, the_least_used_domain_makes_room);
	tcase_add_test(t, a_site_that_goes_takes_its_domains_along);
	tcase_add_test(t, a_domain_can_move_to_another_site);
	suite_add_tcase(s, t);
	return unit_main(s);
}
