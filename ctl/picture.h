/* A page as a picture. */
#ifndef NEARPOST_CTL_PICTURE_H
#define NEARPOST_CTL_PICTURE_H

#include "ctl/chromium.h"

#define PICTURE_TIMEOUT_MS 60000 /* for all of them */
#define PICTURE_HEIGHT_MAX 16000 /* pixels; what is below is cut off */

/* The whole page in a window of that many pixels' width, one to one, as a PNG.  No
 * script of the page runs and nothing is loaded from outside; films and sounds are
 * what they are in most mail programs, the picture between their tags.
 * dark: for readers who prefer a dark scheme.  -1 and a heap *error_r. */
int picture_take(struct chromium *c, struct slice html, int width, bool dark,
    struct buf *png, char **error_r);

#endif
