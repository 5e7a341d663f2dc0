/* The end of a 451 that tells for what site a stub waits, and how long:
 *
 *	... for site google.com; come back in 0.5 s (bob@gmail.com)
 *
 * policyd writes it, people read it, and so does nearpostctl send, which lets
 * that site's recipients wait and goes on with the others.  Pure. */
#ifndef NEARPOST_MAIL_COMEBACK_H
#define NEARPOST_MAIL_COMEBACK_H

#include <stdbool.h>

#include "lib/base/buf.h"

#define COMEBACK_MAX_S 86400.0

/* " for site google.com; come back in 0.5 s"; rounded up. */
void comeback_write(struct buf *out, const char *site, double seconds);
/* false: it is not there.  The first one counts.  site_r: a part of text, no
 * blank in it, never empty. */
bool comeback_read(struct slice text, struct slice *site_r, double *seconds_r);

#endif
