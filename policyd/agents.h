/* The gateways' agents: TLS, and the name in the certificate is the gateway's
 * id. Hello first, then reports and events, answered in order. */
#ifndef NEARPOST_POLICYD_AGENTS_H
#define NEARPOST_POLICYD_AGENTS_H

#include "policyd/policyd.h"

#define AGENTS_MAX 600 /* connections: twice the gateways, and some */

/* NULL and a heap *error_r. */
struct agents *agents_new(struct policyd *p, char **error_r);
void agents_free(struct agents **a);
/* A gateway is not configured any more, or anew: its connections end, the agent
 * says hello again. */
void agents_drop_unknown(struct agents *a);
/* Until when a certificate is good, wall clock: that of a gateway's agent, as it
 * showed it, -1 while it is not connected; and the one we show, -1 unknown. */
int64_t agents_certificate_ms(const struct agents *a, const char *gateway_id);
int64_t agents_own_certificate_ms(const struct agents *a);

#endif
