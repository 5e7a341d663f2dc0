#include "tests/unit/unit.h"

#include "ctl/audience.h"

/* 2026-06-15 12:00 UTC */
#define NOW INT64_C(1781524800000)

static const char conf[] =
    "required = {\"first_name\", \"code\"}\n"
    "creative \"rest\" { html = \"t\" fallback = yes weight = 0 }\n"
    "creative \"adult\" { html = \"t\" when = \"age(born) >= 18\" }\n"
    "creative \"en-a\" { html = \"t\" when = \"lang == 'en'\" weight = 1 }\n"
    "creative \"en-b\" { html = \"t\" when = \"lang == 'en'\" weight = 1 }\n"
    "creative \"many\" { html = \"t\" when = \"visits > 3 && exists lang\" }\n";

static const struct {
	const char *address, *record;
	bool suppressed;
	int skipped;
} people[] = {
    {"a@x.test", "first_name=A|code=1|born=1990-01-01|lang=en", false, 0},
    {"b@x.test", "first_name=B|code=1|born=2062-01-01|lang=en", false, 0},
    {"c@x.test", "first_name=C|code=1|lang=en|likes.1=art|likes.2=golf",
        false, 0},
    {"d@x.test", "first_name=D|code=1|lang=fr|visits=4", false, 0},
    {"e@x.test", "first_name=E|code=1|lang=fr|visits=\"many\"", false, 2},
    {"f@x.test", "code=1|lang=en", false, 0},
    {"g@x.test", "first_name=G|code= |lang=en", false, 0},
    {"h@x.test", "first_name=H|code=|lang=en", false, 0},
    {"i@x.test", "", true, 0},
    {"j@x.test", "first_name=J|code=1|born=1.1.1970", true, 0},
    {"k@x.test", "first_name=K|code=1|born=-|lang=de", false, 0},
    {"l@x.test", "first_name=L|code=1|born=?|lang=de|visits=2", false, 0},
    {"m@x.test", "first_name=M|code=1|born=x|lang=de|visits=9", false, 0},
};

struct counted {
	struct campaign *c;
	struct where *w;
	struct audience a;
};

static struct counted
count_in(const char *text, const char *where)
{
	struct counted x = {0};
	char *error = NULL;
	size_t i;

	x.c = campaign_parse("spring", slice_of(text), &error);
	ck_assert_msg(x.c != NULL, "%s", error);
	x.w = where_new(&where, where ? 1 : 0, x.c, &error);
	ck_assert_msg(x.w != NULL, "%s", error);
	audience_init(&x.a, x.c, x.w, NOW);
	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		struct arena *arena = arena_new(); /* it ends with the record */
		struct recipient r = {.listed = true, .reason = "", .by = "",
		    .suppressed = people[i].suppressed,
		    .skipped = people[i].skipped};
		struct slice rest = slice_of(people[i].record), part, name;
		const char *why;

		vars_init(&r.record, arena);
		while (slice_split(&rest, '|', &part)) {
			ck_assert(slice_split(&part, '=', &name));
			ck_assert_int_eq(vars_set(&r.record, name, part, &why),
			    0);
		}
		audience_take(&x.a, people[i].address, &r);
		arena_free(&arena);
	}
	return x;
}

static struct counted
count(const char *where)
{
	return count_in(conf, where);
}

static void
done(struct counted *x)
{
	audience_free(&x->a);
	where_free(&x->w);
	campaign_free(&x->c);
}

START_TEST(everybody_is_counted_once)
{
	struct counted x = count(NULL);
	const struct audience *a = &x.a;

	ck_assert_uint_eq(a->recipients, 13);
	ck_assert_uint_eq(a->matched, 13);
	ck_assert_uint_eq(a->suppressed.n, 2);
	ck_assert_uint_eq(a->missing[0].n, 1);
	ck_assert_str_eq(a->missing[0].examples[0].address, "f@x.test");
	ck_assert_uint_eq(a->missing[1].n, 1);
	ck_assert_str_eq(a->missing[1].examples[0].address, "h@x.test");
	ck_assert_uint_eq(a->nobody.n, 3);
	ck_assert_uint_eq(a->chosen[0], 0);
	ck_assert_uint_eq(a->chosen[1], 1);
	ck_assert_uint_eq(a->chosen[2] + a->chosen[3], 3);
	ck_assert_uint_eq(a->chosen[4], 2);
	ck_assert_uint_eq(audience_adverts(a), 6);
	ck_assert_uint_eq(audience_adverts(a) + a->suppressed.n + a->nobody.n +
	    a->missing[0].n + a->missing[1].n, a->matched);
	done(&x);
}
END_TEST

START_TEST(defaults_count_as_they_do_in_policyd)
{
	char *text = xasprintf("defaults = {\"first_name = friend\", \"code = 0\","
	    " \"lang = de\"}\n%s"
	    "creative \"de\" { html = \"t\" when = \"lang == 'de'\" }\n", conf);
	struct counted x = count_in(text, NULL);
	const struct audience *a = &x.a;

	ck_assert_uint_eq(a->suppressed.n, 2);
	ck_assert_uint_eq(a->missing[0].n + a->missing[1].n, 0);
	/* k and l: the others with lang=de are of age or visited often. */
	ck_assert_uint_eq(a->chosen[5], 2);
	ck_assert_uint_eq(audience_adverts(a) + a->nobody.n, 11);
	done(&x);
	x = count_in(text, "lang == 'de'");
	ck_assert_uint_eq(x.a.matched, 3); /* --where asks for the records */
	done(&x);
	free(text);
}
END_TEST

static const struct {
	const char *name, *setting, *said; /* NULL: nothing */
} times[] = {
    {"always", "", NULL},
    {"in its time", "valid_from = \"2026-06-01\" valid_until = \"2026-06-15\"\n",
        NULL},
    {"too early", "valid_from = \"2026-06-16\"\n",
        "campaign spring begins on 2026-06-16 00:00 UTC"},
    {"too late", "valid_until = \"2026-06-14\"\n",
        "campaign spring ended on 2026-06-15 00:00 UTC"},
};

START_TEST(out_of_its_time_it_is_counted_and_said)
{
	char *text = xasprintf("%s%s", times[_i].setting, conf);
	struct counted x = count_in(text, NULL);
	const char *said = times[_i].said;
	struct buf table = {0}, json = {0};

	ck_assert_uint_eq(audience_adverts(&x.a), 6);
	audience_print(&x.a, 1, &table);
	audience_json(&x.a, 1, &json);
	ck_assert_msg(!strstr(table.data, "\nNot to be sent now: ") == !said &&
	    (!said || strstr(table.data, said)), "%s: %s", times[_i].name,
	    table.data);
	ck_assert_msg(!strstr(json.data, "\"refused\":\"") == !said &&
	    (!said || strstr(json.data, said)), "%s: %s", times[_i].name,
	    json.data);
	buf_free(&table);
	buf_free(&json);
	done(&x);
	free(text);
}
END_TEST

START_TEST(a_condition_leaves_the_others_out)
{
	struct counted x = count("lang == 'en'");

	ck_assert_uint_eq(x.a.recipients, 13);
	ck_assert_uint_eq(x.a.matched, 6);
	ck_assert_uint_eq(x.a.suppressed.n, 0);
	ck_assert_uint_eq(x.a.missing[0].n + x.a.missing[1].n, 2);
	ck_assert_uint_eq(audience_adverts(&x.a), 4);
	/* Of everybody: a wrong value may be why somebody is left out. */
	ck_assert_uint_eq(x.a.fields[0].wrong.n, 5);
	done(&x);
}
END_TEST

START_TEST(a_list_in_columns_is_no_field_that_lacks)
{
	struct counted x = count_in("creative \"a\" { html = \"t\" "
	    "when = \"likes has 'golf'\" }\n", NULL);

	ck_assert_uint_eq(x.a.chosen[0], 1);
	ck_assert_uint_eq(x.a.fields[0].without, 12);
	ck_assert_uint_eq(x.a.fields[0].wrong.n, 0);
	done(&x);
}
END_TEST

START_TEST(wrong_values_are_counted_with_examples)
{
	struct counted x = count(NULL);
	const struct target_fields *f = where_fields(x.w);
	const struct audience_group *g = &x.a.fields[0].wrong;

	ck_assert_uint_eq(f->n, 4); /* born, lang, visits, exists lang */
	ck_assert_str_eq(f->list[0].name, "born");
	ck_assert_uint_eq(x.a.fields[0].without, 7);
	ck_assert_uint_eq(g->n, 5);
	ck_assert_str_eq(g->examples[0].address, "b@x.test");
	ck_assert_str_eq(g->examples[0].value, "2062-01-01");
	ck_assert_str_eq(g->examples[2].address, "k@x.test");
	ck_assert_uint_eq(x.a.fields[1].wrong.n, 0);
	ck_assert_uint_eq(x.a.fields[1].without, 2);
	ck_assert_uint_eq(x.a.fields[2].wrong.n, 1);
	ck_assert_str_eq(x.a.fields[2].wrong.examples[0].value, "\"many\"");
	ck_assert_uint_eq(x.a.unusable.n, 1);
	done(&x);
}
END_TEST

static const struct {
	const char *name, *line;
} lines[] = {
    {"the head", "spring, as of 2026-06-15 12:00 UTC: 13 recipients\n"},
    {"a creative", "\nadult                           1    7.7%  "
        "age(born) >= 18\n"},
    {"the fallback", "\nrest                            0    0.0%  "
        "(fallback)\n"},
    {"the sum", "\nadverts                         6   46.2%\n"},
    {"who is suppressed", "\nsuppressed                      2   15.4%  "
        "i@x.test, j@x.test\n"},
    {"whom nothing fits", "\nno creative fits                3   23.1%  "
        "e@x.test, k@x.test, l@x.test\n"},
    {"who lacks something", "\nwithout code                    1    7.7%  "
        "h@x.test\n"},
    {"that there is no fallback", "There is no creative for everybody"},
    {"wrong values", "\nborn                 date of birth           7       5"
        "  b@x.test \"2062-01-01\", j@x.test \"1.1.1970\", k@x.test \"-\", ...\n"},
    {"no wrong values", "\nlang                 text                    2"
        "       0\n"},
    {"unusable fields", "\nrecords with fields that are no variables: 1  e@x.test\n"},
    {"the end", "\nNothing was sent.  Records read: 13 in 1.5 s.\n"},
};

START_TEST(the_table_says)
{
	struct counted x = count(NULL);
	struct buf out = {0};

	audience_print(&x.a, 1.5, &out);
	ck_assert_msg(strstr(out.data, lines[_i].line) != NULL, "%s:\n%s",
	    lines[_i].name, out.data);
	buf_free(&out);
	done(&x);
}
END_TEST

START_TEST(json_says_the_same)
{
	struct counted x = count("visits > 8");
	struct buf out = {0};

	audience_json(&x.a, 0.25, &out);
	ck_assert_str_eq(out.data, "{\"campaign\":\"spring\","
	    "\"now_ms\":1781524800000,\"recipients\":13,\"matched\":1,"
	    "\"adverts\":1,\"creatives\":["
	    "{\"name\":\"rest\",\"recipients\":0,\"fallback\":true},"
	    "{\"name\":\"adult\",\"recipients\":0,"
	    "\"when\":\"age(born) >= 18\",\"fallback\":false},"
	    "{\"name\":\"en-a\",\"recipients\":0,\"when\":\"lang == 'en'\","
	    "\"fallback\":false},"
	    "{\"name\":\"en-b\",\"recipients\":0,\"when\":\"lang == 'en'\","
	    "\"fallback\":false},"
	    "{\"name\":\"many\",\"recipients\":1,"
	    "\"when\":\"visits > 3 && exists lang\",\"fallback\":false}],"
	    "\"suppressed\":{\"recipients\":0,\"examples\":[]},"
	    "\"no_creative\":{\"recipients\":0,\"examples\":[]},"
	    "\"missing\":{\"first_name\":{\"recipients\":0,\"examples\":[]},"
	    "\"code\":{\"recipients\":0,\"examples\":[]}},"
	    "\"fields\":[{\"name\":\"born\",\"type\":\"date of birth\","
	    "\"without\":7,\"wrong\":5,\"examples\":["
	    "{\"address\":\"b@x.test\",\"value\":\"2062-01-01\"},"
	    "{\"address\":\"j@x.test\",\"value\":\"1.1.1970\"},"
	    "{\"address\":\"k@x.test\",\"value\":\"-\"}]},"
	    "{\"name\":\"lang\",\"type\":\"text\",\"without\":2,\"wrong\":0,"
	    "\"examples\":[]},"
	    "{\"name\":\"visits\",\"type\":\"number\",\"without\":9,\"wrong\":1,"
	    "\"examples\":[{\"address\":\"e@x.test\","
	    "\"value\":\"\\\"many\\\"\"}]}],"
	    "\"unusable_fields\":{\"recipients\":1,\"examples\":["
	    "{\"address\":\"e@x.test\"}]},\"seconds\":0.25}\n");
	buf_free(&out);
	done(&x);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_audience");
	TCase *t = tcase_create("ctl_audience");

	tcase_add_test(t, everybody_is_counted_once);
	tcase_add_test(t, defaults_count_as_they_do_in_policyd);
	ADD_ROWS(t, out_of_its_time_it_is_counted_and_said, times);
	tcase_add_test(t, a_condition_leaves_the_others_out);
	tcase_add_test(t, a_list_in_columns_is_no_field_that_lacks);
	tcase_add_test(t, wrong_values_are_counted_with_examples);
	ADD_ROWS(t, the_table_says, lines);
	tcase_add_test(t, json_says_the_same);
	suite_add_tcase(s, t);
	return unit_main(s);
}
