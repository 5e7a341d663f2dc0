/* Compiling happens once per asset set, by operators' tools and at load; so
 * this half spends its effort on saying exactly what is wrong and where. */
#include "lib/mail/template_compiler.h"

#include <stdlib.h>

#include "lib/base/text.h"

int
template_fail(struct compiler *c, const struct source *src, size_t at,
    const char *fmt, ...)
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

struct op *
template_emit(struct compiler *c, enum op_kind kind, size_t a, size_t b)
{
	struct template *t = c->t;

	if (t->n_ops == t->cap_ops) {
		t->cap_ops = t->cap_ops ? t->cap_ops * 2 : 16;
		t->ops = xrealloc(t->ops, t->cap_ops * sizeof(*t->ops));
	}
	t->ops[t->n_ops] = (struct op){
	    .kind = (uint8_t)kind, .a = (uint32_t)a, .b = (uint32_t)b};
	return &t->ops[t->n_ops++];
}

int
template_count(
    struct compiler *c, const struct source *src, size_t at, size_t len)
{
	if (len <= TEMPLATE_SOURCE_MAX - c->read) {
		c->read += len;
		return 0;
	}
	return template_fail(c, src, at,
	    "the template and its partials, each use counted, pass %d octets; "
	    "make them smaller",
	    TEMPLATE_SOURCE_MAX);
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
	if (template_scans(c) &&
	    html_place_text(&c->html, s, &at, &error) == -1)
		return template_fail(c, src, from + at, "%s", error);
	if (t->n_ops > c->barrier && t->ops[t->n_ops - 1].kind == OP_TEXT)
		t->ops[t->n_ops - 1].b += (uint32_t)s.len;
	else
		template_emit(c, OP_TEXT, t->text.len, s.len);
	buf_add_slice(&t->text, s);
	return 0;
}

static uint32_t
add_name(struct template *t, struct slice name)
{
	struct op_name *n;
	const char *dot;

	t->names = xrealloc(t->names, (t->n_names + 1) * sizeof(*t->names));
	n = &t->names[t->n_names];
	n->text = xstrndup(name.data, name.len);
	n->first = n->rest = slice_of(n->text);
	dot = strchr(n->text, '.');
	if (dot)
		n->first.len = (size_t)(dot - n->text);
	n->rest.data += n->first.len + (dot ? 1 : 0);
	n->rest.len -= n->first.len + (dot ? 1 : 0);
	return (uint32_t)t->n_names++;
}

/* Index of the name, or OP_DOT, in *index_r. */
int
template_intern(struct compiler *c, const struct source *src,
    const struct mustache_tag *tag, uint32_t *index_r)
{
	struct template *t = c->t;
	struct slice name = tag->content;

	if (slice_eq_str(name, ".")) {
		if (c->html.loops == 0)
			return template_fail(c, src, tag->start,
			    "{{.}} stands in no section; write the variable's "
			    "name");
		*index_r = OP_DOT;
		return 0;
	}
	if (!vars_name_ok(name))
		return template_fail(c, src, tag->start,
		    "\"%.*s\" is no variable's name; a name "
		    "has " VARS_NAME_RULE,
		    (int)(name.len > 64 ? 64 : name.len), name.data);
	for (*index_r = 0; *index_r < t->n_names; ++*index_r)
		if (slice_eq_str(name, t->names[*index_r].text))
			return 0;
	if (t->n_names == TEMPLATE_NAMES_MAX)
		return template_fail(c, src, tag->start,
		    "more than %d different variables; use fewer",
		    TEMPLATE_NAMES_MAX);
	*index_r = add_name(t, name);
	return 0;
}

static int
on_variable(
    struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	enum escape how = ESCAPE_NONE;
	const char *error;
	uint32_t name;
	struct op *op;

	if (template_intern(c, src, tag, &name) == -1)
		return -1;
	if (c->place == TEMPLATE_HEADER)
		how = ESCAPE_HEADER;
	else if (c->place != TEMPLATE_TEXT &&
		 html_place_var(&c->html, &how, &error) == -1)
		return template_fail(c, src, tag->start, "{{%.*s}}: %s",
		    (int)tag->content.len, tag->content.data, error);
	if (c->place == TEMPLATE_URL && how == ESCAPE_HTML_URL_START)
		how = ESCAPE_URL_START;
	op = template_emit(c, OP_VAR, name, 0);
	op->how = (uint8_t)how;
	op->loops = (uint16_t)c->html.value_loops;
	return 0;
}

static int
on_comment(
    struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	(void)c;
	(void)src;
	(void)tag;
	return 0;
}

static int
on_delimiters(
    struct compiler *c, struct source *src, const struct mustache_tag *tag)
{
	if (mustache_set_delimiters(&src->in, tag) == 0)
		return 0;
	return template_fail(c, src, tag->start,
	    "new delimiters are written {{=<%% %%>=}}: two words of at most %d "
	    "characters without =",
	    MUSTACHE_DELIMITER_MAX);
}

static const struct {
	char sigil;
	int (*run)(struct compiler *c, struct source *src,
	    const struct mustache_tag *tag);
} tags[] = {
    {0, on_variable},
    {'{', on_variable},
    {'&', on_variable},
    {'#', template_on_section},
    {'^', template_on_section},
    {'/', template_on_close},
    {'!', on_comment},
    {'=', on_delimiters},
    {'>', template_on_partial},
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

int
template_source(struct compiler *c, struct source *src)
{
	struct mustache_tag tag;
	int r;

	if (template_count(c, src, 0, src->in.text.len) == -1)
		return -1;
	if (!text_is_utf8(src->in.text) ||
	    (src->in.text.len &&
		memchr(src->in.text.data, 0, src->in.text.len)))
		return template_fail(
		    c, src, 0, "this is no UTF-8 text; save it as UTF-8");
	while ((r = mustache_next(&src->in, &tag)) == 1)
		if (run_tag(c, src, &tag) == -1)
			return -1;
	if (r == -1)
		return template_fail(c, src, tag.start,
		    "%.*s%s is never closed; write %s%.*s behind the name",
		    (int)src->in.open.len, src->in.open.data,
		    tag.sigil == '{' ? "{" : "", tag.sigil == '{' ? "}" : "",
		    (int)src->in.close.len, src->in.close.data);
	if (emit_text(c, src, src->in.pos, src->in.text.len) == -1)
		return -1;
	if (c->depth > src->base) {
		const struct section *s = &c->sections[c->depth - 1];

		return template_fail(c, src, s->at,
		    "the section \"%.*s\" is never closed; write {{/%.*s}} "
		    "where "
		    "it ends",
		    (int)s->name.len, s->name.data, (int)s->name.len,
		    s->name.data);
	}
	return 0;
}

struct template *
template_compile(const char *name, struct slice text, enum template_place place,
    template_partial_fn partial, void *ctx, char **error_r)
{
	struct source src = {.name = name};
	struct compiler c = {.t = xcalloc(1, sizeof(*c.t)),
	    .place = place,
	    .partial = partial,
	    .ctx = ctx};
	const char *error;
	int r;

	*error_r = NULL;
	mustache_start(&src.in, text);
	if (place == TEMPLATE_URL) /* like an href whose end never comes */
		c.html = (struct html_place){.state = HTML_VALUE,
		    .url = true,
		    .at_start = true,
		    .in_scheme = true};
	r = template_source(&c, &src);
	if (r == 0 && place == TEMPLATE_HTML &&
	    html_place_end(&c.html, &error) == -1)
		r = template_fail(&c, &src, text.len, "%s", error);
	if (r == 0)
		return c.t;
	template_free(&c.t);
	*error_r = c.error;
	return NULL;
}
