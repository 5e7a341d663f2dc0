/* Chromium's DevTools protocol over a pair of pipes: JSON messages, each with a NUL
 * behind it (--remote-debugging-pipe).
 * https://chromedevtools.github.io/devtools-protocol/ */
#ifndef NEARPOST_CTL_DEVTOOLS_H
#define NEARPOST_CTL_DEVTOOLS_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"

struct devtools {
	int to, from;        /* non-blocking */
	int64_t deadline_ms; /* monotonic; for all that is still to come */
	struct buf in;
	struct json *request; /* being written */
	const char *method;
	char *session; /* NULL: the browser itself */
	int id;
};

/* Begins a command; returns its parameters, an object to add to. */
struct json *devtools_begin(struct devtools *d, const char *method);
/* Sends it and waits for its answer, the whole message: what is asked for is below
 * "result".  NULL and a heap *error_r.  Events are passed over. */
struct json *devtools_call(struct devtools *d, char **error_r);
/* The same where nothing is asked for; -1 and a heap *error_r. */
int devtools_do(struct devtools *d, char **error_r);
void devtools_clear(struct devtools *d);

#endif
