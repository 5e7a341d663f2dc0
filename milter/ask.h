/* The milter's way to policyd: blocking, with one deadline for all questions of a
 * message.  Connections are kept and shared by libmilter's threads.
 *
 * After a failure (no answer in time, refused, cut off, malformed) every ask
 * fails at once for a while: stubs wait in the sender's queue, not in our
 * threads. */
#ifndef NEARPOST_MILTER_ASK_H
#define NEARPOST_MILTER_ASK_H

#include "lib/mail/policy.h"

#define ASK_DOWN_MS 5000
#define ASK_IDLE_MAX 64 /* connections kept open */

struct ask;

/* policyd: policy style, "unix:/path" or "inet:host:port".  down_ms: how long a
 * failure lasts (ASK_DOWN_MS).  NULL and *error_r (static) when policyd is no
 * address. */
struct ask *ask_new(const char *policyd, int64_t timeout_ms, int64_t down_ms,
    const char **error_r);
void ask_free(struct ask **ask); /* accepts NULL, leaves NULL */

/* Send n requests at once and wait for their n answers, which come in order; the
 * answers live in the arena.  -1 and *error_r (static): there are no answers.
 * Thread-safe. */
int ask_all(struct ask *ask, struct arena *arena, const struct slice *requests,
    size_t n, struct policy_message *answers_r, const char **error_r);

#endif
