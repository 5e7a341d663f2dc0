/* One question to policyd, blocking. */
#ifndef NEARPOST_CTL_ASK_H
#define NEARPOST_CTL_ASK_H

#include "ctl/ctl.h"
#include "lib/mail/policy.h"

/* question: a whole request (policy_end done).  The answer's slices live in the
 * arena.  EX_OK, or another exit status after having said on standard error what is
 * wrong: EX_UNAVAILABLE when policyd is away or silent, EX_DATAERR or EX_TEMPFAIL
 * for its answer action=REJECT or DEFER text. */
int ask_policyd(struct ctl *ctl, struct arena *arena, struct slice question,
    struct policy_message *answer_r);
/* The same, but what policyd answers it with is not said: *refusal_r, in the arena,
 * NULL for any other status than EX_DATAERR. */
int ask_policyd_if(struct ctl *ctl, struct arena *arena, struct slice question,
    struct policy_message *answer_r, const char **refusal_r);

#endif
