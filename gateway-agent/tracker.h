/* What the observer remembers: the ticket table and the outbox, each with its
 * ledger in the state directory, and the rule that turns a line of the mail log
 * into a delivery event.  Time is an argument. */
#ifndef NEARPOST_AGENT_TRACKER_H
#define NEARPOST_AGENT_TRACKER_H

#include "gateway-agent/claims.h"
#include "gateway-agent/outbox.h"
#include "lib/mail/maillog.h"

struct tracker;

/* NULL and a heap *error_r when the state directory cannot be used. */
struct tracker *tracker_open(const char *state_directory, char **error_r);
void tracker_close(struct tracker **t);
/* The MTA's queue (spool.h), before the first claim. */
void tracker_watch(struct tracker *t, const char *queue_directory);

enum claim_answer tracker_claim(struct tracker *t, const struct claim *new);
bool tracker_release(struct tracker *t, const char *ticket,
    const char *queue_id);

/* One line of the log, with the mark behind it.  true: a deferral went into the
 * outbox, which policyd should hear of at once. */
bool tracker_log(struct tracker *t, const struct maillog_event *e,
    const char *mark, int64_t now_us);
/* Once a second or so: lapses, expiry, fdatasync, compaction. */
void tracker_tick(struct tracker *t, int64_t now_ms, int64_t log_seen_ms);

struct outbox *tracker_outbox(struct tracker *t);
void tracker_count(const struct tracker *t, struct claims_sum *sum_r);
/* As claims_queue(). */
void tracker_queue(const struct tracker *t, int64_t before_ms,
    int64_t domain_sessions, struct claims_queue *q_r);

/* When the receiving server had all of it: end of message here plus what the
 * log says of the way since; else (Sendmail) when the log says so, or when it was
 * read, at now_ms, which is no later than its whole seconds allow. */
int64_t tracker_received_ms(const struct claim *c,
    const struct maillog_event *e, int64_t now_ms);

#endif
