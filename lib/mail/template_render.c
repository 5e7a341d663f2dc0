/* The hot path: every name is looked up once, whatever it is used for, and text
 * is copied as long as it comes. */
#include "lib/mail/template_program.h"

#include <stdlib.h>

int
template_render(const struct template *t, const struct vars *vars,
    struct buf *out)
{
	struct slice values[TEMPLATE_NAMES_MAX];
	const size_t start = out->len;
	size_t i, expected = t->text.len;

	for (i = 0; i < t->n_names; i++) {
		const struct var *v = vars_get(vars, t->names[i]);

		values[i] = v ? v->value : (struct slice){NULL, 0};
		expected += values[i].len;
	}
	buf_reserve(out, expected);
	for (i = 0; i < t->n_ops; i++) {
		const struct op *op = &t->ops[i];

		switch (op->kind) {
		case OP_TEXT:
			buf_add(out, t->text.data + op->a, op->b);
			break;
		case OP_VAR:
			escape_add(out, (enum escape)op->b, values[op->a]);
			break;
		case OP_UNLESS:
			if (values[op->a].len == 0)
				i = op->b - 1;
			break;
		case OP_IF:
			if (values[op->a].len != 0)
				i = op->b - 1;
			break;
		}
		if (out->len - start > TEMPLATE_OUTPUT_MAX) {
			out->len = start;
			out->data[start] = '\0';
			return -1;
		}
	}
	return 0;
}

void
template_names(const struct template *t,
    void (*fn)(const char *name, void *ctx), void *ctx)
{
	size_t i;

	for (i = 0; i < t->n_names; i++)
		fn(t->names[i].data, ctx);
}

void
template_texts(const struct template *t,
    void (*fn)(struct slice text, bool cut, void *ctx), void *ctx)
{
	size_t i;

	for (i = 0; i < t->n_ops; i++)
		if (t->ops[i].kind == OP_TEXT)
			fn((struct slice){t->text.data + t->ops[i].a,
			       t->ops[i].b}, i + 1 < t->n_ops, ctx);
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
		sum += t->names[i].len + 1;
	return sum;
}

void
template_free(struct template **t)
{
	size_t i;

	if (!*t)
		return;
	for (i = 0; i < (*t)->n_names; i++)
		free((char *)(uintptr_t)(*t)->names[i].data);
	free((*t)->names);
	free((*t)->ops);
	buf_free(&(*t)->text);
	free(*t);
	*t = NULL;
}
