/* By recursive descent: a function for each rule of the grammar in target.h.
 * && and || have any number of parts, so that only parentheses and ! nest. */
#include "lib/mail/target_token.h"

static struct node *parse_condition(struct target_parser *p);
static struct node *parse_one(struct target_parser *p);

/* Is the condition over, with this or with what may follow one? */
static bool
over(struct target_parser *p, enum token_kind end)
{
	const struct token *t = &p->now;

	if (t->kind == end)
		return true;
	if (target_like(t, "and"))
		return target_fail(p, t, "write && for and");
	if (target_like(t, "or"))
		return target_fail(p, t, "write || for or");
	if (t->kind == TOKEN_OP)
		return target_fail(p, t, "a comparison has two sides; write "
		    "1 < a && a < 5 for 1 < a < 5");
	return target_wanted(p, end == TOKEN_CLOSE ? "&&, || or )" :
	    t->kind == TOKEN_CLOSE ? "a ( before it, or nothing," : "&& or ||");
}

static struct node *
new_node(struct target_parser *p, enum node_kind kind)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));

	n->kind = kind;
	return n;
}

/* The left side alone, or with something behind it that compares nothing. */
static bool
no_comparison(struct target_parser *p, const struct operand *left)
{
	const struct token *t = &p->now;

	if (target_like(t, "in") || target_like(t, "has"))
		return target_fail(p, t, "in and has are written small");
	if (left->field && !left->said && t->kind != TOKEN_NAME &&
	    t->kind != TOKEN_QUOTED && t->kind != TOKEN_NUMBER)
		return target_fault(p->fault, left->at, "%s alone is no "
		    "condition; write exists %s, or compare it", left->field,
		    left->field);
	return target_wanted(p, "==, !=, <, <=, >, >=, in or has");
}

static bool
read_right(struct target_parser *p, struct node *n)
{
	if (p->now.kind == TOKEN_OP)
		n->kind = NODE_COMPARE;
	else if (target_word(&p->now, "has"))
		n->kind = NODE_HAS;
	else if (target_word(&p->now, "in"))
		n->kind = NODE_IN;
	else
		return no_comparison(p, &n->left);
	n->op = p->now.op;
	target_advance(p);
	if (n->kind == NODE_IN)
		return target_list(p, n);
	if (n->kind == NODE_HAS && p->now.kind == TOKEN_LIST)
		return target_fail(p, &p->now, "has takes one text; write "
		    "a has 'x' || a has 'y'");
	n->right = arena_alloc(p->arena, sizeof(*n->right));
	n->n = 1;
	return target_side(p, n->right);
}

static struct node *
parse_comparison(struct target_parser *p)
{
	struct node *n = new_node(p, NODE_COMPARE);

	return target_side(p, &n->left) && read_right(p, n) &&
	        target_settle(n, p->fault) ? n : NULL;
}

static struct node *
parse_exists(struct target_parser *p)
{
	struct node *n = new_node(p, NODE_EXISTS);
	bool open;

	target_advance(p);
	open = p->now.kind == TOKEN_OPEN;
	if (open)
		target_advance(p);
	n->left = (struct operand){.at = p->now.at, .type = TARGET_ANY};
	if (!target_name(p, &n->left.field) ||
	    (open && !target_take(p, TOKEN_CLOSE, ")")))
		return NULL;
	return n;
}

static struct node *
parse_parentheses(struct target_parser *p)
{
	struct node *n;

	target_advance(p);
	n = parse_condition(p);
	if (!n || !over(p, TOKEN_CLOSE))
		return NULL;
	target_advance(p);
	return n;
}

static struct node *
parse_not(struct target_parser *p)
{
	struct node *n = new_node(p, NODE_NOT);
	struct token sign = p->now;

	target_advance(p);
	if (p->now.kind != TOKEN_NOT && p->now.kind != TOKEN_OPEN &&
	    !target_word(&p->now, "exists")) {
		(void)target_fail(p, &sign, "! stands before a condition: "
		    "write !exists a, !(a == 'x') or a != 'x'");
		return NULL;
	}
	n->child = parse_one(p);
	return n->child ? n : NULL;
}

static struct node *
parse_one(struct target_parser *p)
{
	struct node *n;

	if (target_word(&p->now, "exists"))
		return parse_exists(p);
	if (p->now.kind != TOKEN_NOT && p->now.kind != TOKEN_OPEN)
		return parse_comparison(p);
	if (++p->depth > TARGET_DEPTH_MAX) {
		(void)target_fault(p->fault, p->now.at, "more than %d ( and ! "
		    "within each other", TARGET_DEPTH_MAX);
		return NULL;
	}
	n = p->now.kind == TOKEN_NOT ? parse_not(p) : parse_parentheses(p);
	p->depth--;
	return n;
}

/* Puts n, or what is in it when it is of the same kind, behind *last. */
static struct node **
append(struct node **last, enum node_kind kind, struct node *n)
{
	*last = n->kind == kind ? n->child : n;
	while (*last)
		last = &(*last)->next;
	return last;
}

/* Parts with && or || between them. */
static struct node *
parse_row(struct target_parser *p, enum node_kind kind, enum token_kind between,
    struct node *(*part)(struct target_parser *p))
{
	struct node *n = part(p), *row = NULL, **last = NULL;

	while (n && (row || p->now.kind == between)) {
		if (!row) {
			row = new_node(p, kind);
			last = &row->child;
		}
		last = append(last, kind, n);
		if (p->now.kind != between)
			return row;
		target_advance(p);
		n = part(p);
	}
	return n;
}

static struct node *
parse_all(struct target_parser *p)
{
	return parse_row(p, NODE_AND, TOKEN_AND, parse_one);
}

static struct node *
parse_condition(struct target_parser *p)
{
	return parse_row(p, NODE_OR, TOKEN_OR, parse_all);
}

struct node *
target_tree(struct arena *arena, struct slice text, struct target_fault *f)
{
	struct target_parser p = {.text = text, .arena = arena, .fault = f};
	struct node *n;

	target_advance(&p);
	n = parse_condition(&p);
	return n && over(&p, TOKEN_END) ? n : NULL;
}
