/* HTML templates as lint reads them: every element is within its parent and within
 * the text, every finding on a line that there is, and each said once. */
#include <stdint.h>
#include <stdlib.h>

#include "ctl/lint.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char conf[] =
    "subject = \"{{a}}\"\nrequired = {\"a\"}\nrecord_fields = {\"b\"}\n"
    "postal_address = {\"A\"}\n"
    "video \"v\" { url = \"https://a.example/v.mp4\" poster = \"p.png\"\n"
    "alt = \"V\" }\n"
    "creative \"c\" { html = \"c.html\" inline = {\"p.png\"} }\n";

#define LIMITS                                                                 \
	"date = \"2026-06-29\"\nhtml_max = 100\nstyle_max = 100\n"               \
	"message_max = 100\nimages_max = 100\nsubject_max = 10\nalt_max = 10\n"  \
	"picture_scale_max = 3\n"
#define BAD                                                                    \
	" clients = {\"x\"} what = \"w\" instead = \"i\" tested = \"2020-01-01\""  \
	" source = \"s\" }\n"
static const char known[] = LIMITS
    "feature \"a\" { css = {\"position\", \"display: flex\", \"@import\"}" BAD
    "feature \"b\" { tag = {\"form\", \"svg\", \"video\", \"link\", \"script\"}" BAD
    "feature \"c\" { image = {\"data:\", \"image/webp\"}" BAD;

static bool
find_partial(const char *name, struct slice *text_r, const char **file_r,
    void *ctx)
{
	const struct slice *text = ctx;

	*file_r = strcmp(name, "made") == 0 ? NULL : "p";
	*text_r = *text;
	return strcmp(name, "in") == 0 || !*file_r;
}

static int
count_lines(struct slice text)
{
	int n = 1;
	size_t i;

	for (i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

static void
check_tree(const struct html_tree *t, size_t len)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct html_node *n = &t->nodes[i];

		if (n->at > len || n->end <= i || n->end > t->n ||
		    (n->tag && n->text) || (!n->tag && !n->text))
			abort();
		if (n->parent != HTML_TREE_NONE && (n->parent >= i ||
		    t->nodes[n->parent].end < n->end))
			abort();
	}
}

static void
check_report(const struct lint_report *r, int lines)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		const struct lint_finding *f = &r->list[i];

		if (f->at.line < 1 || f->at.line > lines || !*f->text ||
		    (strcmp(f->at.file, "t") != 0 &&
		        strcmp(f->at.file, "p") != 0 &&
		        strcmp(f->at.file, "campaign.conf") != 0))
			abort();
		if (i && r->list[i - 1].rule == f->rule &&
		    r->list[i - 1].at.line == f->at.line &&
		    strcmp(r->list[i - 1].at.file, f->at.file) == 0 &&
		    strcmp(r->list[i - 1].text, f->text) == 0)
			abort();
	}
}

static void
run(struct lint *l, struct slice text)
{
	struct lint_file picture = {.name = "p.png", .path = "p", .size = 10,
	    .kind = image_kind_of(text), .at = {"t", 1}};
	struct lint_creative c = {.creative = l->campaign->creatives.items,
	    .inlined = &picture, .n_inlined = 1, .html_bytes = 1000,
	    .message_bytes = 1000};
	const char *why;

	c.html.at = (struct lint_place){"t", 1};
	c.html.source = lint_source_new(l->arena, c.html.at, text, find_partial,
	    &text);
	c.html.tree = html_tree_parse(l->arena,
	    slice_buf(&c.html.source->text), &why);
	c.subject = lint_source_new(l->arena, c.html.at, text, NULL, NULL);
	l->creatives = &c;
	l->n_creatives = 1;
	if (c.html.tree) {
		check_tree(c.html.tree, c.html.source->text.len);
		lint_html(l, &c);
		lint_link(l, &c);
		lint_client(l, &c);
		lint_contrast(l, &c);
		lint_image(l, &c);
	}
	lint_variables(l);
	lint_campaign(l);
	lint_report_sort(l->report);
	check_report(l->report, count_lines(text) + 7);
	lint_source_free(&c.html.source);
	lint_source_free(&c.subject);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = {(const char *)data, size};
	struct lint_report report = {0};
	struct lint l = {.dir = ".", .report = &report, .message_limit = 100};
	static struct lint_facts *facts;
	static struct campaign *c;
	char *error = NULL;

	/* A template that compiles is this, too. */
	if (size == 0 || !text_is_utf8(text) || memchr(data, 0, size))
		return 0;
	if (!c)
		c = campaign_parse("c", slice_of(conf), &error);
	if (c && !facts)
		facts = lint_facts_parse("facts", slice_of(known), &error);
	if (!facts)
		abort();
	l.arena = report.arena = arena_new();
	l.campaign = c;
	l.facts = facts;
	run(&l, text);
	lint_report_free(&report);
	arena_free(&report.arena);
	return 0;
}
