/* The expander's side of the observer's desk (desk.h): questions over pooled
 * connections, each with a deadline.  For many threads. */
#ifndef NEARPOST_AGENT_ASKER_H
#define NEARPOST_AGENT_ASKER_H

#include "lib/mail/policy.h"

#define ASKER_DEADLINE_MS 2000
#define ASKER_IDLE_MAX 16 /* connections kept open */

struct asker;

/* As long as the process lives.  NULL and *error_r (static) when `to` is no address
 * (policy style). */
struct asker *asker_new(const char *to, const char **error_r);
/* request: a whole one, ended by policy_end().  It may be sent twice, when a kept
 * connection turns out to be dead.  0, or -1 and *error_r (static). */
int asker_ask(struct asker *a, struct slice request, struct arena *arena,
    struct policy_message *answer_r, const char **error_r);

/* One connection that its holder keeps: -1 when there is none. */
int asker_connect(const struct asker *a);
/* The same on that connection; it is of no use after -1. */
int asker_ask_on(int fd, struct slice request, struct arena *arena,
    struct policy_message *answer_r, const char **error_r);

#endif
