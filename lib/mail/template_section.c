/* A section's body is read as HTML once, and yet it may be left out or
 * repeated: so what stands behind it, and in it, is judged by all the ways that
 * lead there. */
#include "lib/mail/template_compiler.h"

int
template_on_section(
    struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	struct section *s = &c->sections[c->depth];
	bool list = tag->sigil == '#';
	uint32_t name;

	if (c->depth == TEMPLATE_DEPTH_MAX)
		return template_fail(c, src, tag->start,
		    "sections and partials are nested more than %d deep",
		    TEMPLATE_DEPTH_MAX);
	if (template_intern(c, src, tag, &name) == -1)
		return -1;
	*s = (struct section){.name = tag->content,
	    .sigil = tag->sigil,
	    .at = tag->start,
	    .op = c->t->n_ops,
	    .beside = c->html,
	    .body = src->in,
	    .text_len = c->t->text.len};
	if (c->last.end_op == c->t->n_ops && c->last.name == name &&
	    c->last.sigil != tag->sigil && c->last.sigil) {
		/* The "else" of the section just closed: begins where that one
		 * began, and ends where it ended. */
		c->html = c->last.open;
	}
	s->begin = s->again = c->html;
	template_emit(c, list ? OP_SECTION : OP_INVERTED, name, 0);
	c->html.loops += list;
	c->depth++;
	return 0;
}

/* A list's body follows itself.  When that leaves another doubt than its first
 * beginning did, it is compiled once more from there, so that what it says of
 * its variables is true of every round. */
static int
close_round(struct compiler *c, struct source *src,
    const struct mustache_tag *tag, struct section *s, bool *again_r)
{
	struct html_place next = c->html;
	const char *error;

	*again_r = false;
	if (!template_scans(c))
		return 0;
	if (html_place_join(&next, &s->again, &error) == -1)
		return template_fail(c, src, tag->start, "%s", error);
	next.at_start = s->begin.at_start; /* rendering sees to that */
	if (html_place_same(&next, &s->again))
		return 0;
	if (template_count(c, src, tag->start, tag->start - s->body.pos) == -1)
		return -1;
	*again_r = true;
	s->again = c->html = next;
	c->html.loops = s->begin.loops + 1;
	src->in = s->body;
	c->t->n_ops = c->barrier = s->op + 1;
	c->t->text.len = s->text_len;
	c->last.sigil = 0;
	return 0;
}

static int
close_section(struct compiler *c, struct source *src,
    const struct mustache_tag *tag, struct section *s)
{
	const char *error;
	bool again = false;

	if (s->sigil == '#' && close_round(c, src, tag, s, &again) == -1)
		return -1;
	if (again)
		return 0;
	if (template_scans(c) &&
	    html_place_join(&c->html, &s->beside, &error) == -1)
		return template_fail(c, src, tag->start, "%s", error);
	c->html.loops = s->begin.loops;
	c->depth--;
	if (s->sigil == '#')
		template_emit(c, OP_END, s->op, 0);
	c->t->ops[s->op].b = (uint32_t)c->t->n_ops;
	c->barrier = c->t->n_ops;
	c->last.sigil = s->sigil;
	c->last.name = c->t->ops[s->op].a;
	c->last.end_op = c->t->n_ops;
	c->last.open = s->begin;
	return 0;
}

int
template_on_close(
    struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	struct section *s;

	if (c->depth == src->base)
		return template_fail(c, src, tag->start,
		    "{{/%.*s}} closes no section; write {{#%.*s}} before it or "
		    "take it out",
		    (int)tag->content.len, tag->content.data,
		    (int)tag->content.len, tag->content.data);
	s = &c->sections[c->depth - 1];
	if (!slice_eq(s->name, tag->content))
		return template_fail(c, src, tag->start,
		    "{{/%.*s}} stands where the section \"%.*s\" is open; "
		    "write "
		    "{{/%.*s}}",
		    (int)tag->content.len, tag->content.data, (int)s->name.len,
		    s->name.data, (int)s->name.len, s->name.data);
	return close_section(c, src, tag, s);
}
