/* Which creative of a campaign a recipient gets, and why none: what is decided by
 * campaign.conf and data alone, without gateways.  policyd, and nearpostctl's
 * audience and preview, all ask here. */
#ifndef NEARPOST_MAIL_SELECTION_H
#define NEARPOST_MAIL_SELECTION_H

#include "lib/mail/campaign.h"

struct selection_input {
	const struct campaign *campaign;
	const struct vars *stub;         /* NULL: it has none of its own */
	const struct vars *record;       /* the whole of the recipient's */
	const struct creative *creative; /* asked for by name, or NULL */
	const char *key;                 /* address_key() */
	int64_t now_ms;
};
struct selection {
	const char *missing; /* a required variable, or NULL */
	const struct creative *creative; /* NULL: none is for them */
};

/* Both are found out, whatever the other is. */
struct selection selection_make(struct arena *arena,
    const struct selection_input *in);
/* Why there will be no advert, as the stub's sender is told: what is missing comes
 * first.  NULL: there will be one. */
const char *selection_fault(struct arena *arena, const struct campaign *c,
    const struct selection *s);
/* A creative by its name; NULL, and what its sender is told in *error_r (arena). */
const struct creative *selection_named(struct arena *arena,
    const struct campaign *c, const char *name, const char **error_r);
/* Does the gateway get this field of the record, beside a stub's own variables (may
 * be NULL)?  Those are in the stub. */
bool selection_travels(const struct campaign *c, const struct vars *stub,
    const char *field);

#endif
