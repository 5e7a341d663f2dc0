/* Running other programs (postconf, sendmail ...) without a shell. */
#ifndef NEARPOST_CTL_RUN_H
#define NEARPOST_CTL_RUN_H

#include "lib/base/buf.h"

/* What argv[0] (looked up in PATH and in /usr/sbin) prints on standard output,
 * standard error thrown away.  Its exit status, 127 when it cannot be started,
 * 128 + the signal that ended it. */
int run_capture(const char *const argv[], struct buf *out);

#endif
