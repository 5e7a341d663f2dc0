/* A stub's recipients: which there are, and how each is written anew. */
#ifndef NEARPOST_MILTER_RECIPIENT_H
#define NEARPOST_MILTER_RECIPIENT_H

#include "milter/choice.h"
#include "milter/decide.h"

/* Without the <>. */
struct slice recipient_bare(const char *address);
const char *recipient_text(struct arena *arena, const struct choice *c);
/* Is any recipient in the relay domain? */
bool recipient_any_relayed(const struct decide_settings *s,
    const struct session_message *m);

/* One choice per recipient; one who is named twice counts once.  Those who cannot
 * be served at all are CHOICE_REJECT already. */
void recipient_list(const struct session_message *m,
    struct choice **choices_r, size_t *n_r);

/* Fills in split and ranked of those that are relayed; what has no place in the
 * transport table becomes DEFER, what does not fit REJECT. */
void recipient_rank(const struct decide_settings *s,
    const struct decide_world *w, const struct session_message *m,
    struct choice *choices, size_t n);

/* "ORCPT=...", the sender's or one made of the recipient's own address
 * (RFC 3461 section 4.2, RFC 6533 section 3). */
const char *recipient_orcpt(const struct session_message *m,
    const struct choice *c);

#endif
