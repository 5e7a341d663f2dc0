/* nearpost.conf is looked at four times a second, and taken up when it has changed
 * and then stood still for a moment: a gateway that is added need not wait for
 * somebody to say so here.  One that is broken, or in which a gateway is missing
 * (an editor that has not finished, a full disk), is told in the log and waits for
 * a reload. */
#ifndef NEARPOST_POLICYD_CONFWATCH_H
#define NEARPOST_POLICYD_CONFWATCH_H

#include "policyd/policyd.h"

struct confwatch;

struct confwatch *confwatch_new(struct policyd *p);
void confwatch_free(struct confwatch **w);
/* The file is about to be read by somebody's order: what it is now is known. */
void confwatch_known(struct confwatch *w);

#endif
