/* Partials are copied in, so that each is judged by the place it stands in and
 * indented as its tag is.  One that includes itself is copied into itself as
 * often as it may be: data of 64 octets of name are not deeper. */
#include "lib/mail/template_compiler.h"

#include <stdlib.h>

/* How often the partial is open already; *endless_r: no section stands between
 * it and itself. */
static size_t
count_open(const struct compiler *c, const struct source *src,
    struct slice name, bool *endless_r)
{
	size_t n = 0, depth = c->depth, i;

	*endless_r = false;
	for (; src->from; src = src->from) {
		if (!slice_eq_str(name, src->name))
			continue;
		for (i = src->base; n == 0 && i < depth; i++)
			if (c->sections[i].sigil)
				break;
		if (n++ == 0)
			*endless_r = i == depth;
	}
	return n;
}

static int
check_partial(struct compiler *c, const struct source *src,
    const struct mustache_tag *tag, bool *too_deep_r)
{
	struct slice name = tag->content;
	size_t n_open;
	bool endless;

	if (!vars_name_ok(name))
		return template_fail(c, src, tag->start,
		    "\"%.*s\" is no partial's name; a name has " VARS_NAME_RULE,
		    (int)name.len, name.data);
	n_open = count_open(c, src, name, &endless);
	if (endless)
		return template_fail(c, src, tag->start,
		    "the partial \"%.*s\" includes itself without end; put "
		    "the inner one into a section that is not always there",
		    (int)name.len, name.data);
	*too_deep_r = n_open == TEMPLATE_RECURSION_MAX;
	if (c->depth == TEMPLATE_DEPTH_MAX && !*too_deep_r)
		return template_fail(c, src, tag->start,
		    "sections and partials are nested more than %d deep",
		    TEMPLATE_DEPTH_MAX);
	return 0;
}

static int
copy_partial(struct compiler *c, struct source *part,
    const struct mustache_tag *tag, struct slice text, struct slice blanks)
{
	struct buf indented = {0};
	int r;

	if (blanks.len) {
		if (mustache_indent(
			&indented, text, blanks, TEMPLATE_SOURCE_MAX) == -1)
			return template_count(
			    c, part->from, tag->start, SIZE_MAX);
		text = slice_buf(&indented);
	}
	mustache_start(&part->in, text);
	c->sections[c->depth++] = (struct section){.sigil = 0};
	r = template_source(c, part);
	c->depth--;
	buf_free(&indented);
	return r;
}

int
template_on_partial(
    struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	struct slice blanks = {
	    src->in.text.data + tag->cut_start, tag->start - tag->cut_start};
	struct source part = {.base = c->depth + 1, .from = src};
	struct slice text;
	bool too_deep = false;
	char *name;
	int r = -1;

	if (check_partial(c, src, tag, &too_deep) == -1)
		return -1;
	if (too_deep) {
		template_emit(c, OP_TOO_DEEP, 0, 0);
		return 0;
	}
	name = xstrndup(tag->content.data, tag->content.len);
	part.name = name;
	if (c->partial && c->partial(name, &text, c->ctx))
		r = copy_partial(c, &part, tag, text, blanks);
	else
		(void)template_fail(c, src, tag->start,
		    "there is no partial \"%s\"; put it into partials/ or take "
		    "the tag out",
		    name);
	free(name);
	return r;
}
