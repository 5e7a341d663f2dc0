#include "tests/unit/tree.h"

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

START_TEST(every_setting_lands_where_it_belongs)
{
	struct campaign *c = must_parse(
	    "subject = \"{{first_name}}, spring\"\n"
	    "from = \"Offers <offers@shop.example>\"\n"
	    "bounce = \"bounces@shop.example\"\n"
	    "reply_to = \"hello@shop.example\"\n"
	    "required = {\"first_name\", \"coupon\"}\n"
	    "record_fields = {\"first_name\"}\n"
	    "list_unsubscribe = {\"https://shop.example/u?c={{coupon}}\","
	    " \"mailto:unsubscribe@shop.example\"}\n"
	    "list_id = \"Spring <spring.shop.example>\"\n"
	    "creative \"hero-en\" {\n"
	    "  when = \"lang == 'en'\"\n  weight = 3\n  subject = \"Hi\"\n"
	    "  html = \"body.html\"\n  text = \"body.txt\"\n"
	    "  inline = {\"hero.png\", \"spin.gif\"}\n"
	    "  attach = {\"clip one.mp4\"}\n}\n" HERO);
	const struct creative *r = campaign_creative(c, "hero-en");

	ck_assert_str_eq(c->name, "spring");
	ck_assert_str_eq(c->subject, "{{first_name}}, spring");
	ck_assert_str_eq(c->from, "Offers <offers@shop.example>");
	ck_assert_str_eq(c->bounce, "bounces@shop.example");
	ck_assert_str_eq(c->reply_to, "hello@shop.example");
	ck_assert_uint_eq(c->required.n, 2);
	ck_assert_uint_eq(c->record_fields.n, 1);
	ck_assert_uint_eq(c->list_unsubscribe.n, 2);
	ck_assert_str_eq(c->list_id, "Spring <spring.shop.example>");
	ck_assert_uint_eq(c->creatives.n, 2);
	ck_assert_int_eq(r->weight, 3);
	ck_assert_str_eq(r->subject, "Hi");
	ck_assert_str_eq(r->text, "body.txt");
	ck_assert_str_eq(r->inline_parts.items[1], "spin.gif");
	ck_assert_str_eq(r->attach.items[0], "clip one.mp4");
	ck_assert_ptr_nonnull(r->target);
	r = campaign_creative(c, "hero");
	ck_assert_int_eq(r->weight, 1);
	ck_assert_ptr_null(r->target);
	ck_assert_str_eq(r->text, "");
	ck_assert_ptr_null(campaign_creative(c, "none"));
	campaign_free(&c);
	ck_assert_ptr_null(c);
}
END_TEST

static const struct {
	const char *name, *text, *error;
} errors[] = {
    {"no creative", "subject = \"x\"\n",
        "campaign.conf: there is no creative; write creative"},
    {"an unknown setting", "subjekt = \"x\"\n" HERO, "campaign.conf:1: "},
    {"a creative twice", HERO HERO,
        "campaign.conf:2: found duplicate title 'hero'"},
    {"a creative without a text", "creative \"a\" { attach = {\"b\"} }",
        "campaign.conf: creative \"a\" has no text; write html"},
    {"inline files for nothing",
        "creative \"a\" { text = \"t\" inline = {\"b\"} }",
        "campaign.conf: creative \"a\" has inline files and no html"},
    {"a creative's name that is a path",
        "creative \"../a\" { text = \"t\" }",
        "campaign.conf: creative \"../a\": a name is 1 to 64"},
    {"a hidden creative", "creative \".a\" { text = \"t\" }",
        "campaign.conf: creative \".a\": a name is 1 to 64"},
    {"a file elsewhere", "creative \"a\" { text = \"../t\" }",
        "campaign.conf: creative \"a\": \"../t\" is no plain file name"},
    {"an inline file that is no cid",
        "creative \"a\" { html = \"t\" inline = {\"a b.png\"} }",
        "campaign.conf: creative \"a\": inline file \"a b.png\" cannot be"},
    {"an attachment twice",
        "creative \"a\" { html = \"t\" attach = {\"b\", \"b\"} }",
        "campaign.conf: creative \"a\": attached file \"b\" is there twice"},
    {"a condition that is none", "creative \"a\" { html=\"t\" when=\"lang\" }",
        "campaign.conf: creative \"a\": when: == is wanted before the end"},
    {"a weight that is too big", "creative \"a\" { html=\"t\" weight=1001 }",
        "campaign.conf:1: "},
    {"a subject that is no template", "subject = \"{{a\"\n" HERO,
        "campaign.conf: subject:1: {{ is never closed"},
    {"a creative's subject that is none",
        "creative \"a\" { html = \"t\" subject = \"{{#a}}\" }",
        "campaign.conf: subject:1: the section \"a\" is never closed"},
    {"a From without address", "from = \"Offers\"\n" HERO,
        "campaign.conf: from = \"Offers\": "},
    {"a Reply-To without address", "reply_to = \"Offers\"\n" HERO,
        "campaign.conf: reply_to = \"Offers\": "},
    {"a bounce address that is none", "bounce = \"Offers\"\n" HERO,
        "campaign.conf: bounce = \"Offers\": "},
    {"a list id without id", "list_id = \"Spring\"\n" HERO,
        "campaign.conf: list_id = \"Spring\": the id is missing"},
    {"an unsubscribe address that is none",
        "list_unsubscribe = {\"shop.example/u\"}\n" HERO,
        "campaign.conf: list_unsubscribe: \"shop.example/u\" is no https:"},
    {"a required variable that is none", "required = {\"a b\"}\n" HERO,
        "campaign.conf: required: \"a b\" is no variable's name"},
    {"a record field that is none", "record_fields = {\"9\"}\n" HERO,
        "campaign.conf: record_fields: \"9\" is no variable's name"},
};

START_TEST(what_is_wrong_is_named)
{
	char *error = NULL;
	struct campaign *c =
	    campaign_parse("spring", slice_of(errors[_i].text), &error);

	ck_assert_msg(c == NULL, "%s", errors[_i].name);
	ck_assert_msg(strncmp(error, errors[_i].error,
	                  strlen(errors[_i].error)) == 0,
	    "%s: got %s", errors[_i].name, error);
	free(error);
}
END_TEST

static void
set(struct vars *v, const char *name, const char *value)
{
	const char *why;

	ck_assert_int_eq(vars_set(v, slice_of(name), slice_of(value), &why), 0);
}

static const struct {
	const char *name, *lang, *chosen;
} choices[] = {
    {"the first that fits", "en", "en"},
    {"a later one", "de", "de"},
    {"the one without condition", "fr", "any"},
    {"nothing known", "", "any"},
};

START_TEST(the_first_creative_that_fits_is_chosen)
{
	struct campaign *c = must_parse(
	    "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }\n"
	    "creative \"de\" { html=\"t\" when=\"lang == 'de'\" }\n"
	    "creative \"en-2\" { html=\"t\" when=\"lang == 'en'\" }\n"
	    "creative \"any\" { html=\"t\" }\n");
	struct arena *arena = arena_new();
	const struct creative *r;
	struct vars data;

	vars_init(&data, arena);
	set(&data, "lang", choices[_i].lang);
	r = campaign_choose(c, &data, "a@b.example");
	ck_assert_msg(strcmp(r->name, choices[_i].chosen) == 0, "%s: got %s",
	    choices[_i].name, r->name);
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

START_TEST(none_fits_is_an_answer)
{
	struct campaign *c = must_parse(
	    "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }\n"
	    "creative \"off\" { html=\"t\" weight=0 }\n");
	struct arena *arena = arena_new();
	struct vars data;

	vars_init(&data, arena);
	ck_assert_ptr_null(campaign_choose(c, &data, "a@b.example"));
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

START_TEST(a_split_follows_the_weights_and_is_stable)
{
	struct campaign *c = must_parse(
	    "creative \"a\" { html=\"t\" when=\"lang == 'en'\" weight=3 }\n"
	    "creative \"b\" { html=\"t\" when=\" lang == 'en'\" weight=0 }\n"
	    "creative \"c\" { html=\"t\" when=\"lang == 'en'\" weight=1 }\n"
	    "creative \"d\" { html=\"t\" }\n");
	struct arena *arena = arena_new();
	struct vars data;
	int i, n[4] = {0};

	vars_init(&data, arena);
	set(&data, "lang", "en");
	for (i = 0; i < 4000; i++) {
		char who[64];
		const struct creative *r;

		(void)snprintf(who, sizeof(who), "user%d@example.org", i);
		r = campaign_choose(c, &data, who);
		ck_assert_ptr_eq(r, campaign_choose(c, &data, who));
		n[r->name[0] - 'a']++;
	}
	ck_assert_int_eq(n[1] + n[3], 0);
	ck_assert_msg(n[0] > 2850 && n[0] < 3150, "%d of 4000", n[0]);
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

START_TEST(a_missing_or_empty_required_variable_is_named)
{
	struct campaign *c = must_parse(
	    "required = {\"first_name\", \"coupon\"}\n" HERO);
	struct arena *arena = arena_new();
	struct vars data;

	vars_init(&data, arena);
	ck_assert_str_eq(campaign_missing(c, &data), "first_name");
	set(&data, "first_name", "Ann");
	set(&data, "coupon", "");
	ck_assert_str_eq(campaign_missing(c, &data), "coupon");
	set(&data, "coupon", "x");
	ck_assert_ptr_null(campaign_missing(c, &data));
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

static const struct {
	const char *name, *file, *content, *error;
} sets[] = {
    {"a set with everything", NULL, NULL, NULL},
    {"an html file that is not there", "spring/campaign.conf",
        "creative \"hero\" { html = \"other.html\" }",
        "spring/campaign.conf: creative \"hero\" names \"other.html\", but there "
        "is no spring/hero/other.html"},
    {"an attachment that is not there", "spring/campaign.conf",
        "creative \"hero\" { html = \"body.html\" attach = {\"x\"} }",
        "spring/campaign.conf: creative \"hero\" names \"x\""},
    {"an inline file that is not there", "spring/campaign.conf",
        "creative \"hero\" { html = \"body.html\" inline = {\"x\"} }",
        "spring/campaign.conf: creative \"hero\" names \"x\""},
};

START_TEST(every_file_must_be_in_the_manifest)
{
	char *dir = tree_new(), *error = NULL;
	struct manifest *m;
	struct campaign *c;
	struct setting_list names;

	tree_put_str(dir, "spring/campaign.conf", HERO);
	tree_put_str(dir, "spring/hero/body.html", "<p>");
	tree_put_str(dir, "partials/x.mustache", "");
	if (sets[_i].file)
		tree_put_str(dir, sets[_i].file, sets[_i].content);
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	m = manifest_load(dir, &error);
	ck_assert_int_eq(campaign_list(m, &names), 0);
	ck_assert_uint_eq(names.n, 1);
	ck_assert_str_eq(names.items[0], "spring");
	free(names.items[0]);
	free(names.items);
	c = campaign_load(dir, "spring", m, &error);
	if (sets[_i].error)
		ck_assert_msg(!c && strncmp(error, sets[_i].error,
		                        strlen(sets[_i].error)) == 0,
		    "%s: got %s", sets[_i].name, error);
	else
		ck_assert_msg(c != NULL, "%s: %s", sets[_i].name, error);
	free(error);
	campaign_free(&c);
	manifest_free(&m);
	tree_free(&dir);
}
END_TEST

START_TEST(a_file_that_is_not_the_signed_one_is_refused)
{
	char *dir = tree_new(), *error = NULL;
	struct manifest *m;

	tree_put_str(dir, "spring/campaign.conf", HERO);
	tree_put_str(dir, "spring/hero/body.html", "<p>");
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	m = manifest_load(dir, &error);
	tree_put_str(dir, "spring/campaign.conf", HERO "\n");
	ck_assert_ptr_null(campaign_load(dir, "spring", m, &error));
	ck_assert_msg(strstr(error, "the manifest says"), "%s", error);
	free(error);
	ck_assert_ptr_null(campaign_load(dir, "winter", m, &error));
	ck_assert_msg(strstr(error, "winter/campaign.conf: No such"), "%s", error);
	free(error);
	ck_assert_ptr_null(campaign_load(dir, "../spring", m, &error));
	ck_assert_msg(strstr(error, "is no campaign's name"), "%s", error);
	free(error);
	manifest_free(&m);
	tree_free(&dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("campaign");
	TCase *t = tcase_create("campaign");

	tcase_add_test(t, every_setting_lands_where_it_belongs);
	ADD_ROWS(t, what_is_wrong_is_named, errors);
	ADD_ROWS(t, the_first_creative_that_fits_is_chosen, choices);
	tcase_add_test(t, none_fits_is_an_answer);
	tcase_add_test(t, a_split_follows_the_weights_and_is_stable);
	tcase_add_test(t, a_missing_or_empty_required_variable_is_named);
	ADD_ROWS(t, every_file_must_be_in_the_manifest, sets);
	tcase_add_test(t, a_file_that_is_not_the_signed_one_is_refused);
	suite_add_tcase(s, t);
	return unit_main(s);
}
