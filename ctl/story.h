/* The story of one advert: what policyd decided and what became of it, in the order
 * of time.  Pure. */
#ifndef NEARPOST_CTL_STORY_H
#define NEARPOST_CTL_STORY_H

#include "lib/mail/policy.h"

/* m: policyd's answer to verb=why. */
void story_write(struct buf *out, struct arena *arena,
    const struct policy_message *m);
/* The same for programs, a line of JSON. */
void story_json(struct buf *out, struct arena *arena,
    const struct policy_message *m);

#endif
