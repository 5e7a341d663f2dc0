/* Where the expander asks: a unix socket in the policy protocol.
 *
 *      request=claim ticket= queue_id= expires_ms= eom_ms= requested_ms=
 *          campaign= creative= recipient= size=
 *                                 -> action=NEW | ACCEPTED | PENDING | REFUSED
 *                                    PAUSED text= | CANCELLED text=
 *      request=release ticket= queue_id=            -> action=OK
 *      request=assets digests=sha256:..,sha256:.. since_ms= fault=
 *          did.expanded= ... (lib/fleet/doings.h)
 *                                                   -> action=OK
 *
 * The digests count as long as the connection that told them is open and tells
 * them again: a gateway whose expander is dead or hangs holds no asset set, and is
 * chosen for nothing. */
#ifndef NEARPOST_AGENT_DESK_H
#define NEARPOST_AGENT_DESK_H

#include <stdint.h>

#include "gateway-agent/halts.h"
#include "gateway-agent/tracker.h"
#include "lib/base/loop.h"
#include "lib/fleet/doings.h"

/* An expander tells its digests every so often; one that has not for so long
 * hangs. */
#define DESK_TELL_MS 2000
#define DESK_SILENT_MS 10000

struct desk;

/* NULL and a heap *error_r. */
struct desk *desk_new(struct loop *loop, const char *listen,
    struct tracker *tracker, const struct halts *halts, char **error_r);
void desk_free(struct desk **d);

struct desk_assets {
	const char *digests; /* comma-separated, the newest first; "" = none */
	int64_t since_ms;    /* wall clock: the first one was loaded */
	const char *fault;   /* of the last load, or of the expander; "" = none */
};
/* Strings are good until the loop goes on.  now_ms is monotonic. */
struct desk_assets desk_assets(const struct desk *d, int64_t now_ms);
/* As it told last, whether it still does or not. */
const struct doings *desk_doings(const struct desk *d);

#endif
