/* Where the expander asks: a unix socket in the policy protocol.
 *
 *      request=claim ticket= queue_id= expires_ms= eom_ms= requested_ms=
 *          campaign= creative= recipient= size=
 *                                 -> action=NEW | ACCEPTED | PENDING | REFUSED
 *      request=release ticket= queue_id=            -> action=OK
 *      request=assets digests=sha256:..,sha256:..   -> action=OK
 *
 * The digests count as long as the connection that told them is open: a gateway
 * whose expander is dead holds no asset set, and is chosen for nothing. */
#ifndef NEARPOST_AGENT_DESK_H
#define NEARPOST_AGENT_DESK_H

#include "gateway-agent/tracker.h"
#include "lib/base/loop.h"

struct desk;

/* NULL and a heap *error_r. */
struct desk *desk_new(struct loop *loop, const char *listen,
    struct tracker *tracker, char **error_r);
void desk_free(struct desk **d);
/* Comma-separated, the current set first; "" while there is none. */
const char *desk_digests(const struct desk *d);

#endif
