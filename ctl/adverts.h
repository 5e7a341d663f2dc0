/* The adverts to one person, or of one message: what is kept of them in Redis. */
#ifndef NEARPOST_CTL_ADVERTS_H
#define NEARPOST_CTL_ADVERTS_H

#include <stdint.h>

#include "ctl/ctl.h"
#include "lib/base/mem.h"

struct advert_row {
	char ticket[33];
	int64_t at_ms; /* of the decision, or of the first event */
	const char *campaign, *gateway; /* the one it was at last, or the first choice */
	const char *status; /* of the last event; "on the way" */
	int64_t seq; /* of that event */
};
struct adverts {
	struct arena *arena;
	struct advert_row *rows; /* the newest first */
	size_t n, cap;
};

/* By recipient (as address_key() writes it) or, with recipient NULL, by the queue
 * id of their stub at the initiator.  EX_OK, or EX_TEMPFAIL after having said
 * why. */
int adverts_find(struct ctl *ctl, const char *recipient, const char *queue_id,
    struct adverts *out_r);
void adverts_free(struct adverts *a);
/* A table, or JSON with ctl->json. */
void adverts_print(const struct ctl *ctl, const struct adverts *a);

#endif
