/* choice: CPU time of a choice among many gateways, beside the least-in-flight
 * rule that any balancer has, on the same machine in the same process.
 *
 *	choice GATEWAYS SITES ROUNDS
 *
 * Every pair is measured, has mail under way, was deferred once and has a limit,
 * so that every term is at work.  Sites take turns, so that their rows are not in the
 * processor's cache.  Prints microseconds: ours choosing, ours choosing and
 * booking, baseline. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/fleet/fleet.h"

#define SET \
	"sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NOW_S 1000.0
#define OPEN_MAX 40
#define KEPT 1000 /* bookings under way at a time */

static struct fleet fleet;
static struct fleet_choice choice;

static double
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
add_gateways(int n)
{
	static char ids[GATEWAYS_MAX][8];
	static struct fleet_row rows[GATEWAYS_MAX];
	int i;

	for (i = 0; i < n; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "g%03d", i % 1000);
		rows[i] = (struct fleet_row){ids[i], ids[i], 12.5e6, 0};
	}
	fleet_configure(&fleet, rows, (size_t)n);
	for (i = 0; i < n; i++) {
		struct report r = {.seq = 1,
		    .queue_bytes = i % 3 * 1000000,
		    .queue_messages = i % 3,
		    .in_flight = i % 17,
		    .n_digests = 1};

		memcpy(r.digests[0], SET, sizeof(SET));
		(void)fleet_report(
		    &fleet, fleet.gateways.slot[i], &r, NOW_S, 0);
	}
}

static void
add_sites(int n, int gateways)
{
	int i, g, k;

	for (i = 0; i < n; i++) {
		char name[16];
		const char *host = name;
		struct site *s;

		(void)snprintf(name, sizeof(name), "s%d", i);
		s = site_get(&fleet.sites, &host, 1, NOW_S);
		for (g = 0; g < gateways; g++) {
			struct pair *p = sites_pair(&fleet.sites, s, g);

			pair_rtt(p, 0.01 + (i * 7 + g * 13) % 200 / 1e3,
			    RTT_PROBE, NOW_S - 10);
			for (k = 0; k < (i + g) % OPEN_MAX; k++)
				pair_booked(p, NOW_S - 1);
			pair_deferred(p, NOW_S - 100);
			(void)pair_throttled(p, NOW_S - 100);
		}
	}
}

static int
least_in_flight(void)
{
	int i, best = -1;

	for (i = 0; i < fleet.gateways.n_slots; i++) {
		const struct gateway *g = fleet.gateways.slot[i];

		if (!g || score_alive(&g->state, 1, NOW_S) != SCORE_ELIGIBLE)
			continue;
		if (best < 0 ||
		    g->in_flight < fleet.gateways.slot[best]->in_flight)
			best = i;
	}
	return best;
}

static double
time_ours(int rounds, bool book)
{
	double start = cpu_us();
	int i, n;

	for (i = 0; i < rounds; i++) {
		struct fleet_question q = {
		    .site = fleet.sites.list[(size_t)i % fleet.sites.n],
		    .size_bytes = 1e5 + i % 1000 * 1e3,
		    .asset_digest = SET};
		unsigned char id[BOOKING_ID_SIZE] = {0};

		fleet_choose(&fleet, &q, NOW_S + 0.1, true, &choice);
		if (!book || choice.first < 0)
			continue;
		n = i % KEPT;
		memcpy(id, &n, sizeof(n)); /* the one before is undone */
		fleet_book(&fleet, id, choice.first, q.site, q.size_bytes,
		    NOW_S + 0.1);
	}
	return (cpu_us() - start) / rounds;
}

static double
time_baseline(int rounds)
{
	volatile int sink;
	double start = cpu_us();
	int i;

	for (i = 0; i < rounds; i++)
		sink = least_in_flight();
	(void)sink;
	return (cpu_us() - start) / rounds;
}

int
main(int argc, char **argv)
{
	int64_t n[3];
	int i;

	for (i = 0; i < 3; i++)
		if (argc != 4 ||
		    text_int(slice_of(argv[i + 1]), 1,
			i == 0 ? GATEWAYS_MAX : 100000000, &n[i]) != 0)
			fatalx(EX_USAGE, "usage: choice GATEWAYS SITES ROUNDS");
	fleet_init(&fleet, 1, 60, false);
	fleet.sites.max = (size_t)n[1];
	fleet.sites.max_pairs = (size_t)(n[0] * n[1]);
	add_gateways((int)n[0]);
	add_sites((int)n[1], (int)n[0]);
	(void)time_ours((int)n[2] / 10, false); /* caches fill */
	(void)printf("%.3f %.3f %.3f\n", time_ours((int)n[2], false),
	    time_ours((int)n[2], true), time_baseline((int)n[2]));
	fleet_free(&fleet);
	return 0;
}
