/* Named values: what a template is filled with.  A small list, kept in order of
 * first appearance; setting a name again replaces its value.
 *
 * Names with dots make a tree of it, so that flat columns and `name: value` lines
 * can hold what templates and conditions see as objects and lists:
 *
 *	order.total: 12.50		order is an object with a total
 *	items.0.name: Fern		items is a list of objects ...
 *	items.1.name: Moss
 *	interests.1: jazz		interests is a list of texts
 *
 * Parts that are numbers (no leading zeros) make a list; its items stand in the
 * numbers' order, whatever number is the first and whichever are left out.  What is
 * empty is as good as missing: an item, an object or a list is there when one
 * value in it is not empty. */
#ifndef NEARPOST_MAIL_VARS_H
#define NEARPOST_MAIL_VARS_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#define VARS_MAX 200           /* names */
#define VARS_NAME_MAX 64       /* octets: [A-Za-z_][A-Za-z0-9_-]*, and more such
				* parts behind dots, which may begin with any */
#define VARS_VALUE_MAX 16384   /* octets, UTF-8 */
#define VARS_ITEMS_MAX 200     /* of a list that was one value */
#define VARS_NAME_RULE                                                         \
	"1 to 64 letters, digits, _ and -, single dots between them, the "     \
	"first a letter or _"

struct var {
	const char *name;
	struct slice value; /* with a NUL behind it, and none in it */
};
struct vars { /* to copy one: vars_init() and vars_add_missing() */
	struct var *list;
	uint32_t *order; /* the same as a tree: indices into list */
	size_t n, cap;
	struct arena *arena; /* owns everything */
};

void vars_init(struct vars *v, struct arena *arena);
/* Copies both into the arena.  -1 and *error_r (in the arena, names the variable):
 * bad name, value over the limit, control characters but HTAB, broken UTF-8, too
 * many. */
int vars_set(struct vars *v, struct slice name, struct slice value,
    const char **error_r);
const struct var *vars_get(const struct vars *v, struct slice name);
/* Copies everything of `from` that `v` does not hide, past VARS_MAX if it must be:
 * none of a recipient's data may be dropped in silence. */
void vars_add_missing(struct vars *v, const struct vars *from);
/* The next item of a text with commas or semicolons between items, without white
 * space around; empty ones are left out.  false: no more. */
bool vars_take_item(struct slice *rest, struct slice *item_r);
/* Makes a list of such a text: "sports, music" gives interests.0 and interests.1,
 * and stays what it is.  Where it is a list already, or nothing, nothing is done.
 * -1 and *error_r (in the arena): more than VARS_ITEMS_MAX items. */
int vars_make_list(struct vars *v, struct slice name, const char **error_r);
/* All of these names.  -1: as above. */
int vars_make_lists(struct vars *v, char *const *names, size_t n,
    const char **error_r);
/* Does v override that name of another set?  It has the name itself; or the name
 * belongs to an item of a list, and v has such a list (or an empty value) of its
 * own: a list is taken from one place, whole. */
bool vars_hides(const struct vars *v, struct slice name);
/* Everyone who takes a name from outside asks here. */
bool vars_name_ok(struct slice name);
/* Octets of the name that the text begins with; 0: with none. */
size_t vars_name_length(struct slice text);
/* Is the name `top`, or below it ("order.total" is below "order")? */
bool vars_name_within(struct slice name, struct slice top);

/* The canonical form that a ticket's digest covers: sorted by name, each
 * "name=len:value\n". */
void vars_canonical(const struct vars *v, struct buf *out);

/* --- the tree (vars_tree.c) */

struct vars_node {
	uint32_t first, end; /* in v->order; the same: nothing is there */
	uint32_t from;       /* where in these names the parts below begin */
};

struct vars_node vars_root(const struct vars *v);
/* What is at the path below a node. */
struct vars_node vars_below(const struct vars *v, struct vars_node at,
    struct slice path);
/* The node's own value; {"", 0} when it has none. */
struct slice vars_node_value(const struct vars *v, struct vars_node at);
/* Is any value in it not empty? */
bool vars_node_there(const struct vars *v, struct vars_node at);
/* ... apart from its own? */
bool vars_node_there_below(const struct vars *v, struct vars_node at);
/* The next item of a list that is there; *item starts as all zeroes.  false: no
 * more, or no list. */
bool vars_next_item(const struct vars *v, struct vars_node list,
    struct vars_node *item);
/* Order of names in the tree: a name before those below it, numbers before other
 * parts and by their value. */
int vars_name_cmp(struct slice a, struct slice b);

#endif
