/* The hot path.  Sections around are a stack of nodes of the record's tree; a
 * name is looked for from its top downwards.  Nothing is built for that, so a
 * record of a dozen values and a letter of a dozen names cost a dozen short
 * searches. */
#include "lib/mail/template_program.h"

#include <stdlib.h>

struct frame { /* a section that is open */
	struct vars_node at;
	struct vars_node list;
	bool is_list;
	bool repeats; /* not the first item */
};

struct run {
	const struct template *t;
	const struct vars *vars;
	struct buf *out;
	struct frame frames[TEMPLATE_DEPTH_MAX + 1]; /* the first: the record */
	size_t top;
	size_t steps;
};

static struct vars_node
look_up(struct run *r, uint32_t index)
{
	const struct op_name *name = &r->t->names[index];
	size_t i = r->top + 1;

	while (i-- > 0) {
		struct vars_node found =
		    vars_below(r->vars, r->frames[i].at, name->first);

		r->steps++;
		if (found.first == found.end)
			continue;
		return name->rest.len ? vars_below(r->vars, found, name->rest)
				      : found;
	}
	return (struct vars_node){0, 0, 0};
}

static struct vars_node
node_of(struct run *r, uint32_t index)
{
	return index == OP_DOT ? r->frames[r->top].at : look_up(r, index);
}

/* A value that begins a URL does so in the first round only. */
static enum escape
how_now(const struct run *r, const struct op *op)
{
	size_t i;

	if (op->how != ESCAPE_HTML_URL_START && op->how != ESCAPE_URL_START)
		return (enum escape)op->how;
	for (i = op->loops + 1u; i <= r->top; i++)
		if (r->frames[i].repeats)
			return ESCAPE_URL;
	return (enum escape)op->how;
}

/* Where to go on. */
static size_t
open_section(struct run *r, size_t i)
{
	const struct op *op = &r->t->ops[i];
	struct frame f = {.list = node_of(r, op->a)};

	if (vars_next_item(r->vars, f.list, &f.at))
		f.is_list = true;
	else if (vars_node_there(r->vars, f.list))
		f.at = f.list;
	else
		return op->b;
	r->frames[++r->top] = f;
	return i + 1;
}

static size_t
end_section(struct run *r, size_t i)
{
	struct frame *f = &r->frames[r->top];

	if (!f->is_list || !vars_next_item(r->vars, f->list, &f->at)) {
		r->top--;
		return i + 1;
	}
	f->repeats = true;
	return r->t->ops[i].a + 1u;
}

/* One op; where to go on. */
static size_t
step(struct run *r, size_t i)
{
	const struct op *op = &r->t->ops[i];

	switch ((enum op_kind)op->kind) {
	case OP_TEXT:
		buf_add(r->out, r->t->text.data + op->a, op->b);
		break;
	case OP_VAR:
		escape_add(r->out, how_now(r, op),
		    vars_node_value(r->vars, node_of(r, op->a)));
		break;
	case OP_SECTION:
		return open_section(r, i);
	case OP_END:
		return end_section(r, i);
	case OP_INVERTED:
		if (vars_node_there(r->vars, node_of(r, op->a)))
			return op->b;
		break;
	case OP_TOO_DEEP: /* template_render() */
		break;
	}
	return i + 1;
}

#define TEXT_OF(n) #n
#define NUMBER(n) TEXT_OF(n)

int
template_render(const struct template *t, const struct vars *vars,
    struct buf *out, const char **error_r)
{
	struct run r = {.t = t, .vars = vars, .out = out};
	const size_t start = out->len;
	size_t i = 0;

	r.frames[0] = (struct frame){.at = vars_root(vars)};
	*error_r = NULL;
	buf_reserve(out, t->text.len + t->text.len / 8);
	while (i < t->n_ops && !*error_r) {
		if (t->ops[i].kind == OP_TOO_DEEP)
			*error_r =
			    "has a partial that includes itself more "
			    "than " NUMBER(
				TEMPLATE_RECURSION_MAX) " times with these "
							"variables";
		i = step(&r, i);
		if (out->len - start > TEMPLATE_OUTPUT_MAX)
			*error_r = "passes 16 MB with these variables";
		if (++r.steps > TEMPLATE_STEPS_MAX)
			*error_r = "repeats lists within lists more than a "
				   "million times with these variables";
	}
	if (!*error_r)
		return 0;
	out->len = start;
	out->data[start] = '\0';
	return -1;
}

void
template_names(const struct template *t,
    void (*fn)(const char *name, void *ctx), void *ctx)
{
	size_t i;

	for (i = 0; i < t->n_names; i++)
		fn(t->names[i].text, ctx);
}

void
template_texts(const struct template *t,
    void (*fn)(struct slice text, bool cut, void *ctx), void *ctx)
{
	size_t i;

	for (i = 0; i < t->n_ops; i++)
		if (t->ops[i].kind == OP_TEXT)
			fn((struct slice){t->text.data + t->ops[i].a,
			       t->ops[i].b},
			    i + 1 < t->n_ops, ctx);
}

size_t
template_text_size(const struct template *t)
{
	return t->text.len;
}

size_t
template_memory(const struct template *t)
{
	size_t i, sum = sizeof(*t) + t->cap_ops * sizeof(*t->ops) +
			t->n_names * sizeof(*t->names) + t->text.cap;

	for (i = 0; i < t->n_names; i++)
		sum += strlen(t->names[i].text) + 1;
	return sum;
}

void
template_free(struct template **t)
{
	size_t i;

	if (!*t)
		return;
	for (i = 0; i < (*t)->n_names; i++)
		free((*t)->names[i].text);
	free((*t)->names);
	free((*t)->ops);
	buf_free(&(*t)->text);
	free(*t);
	*t = NULL;
}
