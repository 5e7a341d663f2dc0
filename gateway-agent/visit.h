/* A short visit to a mail server: connect, take the time of the TCP handshake,
 * wait for the greeting so that it does not see a port scan, say QUIT and wait
 * for the answer.  Whoever was connected to hears QUIT, however it ends, unless
 * it has closed the connection before. */
#ifndef NEARPOST_AGENT_VISIT_H
#define NEARPOST_AGENT_VISIT_H

#include <sys/socket.h>

#include "lib/base/loop.h"

struct visit_patience {
	int64_t connect_ms, greeting_ms;
	int64_t bye_ms; /* for the answer to QUIT */
};
struct visit_ops {
	/* Of the handshake, 1..60,000,000; not called when it tells nothing. */
	void (*rtt)(int64_t us, void *ctx);
	/* The last call.  why: NULL when all went well. */
	void (*over)(const char *why, void *ctx);
};
struct visit;

/* NULL and a static *error_r when there is no way there.  Nothing is called back
 * from within this call. */
struct visit *visit_new(struct loop *loop, const struct sockaddr_storage *to,
    const struct visit_patience *patience, const struct visit_ops *ops,
    void *ctx, const char **error_r);
/* Also before it is over. */
void visit_free(struct visit **v);

#endif
