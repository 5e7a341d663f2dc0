/* Our own rewritten stub that meets the milter a second time, since a content
 * filter put it back: it must pass as it is, and nothing else may look like it. */
#ifndef NEARPOST_MILTER_AGAIN_H
#define NEARPOST_MILTER_AGAIN_H

#include "milter/decide.h"

/* NULL when every recipient is a ranked address with a valid ticket of ours; else
 * what is wrong. */
const char *again_fault(const struct decide_settings *s,
    const struct decide_world *w, const struct session_message *m);

#endif
