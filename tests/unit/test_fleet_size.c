/* The promise of 64 MiB: 200 gateways, 10,000 sites and 100,000 measured pairs,
 * a domain and a half per site, and 10,000 mails on their way. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/fleet/domain.h"
#include "lib/fleet/fleet.h"

#define GATEWAYS 200
#define SITES 10000
#define PAIRS_PER_SITE 10
#define BOOKINGS 10000
#define RECEIPTS 100000 /* pairs with deliveries: more than are kept */
#define MIB 1048576.0
/* Of the 64: the rest is for the program, its libraries and connections. */
#define SHARE_MIB 40.0

static double
resident_mib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long total = 0, resident = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld %ld", &total, &resident), 2);
	(void)fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / MIB;
}

static void
add_gateways(struct fleet *f)
{
	static char ids[GATEWAYS][8];
	struct fleet_row rows[GATEWAYS];
	int i;

	for (i = 0; i < GATEWAYS; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "g%03d", i);
		rows[i] = (struct fleet_row){ids[i], "gw.example.net", 12.5e6, 0};
	}
	fleet_configure(f, rows, GATEWAYS);
}

static void
add_sites(struct fleet *f, struct domains *domains)
{
	char mx[3][64], name[64];
	const char *hosts[3] = {mx[0], mx[1], mx[2]};
	int i, k;

	for (i = 0; i < SITES; i++) {
		struct site *s;

		for (k = 0; k < 3; k++)
			(void)snprintf(mx[k], sizeof(mx[k]),
			    "mx%d.mail-provider-%d.example.com", k, i);
		s = site_get(&f->sites, hosts, 3, 100);
		for (k = 0; k < PAIRS_PER_SITE; k++)
			pair_rtt(sites_pair(&f->sites, s,
				     (i + k * 17) % GATEWAYS),
			    0.02, RTT_PROBE, 100);
		for (k = 0; k < 1 + i % 2; k++) {
			(void)snprintf(name, sizeof(name),
			    "customer-%d-%d.example.org", i, k);
			(void)domain_set(
			    domains, name, DOMAIN_SITE, s, 3600, 100);
		}
	}
}

START_TEST(the_fleet_fits_into_its_share_of_memory)
{
	double before = resident_mib(), used;
	struct domains domains;
	struct fleet f;
	int i;

	fleet_init(&f, 1, 60, true);
	domains_init(&domains, DOMAINS_MAX);
	add_gateways(&f);
	add_sites(&f, &domains);
	for (i = 0; i < BOOKINGS; i++) {
		unsigned char id[BOOKING_ID_SIZE] = {0};

		memcpy(id, &i, sizeof(i));
		fleet_book(&f, id, i % GATEWAYS,
		    f.sites.list[i % SITES], 1e6, 100);
	}
	for (i = 0; i < RECEIPTS; i++)
		fleet_receipt(&f, f.gateways.slot[i % GATEWAYS],
		    f.sites.list[i / 10], 1.5, 1.2, 100);
	used = resident_mib() - before;
	printf("# %d gateways, %zu sites, %zu pairs, %zu domains, "
	       "%zu bookings: %.1f MiB\n",
	    GATEWAYS, f.sites.n, f.sites.n_pairs, domains.n, f.bookings.n,
	    used);
	(void)fflush(stdout);
	ck_assert_uint_eq(f.sites.n, SITES);
	ck_assert_uint_eq(f.sites.receipts.n, RECEIPTS_MAX);
	ck_assert_uint_ge(f.sites.n_pairs, SITES * PAIRS_PER_SITE);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	ck_assert_double_lt(used, SHARE_MIB);
#endif
	f.sites.dropping = NULL;
	domains_free(&domains);
	fleet_free(&f);
}
END_TEST

/* Sites come and go by the hundred thousand; what is used stays. */
START_TEST(a_hundred_thousand_sites_leave_the_used_ones)
{
	double before = resident_mib(), used;
	const char *dear = "dear.example.net";
	char name[64];
	const char *host = name;
	struct site *kept;
	struct fleet f;
	int i, k;

	fleet_init(&f, 1, 60, true);
	add_gateways(&f);
	kept = site_get(&f.sites, &dear, 1, 1);
	(void)sites_rtt(&f.sites, dear, 0, 0.02, 1);
	for (i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof(name), "mx.example-%d.net", i);
		(void)site_get(&f.sites, &host, 1, i);
		for (k = 0; k < 8; k++)
			(void)sites_rtt(&f.sites, host, (i + k * 17) % GATEWAYS,
			    0.05, i);
		if (i % 1000 == 0)
			ck_assert_ptr_eq(
			    site_get(&f.sites, &dear, 1, i), kept);
	}
	used = resident_mib() - before;
	printf("# of 100001 sites %zu are left, with %zu pairs: %.1f MiB\n",
	    f.sites.n, f.sites.n_pairs, used);
	(void)fflush(stdout);
	ck_assert_uint_le(f.sites.n, SITES_MAX);
	ck_assert_uint_le(f.sites.n_pairs, SITES_PAIRS_MAX + GATEWAYS_MAX);
	ck_assert_ptr_eq(site_find(&f.sites, dear), kept);
	ck_assert_ptr_null(site_find(&f.sites, "mx.example-0.net"));
	ck_assert_ptr_nonnull(site_find(&f.sites, "mx.example-99999.net"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	ck_assert_double_lt(used, 64);
#endif
	fleet_free(&f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fleet_size");
	TCase *t = tcase_create("fleet_size");

	tcase_add_test(t, the_fleet_fits_into_its_share_of_memory);
	tcase_add_test(t, a_hundred_thousand_sites_leave_the_used_ones);
	suite_add_tcase(s, t);
	return unit_main(s);
}
