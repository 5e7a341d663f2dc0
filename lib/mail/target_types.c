/* What the sides of a comparison are read as, settled once, so that a mistake
 * is told to the one who writes the condition and not met by a recipient. */
#include "lib/base/text.h"
#include "lib/mail/target_token.h"

/* What a value of this type is compared as. */
static enum target_type
result(enum target_type type)
{
	return type == TARGET_AGE ? TARGET_NUMBER : type;
}

const char *
target_type_name(enum target_type type)
{
	static const char *const names[] = {
	    [TARGET_TEXT] = "text",
	    [TARGET_NUMBER] = "number",
	    [TARGET_DATE] = "date",
	    [TARGET_AGE] = "date of birth",
	    [TARGET_LIST] = "list",
	    [TARGET_ANY] = "anything",
	};

	return names[type];
}

/* 2026-02-30: somebody meant a date. */
static bool
like_date(struct slice s)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;

	if (s.len < sizeof(form) - 1)
		return false;
	for (i = 0; form[i]; i++)
		if (form[i] == 'd' ? s.data[i] < '0' || s.data[i] > '9'
		                   : s.data[i] != form[i])
			return false;
	return true;
}

/* c is compared with what is read as `want`; ANY: when only c tells. */
static bool
settle_constant(struct operand *c, enum target_type want,
    struct target_fault *f)
{
	int n = target_shown(c->text);
	bool date = c->quoted && target_date_read(c->text, &c->date);
	double number;

	if (date && want != TARGET_TEXT)
		c->type = TARGET_DATE;
	else if (c->quoted && like_date(c->text) && want != TARGET_TEXT)
		return target_fault(f, c->at, "there is no such day as '%.*s'",
		    n, c->text.data);
	if (want == TARGET_ANY || c->type == want)
		return true;
	if (want == TARGET_TEXT)
		return target_fault(f, c->at, "a text stands in quotes: '%.*s'",
		    n, c->text.data);
	if (want == TARGET_NUMBER && c->quoted &&
	    text_double(c->text, -TARGET_NUMBER_MAX, TARGET_NUMBER_MAX,
	        &number) == 0)
		return target_fault(f, c->at, "a number stands without quotes: "
		    "%.*s", n, c->text.data);
	return target_fault(f, c->at, "a %s is wanted and not %.*s%s",
	    target_type_name(want), n, c->text.data, want == TARGET_DATE
	    ? "; write 2026-01-31 or '30 days ago'" : "");
}

/* Two fields: at least one has to say what it is. */
static bool
settle_fields(struct operand *l, struct operand *r, struct target_fault *f)
{
	if (!l->said && !r->said)
		return target_fault(f, r->at, "%s without quotes is a field; "
		    "write '%s' for a text, or compare two fields as text(%s), "
		    "number(%s) or date(%s)", r->field, r->field, r->field,
		    r->field, r->field);
	if (!l->said)
		l->type = result(r->type);
	if (!r->said)
		r->type = result(l->type);
	if (result(l->type) != result(r->type))
		return target_fault(f, r->at, "a %s is compared with a %s",
		    target_type_name(result(l->type)),
		    target_type_name(result(r->type)));
	return true;
}

/* What compares no texts, and what no text in a record is. */
static bool
settle_text(const struct operand *c, enum target_op op, struct target_fault *f)
{
	int n = target_shown(c->text);
	double number;

	if (op != TARGET_EQ && op != TARGET_NE) {
		if (!c->field && text_double(c->text, -TARGET_NUMBER_MAX,
		        TARGET_NUMBER_MAX, &number) == 0)
			return target_fault(f, c->at, "a number stands without "
			    "quotes: %.*s", n, c->text.data);
		return target_fault(f, c->at, "<, <=, > and >= compare numbers "
		    "and dates (2026-01-31, '30 days ago'), no texts");
	}
	if (!c->field && target_blank(c->text))
		return target_fault(f, c->at, "an empty field counts as not "
		    "there; write %sexists and the field's name",
		    op == TARGET_EQ ? "!" : "");
	return true;
}

static bool
settle_compare(struct node *n, struct target_fault *f)
{
	struct operand *l = &n->left, *r = n->right;
	struct operand *field = l->field ? l : r, *other = l->field ? r : l;
	enum target_type want;

	if (!field->field)
		return target_fault(f, l->at, "two constants are compared; one "
		    "side has to be a field");
	if (other->field) {
		if (!settle_fields(l, r, f))
			return false;
	} else {
		want = field->said ? result(field->type) : TARGET_ANY;
		if (!settle_constant(other, want, f))
			return false;
		if (!field->said)
			field->type = other->type;
	}
	return field->type != TARGET_TEXT || settle_text(other, n->op, f);
}

static bool
settle_has(struct node *n, struct target_fault *f)
{
	struct operand *l = &n->left, *r = n->right;
	struct slice s = r->text;

	if (!l->field || l->said)
		return target_fault(f, l->at, "before has stands the name of a "
		    "field");
	if (r->field || !r->quoted)
		return target_fault(f, r->at, "behind has stands a text in "
		    "quotes");
	if (target_blank(s))
		return target_fault(f, r->at, "no item of a list is empty; "
		    "write exists %s", l->field);
	if (memchr(s.data, ',', s.len) || memchr(s.data, ';', s.len))
		return target_fault(f, r->at, ", and ; part the items of a "
		    "list, none has one in it; write %s has 'x' && %s has 'y'",
		    l->field, l->field);
	if (slice_trim(s).len != s.len)
		return target_fault(f, r->at, "the items of a list have no "
		    "blanks round them; write '%.*s'",
		    target_shown(slice_trim(s)), slice_trim(s).data);
	l->type = TARGET_LIST;
	return true;
}

static bool
settle_in(struct node *n, struct target_fault *f)
{
	struct operand *l = &n->left;
	enum target_type want = l->said ? result(l->type) : TARGET_ANY;
	size_t i;

	if (!l->field)
		return target_fault(f, l->at, "before in stands a field; write "
		    "interests has 'sports' for 'sports' in interests");
	for (i = 0; i < n->n; i++) {
		struct operand *c = &n->right[i];

		if (c->field)
			return target_fault(f, c->at, "between [ and ] stand "
			    "constants; a text stands in quotes: '%s'",
			    c->field);
		if (!settle_constant(c, want, f) ||
		    (c->type == TARGET_TEXT && !settle_text(c, TARGET_EQ, f)))
			return false;
		want = c->type;
	}
	if (!l->said)
		l->type = want;
	return true;
}

bool
target_settle(struct node *n, struct target_fault *f)
{
	if (n->kind == NODE_HAS)
		return settle_has(n, f);
	return n->kind == NODE_IN ? settle_in(n, f) : settle_compare(n, f);
}
