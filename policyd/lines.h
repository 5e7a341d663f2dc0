/* What goes into our stream: lines that wait until Redis has them. */
#ifndef NEARPOST_POLICYD_LINES_H
#define NEARPOST_POLICYD_LINES_H

#include "lib/fleet/shared.h"
#include "policyd/policyd.h"

#define LINES_MAX 20000 /* waiting, while Redis is away; the rest is lost */

struct lines;

struct lines *lines_new(struct policyd *p, const char *daemon);
void lines_free(struct lines **l);
/* Sent at the end of this turn of the loop, with what else was added in it. */
void lines_add(struct lines *l, const char *kind, struct slice text);
/* Sent now. */
void lines_flush(struct lines *l);

#endif
