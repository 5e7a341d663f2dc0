#include "tests/unit/tree.h"

#include "lib/mail/campaign.h"

#define NOW INT64_C(1781524800000) /* 2026-06-15 12:00 UTC */
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
	    "list_unsubscribe = {\"https://shop.example/u?c={{ coupon }}\","
	    " \"mailto:unsubscribe@shop.example\"}\n"
	    "list_id = \"Spring <spring.shop.example>\"\n"
	    "defaults = {\"first_name = friend\", \"city=a = b\"}\n"
	    "postal_address = {\"1 Lane\", \"Town\"}\n"
	    "feedback_id = \"a:b:c:fernfield\"\n"
	    "valid_from = \"2026-03-01\"\n"
	    "valid_until = \"2026-04-30T12:00:00+02:00\"\n"
	    "bounce_delimiter = \"-\" verp = no\n"
	    "video \"film\" { file = \"film.mp4\" poster = \"p.jpg\" alt = \"A\"\n"
	    "  url = \"https://shop.example/f?c={{c}}\" width = 600 height = 338\n"
	    "  caption = \"See\" }\n"
	    "audio \"tune\" { file = \"t.mp3\" alt = \"B\" }\n"
	    "creative \"hero-en\" {\n"
	    "  when = \"lang == 'en'\"\n  weight = 3\n  subject = \"Hi\"\n"
	    "  html = \"body.html\"\n  text = \"body.txt\"\n"
	    "  inline = {\"hero.png\", \"spin.gif\"}\n"
	    "  alt = {\"hero.png = A = B\", \"spin.gif=\"}\n"
	    "  attach = {\"clip one.mp4\"}\n}\n" HERO);
	const struct creative *r = campaign_creative(c, "hero-en");
	const struct medium *film = c->videos.items, *tune = c->audios.items;

	ck_assert_uint_eq(c->defaults.n, 2);
	ck_assert_str_eq(c->postal_address.items[1], "Town");
	ck_assert_str_eq(c->feedback_id, "a:b:c:fernfield");
	ck_assert_int_eq(c->from_ms, INT64_C(1772323200000));
	ck_assert_int_eq(c->until_ms, INT64_C(1777543200000));
	ck_assert(!c->verp);
	ck_assert_str_eq(c->bounce_delimiter, "-");
	ck_assert_uint_eq(c->videos.n, 1);
	ck_assert_str_eq(film->name, "film");
	ck_assert_str_eq(film->file, "film.mp4");
	ck_assert_str_eq(film->poster, "p.jpg");
	ck_assert_str_eq(film->url, "https://shop.example/f?c={{c}}");
	ck_assert_str_eq(film->alt, "A");
	ck_assert_str_eq(film->caption, "See");
	ck_assert_int_eq(film->width + film->height, 938);
	ck_assert_str_eq(tune[0].file, "t.mp3");
	ck_assert_uint_eq(r->alt.n, 2);
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
} places[] = {
    {"its column",
        "creative \"a\" { html=\"t\" when=\"lang\" }",
        "1:31: creative \"a\": when: lang alone is no"},
    {"its line, behind comments",
        "# one\n/* two */\n" HERO "creative \"b\" {\n html=\"t\"\n"
        "\twhen = \"town == 'K\xc3\xb6ln' && lang = 'en'\"\n}",
        "6:33: creative \"b\": when: \"=\": write =="},
    {"its line, with another condition before",
        "creative \"a\" { html=\"t\" when=\"a == 'x'\" }\n"
        "creative \"b\" { html=\"t\"\n when=\"a == x\" }",
        "3:13: creative \"b\": when: x without quotes"},
    {"its place, with quotes in it",
        "\ncreative \"a\" { html=\"t\" when=\"a == \\\"x\\\" && b\" }",
        "2: creative \"a\": when, character 13: b alone is no"},
    {"its place, over two lines",
        "creative \"a\" { html=\"t\"\nwhen=\"a == 'x' &&\\\n b = 3\" }",
        "3: creative \"a\": when, character 15: \"=\": write"},
    {"a field of two types",
        "creative \"a\" { html=\"t\"\n when=\"visits > 3\" }\n" HERO
        "creative \"b\" { html=\"t\"\n when=\"visits > 2026-01-01\" }",
        "5:8: creative \"b\": when: visits is a date here and "
        "a number in creative \"a\" on line 2; where its text alone is meant"},
    {"a fallback with a condition",
        "creative \"a\" { html=\"t\" fallback=yes when=\"a == 'x'\" }",
        "1:44: creative \"a\": when: a fallback is for all "},
};

START_TEST(a_fault_in_a_condition_is_told_with_its_place)
{
	char *error = NULL;

	ck_assert_msg(!campaign_parse("spring", slice_of(places[_i].text),
	    &error), "%s", places[_i].name);
	ck_assert_msg(strncmp(error, "campaign.conf:", 14) == 0 &&
	    strncmp(error + 14, places[_i].error, strlen(places[_i].error)) ==
	        0, "%s: got %s", places[_i].name, error);
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
	r = campaign_choose(c, &data, "a@b.example", NOW);
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
	ck_assert_ptr_null(campaign_choose(c, &data, "a@b.example", NOW));
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

static const struct {
	const char *name, *text, *lang;
	const char *chosen; /* NULL: none */
	bool has_fallback;
} fallbacks[] = {
    {"it is asked last",
        "creative \"x\" { html=\"t\" fallback=yes }\n"
        "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }", "en", "en",
        true},
    {"and for all others",
        "creative \"x\" { html=\"t\" fallback=yes }\n"
        "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }", "de", "x",
        true},
    {"also when nothing is known",
        "creative \"x\" { html=\"t\" fallback=yes }\n"
        "creative \"en\" { html=\"t\" when=\"lang != 'en'\" }", NULL, "x",
        true},
    {"a creative without condition is one where it stands",
        "creative \"any\" { html=\"t\" }\n"
        "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }", "en", "any",
        true},
    {"before a fallback, and no split with it",
        "creative \"x\" { html=\"t\" fallback=yes weight=1000 }\n"
        "creative \"any\" { html=\"t\" weight=1 }", "en", "any", true},
    {"one of no weight is none",
        "creative \"x\" { html=\"t\" fallback=yes weight=0 }\n"
        "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }", "de", NULL,
        false},
    {"none",
        "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }", "de", NULL,
        false},
    {"fallbacks apart in the file are a split",
        "creative \"x\" { html=\"t\" fallback=yes weight=0 }\n"
        "creative \"en\" { html=\"t\" when=\"lang == 'en'\" }\n"
        "creative \"y\" { html=\"t\" fallback=yes }", "de", "y", true},
};

START_TEST(a_fallback_is_for_all_whom_no_other_is_for)
{
	struct campaign *c = must_parse(fallbacks[_i].text);
	struct arena *arena = arena_new();
	const struct creative *r;
	struct vars data;

	vars_init(&data, arena);
	if (fallbacks[_i].lang)
		set(&data, "lang", fallbacks[_i].lang);
	r = campaign_choose(c, &data, "a@b.example", NOW);
	ck_assert_msg(fallbacks[_i].chosen
	        ? r && strcmp(r->name, fallbacks[_i].chosen) == 0 : !r,
	    "%s: got %s", fallbacks[_i].name, r ? r->name : "none");
	ck_assert_msg(campaign_has_fallback(c) == fallbacks[_i].has_fallback,
	    "%s", fallbacks[_i].name);
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

START_TEST(a_condition_is_asked_as_of_now)
{
	struct campaign *c = must_parse(
	    "creative \"new\" { html=\"t\" when=\"signup >= '7 days ago'\" }\n"
	    "creative \"old\" { html=\"t\" }\n");
	struct arena *arena = arena_new();
	struct vars data;

	vars_init(&data, arena);
	set(&data, "signup", "2026-06-08");
	ck_assert_str_eq(campaign_choose(c, &data, "a@b", NOW)->name, "new");
	ck_assert_str_eq(campaign_choose(c, &data, "a@b",
	    NOW + 24 * 3600 * 1000)->name, "old");
	arena_free(&arena);
	campaign_free(&c);
}
END_TEST

#define CROWD 10000
#define SPLIT                                                                  \
	"creative \"a\" { html=\"t\" when=\"lang=='en'\" weight=1 }\n"            \
	"creative \"b\" { html=\"t\" when=\"(lang == \\\"en\\\")\" weight=3 }\n"

/* How many of the crowd get each of a and b, and who, for a later look. */
static void
poll(const char *text, const char *campaign, char who_r[CROWD], int n_r[2])
{
	struct arena *arena = arena_new();
	struct campaign *c = must_parse(text);
	struct vars data;
	int i;

	free(c->name);
	c->name = strdup(campaign);
	vars_init(&data, arena);
	set(&data, "lang", "en");
	n_r[0] = n_r[1] = 0;
	for (i = 0; i < CROWD; i++) {
		const struct creative *r;
		char who[64];

		(void)snprintf(who, sizeof(who), "user%d@site%d.example", i,
		    i % 97);
		r = campaign_choose(c, &data, who, NOW);
		ck_assert_ptr_nonnull(r);
		who_r[i] = r->name[0];
		n_r[who_r[i] == 'b']++;
	}
	campaign_free(&c);
	arena_free(&arena);
}

/* 1:3 over 10,000 has a standard deviation of 43: four of them. */
START_TEST(a_split_of_1_to_3_is_one_and_the_same_after_any_reload)
{
	static char first[CROWD], again[CROWD];
	int n[2], i, moved = 0;

	poll(SPLIT, "spring", first, n);
	ck_assert_msg(n[0] > 2500 - 173 && n[0] < 2500 + 173, "%d:%d", n[0],
	    n[1]);
	/* Loaded anew, with others before, between and behind. */
	poll("creative \"x\" { html=\"t\" when=\"lang == 'fr'\" }\n" SPLIT
	    "creative \"y\" { html=\"t\" fallback=yes }\n", "spring", again, n);
	ck_assert_mem_eq(first, again, sizeof(first));
	poll("creative \"y\" { html=\"t\" fallback=yes }\n" SPLIT
	    "creative \"x\" { html=\"t\" when=\"lang == 'fr'\" }\n", "spring",
	    again, n);
	ck_assert_mem_eq(first, again, sizeof(first));
	/* In another campaign it is another quarter: of those with a, a quarter
	 * has it again. */
	poll(SPLIT, "summer", again, n);
	ck_assert_msg(n[0] > 2500 - 173 && n[0] < 2500 + 173, "%d:%d", n[0],
	    n[1]);
	for (i = 0; i < CROWD; i++)
		moved += first[i] != again[i];
	ck_assert_msg(moved > 3750 - 200 && moved < 3750 + 200, "%d", moved);
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
		r = campaign_choose(c, &data, who, NOW);
		ck_assert_ptr_eq(r, campaign_choose(c, &data, who, NOW));
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
	campaign_free(&c);
	c = must_parse("required = {\"items\", \"order.total\"}\n" HERO);
	set(&data, "items.0.name", "");
	set(&data, "order.totals", "1");
	ck_assert_str_eq(campaign_missing(c, &data), "items");
	set(&data, "items.1.name", "Fern");
	ck_assert_str_eq(campaign_missing(c, &data), "order.total");
	set(&data, "order.total", "1");
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
        "creative \"hero\" {\n html = \"other.html\" }",
        "/spring/campaign.conf:2: creative \"hero\": html = \"other.html\", but "
        "the set has no spring/hero/other.html; put the file there or"},
    {"an attachment that is not there", "spring/campaign.conf",
        "creative \"hero\" { html = \"body.html\"\n\nattach = {\n\"x\"} }",
        "/spring/campaign.conf:4: creative \"hero\": attach = \"x\", but"},
    {"an inline file that is not there", "spring/campaign.conf",
        "creative \"hero\" {\n html = \"body.html\"\n inline = {\"body.html\",\n"
        "\"x\"} }", "/spring/campaign.conf:4: creative \"hero\": inline = \"x\""},
    {"NULs", "spring/campaign.conf", NULL,
        "/spring/campaign.conf:2: there is a NUL byte; settings are plain text"},
    {"more than there can be", "spring/campaign.conf", "big",
        "/spring/campaign.conf: more than 1 MB; make it smaller"},
};

/* What no C string shows. */
static void
put_odd_conf(const char *dir, const char *file, const char *content)
{
	struct buf big = {0};

	if (!content) {
		tree_put(dir, file, (struct slice){HERO "\0", sizeof(HERO)});
		return;
	}
	if (strcmp(content, "big") != 0) {
		tree_put_str(dir, file, content);
		return;
	}
	buf_add_str(&big, HERO);
	while (big.len <= CAMPAIGN_CONF_MAX)
		buf_add_str(&big, "# More and more of the same, and no end.\n");
	tree_put(dir, file, slice_buf(&big));
	buf_free(&big);
}

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
		put_odd_conf(dir, sets[_i].file, sets[_i].content);
	ck_assert_int_eq(manifest_build(dir, &error), 0);
	m = manifest_load(dir, &error);
	ck_assert_int_eq(campaign_list(m, &names), 0);
	ck_assert_uint_eq(names.n, 1);
	ck_assert_str_eq(names.items[0], "spring");
	free(names.items[0]);
	free(names.items);
	c = campaign_load(dir, "spring", m, &error);
	if (sets[_i].error)
		ck_assert_msg(!c && strncmp(error, dir, strlen(dir)) == 0 &&
		    strncmp(error + strlen(dir), sets[_i].error,
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
	ck_assert_msg(strstr(error, "there is no campaign \"winter\" in ") &&
	    strstr(error, "; known are: spring"), "%s", error);
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
	ADD_ROWS(t, a_fault_in_a_condition_is_told_with_its_place, places);
	ADD_ROWS(t, the_first_creative_that_fits_is_chosen, choices);
	tcase_add_test(t, none_fits_is_an_answer);
	ADD_ROWS(t, a_fallback_is_for_all_whom_no_other_is_for, fallbacks);
	tcase_add_test(t, a_condition_is_asked_as_of_now);
	tcase_add_test(t,
	    a_split_of_1_to_3_is_one_and_the_same_after_any_reload);
	tcase_add_test(t, a_split_follows_the_weights_and_is_stable);
	tcase_add_test(t, a_missing_or_empty_required_variable_is_named);
	ADD_ROWS(t, every_file_must_be_in_the_manifest, sets);
	tcase_add_test(t, a_file_that_is_not_the_signed_one_is_refused);
	suite_add_tcase(s, t);
	return unit_main(s);
}
