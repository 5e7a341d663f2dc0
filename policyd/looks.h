/* Who waits for what the others have told.  A look that is under way was begun too
 * early for who asks now: that is for the next one. */
#ifndef NEARPOST_POLICYD_LOOKS_H
#define NEARPOST_POLICYD_LOOKS_H

#include <stdbool.h>

struct looks;

struct looks *looks_new(void);
/* Calls all back first. */
void looks_free(struct looks **l);
/* cb is called once, by one of the functions below. */
void looks_add(struct looks *l, void (*cb)(void *ctx), void *ctx);
/* A look begins now: it is for all that were added up to now. */
void looks_begin(struct looks *l);
/* It is over: calls back whom it was for.  They may add others. */
void looks_done(struct looks *l);
/* Calls everybody back: there is nothing to be had. */
void looks_all(struct looks *l);
/* Does somebody wait for a look that has not begun? */
bool looks_wait(const struct looks *l);

#endif
