#include "config.h"

#include "ctl/lint_source.h"

#include "lib/mail/mustache.h"
#include "lib/mail/template.h"

struct walk {
	struct lint_source *s;
	lint_partial_fn partial;
	void *ctx;
};
struct part { /* a file that is being laid out */
	const struct part *from;
	const char *name; /* of the partial; "" at the top */
	struct lint_place at;
	bool whole;
	int depth;
	const struct lint_branch *in;
};

/* Room for one more of `size` octets. */
static void *
grow(struct arena *arena, void *list, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return list;
	*cap = *cap ? *cap * 2 : 32;
	more = arena_alloc(arena, *cap * size);
	if (n)
		memcpy(more, list, n * size);
	return more;
}

static void
put(struct lint_source *s, struct slice text, struct lint_piece piece)
{
	if (text.len == 0 ||
	    text.len > 2 * (size_t)TEMPLATE_SOURCE_MAX - s->text.len)
		return;
	s->pieces = grow(s->arena, s->pieces, s->n_pieces, &s->cap_pieces,
	    sizeof(*s->pieces));
	piece.begin = s->text.len;
	s->pieces[s->n_pieces++] = piece;
	buf_add_slice(&s->text, text);
}

static int
count_lines(const char *from, const char *to)
{
	int n = 0;

	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

/* A tag's place; `done` is how far the file's lines are counted. */
static void
go_on(struct part *p, struct slice text, size_t *done, size_t to)
{
	if (!p->whole)
		p->at.line += count_lines(text.data + *done, text.data + to);
	*done = to;
}

static void
use(struct walk *w, const struct part *p, const struct mustache_tag *tag)
{
	struct lint_source *s = w->s;
	struct lint_use *u;

	if (slice_eq_str(tag->content, "."))
		return;
	s->uses = grow(s->arena, s->uses, s->n_uses, &s->cap_uses,
	    sizeof(*s->uses));
	u = &s->uses[s->n_uses++];
	u->name = arena_strndup(s->arena, tag->content.data, tag->content.len);
	u->section = tag->sigil == '#' || tag->sigil == '^';
	u->in = p->in;
	u->at = p->at;
}

static void
enter(struct walk *w, struct part *p, const struct mustache_tag *tag)
{
	struct lint_branch *b = arena_alloc(w->s->arena, sizeof(*b));

	use(w, p, tag);
	b->up = p->in;
	b->name = arena_strndup(w->s->arena, tag->content.data,
	    tag->content.len);
	b->inverted = tag->sigil == '^';
	p->in = b;
}

static void lay_out(struct walk *w, struct part *p, struct slice text);

/* A partial within itself is laid out once. */
static void
include(struct walk *w, const struct part *p, const struct mustache_tag *tag)
{
	struct part inner = {.from = p, .depth = p->depth + 1, .in = p->in};
	const struct part *up;
	const char *file = NULL;
	struct slice text;

	inner.name = arena_strndup(w->s->arena, tag->content.data,
	    tag->content.len);
	w->s->shows_address = w->s->shows_address ||
	    strcmp(inner.name, CAMPAIGN_POSTAL_ADDRESS) == 0;
	for (up = p; up; up = up->from)
		if (strcmp(up->name, inner.name) == 0)
			return;
	if (inner.depth >= TEMPLATE_DEPTH_MAX || !w->partial ||
	    !w->partial(inner.name, &text, &file, w->ctx))
		return;
	inner.whole = p->whole || !file;
	inner.at = inner.whole ? p->at : (struct lint_place){file, 1};
	lay_out(w, &inner, text);
}

static void
on_tag(struct walk *w, struct part *p, struct mustache *in,
    const struct mustache_tag *tag)
{
	const struct lint_piece here = {
	    .at = p->at, .whole = true, .in = p->in};

	switch (tag->sigil) {
	case '#':
	case '^':
		enter(w, p, tag);
		break;
	case '/':
		p->in = p->in ? p->in->up : NULL;
		break;
	case '>':
		include(w, p, tag);
		break;
	case '=':
		(void)mustache_set_delimiters(in, tag);
		break;
	case '!':
		break;
	default:
		use(w, p, tag);
		put(w->s, slice_of(LINT_VALUE), here);
	}
}

static void
lay_out(struct walk *w, struct part *p, struct slice text)
{
	struct mustache in;
	struct mustache_tag tag;
	size_t done = 0;

	mustache_start(&in, text);
	text = in.text;
	while (mustache_next(&in, &tag) == 1) {
		go_on(p, text, &done, in.pos);
		put(w->s, (struct slice){text.data + in.pos,
		    tag.cut_start - in.pos}, (struct lint_piece){.at = p->at,
		    .whole = p->whole, .in = p->in});
		go_on(p, text, &done, tag.start);
		on_tag(w, p, &in, &tag);
		in.pos = tag.cut_end;
	}
	go_on(p, text, &done, in.pos);
	put(w->s, (struct slice){text.data + in.pos, text.len - in.pos},
	    (struct lint_piece){.at = p->at, .whole = p->whole, .in = p->in});
}

static void
find_lines(struct lint_source *s)
{
	size_t n = (size_t)count_lines(s->text.data,
	    s->text.data + s->text.len), i;

	s->lines = arena_alloc(s->arena, n * sizeof(*s->lines));
	for (i = 0; i < s->text.len; i++)
		if (s->text.data[i] == '\n')
			s->lines[s->n_lines++] = i + 1;
}

/* Ends of lines before the octet. */
static size_t
lines_before(const struct lint_source *s, size_t offset)
{
	size_t low = 0, high = s->n_lines;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->lines[middle] <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct lint_source *
lint_source_new(struct arena *arena, struct lint_place at, struct slice text,
    lint_partial_fn partial, void *ctx)
{
	struct lint_source *s = arena_alloc(arena, sizeof(*s));
	struct walk w = {.s = s, .partial = partial, .ctx = ctx};
	struct part top = {.name = "", .at = at};

	s->arena = arena;
	s->at = at;
	lay_out(&w, &top, text);
	buf_add(&s->text, "", 0);
	find_lines(s);
	return s;
}

void
lint_source_free(struct lint_source **s)
{
	if (*s)
		buf_free(&(*s)->text);
	*s = NULL;
}

/* The piece that the octet is in; NULL of an empty text. */
static const struct lint_piece *
piece_of(const struct lint_source *s, size_t offset)
{
	size_t low = 0, high = s->n_pieces;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->pieces[middle].begin <= offset)
			low = middle;
		else
			high = middle;
	}
	return s->n_pieces ? &s->pieces[low] : NULL;
}

struct lint_place
lint_source_place(const struct lint_source *s, size_t offset)
{
	const struct lint_piece *p = piece_of(s, offset);
	struct lint_place at;

	if (!p)
		return s->at;
	at = p->at;
	if (offset > s->text.len)
		offset = s->text.len;
	if (!p->whole)
		at.line += (int)(lines_before(s, offset) -
		    lines_before(s, p->begin));
	return at;
}

bool
lint_source_apart(const struct lint_source *s, size_t a, size_t b)
{
	const struct lint_piece *p = piece_of(s, a), *q = piece_of(s, b);
	const struct lint_branch *x, *y;

	for (x = p ? p->in : NULL; x; x = x->up)
		for (y = q ? q->in : NULL; y; y = y->up)
			if (x->inverted != y->inverted &&
			    strcmp(x->name, y->name) == 0)
				return true;
	return false;
}
