#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/fleet/schema.h"

static struct arena *arena;
static const struct schema_now now = {5000.0, INT64_C(1764000000000)};

static void
setup(void)
{
	arena = arena_new();
}

static void
teardown(void)
{
	arena_free(&arena);
}

/* What HGETALL would answer after this HSET. */
static struct reply
stored(const struct command *c)
{
	struct reply r = {.type = REPLY_LIST};
	int i;

	r.n = (size_t)c->argc - 2;
	r.items = arena_alloc(arena, r.n * sizeof(*r.items));
	for (i = 2; i < c->argc; i++)
		r.items[i - 2] = (struct reply){.type = REPLY_TEXT,
		    .text = {c->argv[i], c->len[i]}};
	return r;
}

static const char *
line(const struct command *c)
{
	struct buf b = {0};
	const char *text;
	int i;

	for (i = 0; i < c->argc; i++)
		buf_printf(&b, "%s%s", i ? " " : "", c->argv[i]);
	text = arena_strdup(arena, b.data);
	buf_free(&b);
	return text;
}

START_TEST(one_call_touches_one_hash_tag)
{
	struct command c[2];

	schema_recipient_lookup(c, arena, "np:", "alice@example.org");
	ck_assert_str_eq(line(&c[0]), "HGETALL np:rcpt:{alice@example.org}");
	ck_assert_str_eq(
	    line(&c[1]), "HGETALL np:suppressed:{alice@example.org}");
}
END_TEST

START_TEST(a_record_is_written_whole_and_read_back)
{
	struct command c[SCHEMA_RECIPIENT_COMMANDS];
	struct vars record;
	struct recipient got;
	struct reply replies[2] = {{0}};
	const char *error;

	vars_init(&record, arena);
	ck_assert_int_eq(vars_set(&record, slice_of("first_name"),
			     slice_of("Zo\xc3\xab; \"x\" = y"), &error),
	    0);
	schema_recipient_write(c, arena, "np:", "zoe@example.org", &record);
	ck_assert_str_eq(line(&c[0]), "MULTI");
	ck_assert_str_eq(line(&c[1]), "DEL np:rcpt:{zoe@example.org}");
	ck_assert_str_eq(line(&c[3]), "EXEC");
	replies[0] = stored(&c[2]);
	schema_recipient_read(arena, replies, &got);
	ck_assert(got.listed);
	ck_assert(!got.suppressed);
	ck_assert(slice_eq_str(
	    vars_get(&got.record, slice_of("email"))->value,
	    "zoe@example.org"));
	ck_assert(slice_eq_str(
	    vars_get(&got.record, slice_of("first_name"))->value,
	    "Zo\xc3\xab; \"x\" = y"));
}
END_TEST

START_TEST(a_field_that_is_no_variable_is_counted_not_used)
{
	struct reply items[4] = {
	    {.type = REPLY_TEXT, .text = {"bad name", 8}},
	    {.type = REPLY_TEXT, .text = {"x", 1}},
	    {.type = REPLY_TEXT, .text = {"coupon", 6}},
	    {.type = REPLY_TEXT, .text = {"a\r\nb", 4}}};
	struct reply replies[2] = {
	    {.type = REPLY_LIST, .items = items, .n = 4}, {0}};
	struct recipient got;

	schema_recipient_read(arena, replies, &got);
	ck_assert(got.listed);
	ck_assert_int_eq(got.skipped, 2);
	ck_assert_uint_eq(got.record.n, 0);
}
END_TEST

START_TEST(a_suppression_says_why_and_since_when)
{
	struct command c[2];
	struct reply replies[2] = {{0}};
	struct recipient got;

	schema_suppress(c, arena, "np:", "a@b.test", "asked us to", "ctl",
	    INT64_C(1764000000000), INT64_C(1764000004711));
	ck_assert_str_eq(
	    line(&c[1]), "ZADD np:suppressed 1764000004711 a@b.test");
	replies[1] = stored(&c[0]);
	schema_recipient_read(arena, replies, &got);
	ck_assert(got.suppressed);
	ck_assert(!got.listed);
	ck_assert_str_eq(got.reason, "asked us to");
	ck_assert_int_eq(got.since_ms, INT64_C(1764000000000));
	schema_unsuppress(c, arena, "np:", "a@b.test");
	ck_assert_str_eq(line(&c[0]), "DEL np:suppressed:{a@b.test}");
	ck_assert_str_eq(line(&c[1]), "ZREM np:suppressed a@b.test");
}
END_TEST

START_TEST(a_prefix_is_no_pattern)
{
	struct command c;

	schema_scan(&c, arena, "a*b[c]:", "rcpt", "17");
	ck_assert_str_eq(
	    line(&c), "SCAN 17 MATCH a\\*b\\[c\\]:rcpt:{* COUNT 1000");
}
END_TEST

START_TEST(what_a_gateway_learned_outlives_a_restart)
{
	struct gateways all = {.n_slots = 0};
	struct command c[SCHEMA_GATEWAY_COMMANDS];
	struct gateway *g, *h;
	struct reply r;
	int64_t round_ms;

	g = all.slot[gateway_add(&all, "tyo", "tyo.test", 12.5e6)];
	g->state.reported = true;
	g->state.last_report_s = 4999;
	g->state.deferral_probability = 0.25;
	g->drain_bytes_per_s = 2e6;
	g->rtt_mean_s = 0.042;
	taken_add(&g->events, INT64_C(1764000000000001));
	g->state.reuses_connections = true;
	clock_offset_restore(&g->clock, -3000, 40);
	schema_gateway_write(c, arena, "np:", g, &now);
	r = stored(&c[0]);
	ck_assert_str_eq(reply_field(&r, "last_report_ms"), "1763999999000");
	h = all.slot[gateway_add(&all, "lon", "lon.test", 12.5e6)];
	schema_gateway_read(&r, h);
	ck_assert(!h->state.reported); /* alive is who says so to us */
	ck_assert_double_eq_tol(h->state.deferral_probability, 0.25, 1e-4);
	ck_assert_double_eq_tol(h->drain_bytes_per_s, 2e6, 1);
	ck_assert_double_eq_tol(h->rtt_mean_s, 0.042, 1e-6);
	ck_assert(taken_has(&h->events, INT64_C(1764000000000001)));
	ck_assert(!taken_has(&h->events, INT64_C(1764000000000002)));
	ck_assert(h->state.reuses_connections);
	ck_assert_int_eq(clock_offset_ms(&h->clock, &round_ms), -3000);
	ck_assert_int_eq(round_ms, 40);
	gateways_free(&all);
}
END_TEST

START_TEST(what_was_measured_of_a_site_outlives_a_restart)
{
	const struct schema_now later = {77.0, now.wall_ms + 60000};
	struct gateways all = {.n_slots = 0};
	struct command c[SCHEMA_SITE_COMMANDS];
	struct sites sites;
	struct site *s;
	struct pair *p;
	const char *mx = "mx.one.test";
	struct reply r;
	int tyo = gateway_add(&all, "tyo", "h", 1e6);
	int lon = gateway_add(&all, "lon", "h", 1e6);
	int nyc = gateway_add(&all, "nyc", "h", 1e6);
	int par = gateway_add(&all, "par", "h", 1e6);

	sites_init(&sites, 10);
	s = site_get(&sites, &mx, 1, 5000);
	pair_rtt(sites_pair(&sites, s, tyo), 0.0123, RTT_PROBE, 4990);
	pair_deferred(sites_pair(&sites, s, lon), 4980);
	(void)pair_throttled(sites_pair(&sites, s, lon), 4980);
	s->limit = (struct score_site){
	    .limit_per_s = 3.5, .limit_at_s = 4970};
	p = sites_pair(&sites, s, nyc);
	p->limit_per_s = 2;
	p->limit_at_s = 4900;
	p = sites_pair(&sites, s, par);
	p->session_s = 0.25;
	p->log_extra_s = 0.12F;
	schema_site_write(c, arena, "np:", s, &all, &now);
	r = stored(&c[0]);
	ck_assert_str_eq(c[0].argv[1], "np:site:{mx.one.test}");
	ck_assert_str_eq(reply_field(&r, "tyo:rtt_us"), "12300");
	sites_free(&sites);

	sites_init(&sites, 10);
	s = site_get(&sites, &mx, 1, 77);
	pair_rtt(sites_pair(&sites, s, lon), 0.5, RTT_PROBE, 76);
	schema_site_read(&r, &later, &all, &sites, s);
	p = site_pair(s, tyo);
	ck_assert_ptr_nonnull(p);
	ck_assert_double_eq_tol((double)p->rtt_s, 0.0123, 1e-6);
	ck_assert_int_eq(p->source, RTT_LOADED);
	ck_assert_double_eq_tol(p->rtt_at_s, 77 - 70, 0.1);
	/* Not to be probed again before its time. */
	ck_assert_double_eq_tol(p->probed_s, 77 - 70, 0.1);
	p = site_pair(s, lon);
	ck_assert_double_eq_tol((double)p->rtt_s, 0.5, 1e-6); /* kept */
	ck_assert_double_eq_tol(
	    (double)p->deferral_probability, 0.3, 1e-3);
	ck_assert_double_eq_tol(s->limit.limit_per_s, 3.5, 1e-3);
	p = site_pair(s, nyc); /* nothing but a limit */
	ck_assert_ptr_nonnull(p);
	ck_assert_double_eq_tol((double)p->limit_per_s, 2, 1e-3);
	ck_assert_double_eq_tol(p->limit_at_s, 77 - 160, 0.1);
	p = site_pair(s, par);
	ck_assert_ptr_nonnull(p);
	ck_assert_double_eq_tol((double)p->session_s, 0.25, 1e-3);
	ck_assert_double_eq_tol((double)p->log_extra_s, 0.12, 1e-5);
	sites_free(&sites);
	gateways_free(&all);
}
END_TEST

START_TEST(nonsense_in_redis_changes_nothing)
{
	static const char *const junk[][2] = {{"drain_bytes_per_s", "-5"},
	    {"deferral_probability", "17"}, {"event_seq", "abc"},
	    {"rtt_mean_us", "1e99"}, {"clock_offset_ms", "1e99"},
	    {"clock_round_ms", "5"}, {"reuses_connections", "yes"}};
	struct gateways all = {.n_slots = 0};
	struct gateway *g =
	    all.slot[gateway_add(&all, "tyo", "h", 1e6)];
	struct command c;
	struct reply r;
	size_t i;

	command_init(&c, arena, "HSET");
	command_add(&c, "key");
	for (i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		command_add(&c, junk[i][0]);
		command_add(&c, junk[i][1]);
	}
	r = stored(&c);
	schema_gateway_read(&r, g);
	ck_assert_double_eq_tol(g->drain_bytes_per_s, 1e6, 1);
	ck_assert_double_eq_tol(g->state.deferral_probability, 0, 1e-9);
	ck_assert_int_eq(taken_highest(&g->events), 0);
	ck_assert_int_eq(clock_offset_ms(&g->clock, NULL), 0);
	ck_assert(!g->state.reuses_connections);
	gateways_free(&all);
}
END_TEST

/* Three gateways; those of the second set are read into. */
static void
places(struct gateways *all, bool moved)
{
	struct coordinate other;
	int slot;

	coordinate_init(&other, 77);
	(void)gateway_add(all, "tyo", "h", 1e6);
	(void)gateway_add(all, "lon", "h", 1e6);
	(void)gateway_add(all, "new", "h", 1e6);
	for (slot = 0; moved && slot < 2; slot++)
		coordinate_move(&all->slot[slot]->place, &other, 0.1);
}

static struct reply
text_reply(struct slice text)
{
	return (struct reply){.type = REPLY_TEXT, .text = text};
}

START_TEST(where_gateways_lie_outlives_a_restart)
{
	static struct gateways all, read, late;
	struct coordinate before;
	struct command c;
	struct reply r;
	int slot;

	places(&all, false);
	ck_assert(!schema_places_write(&c, arena, "np:", &all));
	places(&all, true);
	ck_assert(schema_places_write(&c, arena, "np:", &all));
	ck_assert_str_eq(c.argv[1], "np:places");
	ck_assert_ptr_null(strstr(c.argv[2], "new="));
	r = text_reply((struct slice){c.argv[2], c.len[2]});
	places(&read, false);
	before = read.slot[2]->place;
	schema_places_read(&r, &read);
	for (slot = 0; slot < 2; slot++)
		ck_assert_mem_eq(&read.slot[slot]->place,
		    &all.slot[slot]->place, sizeof(before));
	ck_assert_mem_eq(&read.slot[2]->place, &before, sizeof(before));
	/* Its own and the others' do not go together. */
	places(&late, true);
	before = late.slot[0]->place;
	schema_places_read(&r, &late);
	ck_assert_mem_eq(&late.slot[0]->place, &before, sizeof(before));
	gateways_free(&all);
	gateways_free(&read);
	gateways_free(&late);
}
END_TEST

START_TEST(places_that_are_nonsense_are_passed_over)
{
	static const char *const texts[] = {"", ";", "=", "tyo", "tyo=",
	    "tyo=1,2", "TYO=0,0,0,0.01,0.5,1", "tyo=0,0,0,0.01,0.5,x;lon",
	    "xxxxxxxxxxxxxxxxxxxxxxxxxx=0,0,0,0.01,0.5,1"};
	static struct gateways all;
	struct reply r;
	size_t i;

	places(&all, false);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		r = text_reply(slice_of(texts[i]));
		schema_places_read(&r, &all);
		ck_assert_uint_eq(all.slot[0]->place.samples, 0);
	}
	r = text_reply(slice_of("tyo=1,2;lon=0,0,0,0.01,0.5,3"));
	schema_places_read(&r, &all);
	ck_assert_uint_eq(all.slot[0]->place.samples, 0);
	ck_assert_uint_eq(all.slot[1]->place.samples, 3);
	gateways_free(&all);
}
END_TEST

START_TEST(a_decision_has_an_end)
{
	struct delivery d = {.seq = 7, .ticket = "aa", .queue_id = "4abc"};
	struct command c[SCHEMA_DELIVERED_COMMANDS];

	schema_decision_add(
	    c, arena, "np:", "aa", slice_of("a=b;c=d"), 60000);
	ck_assert_str_eq(line(&c[0]), "SET np:decision:{aa} a=b;c=d PX 60000");
	schema_delivered_add(c, arena, "np:", &d, slice_of("x=y"), 60000);
	ck_assert_str_eq(line(&c[0]), "HSET np:delivered:{aa} 7 x=y");
	ck_assert_str_eq(line(&c[1]), "EXPIRE np:delivered:{aa} 61");
	ck_assert_str_eq(line(&c[2]), "SET np:queue:{4abc} aa PX 60000");
}
END_TEST

static struct sites read_sites;

/* A site row with these two fields, read into an empty site. */
static const struct receipt *
read_receipt(const char *buckets, const char *n)
{
	static struct gateways gateways;
	static const char *const host = "mx.one.test";
	struct command c;
	struct reply r;
	struct site *s;
	int slot = gateway_add(&gateways, "lon", "lon.test", 1e6);

	sites_init(&read_sites, 10);
	s = site_get(&read_sites, &host, 1, 1);
	command_init(&c, arena, "HSET");
	command_add(&c, "key");
	command_add(&c, "lon:receipt_buckets");
	command_add(&c, buckets);
	command_add(&c, "lon:receipt_n");
	command_add(&c, n);
	r = stored(&c);
	schema_site_read(&r, &now, &gateways, &read_sites, s);
	return receipt_find(s->receipts, slot);
}

START_TEST(receipts_outlive_a_restart)
{
	const struct receipt *r = read_receipt("3:4,5:6", "70000");

	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->n, 70000);
	ck_assert_uint_eq(r->recent, 10);
	ck_assert_uint_eq(r->bucket[5], 6);
	sites_free(&read_sites);
	ck_assert_ptr_null(read_receipt("3:nonsense", "7"));
	sites_free(&read_sites);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("schema");
	TCase *t = tcase_create("schema");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_call_touches_one_hash_tag);
	tcase_add_test(t, a_decision_has_an_end);
	tcase_add_test(t, receipts_outlive_a_restart);
	tcase_add_test(t, a_record_is_written_whole_and_read_back);
	tcase_add_test(t, a_field_that_is_no_variable_is_counted_not_used);
	tcase_add_test(t, a_suppression_says_why_and_since_when);
	tcase_add_test(t, a_prefix_is_no_pattern);
	tcase_add_test(t, what_a_gateway_learned_outlives_a_restart);
	tcase_add_test(t, where_gateways_lie_outlives_a_restart);
	tcase_add_test(t, places_that_are_nonsense_are_passed_over);
	tcase_add_test(t, what_was_measured_of_a_site_outlives_a_restart);
	tcase_add_test(t, nonsense_in_redis_changes_nothing);
	suite_add_tcase(s, t);
	return unit_main(s);
}
