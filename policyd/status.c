#include "policyd/status.h"

#include "policyd/catalogue.h"
#include "policyd/mirror.h"
#include "policyd/eventlog.h"
#include "policyd/resolve.h"

struct gateway_metric {
	const char *name, *help;
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
				 : -1;
}
static double
queue_bytes(const struct policyd *p, const struct gateway *g)
{
	(void)p;
	return (double)g->queue_bytes;
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
	"Since the last report; -1: never.", report_age},
    {"nearpost_gateway_queue_bytes",
	"Waiting at the gateway, as reported.", queue_bytes},
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

static void
write_metrics(const struct policyd *p, struct buf *out)
{
	const struct gateways *all = &p->fleet.gateways;
	const struct gateway_metric *row;
	struct prediction_error overall;
	struct store_stats redis;
	size_t i;
	int slot;

	metrics_write(&p->metrics, out);
	for (i = 0; i < N_GATEWAY_METRICS; i++) {
		row = &gateway_metrics[i];
		metrics_head(out, row->name, "gauge", row->help);
		for (slot = 0; slot < all->n_slots; slot++)
			if (all->slot[slot])
				metrics_value(out, row->name, "gateway",
				    all->slot[slot]->id,
				    row->value(p, all->slot[slot]));
	}
	fleet_prediction(&p->fleet, &overall);
	gauge(out, "nearpost_prediction_error_seconds",
	    "Mean of measured less predicted time to the receipt.",
	    (double)overall.mean_s);
	gauge(out, "nearpost_prediction_error_relative",
	    "Mean of the error's size by the measured time.",
	    (double)overall.relative);
	gauge(out, "nearpost_receipt_pairs",
	    "Gateway and site pairs whose times are kept.",
	    (double)p->fleet.sites.receipts.n);
	store_stats(p->store, &redis);
	gauge(out, "nearpost_redis_up", "1 when Redis answers.",
	    store_ready(p->store));
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
	gauge(out, "nearpost_campaigns", "Campaigns of the loaded asset set.",
	    p->catalogue ? (double)catalogue_count(p->catalogue) : 0);
	if (p->mirror)
		gauge(out, "nearpost_suppressed_in_memory",
		    "Suppressed addresses held for Redis outages.",
		    (double)mirror_count(p->mirror));
}

static const char *
not_ready(const struct policyd *p)
{
	const struct gateways *all = &p->fleet.gateways;
	int slot;

	if (!p->catalogue)
		return "no asset set is loaded";
	if (!store_ready(p->store))
		return "Redis does not answer";
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot] && live(p, all->slot[slot]) > 0)
			return NULL;
	return "no gateway is alive";
}

int
status_page(const char *path, struct http_reply *r, void *ctx)
{
	const struct policyd *p = ctx;
	const char *why;

	if (strcmp(path, "/metrics") == 0) {
		r->type = "text/plain; version=0.0.4; charset=utf-8";
		write_metrics(p, &r->body);
		return 200;
	}
	if (strcmp(path, "/healthz") == 0) {
		buf_add_str(&r->body, "ok\n");
		return 200;
	}
	if (strcmp(path, "/readyz") == 0) {
		why = not_ready(p);
		buf_printf(&r->body, "%s\n", why ? why : "ready");
		return why ? 503 : 200;
	}
	buf_add_str(&r->body, "there are /metrics, /healthz and /readyz\n");
	return 404;
}
