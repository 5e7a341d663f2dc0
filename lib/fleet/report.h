/* What an agent tells policyd every second, as attributes of the policy
 * protocol.
 *
 *      request=nearpost_hello           request=nearpost_report
 *      version=1                        seq=17  now_ms=...
 *      id=tyo                           queue_bytes=  queue_messages=
 *      asset_digest=sha256:...          in_flight=  cpu=0.31
 *      uplink_mbit=100                  accepted_bytes=  accepted_messages=
 *      report_interval_ms=1000          sent_bytes=
 *      probe_rate=5                     assets=sha256:...,sha256:...
 *      action=OK                        assets_since_ms=...
 *                                       assets_error=.../hero.png: is missing
 *                                       rtt.0=mx.example.org 21300 40
 *
 *                                       did.expanded=  ... (doings.h)
 *
 *                                       action=OK
 *                                       probe_interval_ms=60000
 *                                       probe.0=mx2.example.net
 *                                       probe_site.0=mx1.example.net
 *
 * Hello comes first on every connection; seq starts anywhere and grows by at
 * least one with each report of that connection. */
#ifndef NEARPOST_FLEET_REPORT_H
#define NEARPOST_FLEET_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/fleet/doings.h"
#include "lib/fleet/hold.h"
#include "lib/mail/policy.h"

#define REPORT_VERSION 1
#define REPORT_SETS_MAX 8  /* asset sets a gateway holds verified */
#define REPORT_RTT_MAX 200 /* samples in one report; the rest in the next */
#define REPORT_PROBES_MAX 32 /* probes asked for in one answer */
/* Of the setting, too: a shorter one is noise, with a longer one a gateway that
 * is gone would be chosen for minutes. */
#define REPORT_INTERVAL_MIN_MS 100
#define REPORT_INTERVAL_MAX_MS 60000
#define REPORT_ROUND_MAX_MS 600000
#define REPORT_PROBE_RATE_MAX 1000
#define REPORT_PROBE_INTERVAL_MAX_MS (INT64_C(24) * 3600 * 1000)
#define REPORT_DIGEST_SIZE 72 /* "sha256:", 64 hex digits, NUL */
#define REPORT_ERROR_SIZE 256 /* of assets_error, with the NUL */

struct hello {
	int64_t version;
	char id[17];
	char asset_digest[REPORT_DIGEST_SIZE]; /* "" = holds none yet */
	int64_t uplink_mbit;                   /* 0 = not measured */
	int64_t report_interval_ms;            /* 0 = not said */
	int64_t probe_rate; /* a second; 0 = none, -1 = not said */
};
struct report_rtt {
	const char *host; /* lower case, no dot at the end; in the arena */
	int64_t us;       /* TCP handshake, 1..60,000,000 */
	int64_t age_ms;   /* measured so long before now_ms */
};
struct report {
	int64_t seq;
	int64_t now_ms; /* wall clock of the gateway */
	/* From the report before, on this connection, to its answer; -1: not
	 * known.  clock_offset.h */
	int64_t round_ms;
	/* Waiting for CPU or a session slot, or not yet sent.  NOT deferred
	 * mail, and not mail that waits for a slot of its own site only. */
	int64_t queue_bytes, queue_messages;
	int64_t in_flight; /* sessions under way */
	double cpu;        /* 0..1 */
	/* Since the agent started: stubs expanded, as advert bytes; adverts
	 * whose final dot was answered. */
	int64_t accepted_bytes, accepted_messages, sent_bytes;
	char digests[REPORT_SETS_MAX][REPORT_DIGEST_SIZE];
	int n_digests;
	int64_t assets_since_ms; /* the first set was loaded, by the gateway's
	                          * wall clock; 0 = not said */
	/* Why the last set that was put there is not used: UTF-8 for people,
	 * without controls; "" = nothing is wrong. */
	char assets_error[REPORT_ERROR_SIZE];
	struct doings doings;
	struct report_rtt *rtt;
	int n_rtt;
};

/* Set assets_error from any text: what may not be in it becomes a blank or
 * U+FFFD, what is too long is cut, with "..." behind it. */
void report_assets_error(struct report *r, const char *text);
/* What policyd answers: which mail server of which site is to be probed.  The
 * agent probes neither of both twice within the interval, whoever asks: several
 * policyds may, and a server may belong to several sites. */
struct report_probe {
	const char *host, *site; /* site: NULL = not said */
};
struct report_probes {
	int64_t interval_ms; /* 0 = not said */
	struct report_probe list[REPORT_PROBES_MAX];
	int n;
};

/* Without the request= line and without the empty line at the end. */
void hello_write(struct buf *out, const struct hello *h);
void report_write(struct buf *out, const struct report *r);

/* -1 and *error_r (static text) for anything missing, malformed or absurd: a
 * negative count, a CPU share above 1, a round trip of an hour.  Absent rtt and
 * all about assets are fine. */
int hello_parse(const struct policy_message *m, struct hello *out_r,
    const char **error_r);
int report_parse(struct arena *arena, const struct policy_message *m,
    struct report *out_r, const char **error_r);
void report_probes_write(struct buf *out, const struct report_probes *p);
/* What is no host name or too much is passed over. */
void report_probes_read(struct arena *arena, const struct policy_message *m,
    struct report_probes *out_r);
/* And which campaigns' stubs a gateway must not expand any more: all that there
 * are, in each answer to a report, "held.N=CAMPAIGN paused SINCE_MS REASON". */
#define REPORT_HELD_MAX 500
void report_held_write(struct buf *out, int n, struct slice campaign,
    const struct hold *h);
/* The n-th.  1, 0 behind the last; -1: it makes no sense. */
int report_held_read(const struct policy_message *m, int n,
    char campaign_r[65], struct hold *out_r);
/* "sha256:" and 64 lower case hex digits? */
bool report_digest_ok(struct slice s);

#endif
