/* The inside of the ticket table, shared by claims.c (its rules) and
 * claims_text.c (its lines in the journal).
 *
 * Two maps and three lists over the same entries: by ticket, by queue id (only
 * while the advert is in the queue), in order of arrival (what expires first),
 * the pending ones, and those whose turn is to come.  After the queue let go of an advert only its ticket's
 * id and expiry stay: a week of tickets has to fit into memory. */
#ifndef NEARPOST_AGENT_CLAIMS_TABLE_H
#define NEARPOST_AGENT_CLAIMS_TABLE_H

#include <sys/queue.h>

#include "gateway-agent/claims.h"
#include "lib/base/map.h"

enum claim_state {
	CLAIM_IS_PENDING = 0,
	CLAIM_IS_QUEUED,   /* accepted, its turn is to come */
	CLAIM_IS_DEFERRED, /* accepted, tried, and waiting for a retry */
	CLAIM_IS_LAPSED,
	CLAIM_IS_DONE      /* accepted, and gone from the queue */
};

struct claim_entry {
	TAILQ_ENTRY(claim_entry) order;
	TAILQ_ENTRY(claim_entry) turn; /* while PENDING or QUEUED */
	char ticket[33];
	enum claim_state state;
	int64_t expires_ms;
	struct claim *claim; /* NULL once DONE */
};
TAILQ_HEAD(claim_list, claim_entry);

struct claims {
	struct map *by_ticket, *by_queue_id;
	struct claim_list order, waiting, queued;
	void (*record)(struct slice line, void *ctx);
	void *ctx;
	enum claim_place (*place)(const char *queue_id, void *ctx); /* or NULL */
	void *place_ctx;
	bool replaying;
	struct claims_sum sum;
};

void claims_set_state(struct claims *c, struct claim_entry *e,
    enum claim_state state);
struct claim_entry *claims_insert(struct claims *c, const char *ticket,
    int64_t expires_ms);
void claims_forget(struct claims *c, struct claim_entry *e);
void claims_write(struct buf *out, const struct claim *n);

#endif
