/* Active RTT probes: connect to port 25 of a mail server, take the time of the
 * TCP handshake, wait for its 220 so that it does not see a port scan, say QUIT.
 * Whatever happens, who was connected to hears QUIT.  Rate limited, at most
 * PROBER_IN_FLIGHT at once. */
#ifndef NEARPOST_AGENT_PROBER_H
#define NEARPOST_AGENT_PROBER_H

#include "lib/base/dns.h"
#include "lib/base/loop.h"

#define PROBER_IN_FLIGHT 20
#define PROBER_WAITING 400 /* asked for and not begun; more are forgotten */
#define PROBER_CONNECT_MS 10000
#define PROBER_GREETING_MS 10000 /* for the 220 */
#define PROBER_BYE_MS 3000       /* for its answer to QUIT */
#define PROBER_INTERVAL_MS 60000 /* when policyd does not say */

struct prober;

/* dns belongs to the prober from now on.  per_second: probes begun at most.
 * result: host as it was asked for. */
struct prober *prober_new(struct loop *loop, struct dns *dns,
    int64_t per_second, int port,
    void (*result)(const char *host, int64_t rtt_us, void *ctx), void *ctx);
void prober_free(struct prober **p);
/* Nothing happens when the host is being probed or waits for it, or when it or
 * any other of its site was probed within interval_ms (0: not said), with success
 * or without.  site: NULL = not said. */
void prober_ask(struct prober *p, const char *host, const char *site,
    int64_t interval_ms);
size_t prober_in_flight(const struct prober *p);
/* Since start: visits that are over, and those of them that measured nothing. */
void prober_ended(const struct prober *p, int64_t *ended_r, int64_t *failed_r);

#endif
