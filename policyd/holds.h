/* Which campaigns an admin has paused or cancelled; see orders.h. */
#ifndef NEARPOST_POLICYD_HOLDS_H
#define NEARPOST_POLICYD_HOLDS_H

#include "lib/fleet/hold.h"
#include "policyd/policyd.h"

struct holds;

struct holds *holds_new(struct policyd *p);
void holds_free(struct holds **h);
/* NULL: neither any more. */
void holds_order(struct holds *h, const char *campaign,
    const struct hold *hold);
/* Redis has every order that was given here. */
bool holds_kept(const struct holds *h);
/* false: its stubs may go. */
bool holds_find(const struct holds *h, const char *campaign,
    struct hold *out_r);
/* Walk in no order: start with *pos = 0, until false. */
bool holds_next(const struct holds *h, size_t *pos, struct slice *campaign_r,
    struct hold *out_r);
/* As orders_load(). */
void holds_load(struct holds *h);
/* For a gateway, which may have stubs that were chosen for before. */
void holds_report(const struct holds *h, struct buf *out);

#endif
