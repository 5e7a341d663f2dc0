/* The edits of a stub that goes out: envelope, tickets, headers. */
#ifndef NEARPOST_MILTER_REWRITE_H
#define NEARPOST_MILTER_REWRITE_H

#include "milter/choice.h"
#include "milter/decide.h"

/* Every Nearpost-* field goes. */
void rewrite_strip(const struct session_message *m, struct session_edits *e);
/* NULL, or why no ticket can be written for this one. */
const char *rewrite_fault(const struct decide_settings *s,
    const struct decide_world *w, const struct session_message *m,
    const struct stub *stub, const struct choice *c);
/* choices: all those of the message; the relayed ones have `ranked`.  Returns the
 * octets of all fields added (DECIDE_HEADERS_MAX is the caller's). */
size_t rewrite_stub(const struct decide_settings *s,
    const struct decide_world *w, const struct session_message *m,
    const struct stub *stub, const struct choice *choices, size_t n,
    struct session_edits *e);

#endif
