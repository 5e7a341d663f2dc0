/* The line to the policyds: hello, a report every interval, delivery events, over
 * TLS with both sides' certificates.  Every policyd gets the reports; events go to
 * the first one (in the order of the configuration) that is there, since the
 * policyds of a site share one Redis and would count them twice. */
#ifndef NEARPOST_AGENT_REPORTER_H
#define NEARPOST_AGENT_REPORTER_H

#include "gateway-agent/outbox.h"
#include "lib/base/loop.h"
#include "lib/fleet/config.h"
#include "lib/fleet/report.h"

struct reporter;
struct reporter_ops {
	/* Everything of the report but seq, now_ms and rtt. */
	void (*sample)(struct report *r, void *ctx);
	/* policyd wants this mail server probed; interval_ms as it says. */
	void (*probe)(const struct report_probe *probe, int64_t interval_ms,
	    void *ctx);
	/* The whole of an answer to a report. */
	void (*answered)(const struct policy_message *m, void *ctx);
	void *ctx;
};

/* NULL and a heap *error_r when the TLS files cannot be used. */
struct reporter *reporter_new(struct loop *loop, const struct config *config,
    struct outbox *outbox, const struct reporter_ops *ops, char **error_r);
void reporter_free(struct reporter **r);
/* A measured round trip, for the next reports. */
void reporter_rtt(struct reporter *r, const char *host, int64_t rtt_us);
/* Events are waiting that should not wait for the next report. */
void reporter_push(struct reporter *r);

#endif
