/* From stub to advert, once the ticket is known to be good: what a gateway sends,
 * and what nearpostctl preview shows. */
#ifndef NEARPOST_MAIL_GROW_H
#define NEARPOST_MAIL_GROW_H

#include "lib/mail/advert.h"
#include "lib/mail/stub.h"
#include "lib/mail/ticket.h"

struct grow_input {
	const struct assets *assets; /* NULL: the ticket's set is not here */
	const struct ticket *ticket;
	const struct stub *stub;
	const struct vars *record;   /* what travelled of the recipient's */
	const struct address *recipient;
	size_t max_size;
	int64_t now_ms;
	struct buf *text, *html;     /* as in struct advert_input */
};
enum grow_result {
	GROW_OK = 0,
	GROW_LATER,  /* another gateway, or this one later, may do it */
	GROW_REFUSED /* every gateway would come to the same end */
};

/* The advert's slices live in the arena and in the assets.  Else *why_r, in the
 * arena or static, is what the stub's sender is told. */
enum grow_result grow(struct arena *arena, const struct grow_input *in,
    struct advert *out_r, const char **why_r);

#endif
