/* Events of the stream: which are asked for, and how they look. */
#include "ctl/event_line.h"

#include "tests/unit/unit.h"

#define N 24

static struct reply items[N];
static struct reply fields;
static struct store_event event = {"1764000000123-0", 1764000000123, &fields};

static void
set(const char *const *pairs)
{
	size_t n = 0;

	for (; pairs[n]; n++)
		items[n] = (struct reply){REPLY_TEXT, slice_of(pairs[n]), 0,
		    NULL, 0};
	fields = (struct reply){REPLY_LIST, {NULL, 0}, 0, items, n};
}

static const char *const sent[] = {"status", "sent", "gateway", "tyo",
    "campaign", "spring", "recipient", "alice@mail.one.test", "relay_host",
    "mx1.host.test", "dsn", "2.0.0", "text", "250 2.0.0 \xc3\xbc taken",
    "size_bytes", "1000", "ttr_ms", "1520", NULL};
static const char *const deferred[] = {"status", "deferred", "gateway", "lon",
    "campaign", "7", "recipient", "bob@two.test", "cause", "rate", "text",
    "451 a\nb", NULL};

static const struct {
	const char *name;
	struct event_filter filter;
	bool yes;
} cases[] = {
    {"no wish", {NULL, NULL, NULL, NULL}, true},
    {"the campaign", {"spring", NULL, NULL, NULL}, true},
    {"another campaign", {"sprin", NULL, NULL, NULL}, false},
    {"the gateway", {NULL, "tyo", NULL, NULL}, true},
    {"another gateway", {NULL, "lon", NULL, NULL}, false},
    {"the recipient", {NULL, NULL, "alice@mail.one.test", NULL}, true},
    {"another recipient", {NULL, NULL, "lice@mail.one.test", NULL}, false},
    {"the server", {NULL, NULL, NULL, "mx1.host.test"}, true},
    {"the server's domain", {NULL, NULL, NULL, "host.test"}, true},
    {"in other letters", {NULL, NULL, NULL, "HOST.test"}, true},
    {"the recipient's domain", {NULL, NULL, NULL, "one.test"}, true},
    {"the end of a label", {NULL, NULL, NULL, "ost.test"}, false},
    {"no site", {NULL, NULL, NULL, ""}, false},
    {"all of it", {"spring", "tyo", "alice@mail.one.test", "one.test"}, true},
    {"all but one", {"spring", "lon", "alice@mail.one.test", "one.test"},
	false},
};

START_TEST(an_event_is_shown_when_every_wish_is_met)
{
	set(sent);
	ck_assert_msg(event_asked_for(&cases[_i].filter, &event) ==
	    cases[_i].yes, "%s", cases[_i].name);
}
END_TEST

START_TEST(an_event_without_a_server_is_at_its_recipients_site_alone)
{
	struct event_filter f = {.site = "two.test"};

	set(deferred);
	ck_assert(event_asked_for(&f, &event));
	f.site = "host.test";
	ck_assert(!event_asked_for(&f, &event));
}
END_TEST

START_TEST(a_line_says_when_what_where_and_how_long)
{
	struct buf out = {0};

	set(sent);
	event_line(&out, &event);
	ck_assert_str_eq(out.data, "2025-11-24 16:00:00.123  sent      tyo      "
	    "spring  alice@mail.one.test  mx1.host.test  1.52 s  250 2.0.0 "
	    "\xc3\xbc taken\n");
	buf_free(&out);
}
END_TEST

START_TEST(a_line_stays_one_line)
{
	struct buf out = {0};

	set(deferred);
	event_line(&out, &event);
	ck_assert_str_eq(out.data, "2025-11-24 16:00:00.123  deferred  lon      "
	    "7  bob@two.test  no server  rate  451 a\\x0ab\n");
	buf_free(&out);
}
END_TEST

START_TEST(json_has_numbers_where_there_are_and_no_others)
{
	struct buf out = {0};

	set(deferred);
	event_json(&out, &event);
	ck_assert_str_eq(out.data, "{\"id\":\"1764000000123-0\",\"at_ms\":"
	    "1764000000123,\"status\":\"deferred\",\"gateway\":\"lon\","
	    "\"campaign\":\"7\",\"recipient\":\"bob@two.test\",\"cause\":"
	    "\"rate\",\"text\":\"451 a\\nb\"}\n");
	buf_clear(&out);
	set(sent);
	event_json(&out, &event);
	ck_assert_ptr_nonnull(strstr(out.data, "\"size_bytes\":1000"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"ttr_ms\":1520"));
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_events");
	TCase *t = tcase_create("ctl_events");

	ADD_ROWS(t, an_event_is_shown_when_every_wish_is_met, cases);
	tcase_add_test(t,
	    an_event_without_a_server_is_at_its_recipients_site_alone);
	tcase_add_test(t, a_line_says_when_what_where_and_how_long);
	tcase_add_test(t, a_line_stays_one_line);
	tcase_add_test(t, json_has_numbers_where_there_are_and_no_others);
	suite_add_tcase(s, t);
	return unit_main(s);
}
