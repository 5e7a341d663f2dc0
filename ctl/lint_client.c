/* Elements and CSS that mail programs drop, as lint-clients.conf has it. */
#include "config.h"

#include <strings.h>

#include "ctl/css_scan.h"
#include "ctl/lint.h"

struct scan { /* one style attribute or style block */
	struct lint *l;
	const struct lint_source *source;
	size_t at; /* of the text in the source */
};

static struct lint_place
place(const struct scan *s, size_t offset)
{
	return lint_source_place(s->source, s->at + offset);
}

static void
tell(struct lint *l, const char *rule, struct lint_place at, const char *what,
    const struct lint_feature *feature)
{
	struct buf clients = {0};

	lint_facts_clients(feature, &clients);
	lint_add(l->report, rule, at, "%s: in %s it %s; %s", what, clients.data,
	    feature->what, feature->instead);
	buf_free(&clients);
}

/* Is there a url(...) in it that begins so? */
static bool
has_url(struct slice value, const char *with)
{
	size_t i, len = strlen(with);

	for (i = 0; i + 4 < value.len; i++) {
		const char *url = value.data + i + 4;
		size_t left = value.len - i - 4;

		if (strncasecmp(value.data + i, "url(", 4) != 0)
			continue;
		while (left && (*url == '"' || *url == '\'' || *url == ' '))
			url++, left--;
		if (left > len && strncasecmp(url, with, len) == 0)
			return true;
	}
	return false;
}

/* A picture that a declaration shows: from elsewhere, or within it. */
static void
check_url(const struct scan *s, const struct css_item *item)
{
	const struct lint_feature *data = lint_facts_image(s->l->facts, "data:");

	if (*item->name.data == '@' || slice_caseeq_str(item->name, "src"))
		return; /* of @font-face */
	if (has_url(item->value, "http://") || has_url(item->value, "https://"))
		lint_add(s->l->report, "background-remote", place(s, item->at),
		    "%.*s fetches a picture from elsewhere; it is not shown "
		    "until the reader allows it: let the advert be right "
		    "without",
		    (int)item->name.len, item->name.data);
	else if (data && has_url(item->value, "data:"))
		tell(s->l, "image-data", place(s, item->at), "a data: picture",
		    data);
}

static void
on_css(const struct css_item *item, void *ctx)
{
	const struct scan *s = ctx;
	const struct lint_feature *feature = lint_facts_css(s->l->facts,
	    item->name, item->value);
	struct buf what = {0};

	if (feature) {
		buf_printf(&what, "%.*s%s%.*s", (int)item->name.len,
		    item->name.data, *item->name.data == '@' ? "" : ": ",
		    *item->name.data == '@' ? 0
		        : (int)(item->value.len < 40 ? item->value.len : 40),
		    item->value.data);
		tell(s->l, *item->name.data == '@' &&
		    slice_caseeq_str(item->name, "@import") ? "external-css"
		    : "css-support", place(s, item->at), what.data, feature);
	} else {
		check_url(s, item);
	}
	buf_free(&what);
}

static void
check_style_block(struct lint *l, const struct lint_creative *c, size_t node)
{
	const struct html_tree *t = c->html.tree;
	size_t i;

	for (i = node + 1; i < t->nodes[node].end; i++)
		if (t->nodes[i].text)
			css_scan(slice_of(t->nodes[i].text), on_css,
			    &(struct scan){l, c->html.source, t->nodes[i].at});
}

static bool
is_style_sheet(const struct html_node *n)
{
	return strcasestr(html_attr_value(n, "rel"), "stylesheet") != NULL;
}

/* Of <video> and <audio>: is there something for those who know neither? */
static bool
has_stand_in(const struct html_tree *t, size_t node)
{
	size_t i;

	for (i = node + 1; i < t->nodes[node].end; i++)
		if (html_is(&t->nodes[i], "img") ||
		    html_is(&t->nodes[i], "a"))
			return true;
	return false;
}

static void
check_player(struct lint *l, const struct lint_creative *c, size_t node,
    const struct lint_feature *feature)
{
	const struct html_node *n = &c->html.tree->nodes[node];
	struct lint_place at = lint_source_place(c->html.source, n->at);

	if (html_is(n, "video") && !html_attr(n, "poster"))
		lint_add(l->report, "video-poster", at,
		    "the film has no poster, "
		    "so there is a black box before it plays; write "
		    "poster=\"cid:FILE\", or {{> video.NAME}} for a film "
		    "of " CAMPAIGN_CONF);
	else if (!has_stand_in(c->html.tree, node))
		tell(l, "html-support", at, html_is(n, "video") ? "<video>"
		    : "<audio>", feature);
}

static void
check_element(struct lint *l, const struct lint_creative *c, size_t node)
{
	static const struct {
		const char *tag, *rule;
	} own[] = {{"form", "form"}, {"iframe", "iframe"},
	    {"frameset", "iframe"}, {"input", "form"}, {"link", "external-css"},
	    {"script", "script"}, {"select", "form"}, {"textarea", "form"}};
	const struct html_node *n = &c->html.tree->nodes[node];
	const struct lint_feature *feature = lint_facts_tag(l->facts, n->tag);
	const char *rule = "html-support", *what;
	size_t i;

	if (!feature || (html_is(n, "link") && !is_style_sheet(n)))
		return;
	if (html_is(n, "video") || html_is(n, "audio")) {
		check_player(l, c, node, feature);
		return;
	}
	/* What is in a form is the form's, and in a drawing the drawing's. */
	for (i = n->parent; i != HTML_TREE_NONE;
	     i = c->html.tree->nodes[i].parent)
		if (lint_facts_tag(l->facts, c->html.tree->nodes[i].tag) ==
		    feature)
			return;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (html_is(n, own[i].tag))
			rule = own[i].rule;
	what = arena_printf(l->arena, "<%s>", n->tag);
	tell(l, rule, lint_source_place(c->html.source, n->at), what, feature);
}

void
lint_client(struct lint *l, const struct lint_creative *c)
{
	const struct html_tree *t = c->html.tree;
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct html_attr *style;

		if (!t->nodes[i].tag || t->nodes[i].implied)
			continue;
		check_element(l, c, i);
		if (html_is(&t->nodes[i], "style"))
			check_style_block(l, c, i);
		style = html_attr(&t->nodes[i], "style");
		if (style) /* +1: the quote before the value */
			css_scan(slice_of(style->value), on_css,
			    &(struct scan){l, c->html.source, style->at + 1});
	}
}
