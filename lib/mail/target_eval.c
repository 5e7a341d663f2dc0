/* Three values, as in SQL: what is not known of a recipient is neither true nor
 * false, so that neither a condition nor its opposite chooses by it. */
#include "lib/mail/target_node.h"

enum truth { IS_FALSE = 0, IS_TRUE, UNKNOWN };

struct asked {
	const struct vars *data;
	int64_t now_ms;
};

static struct slice
field_value(const struct asked *a, const char *field)
{
	const struct var *v = vars_get(a->data, slice_of(field));

	return v ? v->value : (struct slice){"", 0};
}

static bool
side(const struct asked *a, const struct operand *o, struct target_value *v_r)
{
	if (o->field)
		return target_value(o->type, field_value(a, o->field),
		    a->now_ms, v_r);
	*v_r = (struct target_value){.text = o->text, .number = o->number};
	if (o->type == TARGET_DATE)
		v_r->moment = target_date_at(&o->date, a->now_ms);
	return true;
}

/* Below 0, 0, above 0, as l is before, the same as, behind r; of texts only 0 is
 * to be relied on. */
static int
order(enum target_type type, const struct target_value *l,
    const struct target_value *r)
{
	int64_t a = l->moment.ms, b = r->moment.ms;

	switch (type) {
	case TARGET_TEXT:
		return !slice_eq(l->text, r->text);
	case TARGET_DATE:
		if (l->moment.whole_day || r->moment.whole_day) {
			a = date_day_of_ms(a);
			b = date_day_of_ms(b);
		}
		return (a > b) - (a < b);
	default:
		return (l->number > r->number) - (l->number < r->number);
	}
}

static bool
holds(enum target_op op, int order)
{
	switch (op) {
	case TARGET_EQ:
		return order == 0;
	case TARGET_NE:
		return order != 0;
	case TARGET_LT:
		return order < 0;
	case TARGET_LE:
		return order <= 0;
	case TARGET_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* Of names with numbers (likes.0, likes.1), else of the one value. */
static enum truth
has_item(const struct asked *a, const char *field, struct slice wanted)
{
	struct vars_node list = vars_below(a->data, vars_root(a->data),
	    slice_of(field)), node = {0, 0, 0};
	struct slice rest = field_value(a, field), item;
	bool known = !target_blank(rest), found = false;

	if (vars_next_item(a->data, list, &node)) {
		do
			found = slice_eq(slice_trim(vars_node_value(a->data,
			    node)), wanted);
		while (!found && vars_next_item(a->data, list, &node));
		return found ? IS_TRUE : IS_FALSE;
	}
	while (!found && vars_take_item(&rest, &item))
		found = slice_eq(item, wanted);
	return found ? IS_TRUE : known ? IS_FALSE : UNKNOWN;
}

static enum truth
compare(const struct asked *a, const struct node *n)
{
	struct target_value l, r;
	size_t i;

	if (n->kind == NODE_HAS)
		return has_item(a, n->left.field, n->right->text);
	if (!side(a, &n->left, &l))
		return UNKNOWN;
	for (i = 0; i < n->n; i++) {
		if (!side(a, &n->right[i], &r))
			return UNKNOWN;
		if (holds(n->op, order(n->left.type, &l, &r)))
			return IS_TRUE;
	}
	return IS_FALSE;
}

static enum truth truth(const struct asked *a, const struct node *n);

/* `enough` decides for all of them. */
static enum truth
row(const struct asked *a, const struct node *n, enum truth enough)
{
	enum truth so_far = enough == IS_TRUE ? IS_FALSE : IS_TRUE, t;

	for (n = n->child; n; n = n->next) {
		t = truth(a, n);
		if (t == enough)
			return t;
		if (t == UNKNOWN)
			so_far = UNKNOWN;
	}
	return so_far;
}

static enum truth
truth(const struct asked *a, const struct node *n)
{
	enum truth t;

	switch (n->kind) {
	case NODE_OR:
		return row(a, n, IS_TRUE);
	case NODE_AND:
		return row(a, n, IS_FALSE);
	case NODE_NOT:
		t = truth(a, n->child);
		return t == UNKNOWN ? t : t == IS_TRUE ? IS_FALSE : IS_TRUE;
	case NODE_EXISTS:
		return target_exists(a->data, n->left.field) ? IS_TRUE
		                                             : IS_FALSE;
	default:
		return compare(a, n);
	}
}

bool
target_exists(const struct vars *data, const char *field)
{
	struct vars_node at =
	    vars_below(data, vars_root(data), slice_of(field));

	return !target_blank(vars_node_value(data, at)) ||
	    vars_node_there_below(data, at);
}

bool
target_true(const struct target *t, const struct vars *data, int64_t now_ms)
{
	struct asked a = {data, now_ms};

	return truth(&a, t->root) == IS_TRUE;
}
