/* What an agent did since it started, counted; its expander tells its observer, and
 * that one policyd, as attributes of the policy protocol:
 *
 *      did.expanded=12 did.expanded_bytes=18874368 did.refused.ticket=1 ...
 *
 * An older agent does not say all of them: -1 is not said. */
#ifndef NEARPOST_FLEET_DOINGS_H
#define NEARPOST_FLEET_DOINGS_H

#include <stdint.h>

#include "lib/mail/policy.h"

enum doing {
	DOING_EXPANDED = 0, /* stubs, of which the MTA may have refused some */
	DOING_EXPANDED_BYTES,
	DOING_EXPANDING_US, /* from the stub's final dot to the edits */
	DOING_REPEATED,     /* accepted before, and discarded */
	DOING_REFUSED_STRAY, /* did not come through the initiator */
	DOING_REFUSED_TICKET,
	DOING_REFUSED_CONTENT, /* no advert can be made of it */
	DOING_REFUSED_CANCELLED,
	DOING_DEFERRED_KEY,    /* or a clock that is late */
	DOING_DEFERRED_ASSETS, /* the set is not here */
	DOING_DEFERRED_CONTENT,
	DOING_DEFERRED_PAUSED,
	DOING_DEFERRED_PENDING,  /* an earlier attempt is not settled */
	DOING_DEFERRED_OBSERVER, /* does not answer */
	DOING_DEFERRED_MTA,      /* did not take the edits */
	DOING_PROBES,            /* of mail servers, ended */
	DOING_PROBES_FAILED,     /* of these, without a round trip */
	DOING_EVENTS_WAITING,    /* now: deliveries no policyd has acknowledged */
	DOING_EVENTS_DROPPED,
	DOING_N
};
struct doings {
	int64_t count[DOING_N];
};

void doings_clear(struct doings *d); /* all -1 */
/* "expanded", "refused.ticket" */
const char *doings_name(enum doing which);
void doings_write(struct buf *out, const struct doings *d);
/* What is no count, and what is absurd, is not said. */
void doings_read(const struct policy_message *m, struct doings *out_r);

#endif
