/* A milter is asked as the MTA would ask it, about a message that nobody gets: what
 * would it add?  The protocol is that of libmilter, version 6 (its mfdef.h). */
#ifndef NEARPOST_CTL_MILTER_CLIENT_H
#define NEARPOST_CTL_MILTER_CLIENT_H

#include <sys/socket.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"

struct milter_message {
	const char *mta;                       /* its name, macros j and daemon_name */
	const struct sockaddr_storage *client; /* who hands it in */
	const char *from, *to;                 /* of the envelope, without <> */
	struct slice headers;                  /* "Name: value\r\n", not folded */
	struct slice body;                     /* CRLF */
};

/* The names of the header fields that it would add, each with its line's end, are
 * appended to out.  -1 and *why_r (static): it cannot be asked, or refuses. */
int milter_ask(const struct endpoint *to, const struct milter_message *m,
    int timeout_ms, struct buf *added, const char **why_r);

#endif
