/* Each fault put into a clean campaign is found, where it is, and nothing else. */
#include "tests/unit/tree.h"

#include "ctl/lint.h"
#include "tests/unit/lint_cases.h"

#define LIMIT 5000000 /* octets of a message, as max_advert_size */

static char *
facts_path(void)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/ctl/lint-clients.conf", top ? top : "..");
}

struct linted {
	struct lint l;
	struct lint_report report;
	struct lint_facts *facts;
	struct campaign *campaign;
};

static void
lint_dir(const char *dir, const char *name, struct linted *x)
{
	char *path = facts_path(), *error = NULL;
	const char *why;

	*x = (struct linted){0};
	x->facts = lint_facts_load(path, &error);
	ck_assert_msg(x->facts != NULL, "%s", error);
	x->report.arena = arena_new();
	x->campaign = campaign_load(dir, name, NULL, &error);
	x->l = (struct lint){.dir = dir, .campaign = x->campaign,
	    .facts = x->facts, .message_limit = LIMIT,
	    .arena = x->report.arena, .report = &x->report};
	if (x->campaign) {
		lint_load(&x->l);
		lint_check(&x->l);
		lint_unload(&x->l);
	} else {
		struct lint_place at = lint_error_place(x->l.arena, error, &why);

		lint_add(&x->report, "conf", at, "%s", why);
		free(error);
	}
	lint_report_sort(&x->report);
	free(path);
}

static void
done(struct linted *x)
{
	campaign_free(&x->campaign);
	lint_facts_free(&x->facts);
	lint_report_free(&x->report);
	arena_free(&x->report.arena);
}

static void
apply(const char *dir, const struct edit *e)
{
	struct buf text = {0}, out = {0};
	char *full = xasprintf("%s/%s", dir, e->path);
	const char *at = NULL;
	size_t i;

	if (!e->from && !e->to.data) {
		ck_assert_int_eq(unlink(full), 0);
		free(full);
		return;
	}
	if (e->from) {
		ck_assert_int_eq(file_read(full, 1 << 20, &text), 0);
		at = memmem(text.data, text.len, e->from, strlen(e->from));
		ck_assert_msg(at != NULL, "%s has no \"%s\"", e->path, e->from);
		buf_add(&out, text.data, (size_t)(at - text.data));
	}
	buf_add_slice(&out, e->to);
	for (i = 0; i < e->fill; i++)
		buf_add_char(&out, i % 2 ? ' ' : 'x');
	if (at)
		buf_add_str(&out, at + strlen(e->from));
	tree_put(dir, e->path, slice_buf(&out));
	buf_free(&out);
	buf_free(&text);
	free(full);
}

static char *
campaign_with(const struct edit *edits, size_t n)
{
	char *dir = tree_new();
	size_t i;

	for (i = 0; i < sizeof(clean) / sizeof(clean[0]); i++)
		tree_put(dir, clean[i].path, clean[i].content);
	for (i = 0; i < n && edits[i].path; i++)
		apply(dir, &edits[i]);
	return dir;
}

/* All of a report, with its files below the set's directory. */
static void
show(const struct linted *x, struct buf *out)
{
	size_t i;

	for (i = 0; i < x->report.n; i++) {
		const struct lint_finding *f = &x->report.list[i];

		buf_printf(out, "%s:%d [%s] %s\n", f->at.file, f->at.line,
		    f->rule->id, f->text);
	}
	buf_add(out, "", 0);
}

START_TEST(the_fault_is_found_where_it_is_and_nothing_else)
{
	const struct lint_case *row = &cases[_i];
	char *dir = campaign_with(row->edits, 3), *at;
	struct buf all = {0};
	struct linted x;

	lint_dir(dir, "spring", &x);
	show(&x, &all);
	if (row->rule) {
		ck_assert_msg(x.report.n == 1, "%s: %zu findings\n%s", row->name,
		    x.report.n, all.data);
		at = xasprintf("%s:%d", x.report.list[0].at.file +
		    strlen(dir) + 1, x.report.list[0].at.line);
		ck_assert_msg(strcmp(x.report.list[0].rule->id, row->rule) == 0 &&
		    strcmp(at, row->at) == 0, "%s: not %s [%s] but\n%s",
		    row->name, row->at, row->rule, all.data);
		free(at);
	} else {
		ck_assert_msg(x.report.n == 0, "%s:\n%s", row->name, all.data);
	}
	buf_free(&all);
	done(&x);
	tree_free(&dir);
}
END_TEST

START_TEST(every_rule_has_a_case)
{
	size_t n, i, k;
	const struct lint_rule *rules = lint_rules(&n);

	for (i = 0; i < n; i++) {
		for (k = 0; k < (size_t)N_ROWS(cases); k++)
			if (cases[k].rule &&
			    strcmp(cases[k].rule, rules[i].id) == 0)
				break;
		ck_assert_msg(k < (size_t)N_ROWS(cases), "%s", rules[i].id);
		ck_assert_msg(i == 0 ||
		    strcmp(rules[i - 1].id, rules[i].id) < 0, "%s is not sorted",
		    rules[i].id);
	}
}
END_TEST

START_TEST(a_clean_campaign_is_clean)
{
	char *dir = campaign_with(NULL, 0);
	struct buf all = {0};
	struct linted x;

	lint_dir(dir, "spring", &x);
	show(&x, &all);
	ck_assert_msg(x.report.n == 0, "%s", all.data);
	ck_assert_int_gt(x.l.creatives[0].html_bytes, 500);
	ck_assert_int_gt(x.l.creatives[0].message_bytes,
	    x.l.creatives[0].html_bytes);
	buf_free(&all);
	done(&x);
	tree_free(&dir);
}
END_TEST

static const char *const samples[] = {"jazz-night", "spring-2026"};

START_TEST(the_sample_campaigns_are_clean)
{
	const char *top = getenv("top_srcdir");
	char *dir = xasprintf("%s/assets", top ? top : "..");
	struct buf all = {0};
	struct linted x;

	lint_dir(dir, samples[_i], &x);
	show(&x, &all);
	ck_assert_msg(x.report.n == 0, "%s", all.data);
	buf_free(&all);
	done(&x);
	free(dir);
}
END_TEST

/* --- what it is told as */

static void
add_two(struct lint_report *r)
{
	lint_add(r, "alt-missing", (struct lint_place){"b.html", 7}, "no \"alt\"");
	lint_add(r, "script", (struct lint_place){"a\n.html", 12}, "\033[31mx");
	lint_add(r, "alt-missing", (struct lint_place){"b.html", 7}, "no \"alt\"");
	lint_report_sort(r);
}

START_TEST(findings_are_told_as_a_compiler_does)
{
	struct lint_report r = {.arena = arena_new()};
	struct buf out = {0};

	add_two(&r);
	lint_report_print(&r, "spring", "2026-06-29", &out);
	ck_assert_str_eq(out.data, "a .html:12: error:  [31mx [script]\n"
	    "b.html:7: warning: no \"alt\" [alt-missing]\n"
	    "spring: 1 error, 1 warning, 0 notes; nearpost-lint(7) says why of "
	    "each [rule]\n");
	buf_free(&out);
	lint_report_free(&r);
	arena_free(&r.arena);
}
END_TEST

START_TEST(findings_are_told_to_programs)
{
	struct lint_report r = {.arena = arena_new()};
	struct buf out = {0};

	add_two(&r);
	lint_report_json(&r, "spring", "2026-06-29", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "{\"campaign\":\"spring\","
	    "\"facts_date\":\"2026-06-29\",\"errors\":1,\"warnings\":1,"
	    "\"notes\":0,\"accepted\":0,\"findings\":[{\"file\":"));
	ck_assert_ptr_nonnull(strstr(out.data, "{\"file\":\"b.html\",\"line\":7,"
	    "\"severity\":\"warning\",\"rule\":\"alt-missing\","
	    "\"text\":\"no \\\"alt\\\"\",\"reason\":\"who does not see"));
	buf_free(&out);
	lint_report_free(&r);
	arena_free(&r.arena);
}
END_TEST

static const struct {
	const char *name, *error, *file;
	int line;
	const char *text;
} errors[] = {
    {"a line", "a/b.html:12: no", "a/b.html", 12, "no"},
    {"a line and a column", "c.conf:9:10: creative \"b\": no", "c.conf", 9,
        "creative \"b\": no"},
    {"no line", "a/b: is missing", "a/b", 1, "is missing"},
    {"a setting", ":1: no", "", 1, "no"},
    {"nothing", "no", "", 1, "no"},
    {"a colon in the file's name", "a:b/c:3: no", "a:b/c", 3, "no"},
};

START_TEST(an_error_says_where_it_is)
{
	struct arena *arena = arena_new();
	const char *text;
	struct lint_place at = lint_error_place(arena, errors[_i].error, &text);

	ck_assert_msg(strcmp(at.file, errors[_i].file) == 0 &&
	    at.line == errors[_i].line && strcmp(text, errors[_i].text) == 0,
	    "%s: %s:%d: %s", errors[_i].name, at.file, at.line, text);
	arena_free(&arena);
}
END_TEST

/* --- the facts */

#define HEAD                                                                   \
	"date = \"2026-06-29\"\nhtml_max = 1\nstyle_max = 1\nmessage_max = 1\n"  \
	"images_max = 1\nsubject_max = 1\nalt_max = 1\npicture_scale_max = 1\n"
#define REST "what = \"x\" instead = \"x\" tested = \"2020-01-01\" source = \"x\" }"

static const struct {
	const char *name, *text, *error;
} facts[] = {
    {"nothing", "", "f: date is missing; write date = "},
    {"a date that is none", "date = \"soon\"\nhtml_max = 1\nstyle_max = 1\n"
        "message_max = 1\nimages_max = 1\nsubject_max = 1\nalt_max = 1\n"
        "picture_scale_max = 1\n", "f:1: date = \"soon\" is no date; write"},
    {"a limit that is none", "html_max = much\n" HEAD, "f:1: html_max"},
    {"an unknown setting", HEAD "htlm = 1\n", "f:9: unknown setting \"htlm\""},
    {"a feature that nothing finds", HEAD "feature \"a\" { clients = {\"x\"} "
        REST, "f:9: feature \"a\": nothing finds it; write css"},
    {"a feature that all have", HEAD "\nfeature \"a\" { tag = {\"b\"} " REST,
        "f:10: feature \"a\": names no mail program; write"},
    {"a feature without a source", HEAD "feature \"a\" { tag = {\"b\"} "
        "clients = {\"x\"} what = \"x\" instead = \"x\" tested = \"2020-01-01\"}",
        "f:9: source is missing in feature \"a\""},
    {"a test without a date", HEAD "feature \"a\" { tag = {\"b\"} clients = "
        "{\"x\"} what = \"x\" instead = \"x\" source = \"x\" tested = \"\" }",
        "f:9: feature \"a\": tested is no date; write"},
};

START_TEST(broken_facts_are_a_clear_error)
{
	char *error = NULL;
	struct lint_facts *f = lint_facts_parse("f", slice_of(facts[_i].text),
	    &error);

	ck_assert_msg(!f && strncmp(error, facts[_i].error,
	    strlen(facts[_i].error)) == 0, "%s: %s", facts[_i].name, error);
	free(error);
}
END_TEST

START_TEST(missing_facts_are_a_clear_error)
{
	char *error = NULL;

	ck_assert_ptr_null(lint_facts_load("/nowhere/lint-clients.conf", &error));
	ck_assert_ptr_nonnull(strstr(error, "/nowhere/lint-clients.conf: what is "
	    "known of mail programs cannot be read: No such file"));
	free(error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lint");
	TCase *t = tcase_create("lint");

	ADD_ROWS(t, the_fault_is_found_where_it_is_and_nothing_else, cases);
	tcase_add_test(t, every_rule_has_a_case);
	tcase_add_test(t, a_clean_campaign_is_clean);
	ADD_ROWS(t, the_sample_campaigns_are_clean, samples);
	tcase_add_test(t, findings_are_told_as_a_compiler_does);
	tcase_add_test(t, findings_are_told_to_programs);
	ADD_ROWS(t, an_error_says_where_it_is, errors);
	ADD_ROWS(t, broken_facts_are_a_clear_error, facts);
	tcase_add_test(t, missing_facts_are_a_clear_error);
	suite_add_tcase(suite, t);
	return unit_main(suite);
}
