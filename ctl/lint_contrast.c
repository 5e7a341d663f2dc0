/* Words that can hardly be told from what is behind them: the ratio of
 * WCAG 2.2, where both colours stand in style attributes or bgcolor.  What a
 * style block, a picture or a mail program makes of it is not known here, and
 * not guessed. */
#include "config.h"

#include <math.h>

#include "ctl/css_scan.h"
#include "ctl/lint.h"

#define RATIO_MIN 3.0 /* of large letters; of small ones WCAG wants 4.5 */

struct colours {
	long front, back; /* 0xrrggbb; -1: not known */
	bool hidden;
};

static void
look(const struct css_item *item, void *ctx)
{
	struct colours *c = ctx;

	if (slice_caseeq_str(item->name, "color"))
		c->front = css_colour(item->value);
	else if (slice_caseeq_str(item->name, "background-color") ||
	    slice_caseeq_str(item->name, "background"))
		c->back = css_colour(item->value);
	else if (slice_caseeq_str(item->name, "display") &&
	    css_has_word(item->value, "none"))
		c->hidden = true;
}

/* The node's own colours. */
static struct colours
own(const struct html_node *n)
{
	struct colours c = {-1, -1, false};
	const struct html_attr *bg = html_attr(n, "bgcolor");

	if (bg)
		c.back = css_colour(slice_of(bg->value));
	css_scan(slice_of(html_attr_value(n, "style")), look, &c);
	return c;
}

/* IEC 61966-2-1, as WCAG has it. */
static double
linear(long octet)
{
	double v = (double)octet / 255;

	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double
luminance(long rgb)
{
	return 0.2126 * linear(rgb >> 16 & 255) +
	    0.7152 * linear(rgb >> 8 & 255) + 0.0722 * linear(rgb & 255);
}

static double
ratio(long a, long b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

static void
check(struct lint *l, const struct lint_creative *c, size_t node)
{
	const struct html_tree *t = c->html.tree;
	struct colours now = {-1, -1, false};
	size_t i;
	double r;

	for (i = t->nodes[node].parent; i != HTML_TREE_NONE;
	     i = t->nodes[i].parent) {
		struct colours here = own(&t->nodes[i]);

		if (here.hidden)
			return;
		if (now.front == -1)
			now.front = here.front;
		if (now.front == -1 && html_is(&t->nodes[i], "a"))
			return; /* the mail program's own colour of links */
		if (now.back == -1)
			now.back = here.back;
	}
	if (now.front == -1 || now.back == -1)
		return;
	r = ratio(now.front, now.back);
	if (r < RATIO_MIN)
		lint_add(l->report, "contrast",
		    lint_source_place(c->html.source, t->nodes[node].at),
		    "#%06lx on #%06lx is a contrast of %.1f:1; take a %s "
		    "colour for the words, 4.5:1 reads well",
		    now.front, now.back, r,
		    luminance(now.back) > 0.18 ? "darker" : "lighter");
}

void
lint_contrast(struct lint *l, const struct lint_creative *c)
{
	const struct html_tree *t = c->html.tree;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->nodes[i].text &&
		    t->nodes[i].text[strspn(t->nodes[i].text, " \t\r\n\f")])
			check(l, c, i);
}
