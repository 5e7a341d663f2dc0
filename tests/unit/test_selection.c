#include "tests/unit/unit.h"

#include "lib/mail/selection.h"

#define NOW INT64_C(1781524800000) /* 2026-06-15 12:00 UTC */

static const char conf[] =
    "required = {\"first_name\", \"code\"}\n"
    "defaults = {\"code = none\"}\n"
    "record_fields = {\"city\"}\n"
    "creative \"en\" { html = \"t\" when = \"lang == 'en'\" }\n"
    "creative \"grown\" { html = \"t\" when = \"age(born) >= 18\" }\n";

static const struct {
	const char *name, *stub, *record, *asked, *got, *fault;
} rows[] = {
    {"by the record", NULL, "first_name=A|lang=en", NULL, "en", NULL},
    {"by what the record is compared with: now", NULL,
        "first_name=A|born=2008-06-15", NULL, "grown", NULL},
    {"the stub wins", "lang=de", "first_name=A|lang=en|born=1990-01-01", NULL,
        "grown", NULL},
    {"asked for by name", NULL, "first_name=A|lang=en", "grown", "grown", NULL},
    {"nobody's", NULL, "first_name=A|lang=fr", NULL, NULL,
        "no creative of campaign spring is for this recipient; give one with "
        "Nearpost-Creative, or add one without `when`"},
    {"without a name", NULL, "lang=en", NULL, "en",
        "variable \"first_name\" is required by campaign spring, and neither the "
        "stub nor the recipient's record has it; give it in the stub, or a "
        "default in campaign.conf"},
    {"what is missing is told first", NULL, "lang=fr", NULL, NULL,
        "variable \"first_name\" is required by campaign spring, and neither the "
        "stub nor the recipient's record has it; give it in the stub, or a "
        "default in campaign.conf"},
    {"the stub has what is missing", "first_name=B", "lang=en", NULL, "en", NULL},
};

static struct vars
read_vars(struct arena *arena, const char *text)
{
	struct slice rest = slice_of(text), part, name;
	const char *why;
	struct vars v;

	vars_init(&v, arena);
	while (slice_split(&rest, '|', &part)) {
		ck_assert(slice_split(&part, '=', &name));
		ck_assert_int_eq(vars_set(&v, name, part, &why), 0);
	}
	return v;
}

static struct campaign *
parse(void)
{
	char *error = NULL;
	struct campaign *c = campaign_parse("spring", slice_of(conf), &error);

	ck_assert_msg(c != NULL, "%s", error);
	return c;
}

START_TEST(stub_and_record_decide)
{
	struct arena *arena = arena_new();
	struct campaign *c = parse();
	struct vars stub = read_vars(arena, rows[_i].stub);
	struct vars record = read_vars(arena, rows[_i].record);
	const char *why = NULL, *name = rows[_i].name;
	struct selection_input in = {.campaign = c,
	    .stub = rows[_i].stub ? &stub : NULL, .record = &record,
	    .key = "a@x.test", .now_ms = NOW};
	struct selection s;

	if (rows[_i].asked)
		in.creative = selection_named(arena, c, rows[_i].asked, &why);
	s = selection_make(arena, &in);
	ck_assert_msg(!s.creative == !rows[_i].got, "%s", name);
	if (s.creative)
		ck_assert_msg(strcmp(s.creative->name, rows[_i].got) == 0, "%s: %s",
		    name, s.creative->name);
	why = selection_fault(arena, c, &s);
	ck_assert_msg(!why == !rows[_i].fault, "%s: %s", name, why ? why : "-");
	if (why)
		ck_assert_msg(strcmp(why, rows[_i].fault) == 0, "%s: %s", name, why);
	campaign_free(&c);
	arena_free(&arena);
}
END_TEST

START_TEST(an_unknown_creative_is_told_with_those_there_are)
{
	struct arena *arena = arena_new();
	struct campaign *c = parse();
	const char *why = NULL;

	ck_assert_ptr_null(selection_named(arena, c, "hero", &why));
	ck_assert_str_eq(why,
	    "campaign spring has no creative \"hero\"; it has: en, grown");
	campaign_free(&c);
	arena_free(&arena);
}
END_TEST

START_TEST(what_the_campaign_names_travels_once)
{
	struct arena *arena = arena_new();
	struct campaign *c = parse();
	struct vars stub = read_vars(arena, "city=Oslo");

	ck_assert(selection_travels(c, NULL, "city"));
	ck_assert(selection_travels(c, NULL, "first_name"));
	ck_assert(!selection_travels(c, NULL, "lang"));
	ck_assert(!selection_travels(c, &stub, "city"));
	campaign_free(&c);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("selection");
	TCase *t = tcase_create("selection");

	ADD_ROWS(t, stub_and_record_decide, rows);
	tcase_add_test(t, an_unknown_creative_is_told_with_those_there_are);
	tcase_add_test(t, what_the_campaign_names_travels_once);
	suite_add_tcase(s, t);
	return unit_main(s);
}
