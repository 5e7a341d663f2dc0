/* A condition as text again: one blank between words, ' where it can be, no
 * parentheses but those that are needed. */
#include "lib/mail/target_node.h"

static const char *const ops[] = {
    [TARGET_EQ] = "==",
    [TARGET_NE] = "!=",
    [TARGET_LT] = "<",
    [TARGET_LE] = "<=",
    [TARGET_GT] = ">",
    [TARGET_GE] = ">=",
};

static void
show_side(const struct operand *o, struct buf *out)
{
	static const char *const functions[] = {
	    [TARGET_TEXT] = "text",
	    [TARGET_NUMBER] = "number",
	    [TARGET_DATE] = "date",
	    [TARGET_AGE] = "age",
	};
	char quote = o->text.len && memchr(o->text.data, '\'', o->text.len)
	    ? '"' : '\'';

	if (o->field && o->said)
		buf_printf(out, "%s(%s)", functions[o->type], o->field);
	else if (o->field)
		buf_add_str(out, o->field);
	else if (o->type == TARGET_NUMBER)
		buf_add_slice(out, o->text);
	else {
		buf_add_char(out, quote);
		buf_add_slice(out, o->text);
		buf_add_char(out, quote);
	}
}

static void
show_row(const struct node *n, const char *between, struct buf *out)
{
	const struct node *c;

	for (c = n->child; c; c = c->next) {
		bool inside = n->kind == NODE_AND && c->kind == NODE_OR;

		buf_add_str(out, c == n->child ? "" : between);
		buf_add_str(out, inside ? "(" : "");
		target_show(c, out);
		buf_add_str(out, inside ? ")" : "");
	}
}

static void
show_comparison(const struct node *n, struct buf *out)
{
	size_t i;

	show_side(&n->left, out);
	if (n->kind == NODE_IN)
		buf_add_str(out, " in [");
	else
		buf_printf(out, " %s ",
		    n->kind == NODE_HAS ? "has" : ops[n->op]);
	for (i = 0; i < n->n; i++) {
		buf_add_str(out, i ? ", " : "");
		show_side(&n->right[i], out);
	}
	buf_add_str(out, n->kind == NODE_IN ? "]" : "");
}

void
target_show(const struct node *n, struct buf *out)
{
	bool bare;

	switch (n->kind) {
	case NODE_OR:
		show_row(n, " || ", out);
		break;
	case NODE_AND:
		show_row(n, " && ", out);
		break;
	case NODE_NOT:
		bare = n->child->kind == NODE_NOT ||
		    n->child->kind == NODE_EXISTS;
		buf_add_str(out, bare ? "!" : "!(");
		target_show(n->child, out);
		buf_add_str(out, bare ? "" : ")");
		break;
	case NODE_EXISTS:
		buf_printf(out, "exists %s", n->left.field);
		break;
	default:
		show_comparison(n, out);
	}
}
