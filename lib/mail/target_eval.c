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

static bool
has_item(struct slice list, struct slice item)
{
	size_t i, begin = 0;

	for (i = 0; i <= list.len; i++) {
		if (i < list.len && list.data[i] != ',' && list.data[i] != ';')
			continue;
		if (slice_eq(slice_trim((struct slice){list.data + begin,
		                 i - begin}), item))
			return true;
		begin = i + 1;
	}
	return false;
}

static enum truth
compare(const struct asked *a, const struct node *n)
{
	struct target_value l, r;
	size_t i;

	if (!side(a, &n->left, &l))
		return UNKNOWN;
	if (n->kind == NODE_HAS)
		return has_item(l.text, n->right->text) ? IS_TRUE : IS_FALSE;
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
		return target_blank(field_value(a, n->left.field)) ? IS_FALSE
		                                                   : IS_TRUE;
	default:
		return compare(a, n);
	}
}

bool
target_true(const struct target *t, const struct vars *data, int64_t now_ms)
{
	struct asked a = {data, now_ms};

	return truth(&a, t->root) == IS_TRUE;
}
