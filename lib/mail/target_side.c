/* What stands on the sides of a comparison: fields, functions, constants.  A name without quotes is a field wherever it stands; target_settle() refuses
 * it where quotes were forgotten. */
#include "lib/base/text.h"
#include "lib/mail/target_token.h"

bool
target_name(struct target_parser *p, const char **field_r)
{
	struct slice name = p->now.text;

	if (p->now.kind != TOKEN_NAME)
		return target_wanted(p, "a field's name");
	*field_r = arena_strndup(p->arena, name.data, name.len);
	target_advance(p);
	return true;
}

static bool
read_constant(struct target_parser *p, struct operand *o)
{
	const struct token *t = &p->now;

	o->quoted = t->kind == TOKEN_QUOTED;
	o->text = o->quoted ? t->inside : t->text;
	if (o->quoted)
		o->type = TARGET_TEXT; /* or a date: target_settle() */
	else if (text_double(t->text, -TARGET_NUMBER_MAX, TARGET_NUMBER_MAX,
	             &o->number) == 0)
		o->type = TARGET_NUMBER;
	else if (date_parse(t->text, &o->date.moment) == 0)
		o->type = TARGET_DATE;
	else
		return target_fault(p->fault, t->at, "%.*s is no number of at "
		    "most 15 digits and no date like 2026-01-31; a text stands "
		    "in quotes", target_shown(t->text), t->text.data);
	target_advance(p);
	return true;
}

static bool
read_function(struct target_parser *p, const struct token *name,
    struct operand *o)
{
	static const struct {
		const char *name;
		enum target_type type;
	} functions[] = {{"age", TARGET_AGE}, {"text", TARGET_TEXT},
	    {"number", TARGET_NUMBER}, {"date", TARGET_DATE}};
	const size_t n = sizeof(functions) / sizeof(functions[0]);
	size_t i = 0;

	while (i < n && !slice_eq_str(name->text, functions[i].name))
		i++;
	if (i == n)
		return target_fault(p->fault, name->at, "there is no %.*s(); "
		    "there are age, text, number and date",
		    target_shown(name->text), name->text.data);
	o->type = functions[i].type;
	o->said = true;
	return target_take(p, TOKEN_OPEN, "(") && target_name(p, &o->field) &&
	    target_take(p, TOKEN_CLOSE, ")");
}

bool
target_side(struct target_parser *p, struct operand *o_r)
{
	struct token name = p->now;

	*o_r = (struct operand){.at = name.at, .type = TARGET_ANY};
	if (name.kind == TOKEN_QUOTED || name.kind == TOKEN_NUMBER)
		return read_constant(p, o_r);
	if (name.kind != TOKEN_NAME)
		return target_wanted(p, "a field or a constant");
	if (target_word(&name, "has") || target_word(&name, "in") ||
	    target_word(&name, "exists"))
		return target_fault(p->fault, name.at, "%.*s is no field but a "
		    "word of the language: exists coupon, lang in ['en', "
		    "'de'], interests has 'sports'", (int)name.text.len,
		    name.text.data);
	target_advance(p);
	if (target_like(&name, "not") &&
	    (p->now.kind == TOKEN_NAME || p->now.kind == TOKEN_OPEN))
		return target_fail(p, &name, "write ! for not");
	if (p->now.kind == TOKEN_OPEN)
		return read_function(p, &name, o_r);
	o_r->field = arena_strndup(p->arena, name.text.data, name.text.len);
	return true;
}

bool
target_list(struct target_parser *p, struct node *n)
{
	size_t cap = 0;

	if (p->now.kind == TOKEN_OPEN)
		return target_fail(p, &p->now, "what a field may be in stands "
		    "in brackets: lang in ['en', 'de']");
	if (p->now.kind != TOKEN_LIST)
		return target_wanted(p, "[");
	do {
		target_advance(p);
		if (n->n == cap) {
			struct operand *more;

			cap = cap ? 2 * cap : 4;
			more = arena_alloc(p->arena, cap * sizeof(*more));
			if (n->n)
				memcpy(more, n->right, n->n * sizeof(*more));
			n->right = more;
		}
		if (!target_side(p, &n->right[n->n++]))
			return false;
	} while (p->now.kind == TOKEN_COMMA);
	return target_take(p, TOKEN_LIST_END, ", or ]");
}
