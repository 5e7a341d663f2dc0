/* A conversation with an SMTP server, command by command: what doctor needs to see
 * at which one it says no.  RFC 5321.  Blocking, each step with a deadline. */
#ifndef NEARPOST_CTL_DIALOGUE_H
#define NEARPOST_CTL_DIALOGUE_H

#include "lib/base/buf.h"
#include "lib/base/file.h"

#define DIALOGUE_REPLY_MAX 512

struct dialogue {
	int fd, timeout_ms;
	struct buf in;                  /* what was read and not used */
	char reply[DIALOGUE_REPLY_MAX]; /* its last line, or why there is none */
};

/* The code of the greeting; 0: no connection or no SMTP, reply says why.  To be
 * closed in either case. */
int dialogue_open(struct dialogue *d, const struct endpoint *to,
    int timeout_ms);
/* The code of the answer to a line, which comes without its end; 0 as above. */
int dialogue_say(struct dialogue *d, const char *line);
/* Says QUIT. */
void dialogue_close(struct dialogue *d);

#endif
