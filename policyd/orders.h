/* Orders of an admin, as text by name, that hold for all policyds.  Redis has the
 * truth for them and is read ten times a second; with Redis away, what was known
 * last holds, and an order given meanwhile is handed on when it is back. */
#ifndef NEARPOST_POLICYD_ORDERS_H
#define NEARPOST_POLICYD_ORDERS_H

#include "policyd/policyd.h"

struct orders;

/* hash: the Redis key behind the prefix, kept.  look() is called after each
 * change and ten times a second. */
struct orders *orders_new(struct policyd *p, const char *hash,
    void (*look)(void *ctx), void *ctx);
void orders_free(struct orders **o);
/* text NULL: the order is withdrawn. */
void orders_give(struct orders *o, const char *name, const char *text);
/* NULL when there is none. */
const char *orders_find(const struct orders *o, const char *name);
/* Walk in no order: start with *pos = 0, until false. */
bool orders_next(const struct orders *o, size_t *pos, struct slice *name_r,
    const char **text_r);
/* Redis has every order that was given here. */
bool orders_kept(const struct orders *o);
/* Reads Redis; also called when it is found again, before the first lookup. */
void orders_load(struct orders *o);

#endif
