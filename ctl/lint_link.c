/* Where links lead, and what they say. */
#include "config.h"

#include <strings.h>

#include "ctl/lint.h"

struct links {
	struct lint *l;
	const struct lint_source *source;
	const struct html_tree *tree;
};

static bool
starts(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

static void
check_target(const struct links *k, const struct html_attr *href)
{
	static const char *const good[] = {
	    "https://", "mailto:", "tel:", "sms:", "cid:"};
	struct lint_place at = lint_source_place(k->source, href->at);
	const char *url = href->value + strspn(href->value, " \t\r\n");
	size_t i;

	if (starts(url, LINT_VALUE)) /* a variable: gateways look */
		return;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (starts(url, good[i]))
			return;
	if (*url == '\0' || strcmp(url, "#") == 0)
		lint_add(k->l->report, "link-empty", at, "href=\"%s\" leads "
		    "nowhere; write where, or take the link out", url);
	else if (starts(url, "http://"))
		lint_add(k->l->report, "link-insecure", at,
		    "%.60s can be read and changed on the way; write https://",
		    url);
	else if (*url != '#')
		lint_add(k->l->report, "link-scheme", at,
		    "no mail program follows %.60s; write a whole address, "
		    "https://shop.example/...",
		    url);
}

/* What is between <a> and </a>, in words; false: there is none. */
static bool
words_of(const struct links *k, size_t node, struct buf *out)
{
	const struct html_tree *t = k->tree;
	size_t i;

	for (i = node + 1; i < t->nodes[node].end; i++)
		if (t->nodes[i].text)
			buf_add_str(out, t->nodes[i].text);
	buf_add(out, "", 0);
	return slice_trim(slice_buf(out)).len > 0;
}

static bool
is_vague(struct slice words)
{
	static const char *const vague[] = {"click", "click here",
	    "click here!", "here", "this link", "link", "hier", "hier klicken",
	    "klicken sie hier", "cliquez ici", "ici", "haga clic aqu\xc3\xad",
	    "clicca qui"};
	size_t i;

	while (words.len && strchr(".!:>", words.data[words.len - 1]))
		words = slice_trim((struct slice){words.data, words.len - 1});
	for (i = 0; i < sizeof(vague) / sizeof(vague[0]); i++)
		if (slice_caseeq_str(words, vague[i]))
			return true;
	return false;
}

/* A linked picture says what its alt says. */
static void
check_picture(const struct links *k, size_t node)
{
	const struct html_tree *t = k->tree;
	size_t i, pictures = 0;

	for (i = node + 1; i < t->nodes[node].end; i++)
		if (html_is(&t->nodes[i], "img")) {
			const struct html_attr *alt = html_attr(&t->nodes[i],
			    "alt");

			if (!alt || alt->value[strspn(alt->value, " ")])
				return; /* said, or alt-missing's business */
			pictures++;
		}
	if (pictures)
		lint_add(k->l->report, "picture-link",
		    lint_source_place(k->source, t->nodes[node].at),
		    "the link's picture has alt=\"\", so it says nothing; "
		    "write where it leads");
}

static void
check_words(const struct links *k, size_t node)
{
	struct buf words = {0};
	struct slice text;

	if (html_attr(&k->tree->nodes[node], "aria-label"))
		return;
	if (!words_of(k, node, &words))
		check_picture(k, node);
	text = slice_trim(slice_buf(&words));
	if (is_vague(text))
		lint_add(k->l->report, "link-text",
		    lint_source_place(k->source, k->tree->nodes[node].at),
		    "\"%.*s\" does not say where the link leads; write what is "
		    "there, as \"Open the catalogue\"",
		    (int)text.len, text.data);
	buf_free(&words);
}

void
lint_link(struct lint *l, const struct lint_creative *c)
{
	const struct links k = {l, c->html.source, c->html.tree};
	size_t i;

	for (i = 0; i < k.tree->n; i++) {
		const struct html_node *n = &k.tree->nodes[i];
		const struct html_attr *href = n->tag ? html_attr(n, "href")
		                                      : NULL;

		if (!href || n->implied)
			continue;
		if (html_is(n, "a") || html_is(n, "area"))
			check_target(&k, href);
		if (html_is(n, "a"))
			check_words(&k, i);
	}
}
