/* Compiling happens once per asset set, by operators' tools and at load; so this
 * half spends its effort on saying exactly what is wrong and where. */
#include "lib/mail/html_place.h"
#include "lib/mail/mustache.h"
#include "lib/mail/template_program.h"

#include <stdlib.h>

#include "lib/base/text.h"

struct source { /* a template's text, or a partial's */
	const char *name;
	struct mustache in;
	size_t base; /* depth where it began */
	const struct source *from; /* includes this one */
};

struct section {
	struct slice name;
	size_t at; /* in its source, for the error */
	size_t op;
	uint32_t context; /* what {{.}} was around it */
	char sigil;
	struct html_place begin;  /* where its body begins */
	struct html_place beside; /* where one is when it is passed over */
};

#define NO_NAME UINT32_MAX

struct compiler {
	struct template *t;
	enum template_place place;
	template_partial_fn partial;
	void *ctx;
	struct html_place html;
	struct section sections[TEMPLATE_DEPTH_MAX];
	size_t depth;     /* sections and partials that are open */
	uint32_t context; /* name that {{.}} stands for, or NO_NAME */
	size_t barrier;   /* an op someone jumps to: text before it is closed */
	struct {          /* the section closed last */
		char sigil;
		uint32_t name;
		size_t end_op;
		struct html_place open;
	} last;
	char *error;
};

static int
fail(struct compiler *c, const struct source *src, size_t at, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

static int
fail(struct compiler *c, const struct source *src, size_t at, const char *fmt,
    ...)
{
	struct buf text = {0};
	size_t i, line = 1;
	va_list ap;

	for (i = 0; i < at && i < src->in.text.len; i++)
		line += src->in.text.data[i] == '\n';
	buf_printf(&text, "%s:%zu: ", src->name, line);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	for (; src->from; src = src->from)
		buf_printf(&text, " (partial of %s)", src->from->name);
	free(c->error);
	c->error = buf_steal(&text);
	return -1;
}

static bool
scans(const struct compiler *c)
{
	return c->place == TEMPLATE_HTML || c->place == TEMPLATE_URL;
}

static struct op *
emit(struct compiler *c, enum op_kind kind, size_t a, size_t b)
{
	struct template *t = c->t;

	if (t->n_ops == t->cap_ops) {
		t->cap_ops = t->cap_ops ? t->cap_ops * 2 : 16;
		t->ops = xrealloc(t->ops, t->cap_ops * sizeof(*t->ops));
	}
	t->ops[t->n_ops] = (struct op){kind, (uint32_t)a, (uint32_t)b};
	return &t->ops[t->n_ops++];
}

static int
emit_text(struct compiler *c, const struct source *src, size_t from, size_t to)
{
	struct slice s = {src->in.text.data, to - from};
	struct template *t = c->t;
	const char *error;
	size_t at = 0;

	if (s.len == 0)
		return 0;
	s.data += from;
	if (s.len > TEMPLATE_SOURCE_MAX - t->text.len)
		return fail(c, src, from,
		    "the template and its partials pass %d octets; make them "
		    "smaller", TEMPLATE_SOURCE_MAX);
	if (scans(c) &&
	    html_place_text(&c->html, s, &at, &error) == -1)
		return fail(c, src, from + at, "%s", error);
	if (t->n_ops > c->barrier && t->ops[t->n_ops - 1].kind == OP_TEXT)
		t->ops[t->n_ops - 1].b += (uint32_t)s.len;
	else
		emit(c, OP_TEXT, t->text.len, s.len);
	buf_add_slice(&t->text, s);
	return 0;
}

/* Index of the name, in *index_r. */
static int
intern(struct compiler *c, const struct source *src, const struct mustache_tag *tag,
    uint32_t *index_r)
{
	struct template *t = c->t;
	struct slice name = tag->content;
	uint32_t i;

	if (slice_eq_str(name, ".")) {
		if (c->context == NO_NAME)
			return fail(c, src, tag->start,
			    "{{.}} stands in no section; write the variable's "
			    "name");
		*index_r = c->context;
		return 0;
	}
	if (!vars_name_ok(name))
		return fail(c, src, tag->start,
		    "\"%.*s\" is no variable's name; names are letters, digits, "
		    "_ . and -, and begin with a letter or _",
		    (int)(name.len > 64 ? 64 : name.len), name.data);
	for (i = 0; i < t->n_names; i++)
		if (slice_eq(t->names[i], name))
			break;
	if (i == TEMPLATE_NAMES_MAX)
		return fail(c, src, tag->start,
		    "more than %d different variables; use fewer",
		    TEMPLATE_NAMES_MAX);
	if (i == t->n_names) {
		t->names = xrealloc(t->names, (i + 1) * sizeof(*t->names));
		t->names[i].data = xstrndup(name.data, name.len);
		t->names[i].len = name.len;
		t->n_names++;
	}
	*index_r = i;
	return 0;
}

static int
on_variable(struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	enum escape how = ESCAPE_NONE;
	const char *error;
	uint32_t name;

	if (intern(c, src, tag, &name) == -1)
		return -1;
	if (c->place == TEMPLATE_HEADER)
		how = ESCAPE_HEADER;
	else if (c->place != TEMPLATE_TEXT &&
	    html_place_var(&c->html, &how, &error) == -1)
		return fail(c, src, tag->start, "{{%.*s}}: %s",
		    (int)tag->content.len, tag->content.data, error);
	if (c->place == TEMPLATE_URL && how == ESCAPE_HTML_URL_START)
		how = ESCAPE_URL_START;
	emit(c, OP_VAR, name, how);
	return 0;
}

static int
on_section(struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	struct section *s = &c->sections[c->depth];
	uint32_t name;

	if (c->depth == TEMPLATE_DEPTH_MAX)
		return fail(c, src, tag->start,
		    "sections and partials are nested more than %d deep",
		    TEMPLATE_DEPTH_MAX);
	if (intern(c, src, tag, &name) == -1)
		return -1;
	*s = (struct section){.name = tag->content, .at = tag->start,
	    .op = c->t->n_ops, .context = c->context, .beside = c->html};
	if (c->last.end_op == c->t->n_ops && c->last.name == name &&
	    c->last.sigil != tag->sigil && c->last.sigil) {
		/* The "else" of the section just closed: begins where that one
		 * began, and ends where it ended. */
		c->html = c->last.open;
	}
	s->begin = c->html;
	s->sigil = tag->sigil;
	emit(c, tag->sigil == '#' ? OP_UNLESS : OP_IF, name, 0);
	if (tag->sigil == '#')
		c->context = name;
	c->depth++;
	return 0;
}

static int
on_close(struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	struct section *s;
	const char *error;

	if (c->depth == src->base)
		return fail(c, src, tag->start,
		    "{{/%.*s}} closes no section; write {{#%.*s}} before it or "
		    "take it out", (int)tag->content.len, tag->content.data,
		    (int)tag->content.len, tag->content.data);
	s = &c->sections[c->depth - 1];
	if (!slice_eq(s->name, tag->content))
		return fail(c, src, tag->start,
		    "{{/%.*s}} stands where the section \"%.*s\" is open; write "
		    "{{/%.*s}}", (int)tag->content.len, tag->content.data,
		    (int)s->name.len, s->name.data, (int)s->name.len,
		    s->name.data);
	if (scans(c) &&
	    html_place_join(&c->html, &s->beside, &error) == -1)
		return fail(c, src, tag->start, "%s", error);
	c->depth--;
	c->context = s->context;
	c->t->ops[s->op].b = (uint32_t)c->t->n_ops;
	c->barrier = c->t->n_ops;
	c->last.sigil = s->sigil;
	c->last.name = c->t->ops[s->op].a;
	c->last.end_op = c->t->n_ops;
	c->last.open = s->begin;
	return 0;
}

static int
on_comment(struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	(void)c;
	(void)src;
	(void)tag;
	return 0;
}

static int
on_delimiters(struct compiler *c, struct source *src,
    const struct mustache_tag *tag)
{
	if (mustache_set_delimiters(&src->in, tag) == 0)
		return 0;
	return fail(c, src, tag->start,
	    "new delimiters are written {{=<%% %%>=}}: two words of at most %d "
	    "characters without =", MUSTACHE_DELIMITER_MAX);
}

static int compile_source(struct compiler *c, struct source *src);

static int
on_partial(struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	struct slice blanks = {src->in.text.data + tag->cut_start,
	    tag->start - tag->cut_start};
	struct buf indented = {0};
	struct source part = {.base = c->depth + 1, .from = src};
	struct slice text;
	char *name;
	int r = -1;

	if (c->depth == TEMPLATE_DEPTH_MAX)
		return fail(c, src, tag->start,
		    "sections and partials are nested more than %d deep; does "
		    "\"%.*s\" include itself?", TEMPLATE_DEPTH_MAX,
		    (int)tag->content.len, tag->content.data);
	if (!vars_name_ok(tag->content))
		return fail(c, src, tag->start,
		    "\"%.*s\" is no partial's name; names are letters, digits, _ "
		    ". and -", (int)tag->content.len, tag->content.data);
	name = xstrndup(tag->content.data, tag->content.len);
	part.name = name;
	if (!c->partial || !c->partial(name, &text, c->ctx)) {
		(void)fail(c, src, tag->start,
		    "there is no partial \"%s\"; put it into partials/ or take "
		    "the tag out", name);
	} else {
		if (blanks.len) {
			mustache_indent(&indented, text, blanks);
			text = slice_buf(&indented);
		}
		mustache_start(&part.in, text);
		c->sections[c->depth++].name = (struct slice){NULL, 0};
		r = compile_source(c, &part);
		c->depth--;
		buf_free(&indented);
	}
	free(name);
	return r;
}

static const struct {
	char sigil;
	int (*run)(struct compiler *c, struct source *src,
	    const struct mustache_tag *tag);
} tags[] = {
    {0, on_variable},
    {'{', on_variable},
    {'&', on_variable},
    {'#', on_section},
    {'^', on_section},
    {'/', on_close},
    {'!', on_comment},
    {'=', on_delimiters},
    {'>', on_partial},
};

static int
run_tag(struct compiler *c, struct source *src, struct mustache_tag *tag)
{
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (tags[i].sigil == tag->sigil)
			break;
	if (emit_text(c, src, src->in.pos, tag->cut_start) == -1)
		return -1;
	src->in.pos = tag->cut_end;
	return tags[i].run(c, src, tag);
}

static int
compile_source(struct compiler *c, struct source *src)
{
	struct mustache_tag tag;
	int r;

	if (!text_is_utf8(src->in.text) ||
	    (src->in.text.len && memchr(src->in.text.data, 0, src->in.text.len)))
		return fail(c, src, 0, "this is no UTF-8 text; save it as UTF-8");
	while ((r = mustache_next(&src->in, &tag)) == 1)
		if (run_tag(c, src, &tag) == -1)
			return -1;
	if (r == -1)
		return fail(c, src, tag.start,
		    "%.*s%s is never closed; write %s%.*s behind the name",
		    (int)src->in.open.len, src->in.open.data,
		    tag.sigil == '{' ? "{" : "", tag.sigil == '{' ? "}" : "",
		    (int)src->in.close.len, src->in.close.data);
	if (emit_text(c, src, src->in.pos, src->in.text.len) == -1)
		return -1;
	if (c->depth > src->base) {
		const struct section *s = &c->sections[c->depth - 1];

		return fail(c, src, s->at,
		    "the section \"%.*s\" is never closed; write {{/%.*s}} where "
		    "it ends", (int)s->name.len, s->name.data,
		    (int)s->name.len, s->name.data);
	}
	return 0;
}

struct template *
template_compile(const char *name, struct slice text,
    enum template_place place, template_partial_fn partial, void *ctx,
    char **error_r)
{
	struct source src = {.name = name};
	struct compiler c = {.t = xcalloc(1, sizeof(*c.t)), .place = place,
	    .partial = partial, .ctx = ctx, .context = NO_NAME};
	const char *error;
	int r;

	*error_r = NULL;
	mustache_start(&src.in, text);
	if (place == TEMPLATE_URL) /* like an href whose end never comes */
		c.html = (struct html_place){.state = HTML_VALUE,
		    .attr = "href", .at_start = true, .in_scheme = true};
	r = compile_source(&c, &src);
	if (r == 0 && place == TEMPLATE_HTML &&
	    html_place_end(&c.html, &error) == -1)
		r = fail(&c, &src, text.len, "%s", error);
	if (r == 0)
		return c.t;
	template_free(&c.t);
	*error_r = c.error;
	return NULL;
}
