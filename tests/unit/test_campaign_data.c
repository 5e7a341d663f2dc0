#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/mail/campaign.h"

#define HERO "creative \"hero\" { html = \"body.html\" }\n"

static struct campaign *
must_parse(const char *text)
{
	char *error = NULL;
	struct campaign *c = campaign_parse("spring", slice_of(text), &error);

	ck_assert_msg(c != NULL, "%s", error);
	return c;
}

static void
set(struct vars *v, const char *name, const char *value)
{
	const char *why;

	ck_assert_int_eq(vars_set(v, slice_of(name), slice_of(value), &why), 0);
}

static const char *
value_of(const struct vars *data, const char *name)
{
	const struct var *v = vars_get(data, slice_of(name));

	return v ? v->value.data : "(none)";
}

START_TEST(defaults_fill_what_is_missing_or_empty)
{
	struct campaign *c = must_parse(
	    "defaults = {\"first_name = friend\", \"city=a = b\", \"x = y\"}\n"
	    "required = {\"first_name\", \"city\"}\n"
	    "postal_address = {\"1 Lane\", \"Town\"}\n" HERO);
	struct arena *arena = arena_new();
	struct vars data;

	vars_init(&data, arena);
	set(&data, "first_name", "");
	set(&data, "x", "Ann");
	set(&data, "postal_address", "the recipient's");
	ck_assert_str_eq(campaign_missing(c, &data), "first_name");
	campaign_fill(c, &data);
	ck_assert_ptr_null(campaign_missing(c, &data));
	ck_assert_str_eq(value_of(&data, "first_name"), "friend");
	ck_assert_str_eq(value_of(&data, "city"), "a = b");
	ck_assert_str_eq(value_of(&data, "x"), "Ann");
	ck_assert_str_eq(value_of(&data, "postal_address"), "1 Lane, Town");
	campaign_fill(c, &data);
	ck_assert_uint_eq(data.n, 4);
	campaign_free(&c);
	c = must_parse(HERO);
	campaign_fill(c, &data);
	ck_assert_uint_eq(data.n, 4);
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

START_TEST(a_default_is_there_in_the_choice_too)
{
	struct campaign *c = must_parse("defaults = {\"lang = en\"}\n"
	    "creative \"de\" { html=\"t\" when=\"lang == 'de'\" }\n"
	    "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }\n");
	struct arena *arena = arena_new();
	struct vars data;

	vars_init(&data, arena);
	ck_assert_ptr_null(campaign_choose(c, &data, "a@b.example", 0));
	campaign_fill(c, &data);
	ck_assert_str_eq(campaign_choose(c, &data, "a@b.example", 0)->name, "en");
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

START_TEST(a_record_of_many_fields_gets_its_defaults_too)
{
	struct campaign *c = must_parse("defaults = {\"z = y\"}\n"
	    "postal_address = {\"Town\"}\n" HERO);
	struct arena *arena = arena_new();
	struct vars data;
	char name[16];
	int i;

	vars_init(&data, arena);
	for (i = 0; i < VARS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "v%d", i);
		set(&data, name, "x");
	}
	campaign_fill(c, &data);
	ck_assert_str_eq(value_of(&data, "z"), "y");
	ck_assert_str_eq(value_of(&data, "postal_address"), "Town");
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

START_TEST(what_is_needed_travels)
{
	struct campaign *c = must_parse("record_fields = {\"city\"}\n"
	    "required = {\"first_name\"}\ndefaults = {\"lang = en\"}\n" HERO);

	ck_assert(campaign_travels(c, "city"));
	ck_assert(campaign_travels(c, "first_name"));
	ck_assert(campaign_travels(c, "lang"));
	ck_assert(!campaign_travels(c, "birthday"));
	ck_assert(campaign_travels(c, "city.0.name"));
	ck_assert(campaign_travels(c, "first_name.short"));
	ck_assert(campaign_travels(c, "lang.0"));
	ck_assert(!campaign_travels(c, "city_name"));
	campaign_free(&c);
	c = must_parse(HERO);
	ck_assert(campaign_travels(c, "birthday"));
	campaign_free(&c);
}
END_TEST

#define MARCH_1 INT64_C(1772323200000) /* 2026-03-01 00:00 UTC, in ms */
#define DAY INT64_C(86400000)

static const struct {
	const char *name, *settings;
	int64_t now_ms;
	const char *early, *over;
} times[] = {
    {"without end", "", MARCH_1, NULL, NULL},
    {"a moment before its first day", "valid_from = \"2026-03-01\"", MARCH_1 - 1,
        "campaign spring begins on 2026-03-01 00:00 UTC (valid_from = "
        "2026-03-01): send it then", NULL},
    {"its first day", "valid_from = \"2026-03-01\"", MARCH_1, NULL, NULL},
    {"its last day", "valid_until = \"2026-03-01\"", MARCH_1 + DAY - 1, NULL,
        NULL},
    {"the day after", "valid_until = \"2026-03-01\"", MARCH_1 + DAY, NULL,
        "campaign spring ended on 2026-03-02 00:00 UTC (valid_until = "
        "2026-03-01): send another one, or give it a later end in its "
        "campaign.conf"},
    {"one day only", "valid_from = \"2026-03-01\" valid_until = \"2026-03-01\"",
        MARCH_1 + 1, NULL, NULL},
    {"a moment before its hour", "valid_from = \"2026-03-01T01:00:00+01:00\"",
        MARCH_1 - 1, "campaign spring begins on 2026-03-01 00:00 UTC "
        "(valid_from = 2026-03-01T01:00:00+01:00): send it then", NULL},
    {"a moment before its end", "valid_until = \"2026-03-01 00:00:00Z\"",
        MARCH_1 - 1, NULL, NULL},
    {"its end", "valid_until = \"2026-03-01 00:00:00Z\"", MARCH_1, NULL,
        "campaign spring ended on 2026-03-01 00:00 UTC (valid_until = 2026-03-01 "
        "00:00:00Z): send another one, or give it a later end in its "
        "campaign.conf"},
};

static void
check_said(const char *name, const char *said, const char *wanted)
{
	ck_assert_msg(!said == !wanted && (!said || strcmp(said, wanted) == 0),
	    "%s: got %s", name, said ? said : "nothing");
}

START_TEST(a_campaign_has_its_time)
{
	char *text = xasprintf("%s\n" HERO, times[_i].settings);
	struct campaign *c = must_parse(text);
	struct arena *arena = arena_new();

	check_said(times[_i].name, campaign_early(arena, c, times[_i].now_ms),
	    times[_i].early);
	check_said(times[_i].name, campaign_over(arena, c, times[_i].now_ms),
	    times[_i].over);
	arena_free(&arena);
	campaign_free(&c);
	free(text);
}
END_TEST

static const struct {
	const char *name, *settings, *bounce, *feedback_id;
} senders[] = {
    {"nothing said", "", "", ""},
    {"as most have it",
        "bounce = \"bounces@Shop.example\" feedback_id = \"fernfield\"",
        "bounces+00112233445566778899aabbccddeeff@shop.example",
        "spring:hero::fernfield"},
    {"another delimiter",
        "bounce = \"b@b\xc3\xbc" "cher.example\" bounce_delimiter = \"-\"",
        "b-00112233445566778899aabbccddeeff@xn--bcher-kva.example", ""},
    {"one address for all", "bounce = \"'b b'@shop.example\" verp = no", NULL,
        NULL},
    {"the same, with quotes", "bounce = '\"b b\"@shop.example' verp = no",
        "\"b b\"@shop.example", ""},
    {"the longest that fits",
        "bounce = \"0123456789012345678901234567890@b.e\"",
        "0123456789012345678901234567890+00112233445566778899aabbccddeeff@b.e",
        ""},
    {"four fields", "feedback_id = \"::c:fernfield\"", "", "::c:fernfield"},
};

START_TEST(an_advert_has_its_own_bounce_address)
{
	char *text = xasprintf("%s\n" HERO, senders[_i].settings), *error = NULL;
	struct campaign *c = campaign_parse("spring", slice_of(text), &error);
	struct arena *arena = arena_new();

	if (!senders[_i].bounce) {
		ck_assert_ptr_null(c);
		goto out;
	}
	ck_assert_msg(c != NULL, "%s", error);
	check_said(senders[_i].name, campaign_bounce(arena, c,
	    "00112233445566778899aabbccddeeff"), senders[_i].bounce);
	check_said(senders[_i].name, campaign_feedback_id(arena, c,
	    campaign_creative(c, "hero")), senders[_i].feedback_id);
out:
	arena_free(&arena);
	campaign_free(&c);
	free(text);
	free(error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("campaign_data");
	TCase *t = tcase_create("campaign_data");

	tcase_add_test(t, defaults_fill_what_is_missing_or_empty);
	tcase_add_test(t, a_default_is_there_in_the_choice_too);
	tcase_add_test(t, a_record_of_many_fields_gets_its_defaults_too);
	tcase_add_test(t, what_is_needed_travels);
	ADD_ROWS(t, a_campaign_has_its_time, times);
	ADD_ROWS(t, an_advert_has_its_own_bounce_address, senders);
	suite_add_tcase(s, t);
	return unit_main(s);
}
