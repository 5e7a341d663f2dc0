/* A browser of our own, without a window, a network or a past. */
#ifndef NEARPOST_CTL_CHROMIUM_H
#define NEARPOST_CTL_CHROMIUM_H

#include <stdint.h>

#include "ctl/devtools.h"

struct chromium;

/* The path of the one that is installed, heap, or NULL. */
char *chromium_find(void);
/* It may live until the deadline (monotonic).  NULL and a heap *error_r. */
struct chromium *chromium_start(const char *path, int64_t deadline_ms,
    char **error_r);
struct devtools *chromium_devtools(struct chromium *c);
/* The last line that it wrote to standard error, heap; "" when there is none. */
char *chromium_words(const struct chromium *c);
/* Ends it, with all its processes, and removes what it wrote. */
void chromium_stop(struct chromium **c);

#endif
