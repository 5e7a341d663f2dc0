/* Questions in the policy protocol over a connection, with one deadline: what every
 * program of ours that blocks on another does. */
#ifndef NEARPOST_MAIL_POLICY_CALL_H
#define NEARPOST_MAIL_POLICY_CALL_H

#include "lib/mail/policy.h"

/* requests: n whole ones, one behind the other; the answers come in their order,
 * their slices live in the arena.  fd: non-blocking.  deadline_ms: of
 * clock_mono_ms().
 *
 * 0, or -1 and *error_r, a phrase (static) that fits behind the other side's name;
 * then the connection is of no use any more.  *unheard_r (may be NULL): it broke
 * before anything came back, as one does that was kept too long; the same may be
 * asked on a new one. */
int policy_call(int fd, struct slice requests, size_t n, int64_t deadline_ms,
    struct arena *arena, struct policy_message *answers_r, bool *unheard_r,
    const char **error_r);

#endif
