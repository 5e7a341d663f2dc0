/* The page as a whole: language, title, preheader, ids, tables, styles. */
#include "config.h"

#include <strings.h>

#include "ctl/css_scan.h"
#include "ctl/lint.h"
#include "lib/base/map.h"

struct page {
	struct lint *l;
	const struct lint_source *source;
	const struct html_tree *tree;
	struct lint_place top;
};

static struct lint_place
place(const struct page *p, size_t node)
{
	return lint_source_place(p->source, p->tree->nodes[node].at);
}

static bool
has_words(const char *s)
{
	return s[strspn(s, " \t\r\n\f")] != '\0';
}

/* Any text that is not blank below the node? */
static bool
holds_words(const struct html_tree *t, size_t node)
{
	size_t i;

	for (i = node + 1; i < t->nodes[node].end; i++)
		if (t->nodes[i].text && has_words(t->nodes[i].text))
			return true;
	return false;
}

static void
check_lang(const struct page *p)
{
	size_t html = html_find(p->tree, 0, "html");
	struct lint_place at = html == HTML_TREE_NONE ? p->top : place(p, html);

	if (html == HTML_TREE_NONE ||
	    !has_words(html_attr_value(&p->tree->nodes[html], "lang")))
		lint_add(p->l->report, "html-lang", at, "the language is not "
		    "said; write <html lang=\"en\">, or what it is");
}

static void
check_title(const struct page *p)
{
	size_t title = html_find(p->tree, 0, "title");

	if (title == HTML_TREE_NONE || !holds_words(p->tree, title))
		lint_add(p->l->report, "html-title",
		    title == HTML_TREE_NONE ? p->top : place(p, title),
		    "there is no title; write <title>...</title> in the head, "
		    "what the subject says will do");
}

static void
check_metas(const struct page *p)
{
	const struct html_tree *t = p->tree;
	bool charset = false, viewport = false;
	size_t i;

	for (i = 0; (i = html_find(t, i, "meta")) != HTML_TREE_NONE; i++) {
		const struct html_node *n = &t->nodes[i];

		charset = charset || html_attr(n, "charset") ||
		    strcasestr(html_attr_value(n, "content"), "charset=");
		viewport = viewport ||
		    strcasecmp(html_attr_value(n, "name"), "viewport") == 0;
	}
	if (!charset)
		lint_add(p->l->report, "html-charset", p->top,
		    "the character set is not said; write <meta "
		    "charset=\"utf-8\"> in the head");
	if (!viewport)
		lint_add(p->l->report, "html-viewport", p->top, "there is no "
		    "viewport; write <meta name=\"viewport\" "
		    "content=\"width=device-width, initial-scale=1\"> in the "
		    "head");
}

/* --- the preheader: a text that is there, but not shown */

static void
look_hidden(const struct css_item *item, void *ctx)
{
	bool *hidden = ctx;

	if ((slice_caseeq_str(item->name, "display") &&
	        css_has_word(item->value, "none")) ||
	    (slice_caseeq_str(item->name, "mso-hide") &&
	        css_has_word(item->value, "all")) ||
	    (slice_caseeq_str(item->name, "visibility") &&
	        css_has_word(item->value, "hidden")))
		*hidden = true;
}

static bool
is_hidden(const struct html_tree *t, size_t node)
{
	bool hidden = false;

	for (; node != HTML_TREE_NONE && !hidden; node = t->nodes[node].parent)
		css_scan(slice_of(html_attr_value(&t->nodes[node], "style")),
		    look_hidden, &hidden);
	return hidden;
}

static void
check_preheader(const struct page *p)
{
	const struct html_tree *t = p->tree;
	size_t i;

	for (i = 0; i < t->n && !html_is(&t->nodes[i], "body"); i++)
		;
	for (; i < t->n; i++) {
		if (!t->nodes[i].text || !has_words(t->nodes[i].text))
			continue;
		if (!is_hidden(t, i))
			lint_add(p->l->report, "preheader", place(p, i),
			    "lists of mail show this beside the subject; put a "
			    "hidden line before it, <div "
			    "style=\"display:none\">What it is about</div>");
		return;
	}
}

/* --- */

static void
check_ids(const struct page *p)
{
	const struct html_tree *t = p->tree;
	struct map *seen = map_new();
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct html_attr *id = t->nodes[i].implied ? NULL
		    : html_attr(&t->nodes[i], "id");
		const struct html_node *first;

		if (!id || !*id->value || strstr(id->value, LINT_VALUE))
			continue;
		first = map_get(seen, slice_of(id->value));
		if (!first)
			(void)map_set(seen, slice_of(id->value), &t->nodes[i]);
		else if (!lint_source_apart(p->source, first->at,
		             t->nodes[i].at))
			lint_add(p->l->report, "id-duplicate", place(p, i),
			    "id=\"%s\" is taken by line %d; give this another",
			    id->value, lint_source_place(p->source,
			        first->at).line);
	}
	map_free(&seen, NULL);
}

static void
check_tables(const struct page *p)
{
	const struct html_tree *t = p->tree;
	size_t i, k;

	for (i = 0; (i = html_find(t, i, "table")) != HTML_TREE_NONE; i++) {
		if (html_attr(&t->nodes[i], "role"))
			continue;
		for (k = i + 1; k < t->nodes[i].end; k++)
			if (html_is(&t->nodes[k], "th") ||
			    html_is(&t->nodes[k], "caption"))
				break;
		if (k == t->nodes[i].end)
			lint_add(p->l->report, "layout-table", place(p, i),
			    "a table without th is there for the layout; write "
			    "role=\"presentation\", so that it is read as "
			    "text");
	}
}

static void
check_style(const struct page *p)
{
	const struct html_tree *t = p->tree;
	int64_t sum = 0;
	size_t i, k;

	for (i = 0; (i = html_find(t, i, "style")) != HTML_TREE_NONE; i++) {
		for (k = i + 1; k < t->nodes[i].end; k++)
			if (t->nodes[k].text)
				sum += (int64_t)strlen(t->nodes[k].text);
		if (sum <= p->l->facts->style_max)
			continue;
		lint_add(p->l->report, "style-size", place(p, i),
		    "with this style block the styles are %lld octets, Gmail "
		    "takes %lld; take out what nothing uses, or move it to "
		    "style attributes",
		    (long long)sum, (long long)p->l->facts->style_max);
		break;
	}
}

void
lint_html(struct lint *l, const struct lint_creative *c)
{
	const struct page p = {l, c->html.source, c->html.tree, c->html.at};

	check_lang(&p);
	check_title(&p);
	check_metas(&p);
	check_preheader(&p);
	check_ids(&p);
	check_tables(&p);
	check_style(&p);
}
