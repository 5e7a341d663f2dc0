/* The live table of gateways: what each reported, what is booked on it and not
 * accepted yet, how fast it really drains, when it counts as gone.  Pure: time
 * is an argument (monotonic seconds).
 *
 * A slot is a gateway's number for as long as it is configured; pairs and
 * bookings name it by that. */
#ifndef NEARPOST_FLEET_GATEWAY_H
#define NEARPOST_FLEET_GATEWAY_H

#include <sys/queue.h>

#include "lib/fleet/ahead.h"
#include "lib/fleet/clock_offset.h"
#include "lib/fleet/coordinate.h"
#include "lib/fleet/probe.h"
#include "lib/fleet/receipt.h"
#include "lib/fleet/report.h"
#include "lib/fleet/score.h"
#include "lib/fleet/taken.h"
#include "lib/fleet/site.h"

#define GATEWAYS_MAX SITE_SLOTS
#define GATEWAY_RATES 2 /* remembered beside the newest */

struct booking; /* booking.h */
TAILQ_HEAD(booking_list, booking);

/* A site that a gateway has measured: where it lay then, and how far that is. */
#define GATEWAY_MET_MAX 8
struct gateway_met {
	const void *site; /* only compared */
	struct coordinate place;
	float rtt_s;
};

struct gateway {
	/* What every choice reads comes first. */
	struct score_gateway state;
	bool asked_assets, holds_assets; /* gateways_hold() */
	double rtt_mean_s; /* over all sites; 0 = nothing measured */
	struct coordinate place;

	char id[17];
	int slot;
	char *host;
	double nominal_bytes_per_s; /* configured or measured uplink */

	/* the last report */
	int64_t seq;
	int64_t queue_bytes, queue_messages, in_flight;
	int64_t accepted_messages, sent_bytes;
	double cpu;
	char digests[REPORT_SETS_MAX][REPORT_DIGEST_SIZE];
	int n_digests;
	struct clock_offset clock;

	/* learned */
	double drain_bytes_per_s;
	/* Between the last reports, the newest first; 0 when not busy. */
	double rate_bytes_per_s[GATEWAY_RATES];
	bool queue_high;
	struct rtt_watch watch;
	/* The last ones, until it has found its own place. */
	struct gateway_met met[GATEWAY_MET_MAX];
	unsigned n_met; /* ever */
	struct prediction_error prediction;
	struct taken events; /* delivery events that were taken */

	/* bookings */
	struct booking_list unaccepted; /* oldest first */
	int64_t unaccepted_n;
	double unaccepted_bytes;
	struct ahead ahead;
	/* Open mails beyond what a site takes at a time: they wait for their
	 * site, not for the uplink. */
	int64_t site_waiting_n;
	/* Acceptances known from delivery events before the report that counts
	 * them. */
	int64_t accepted_early;
	/* Acceptances in the last report for which there was no booking: those of
	 * other policyds may still be on their way here. */
	int64_t accepted_surplus;

	int second_slot; /* second choice that goes with this one; -1 = none */
	double second_at_s;

	bool connected;   /* an agent connection is up */
	bool dirty;       /* differs from what Redis has */

	/* Of the last report, for people only. */
	int64_t assets_since_ms;
	char assets_error[REPORT_ERROR_SIZE];
	struct doings doings;
	/* probing; fleet_probe.c */
	bool landmark;
	double probes_per_s; /* that its agent makes; 0 = none */
	struct probe_rate probe_rate;
	unsigned shown; /* so many sites, to measure them */
	/* Of its agent in a row, without an answer; and when it was last asked
	 * for one. */
	unsigned unanswered;
	double probe_asked_s;
	char *to_probe[REPORT_PROBES_MAX]; /* sites, to be told with the next
	                                    * report */
	int n_to_probe;
};

struct gateways {
	struct gateway *slot[GATEWAYS_MAX]; /* NULL = free */
	int n_slots;                        /* used ones are below */
	char wanted[REPORT_DIGEST_SIZE]; /* gateways_want() */
};

/* Known gateways are kept, with what they learned.  Returns the slot. */
int gateway_add(struct gateways *all, const char *id, const char *host,
    double nominal_bytes_per_s);
/* The caller has dropped its bookings and pairs. */
void gateway_remove(struct gateways *all, int slot);
void gateways_free(struct gateways *all);
struct gateway *gateway_find(const struct gateways *all, const char *id);

/* It lies nowhere yet. */
void gateway_unplace(struct gateway *g);
/* A hello: the agent's uplink as measured (0 = keep), how often it reports, its
 * set, a fresh run of seq. */
void gateway_hello(struct gateway *g, const struct hello *h);
/* Take a report in.  false: its seq is not above the last one's; nothing was
 * changed.  *accepted_r: how many bookings to take off (booking.c does). */
bool gateway_report(struct gateway *g, const struct report *r,
    double report_interval_s, double now_s, int64_t now_wall_ms,
    int64_t *accepted_r);
/* The backlog anew, from what was reported and what is booked. */
void gateway_backlog(struct gateway *g, double now_s);
/* A mail of so many bytes was booked: the backlog grows at once. */
void gateway_booked(struct gateway *g, double bytes, double now_s);
/* The clock went back: nothing has happened after now_s. */
void gateway_not_after(struct gateway *g, double now_s);
void gateway_deferred(struct gateway *g);
void gateway_sent(struct gateway *g);
void gateway_rtt(struct gateway *g, double sample_s);
/* The set that choices are about to be made for, and whether a gateway holds
 * it: gateway_has_assets(), remembered. */
void gateways_want(struct gateways *all, const char *digest);
bool gateways_hold(const struct gateways *all, struct gateway *g);
bool gateway_has_assets(const struct gateway *g, const char *digest);

#endif
