/* The ticket table: which stubs this gateway has answered for (repeats).
 * Pure; wall clock in milliseconds is an argument, and every change
 * is handed to `record` as a text line, which claims_replay() reads.
 *
 *      (nothing) --claim--> PENDING --queue id in the mail log--> ACCEPTED
 *                             |  \--refused in the log, or released--> (nothing)
 *                             \--silent for a minute--> LAPSED
 *
 * A LAPSED ticket may be claimed anew, but when its queue id shows up after all
 * (a slow milter behind ours) it is ACCEPTED: the table believes the log.
 *
 * Sendmail's log does not name a mail that is in the queue before it was tried:
 * there the queue itself is asked, too (claims_watch).
 *
 * Claims across gateways (nearpost_claim at policyd) will be asked for where
 * claims_claim() answers CLAIM_NEW, before it is told to the expander. */
#ifndef NEARPOST_AGENT_CLAIMS_H
#define NEARPOST_AGENT_CLAIMS_H

#include <stdint.h>

#include "lib/base/buf.h"

#define CLAIMS_MAX 10000000   /* tickets kept; more are told to wait */
#define CLAIMS_PENDING_MS 60000
#define CLAIMS_BLIND_MS 3600000 /* where the log names what it tried, no sooner */
#define CLAIMS_LINE_MAX 1024
#define CLAIMS_QUEUE_MAX 20000 /* claims_queue() looks at no more */

struct claim {
	char ticket[33];   /* hex */
	char queue_id[32];
	char campaign[65], creative[65];
	char recipient[320];
	int64_t requested_ms, eom_ms, expires_ms;
	int64_t size_bytes; /* of the advert; of the queue file once it is known */
	int64_t arrival_ms; /* Postfix's own stamp, known after the first deferral;
	                     * 0 before */
};
enum claim_answer {
	CLAIM_NEW = 0,  /* yours: expand it */
	CLAIM_ACCEPTED, /* it is in the queue or was delivered: discard */
	CLAIM_PENDING,  /* another attempt is not settled: 451 */
	CLAIM_REFUSED   /* malformed, or the table is full: 451 */
};
struct claims_sum {
	size_t n;                /* tickets in the table */
	size_t pending;
	size_t queued;           /* accepted, its turn is to come */
	int64_t queued_bytes;
	size_t deferred;         /* accepted, waiting for a retry */
	int64_t accepted, accepted_bytes; /* since start */
	int64_t removed, removed_bytes;
};

struct claims;

struct claims *claims_new(void (*record)(struct slice line, void *ctx),
    void *ctx);
void claims_free(struct claims **c);

enum claim_place {
	CLAIM_PLACE_NONE = 0, /* not in the queue */
	CLAIM_PLACE_QUEUE,
	CLAIM_PLACE_UNKNOWN   /* nobody can tell: PENDING for CLAIMS_BLIND_MS */
};
/* Where the mail of a pending ticket is. */
void claims_watch(struct claims *c,
    enum claim_place (*place)(const char *queue_id, void *ctx), void *ctx);

/* Expires tickets of the past when there is need for room. */
enum claim_answer claims_claim(struct claims *c, const struct claim *new);
/* The expander could not apply its edits.  false: not pending with that id. */
bool claims_release(struct claims *c, const char *ticket,
    const char *queue_id);

/* What the mail log says of a queue id.  The claim, or NULL when it is none of
 * ours (or gone); valid until the next call.  *first_r: it was not accepted
 * before. */
const struct claim *claims_queued(struct claims *c, const char *queue_id,
    int64_t size_bytes, bool *first_r);
/* An attempt failed for now; claims_queued() brings it back into the line.
 * a_us: the log's time before the queue manager, -1 unknown. */
void claims_deferred(struct claims *c, const char *queue_id, int64_t a_us);
bool claims_rejected(struct claims *c, const char *queue_id);
/* Gone from the queue: from now on only the ticket's id is kept. */
bool claims_removed(struct claims *c, const char *queue_id);

/* log_seen_ms: everything that was logged before this moment has been read.
 * Returns how many pending tickets lapsed. */
size_t claims_tick(struct claims *c, int64_t now_ms, int64_t log_seen_ms);

void claims_count(const struct claims *c, struct claims_sum *sum_r);
struct claims_queue {
	int64_t n, bytes;
	int64_t sessions; /* no more than so many for each domain */
};
/* The adverts that reached the queue before that moment, deferred ones apart. */
void claims_queue(const struct claims *c, int64_t before_ms,
    int64_t domain_sessions, struct claims_queue *q_r);
/* A line as it was recorded; no recording while replaying.  -1: damaged. */
int claims_replay(struct claims *c, struct slice line);
/* The whole table as lines, newline behind each. */
void claims_dump(const struct claims *c, struct buf *out);

#endif
