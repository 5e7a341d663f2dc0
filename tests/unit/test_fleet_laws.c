/* What must hold whatever happened before: random fleets, random events, the
 * seed is printed. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "lib/fleet/fleet.h"

#define SET \
	"sha256:" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define WORLDS 60
#define EVENTS 300
#define GATEWAYS 24
#define SITES 12

static uint64_t random_state;
static struct fleet f;
static struct fleet_choice choice, other;
static struct site *sites[SITES];
static int64_t seq;
static double now_s;

static double
uniform(double low, double high)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return low +
	    (high - low) *
	    ((double)((random_state * UINT64_C(2685821657736338717)) >> 11) /
		9007199254740992.0);
}

static int
any(int n)
{
	return (int)uniform(0, n);
}

static void
seed(void)
{
	const char *text = getenv("SEED");

	random_state = text ? strtoull(text, NULL, 10)
			    : (uint64_t)time(NULL) * 7919 + 1;
	printf("# SEED=%llu\n", (unsigned long long)random_state);
	(void)fflush(stdout);
}

/* The name of gateway number i, when it is not its number. */
static const int *named;

/* Gateway number i, whatever its slot and name. */
static struct gateway *
gateway(int i)
{
	char id[8];

	(void)snprintf(
	    id, sizeof(id), "g%02d", (named ? named[i] : i) % 100);
	return gateway_find(&f.gateways, id);
}

static void
report(struct gateway *g, int64_t queue_messages)
{
	struct report r = {.seq = ++seq,
	    .queue_bytes = queue_messages * 300000,
	    .queue_messages = queue_messages,
	    .accepted_messages = g->accepted_messages + any(3),
	    .sent_bytes = g->sent_bytes + any(20000000),
	    .n_digests = 1};

	memcpy(r.digests[0], SET, sizeof(SET));
	ck_assert(fleet_report(&f, g, &r, now_s, 0));
}

/* order: the place in the configuration of each id, NULL = by number. */
static void
make_fleet(const int *order, int n)
{
	static char ids[GATEWAYS][8];
	struct fleet_row rows[GATEWAYS];
	char name[16];
	const char *host = name;
	int i;

	fleet_init(&f, 1, 60, false);
	now_s = 1e6; /* clocks that jump stay above 0 */
	for (i = 0; i < n; i++) {
		int number = order ? order[i] : i;

		(void)snprintf(ids[i], sizeof(ids[i]), "g%02d",
		    (named ? named[number] : number) % 100);
		rows[i] = (struct fleet_row){ids[i], "h.test", 12.5e6, 0};
	}
	fleet_configure(&f, rows, (size_t)n);
	for (i = 0; i < SITES; i++) {
		(void)snprintf(name, sizeof(name), "mx%d.test", i % 100);
		sites[i] = site_get(&f.sites, &host, 1, now_s);
	}
	for (i = 0; i < n; i++)
		report(gateway(i), any(4));
}

/* 0: no limit */
static double allowed[SITES];

static void
set_limits(void)
{
	struct allowances *a = allowances_new();
	int s;

	for (s = 0; s < SITES; s++)
		if (allowed[s] > 0)
			allowances_add(a, sites[s]->name, allowed[s]);
	f.sites.allowances = a;
	sites_allow(&f.sites, now_s);
	f.sites.allowances = NULL;
	allowances_free(&a);
}

static void
limit_some(void)
{
	int s;

	for (s = 0; s < SITES; s++)
		allowed[s] = any(2) ? uniform(0.05, 40) : 0;
	set_limits();
}

static void
ticket_of(int number, unsigned char id_r[BOOKING_ID_SIZE], char hex_r[33])
{
	int i;

	memset(id_r, 0, BOOKING_ID_SIZE);
	memcpy(id_r, &number, sizeof(number));
	for (i = 0; i < BOOKING_ID_SIZE; i++)
		(void)snprintf(hex_r + 2 * i, 3, "%02x", id_r[i]);
}

static void
measure(int g, int s)
{
	fleet_rtt(&f, gateway(g), sites[s]->hosts[0], uniform(0.001, 0.4),
	    now_s - uniform(0, 10));
}

static void
deliver(int g, int s, int number)
{
	struct delivery d = {.status = (enum delivery_status)any(3),
	    .conn_use = 1 + any(3),
	    .delays_us = {0, 0, any(2000000), any(3000000)}};
	unsigned char id[BOOKING_ID_SIZE];

	ticket_of(number, id, d.ticket);
	fleet_delivery(&f, gateway(g), sites[s], &d, now_s);
}

static void
book(int g, int s, int number)
{
	unsigned char id[BOOKING_ID_SIZE];
	char hex[33];

	ticket_of(number, id, hex);
	fleet_book(&f, id, gateway(g)->slot, sites[s], uniform(1e3, 5e6),
	    now_s);
}

static void
something_happens(int n)
{
	int g = any(n), s = any(SITES), number = any(200), what = any(10);

	now_s += uniform(0, 0.1);
	if (what < 4)
		book(g, s, number);
	else if (what < 6)
		deliver(g, s, number);
	else if (what < 8)
		measure(g, s);
	else if (what == 8)
		report(gateway(g), any(50));
	else if (any(20) == 0)
		fleet_refused(gateway(g), now_s);
	fleet_tick(&f, now_s);
}

static struct fleet_question
question(int s, double size)
{
	return (struct fleet_question){
	    .site = sites[s], .size_bytes = size, .asset_digest = SET};
}

static void
check_sane(const struct fleet_choice *c)
{
	int i, t;

	for (i = 0; i < f.gateways.n_slots; i++) {
		const struct score *s = &c->score[i];

		if (!f.gateways.slot[i])
			continue;
		ck_assert(isfinite(s->total_s) && s->total_s >= 0);
		ck_assert(isfinite(s->rtt_s) && s->rtt_s > 0);
		ck_assert(isfinite(s->wait_s) && s->wait_s >= 0);
		for (t = 0; t < SCORE_N_TERMS; t++)
			ck_assert(
			    isfinite(s->term_s[t]) && s->term_s[t] >= 0);
	}
}

/* The least of those that can be chosen, the lowest id of equals. */
static int
least(const struct fleet_choice *c)
{
	int i, best = -1;

	for (i = 0; i < f.gateways.n_slots; i++) {
		double d;

		if (!f.gateways.slot[i] ||
		    c->score[i].verdict != SCORE_ELIGIBLE)
			continue;
		d = best < 0 ? -1
			     : c->score[i].total_s - c->score[best].total_s;
		if (d < 0 ||
		    (d <= 0 &&
			strcmp(f.gateways.slot[i]->id,
			    f.gateways.slot[best]->id) < 0))
			best = i;
	}
	return best;
}

START_TEST(the_least_is_chosen_and_looking_less_changes_nothing)
{
	int w, e;

	seed();
	for (w = 0; w < WORLDS; w++) {
		int n = 1 + any(GATEWAYS);

		make_fleet(NULL, n);
		limit_some();
		for (e = 0; e < EVENTS; e++) {
			struct fleet_question q =
			    question(any(SITES), uniform(0, 1e7));

			something_happens(n);
			fleet_choose(&f, &q, now_s, false, &other);
			check_sane(&other);
			ck_assert_int_eq(other.first, least(&other));
			fleet_choose(&f, &q, now_s, true, &choice);
			ck_assert_int_eq(choice.first, other.first);
			ck_assert_str_eq(choice.reason, other.reason);
			if (other.n_eligible > 1)
				ck_assert_int_eq(
				    choice.order[1], other.order[1]);
		}
		fleet_free(&f);
	}
}
END_TEST

static int
alive(int n)
{
	int i, count = 0;

	for (i = 0; i < n; i++)
		count += score_alive(&gateway(i)->state, 1, now_s) ==
		    SCORE_ELIGIBLE;
	return count;
}

START_TEST(who_is_not_alive_is_chosen_only_when_nobody_is)
{
	int w, i, k;

	seed();
	for (w = 0; w < WORLDS; w++) {
		int n = 2 + any(GATEWAYS - 2);
		struct fleet_question q = question(0, 1e5);

		make_fleet(NULL, n);
		q.site = sites[any(SITES)];
		now_s += 10;
		for (i = 0; i < n; i++)
			if (any(3) == 0)
				report(gateway(i), any(500));
			else if (any(3) == 0)
				gateway(i)->state.drained = true;
		for (k = 0; k < 20; k++) {
			something_happens(n);
			fleet_choose(&f, &q, now_s, true, &choice);
			if (choice.first < 0) {
				ck_assert_int_eq(alive(n), 0);
				continue;
			}
			ck_assert_int_eq(
			    score_alive(
				&f.gateways.slot[choice.first]->state, 1,
				now_s),
			    SCORE_ELIGIBLE);
		}
		fleet_free(&f);
	}
}
END_TEST

/* Played twice from the same seed, with the gateways in another order. */
static void
play(const int *order, uint64_t from, char chosen_r[EVENTS][20])
{
	int e, i, s;

	random_state = from;
	make_fleet(order, GATEWAYS);
	limit_some();
	for (i = 0; i < GATEWAYS; i++)
		for (s = 0; s < SITES; s++)
			measure(i, s);
	for (e = 0; e < EVENTS; e++) {
		struct fleet_question q =
		    question(any(SITES), uniform(0, 1e7));

		something_happens(GATEWAYS);
		fleet_choose(&f, &q, now_s, true, &choice);
		(void)snprintf(chosen_r[e], 20, "%s",
		    choice.first < 0 ? "none"
				     : f.gateways.slot[choice.first]->id);
	}
	fleet_free(&f);
}

static void
shuffle(int list[GATEWAYS])
{
	int i, k, swap;

	for (i = 0; i < GATEWAYS; i++)
		list[i] = i;
	for (i = GATEWAYS - 1; i > 0; i--) {
		k = any(i + 1);
		swap = list[i];
		list[i] = list[k];
		list[k] = swap;
	}
}

START_TEST(the_order_of_the_configuration_does_not_matter)
{
	static char one[EVENTS][20], two[EVENTS][20];
	int w, i, order[GATEWAYS];

	seed();
	for (w = 0; w < 10; w++) {
		uint64_t from = random_state + (uint64_t)w * 1000003;

		shuffle(order);
		play(NULL, from, one);
		play(order, from, two);
		for (i = 0; i < EVENTS; i++)
			ck_assert_str_eq(one[i], two[i]);
	}
}
END_TEST

START_TEST(whoever_is_called_otherwise_is_chosen_all_the_same)
{
	static char one[EVENTS][20], two[EVENTS][20];
	int w, i, names[GATEWAYS];

	seed();
	for (w = 0; w < 10; w++) {
		uint64_t from = random_state + (uint64_t)w * 1000003;

		shuffle(names);
		play(NULL, from, one);
		named = names;
		play(NULL, from, two);
		named = NULL;
		for (i = 0; i < EVENTS; i++) {
			int number = -1;

			(void)sscanf(one[i], "g%d", &number);
			if (number >= 0)
				(void)snprintf(one[i], sizeof(one[i]),
				    "g%02d", names[number % GATEWAYS]);
			ck_assert_str_eq(two[i], one[i]);
		}
	}
}
END_TEST

/* Another way to count: a bucket of so many, filled at the rate. */
struct bucket {
	double mails, at_s;
};
static struct bucket buckets[GATEWAYS][SITES];

static double
burst(int s)
{
	return allowed[s] > 1 ? allowed[s] : 1;
}

static double
in_bucket(int g, int s)
{
	struct bucket *b = &buckets[g][s];

	b->mails += (now_s - b->at_s) * allowed[s];
	if (b->mails > burst(s))
		b->mails = burst(s);
	b->at_s = now_s;
	return b->mails;
}

/* Mails that went, in their order. */
static struct {
	int g, s;
	double at_s;
} went[100000];
static int n_went;

static void
allow_some(int n)
{
	int g, s;

	n_went = 0;
	for (s = 0; s < SITES; s++) {
		allowed[s] = any(4) == 0 ? 0
		    : any(2)             ? uniform(1, 40)
					 : uniform(0.05, 1);
		for (g = 0; g < n; g++)
			buckets[g][s] = (struct bucket){burst(s), now_s};
	}
	set_limits();
}

static int
number_of(int slot)
{
	int i;

	for (i = 0; gateway(i)->slot != slot; i++)
		;
	return i;
}

/* Chosen while it had room, or nobody because none had. */
static void
send_one(int n, int s, int number)
{
	struct fleet_question q = question(s, uniform(1e3, 1e5));
	unsigned char id[BOOKING_ID_SIZE];
	char hex[33];
	int g, live = 0;

	fleet_choose(&f, &q, now_s, true, &choice);
	if (choice.first < 0) {
		for (g = 0; g < n; g++) {
			if (score_alive(&gateway(g)->state, 1, now_s) !=
			    SCORE_ELIGIBLE)
				continue;
			live++;
			ck_assert_double_lt(in_bucket(g, s), 1 + 1e-3);
		}
		if (live > 0)
			ck_assert_double_gt(
			    fleet_site_rate_wait_s(&f, &q, &choice, now_s),
			    0);
		return;
	}
	g = number_of(choice.first);
	ticket_of(number, id, hex);
	fleet_book(&f, id, choice.first, sites[s], q.size_bytes, now_s);
	if (allowed[s] <= 0)
		return;
	ck_assert_double_gt(in_bucket(g, s), 1 - 1e-3);
	if (any(20) == 0) {
		ck_assert(fleet_unbook(&f, id, now_s));
		return;
	}
	buckets[g][s].mails--;
	went[n_went].g = g;
	went[n_went].s = s;
	went[n_went++].at_s = now_s;
}

static void
check_rate(double seconds)
{
	int i, k;

	for (i = 0; i < n_went; i++) {
		int s = went[i].s, count = 0;

		for (k = i; k >= 0 && went[k].at_s > went[i].at_s - seconds;
		     k--)
			count += went[k].g == went[i].g && went[k].s == s;
		ck_assert_msg(count <= allowed[s] * seconds + burst(s) + 1e-3,
		    "%d in %g s of at most %g/s", count, seconds, allowed[s]);
	}
}

START_TEST(no_gateway_sends_a_site_more_than_the_admin_allows)
{
	int w, e, i, number = 0;

	seed();
	for (w = 0; w < WORLDS; w++) {
		int n = 1 + any(4);

		make_fleet(NULL, n);
		allow_some(n);
		for (e = 0; e < 1500; e++) {
			now_s += any(3) ? uniform(0, 0.02)
			    : any(50)   ? 0
					: uniform(0, 5);
			for (i = 0; i < n; i++)
				if (any(10))
					report(gateway(i), 0);
			if (any(5) == 0)
				measure(any(n), any(SITES));
			send_one(n, any(3), ++number);
		}
		check_rate(1);
		check_rate(10);
		fleet_free(&f);
	}
}
END_TEST

START_TEST(a_booking_that_is_undone_leaves_nothing)
{
	int w, e, i;

	seed();
	for (w = 0; w < WORLDS; w++) {
		unsigned char id[BOOKING_ID_SIZE];
		char hex[33];

		make_fleet(NULL, GATEWAYS);
		for (e = 0; e < 100; e++)
			something_happens(GATEWAYS);
		for (e = 0; e < 20; e++) {
			int s = any(SITES), g = any(GATEWAYS);
			struct fleet_question q = question(s, 1e6);
			struct gateway *at = gateway(g);
			double bytes = at->unaccepted_bytes;
			const struct pair *p = site_pair(sites[s], at->slot);
			int open = p ? (int)p->open : 0;

			fleet_choose(&f, &q, now_s, false, &choice);
			/* Out of the way of the numbers of the others. */
			book(g, s, 1000000);
			fleet_choose(&f, &q, now_s, false, &other);
			ck_assert_double_ge(other.score[at->slot].total_s,
			    choice.score[at->slot].total_s - 1e-3);
			ticket_of(1000000, id, hex);
			ck_assert(fleet_unbook(&f, id, now_s));
			fleet_choose(&f, &q, now_s, false, &other);
			/* Mean size and rate remember it a little. */
			for (i = 0; i < GATEWAYS; i++)
				ck_assert_double_eq_tol(other.score[i].wait_s,
				    choice.score[i].wait_s, 1e-6);
			ck_assert_double_eq_tol(
			    at->unaccepted_bytes, bytes, 1);
			ck_assert_int_eq(
			    site_pair(sites[s], at->slot)->open, open);
			ck_assert_int_ge(at->site_waiting_n, 0);
		}
		fleet_free(&f);
	}
}
END_TEST

static int64_t
absurd_count(void)
{
	static const int64_t values[] = {INT64_MIN, INT64_MAX, -1, 0, 1,
	    INT64_C(1) << 50, -(INT64_C(1) << 50), 1000000, 300};

	return values[any(9)];
}

static double
absurd_number(void)
{
	static const double values[] = {
	    -INFINITY, INFINITY, NAN, -1, 0, 1e300, -1e300, 1e-300, 1, 1e6};

	return values[any(10)];
}

static void
absurd_event(void)
{
	struct gateway *g = gateway(any(GATEWAYS));
	/* New, repeated or late, out of order. */
	struct report r = {.seq = any(2) ? ++seq : seq - any(100),
	    .now_ms = absurd_count(),
	    .queue_bytes = absurd_count(),
	    .queue_messages = absurd_count(),
	    .in_flight = absurd_count(),
	    .accepted_messages = absurd_count(),
	    .accepted_bytes = absurd_count(),
	    .sent_bytes = absurd_count(),
	    .cpu = absurd_number(),
	    .n_digests = any(20)};
	struct delivery d = {.status = (enum delivery_status)any(3),
	    .conn_use = any(3),
	    .delays_us = {absurd_count(), absurd_count(), absurd_count(),
		absurd_count()}};
	unsigned char id[BOOKING_ID_SIZE];
	int s = any(SITES);

	(void)snprintf(d.relay_host, sizeof(d.relay_host), "mx%d.test", s);
	if (any(10) == 0)
		now_s += uniform(-7200, 7200);
	if (r.n_digests > REPORT_SETS_MAX)
		r.n_digests = REPORT_SETS_MAX;
	/* Our own clock may be wrong too, but it is a clock. */
	(void)fleet_report(
	    &f, g, &r, now_s, any(2) ? INT64_C(1764000000000) : any(1000));
	fleet_rtt(&f, g, sites[s]->hosts[0], absurd_number(),
	    any(2) ? now_s : now_s + uniform(-1e5, 1e5));
	ticket_of(any(200), id, d.ticket);
	fleet_delivery(&f, g, sites[s], &d, now_s);
	fleet_book(&f, id, g->slot, sites[s], absurd_number(), now_s);
	fleet_tick(&f, now_s);
}

static void
check_believed(const struct gateway *g)
{
	const int64_t counts[] = {g->queue_bytes, g->queue_messages,
	    g->in_flight, g->accepted_messages, g->sent_bytes};
	int i;

	for (i = 0; i < N_ROWS(counts); i++)
		ck_assert(counts[i] >= 0 && counts[i] <= INT64_C(1) << 50);
	ck_assert(g->cpu >= 0 && g->cpu <= 1);
	ck_assert(isfinite(g->drain_bytes_per_s));
	ck_assert_double_gt(g->drain_bytes_per_s, 0);
	ck_assert_int_ge(g->site_waiting_n, 0);
}

/* Whatever was said, the numbers stay numbers; and one sane report later a
 * gateway that is idle waits for nothing. */
START_TEST(nonsense_does_no_lasting_harm)
{
	int w, e, i;

	seed();
	for (w = 0; w < WORLDS; w++) {
		make_fleet(NULL, GATEWAYS);
		limit_some();
		for (e = 0; e < 100; e++) {
			struct fleet_question q =
			    question(any(SITES), absurd_number());

			absurd_event();
			something_happens(GATEWAYS);
			fleet_choose(&f, &q, now_s, false, &choice);
			check_sane(&choice);
			fleet_choose(&f, &q, now_s, true, &other);
			ck_assert_int_eq(choice.first, other.first);
			for (i = 0; i < GATEWAYS; i++)
				check_believed(gateway(i));
		}
		now_s += BOOKING_LIFETIME_S + 1;
		fleet_tick(&f, now_s);
		for (i = 0; i < GATEWAYS; i++)
			report(gateway(i), 0);
		for (i = 0; i < SITES; i++) {
			struct fleet_question q = question(i, 1e5);

			fleet_choose(&f, &q, now_s, true, &choice);
			ck_assert_int_eq(choice.n_eligible, GATEWAYS);
			ck_assert_double_lt(
			    choice.score[choice.first].wait_s, 1e-9);
		}
		fleet_free(&f);
	}
}
END_TEST

START_TEST(a_clock_that_went_back_is_not_believed_for_long)
{
	struct fleet_question q;

	random_state = 1;
	make_fleet(NULL, 2);
	q = question(0, 1e5);
	fleet_refused(gateway(1), now_s + 0.1);
	fleet_tick(&f, now_s + 0.1);
	now_s -= 3600;
	fleet_tick(&f, now_s);
	/* Silent from now on, not from an hour on. */
	now_s += 5;
	fleet_tick(&f, now_s);
	fleet_choose(&f, &q, now_s, true, &choice);
	ck_assert_int_eq(choice.first, -1);
	/* And a refusal of the future does not outlast the next report. */
	report(gateway(1), 0);
	fleet_choose(&f, &q, now_s, true, &choice);
	ck_assert_int_eq(choice.first, gateway(1)->slot);
	fleet_free(&f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fleet_laws");
	TCase *t = tcase_create("fleet_laws");

	tcase_add_test(t,
	    the_least_is_chosen_and_looking_less_changes_nothing);
	tcase_add_test(t, who_is_not_alive_is_chosen_only_when_nobody_is);
	tcase_add_test(t, the_order_of_the_configuration_does_not_matter);
	tcase_add_test(t,
	    whoever_is_called_otherwise_is_chosen_all_the_same);
	tcase_add_test(t, no_gateway_sends_a_site_more_than_the_admin_allows);
	tcase_add_test(t, a_booking_that_is_undone_leaves_nothing);
	tcase_add_test(t, nonsense_does_no_lasting_harm);
	tcase_add_test(t, a_clock_that_went_back_is_not_believed_for_long);
	suite_add_tcase(s, t);
	return unit_main(s);
}
