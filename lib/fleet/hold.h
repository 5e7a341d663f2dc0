/* A campaign that an admin has stopped: paused (stubs wait) or cancelled (stubs
 * are refused), since when and why.  Kept in Redis as "paused SINCE_MS REASON",
 * for all policyds.  Pure. */
#ifndef NEARPOST_FLEET_HOLD_H
#define NEARPOST_FLEET_HOLD_H

#include "lib/fleet/order.h"

/* Of the reply to a stub of a cancelled campaign. */
#define HOLD_CANCELLED_CODE "554 5.7.1"

enum hold_kind { HOLD_NONE = 0, HOLD_PAUSED, HOLD_CANCELLED };

struct hold {
	enum hold_kind kind;
	int64_t since_ms; /* wall clock */
	char reason[ORDER_REASON_MAX + 1]; /* may be "" */
};

const char *hold_kind_name(enum hold_kind kind); /* "paused"; "" for none */
enum hold_kind hold_kind_of(struct slice name);
void hold_write(struct buf *out, const struct hold *h);
/* -1: it is no hold; *out_r is then HOLD_NONE. */
int hold_read(const char *text, struct hold *out_r);
/* One line for the sender of a stub: what, since when, why. */
void hold_tell(struct buf *out, const char *campaign, const struct hold *h);

#endif
