#include "policyd/measures.h"

#include "config.h"

#include <math.h>

#include "policyd/catalogue.h"
#include "policyd/eventlog.h"
#include "policyd/measures_agents.h"
#include "policyd/mirror.h"
#include "policyd/resolve.h"
#include "policyd/robin.h"
#include "policyd/share.h"
#include "policyd/tally.h"

#define RTT_SITES_MAX 1000 /* used last, of which round trips are looked at */

struct gateway_metric {
	const char *name, *help;
	/* NAN: there is none. */
	double (*value)(const struct policyd *p, const struct gateway *g);
};

static double
live(const struct policyd *p, const struct gateway *g)
{
	return score_alive(&g->state, p->fleet.report_interval_s,
		   policyd_now_s(p)) == SCORE_ELIGIBLE;
}
static double
report_age(const struct policyd *p, const struct gateway *g)
{
	return g->state.reported ? policyd_now_s(p) - g->state.last_report_s
				 : NAN;
}
static double
queue_bytes(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)g->queue_bytes;
}
static double
queue_messages(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)g->queue_messages;
}
static double
wait_s(const struct policyd *p, const struct gateway *g)
{
	return score_wait_s(&g->state, policyd_now_s(p));
}
static double
drained(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return g->state.drained;
}
static double
in_flight(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)g->in_flight;
}
static double
booked(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)g->unaccepted_n;
}
static double
drain_rate(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return g->drain_bytes_per_s;
}
static double
deferral(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return g->state.deferral_probability;
}
static double
assets(const struct policyd *p, const struct gateway *g)
{
	return p->catalogue &&
	    gateway_has_assets(g, catalogue_digest(p->catalogue));
}

static double
assets_failed(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return g->assets_error[0] != '\0';
}

static double
clock_offset(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)clock_offset_ms(&g->clock, NULL) / 1000;
}
static double
predicted(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return g->prediction.n;
}
static double
prediction_error(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)g->prediction.mean_s;
}
static double
prediction_relative(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)g->prediction.relative;
}

static double
landmark(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return g->landmark;
}

static const struct gateway_metric gateway_metrics[] = {
    {"nearpost_gateway_live", "1 when the gateway can be chosen.", live},
    {"nearpost_gateway_report_age_seconds",
	"Since the last report; absent before the first.", report_age},
    {"nearpost_gateway_queue_bytes",
	"Waiting at the gateway, as reported.", queue_bytes},
    {"nearpost_gateway_queue_messages",
	"Waiting at the gateway, as reported.", queue_messages},
    {"nearpost_gateway_wait_seconds",
	"Until what it has and what is booked will be sent.", wait_s},
    {"nearpost_gateway_drained",
	"1 when an admin has taken it out of service.", drained},
    {"nearpost_gateway_in_flight",
	"SMTP sessions under way, as reported.", in_flight},
    {"nearpost_gateway_booked_messages",
	"Chosen for and not accepted yet.", booked},
    {"nearpost_gateway_drain_bytes_per_second",
	"How fast it really sends.", drain_rate},
    {"nearpost_gateway_deferral_probability",
	"Over all sites, 0 to 1.", deferral},
    {"nearpost_gateway_assets_current",
	"1 when it holds our asset set.", assets},
    {"nearpost_gateway_assets_failed",
	"1 when the set put there last cannot be used.", assets_failed},
    {"nearpost_gateway_landmark",
	"1 when it probes every site first.", landmark},
    {"nearpost_gateway_clock_offset_seconds",
	"Our clock less the gateway's.", clock_offset},
    {"nearpost_gateway_predicted",
	"Recent receipts whose time the score had predicted.", predicted},
    {"nearpost_gateway_prediction_error_seconds",
	"Mean of measured less predicted, of these.", prediction_error},
    {"nearpost_gateway_prediction_error_relative",
	"Mean of the error's size by the measured time.",
	prediction_relative},
};
#define N_GATEWAY_METRICS \
	(sizeof(gateway_metrics) / sizeof(gateway_metrics[0]))

static void
gauge(struct buf *out, const char *name, const char *help, double value)
{
	metrics_head(out, name, "gauge", help);
	metrics_value(out, name, NULL, NULL, value);
}

static void
counter(struct buf *out, const char *name, const char *help, uint64_t value)
{
	metrics_head(out, name, "counter", help);
	metrics_value(out, name, NULL, NULL, (double)value);
}

/* Sum and number of the ages of a gateway's measured round trips. */
struct ages {
	double sum_s;
	unsigned n;
};

static unsigned
look_at_sites(const struct policyd *p, struct ages ages[GATEWAYS_MAX])
{
	double now_s = policyd_now_s(p);
	const struct site *s;
	unsigned looked = 0, k;

	TAILQ_FOREACH (s, &p->fleet.sites.by_use, by_use) {
		if (looked == RTT_SITES_MAX)
			break;
		looked++;
		for (k = 0; k < s->n_pairs; k++) {
			const struct pair *pair = &s->pairs[k];

			if (pair->rtt_s <= 0)
				continue;
			ages[pair->gateway].n++;
			if (now_s > pair->rtt_at_s)
				ages[pair->gateway].sum_s +=
				    now_s - pair->rtt_at_s;
		}
	}
	return looked;
}

static void
write_rtt_ages(const struct policyd *p, struct buf *out)
{
	const struct gateways *all = &p->fleet.gateways;
	struct ages ages[GATEWAYS_MAX] = {{0}};
	unsigned looked = look_at_sites(p, ages);
	int slot;

	metrics_head(out, "nearpost_gateway_rtt_age_seconds", "gauge",
	    "Mean age of the gateway's measured round trips to the thousand "
	    "sites used last; absent when it has measured none.");
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot] && ages[slot].n > 0)
			metrics_value(out, "nearpost_gateway_rtt_age_seconds",
			    "gateway", all->slot[slot]->id,
			    ages[slot].sum_s / ages[slot].n);
	metrics_head(out, "nearpost_gateway_rtt_measured_ratio", "gauge",
	    "Part of these sites that the gateway has measured; to the others "
	    "the round trip is predicted.");
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot] && looked > 0)
			metrics_value(out,
			    "nearpost_gateway_rtt_measured_ratio", "gateway",
			    all->slot[slot]->id,
			    (double)ages[slot].n / looked);
}

static void
write_gateways(const struct policyd *p, struct buf *out)
{
	const struct gateways *all = &p->fleet.gateways;
	size_t i;
	int slot;

	for (i = 0; i < N_GATEWAY_METRICS; i++) {
		const struct gateway_metric *row = &gateway_metrics[i];

		metrics_head(out, row->name, "gauge", row->help);
		for (slot = 0; slot < all->n_slots; slot++) {
			const struct gateway *g = all->slot[slot];
			double value = g ? row->value(p, g) : NAN;

			if (!isnan(value))
				metrics_value(out, row->name, "gateway", g->id,
				    value);
		}
	}
	tally_write(p->tally, out);
	write_rtt_ages(p, out);
	measures_agents_write(p, out);
}

static void
write_redis(const struct policyd *p, struct buf *out)
{
	struct store_stats redis;

	store_stats(p->store, &redis);
	gauge(out, "nearpost_redis_up", "1 when Redis answers.",
	    store_ready(p->store));
	if (redis.answered_ms > 0)
		gauge(out, "nearpost_redis_answer_age_seconds",
		    "Since Redis answered last; it is asked each second at "
		    "least.",
		    (double)(loop_mono_ms(p->loop) - redis.answered_ms) / 1000);
	gauge(out, "nearpost_redis_pending", "Calls without an answer yet.",
	    (double)redis.pending);
	counter(out, "nearpost_redis_calls_total", "Calls to Redis.",
	    redis.calls);
	counter(out, "nearpost_redis_timeouts_total",
	    "Calls that Redis did not answer in time.", redis.timeouts);
	counter(out, "nearpost_redis_refused_total",
	    "Commands that Redis answered with an error.", redis.refused);
	counter(out, "nearpost_redis_connects_total",
	    "Connections to Redis that came up.", redis.connects);
	gauge(out, "nearpost_events_waiting",
	    "Delivery events that Redis has not taken yet.",
	    (double)eventlog_waiting(p->eventlog));
	if (!p->mirror)
		return;
	gauge(out, "nearpost_suppressed_in_memory",
	    "Suppressed addresses held for Redis outages.",
	    (double)mirror_count(p->mirror));
	gauge(out, "nearpost_suppressed_in_memory_usable",
	    "1 when these are whole and no older than stale_after.",
	    mirror_unfit(p->mirror) == NULL);
}

static void
write_model(const struct policyd *p, struct buf *out)
{
	struct prediction_error overall;

	fleet_prediction(&p->fleet, &overall);
	gauge(out, "nearpost_prediction_error_seconds",
	    "Mean of measured less predicted time to the receipt.",
	    (double)overall.mean_s);
	gauge(out, "nearpost_prediction_error_relative",
	    "Mean of the error's size by the measured time.",
	    (double)overall.relative);
	metrics_head(out, "nearpost_round_robin_saved_seconds_total", "counter",
	    "Sum over all choices of the mean score of the gateways that could "
	    "be chosen, less the score of the one that was: what the model says "
	    "a round robin over them would have cost more. An estimate, of up "
	    "to 20 choices a second for all of that second; nobody measured "
	    "it.");
	metrics_value(out, "nearpost_round_robin_saved_seconds_total", NULL,
	    NULL, robin_saved_s(p->robin));
	gauge(out, "nearpost_receipt_pairs",
	    "Gateway and site pairs whose times to the receipt are kept.",
	    (double)p->fleet.sites.receipts.n);
	gauge(out, "nearpost_sites", "Sites in memory.",
	    (double)p->fleet.sites.n);
	gauge(out, "nearpost_pairs", "Gateway and site pairs in memory.",
	    (double)p->fleet.sites.n_pairs);
	gauge(out, "nearpost_domains", "Domains in memory.",
	    (double)resolver_domains(p->resolver));
	gauge(out, "nearpost_bookings", "Choices nobody has reported on yet.",
	    (double)p->fleet.bookings.n);
	gauge(out, "nearpost_mean_advert_bytes",
	    "Mean size of an advert, moving.", p->fleet.mean_bytes);
}

static void
write_daemon(const struct policyd *p, struct buf *out)
{
	metrics_head(out, "nearpost_build_info", "gauge",
	    "1, with what was built.");
	metrics_value(
	    out, "nearpost_build_info", "version", PACKAGE_VERSION, 1);
	gauge(out, "nearpost_start_time_seconds",
	    "When policyd started, since 1970; its up-time is time() less "
	    "this.",
	    (double)p->started_wall_ms / 1000);
	gauge(out, "nearpost_policyds",
	    "Policyds that share the Redis, this one included.",
	    share_daemons(p->share));
	gauge(out, "nearpost_config_current",
	    "0 when nearpost.conf has changed and was not taken up.",
	    !p->config_stale);
	gauge(out, "nearpost_assets_current",
	    "0 when the asset set could not be loaded last time.",
	    !p->catalogue_error);
	gauge(out, "nearpost_campaigns", "Campaigns of the loaded asset set.",
	    p->catalogue ? (double)catalogue_count(p->catalogue) : 0);
}

void
measures_write(const struct policyd *p, struct buf *out)
{
	write_daemon(p, out);
	metrics_write(&p->metrics, out);
	write_gateways(p, out);
	write_model(p, out);
	write_redis(p, out);
}
