/* Named values: what a template is filled with.  A small list, kept in order of
 * first appearance; setting a name again replaces its value. */
#ifndef NEARPOST_MAIL_VARS_H
#define NEARPOST_MAIL_VARS_H

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#define VARS_MAX 200           /* names */
#define VARS_NAME_MAX 64       /* octets: [A-Za-z_][A-Za-z0-9_.-]* */
#define VARS_VALUE_MAX 16384   /* octets, UTF-8 */

struct var {
	const char *name;
	struct slice value; /* with a NUL behind it, and none in it */
};
struct vars {
	struct var *list;
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
/* Copies everything of `from` that `v` does not have, past VARS_MAX if it must be:
 * none of a recipient's data may be dropped in silence. */
void vars_add_missing(struct vars *v, const struct vars *from);
bool vars_name_ok(struct slice name);

/* The canonical form that a ticket's digest covers: sorted by name, each
 * "name=len:value\n". */
void vars_canonical(const struct vars *v, struct buf *out);

#endif
