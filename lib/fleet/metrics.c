#include "lib/fleet/metrics.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *label, *value, *help;
} rows[METRIC_N] = {
#define SELECTS "nearpost_selects_total", "action"
    [METRIC_SELECT_RELAY] = {SELECTS, "relay", "Choices asked for, by answer."},
    [METRIC_SELECT_SUPPRESSED] = {SELECTS, "suppressed", NULL},
    [METRIC_SELECT_DEFER] = {SELECTS, "defer", NULL},
    [METRIC_SELECT_REJECT] = {SELECTS, "reject", NULL},
#define CHOICES "nearpost_decisions_total", "reason"
    [METRIC_CHOICE_QUEUE] = {CHOICES, "queue",
	"Choices of a gateway, by what made it better than the next best."},
    [METRIC_CHOICE_RTT] = {CHOICES, "rtt", NULL},
    [METRIC_CHOICE_SESSIONS] = {CHOICES, "sessions", NULL},
    [METRIC_CHOICE_DEFERRAL] = {CHOICES, "deferral", NULL},
    [METRIC_CHOICE_THROTTLE] = {CHOICES, "throttle", NULL},
    [METRIC_CHOICE_EQUAL] = {CHOICES, "equal", NULL},
    [METRIC_CHOICE_ONLY] = {CHOICES, "only", NULL},
#define REJECTS "nearpost_rejected_stubs_total", "cause"
    [METRIC_REJECT_ADDRESS] = {REJECTS, "address",
	"Stubs refused for good, by cause."},
    [METRIC_REJECT_CAMPAIGN] = {REJECTS, "campaign", NULL},
    [METRIC_REJECT_DATE] = {REJECTS, "date", NULL},
    [METRIC_REJECT_CANCELLED] = {REJECTS, "cancelled", NULL},
    [METRIC_REJECT_CREATIVE] = {REJECTS, "creative", NULL},
    [METRIC_REJECT_VARIABLE] = {REJECTS, "variable", NULL},
    [METRIC_REJECT_NO_CREATIVE] = {REJECTS, "no_creative", NULL},
    [METRIC_REJECT_UNLISTED] = {REJECTS, "unlisted", NULL},
    [METRIC_REJECT_DOMAIN] = {REJECTS, "domain", NULL},
    [METRIC_REJECT_RECORD] = {REJECTS, "record", NULL},
    [METRIC_REJECT_CLIENT] = {REJECTS, "client", NULL},
    [METRIC_REJECT_RELAY_DOMAIN] = {REJECTS, "relay_domain", NULL},
    [METRIC_REJECT_SENDER] = {REJECTS, "sender", NULL},
    [METRIC_REJECT_SIZE] = {REJECTS, "size", NULL},
    [METRIC_REJECT_SYNTAX] = {REJECTS, "syntax", NULL},
    [METRIC_REJECT_RECIPIENT] = {REJECTS, "recipient", NULL},
    [METRIC_REJECT_TICKET] = {REJECTS, "ticket", NULL},
#define DEFERS "nearpost_deferred_stubs_total", "cause"
    [METRIC_DEFER_ASSETS] = {DEFERS, "assets",
	"Stubs put off, by cause; each attempt counts."},
    [METRIC_DEFER_DATABASE] = {DEFERS, "database", NULL},
    [METRIC_DEFER_NO_GATEWAY] = {DEFERS, "no_gateway", NULL},
    [METRIC_DEFER_NO_ASSETS] = {DEFERS, "no_assets", NULL},
    [METRIC_DEFER_NOT_ROUTABLE] = {DEFERS, "not_routable", NULL},
    [METRIC_DEFER_SITE_RATE] = {DEFERS, "site_rate", NULL},
    [METRIC_DEFER_PAUSED] = {DEFERS, "paused", NULL},
    [METRIC_DEFER_POLICYD] = {DEFERS, "policyd", NULL},
    [METRIC_DEFER_ANSWER] = {DEFERS, "answer", NULL},
    [METRIC_DEFER_NO_ROUTE] = {DEFERS, "no_route", NULL},
    [METRIC_SITE_RATE] = {"nearpost_site_rate_total", NULL, NULL,
	"Choices put off because every gateway was at a site's max_rate."},
    [METRIC_UNBOOKED] = {"nearpost_unbooked_total", NULL, NULL,
	"Choices taken back because the stub did not go out."},
    [METRIC_BAD_REQUESTS] = {"nearpost_bad_requests_total", NULL, NULL,
	"Malformed policy requests; their connections were dropped."},
    [METRIC_REPORTS] = {"nearpost_reports_total", NULL, NULL,
	"Reports of gateways taken in."},
    [METRIC_REPORTS_REFUSED] = {"nearpost_reports_refused_total", NULL, NULL,
	"Reports of gateways refused: malformed, absurd or out of order."},
    [METRIC_RTT_SAMPLES] = {"nearpost_rtt_samples_total", NULL, NULL,
	"Round trips reported by gateways."},
    [METRIC_PROBES] = {"nearpost_probes_asked_total", NULL, NULL,
	"Probes of mail servers that gateways were asked for."},
#define DELIVERIES "nearpost_deliveries_total", "status"
    [METRIC_DELIVERIES_SENT] = {DELIVERIES, "sent",
	"Delivery events of gateways, by status."},
    [METRIC_DELIVERIES_DEFERRED] = {DELIVERIES, "deferred", NULL},
    [METRIC_DELIVERIES_BOUNCED] = {DELIVERIES, "bounced", NULL},
#define DEFERRALS "nearpost_deferrals_total", "cause"
    [METRIC_DEFERRALS + DEFERRAL_OTHER] = {DEFERRALS, "other",
	"Attempts that a recipient's server put off, by its reason."},
    [METRIC_DEFERRALS + DEFERRAL_RATE] = {DEFERRALS, "rate", NULL},
    [METRIC_DEFERRALS + DEFERRAL_REPUTATION] = {DEFERRALS, "reputation",
	NULL},
    [METRIC_DEFERRALS + DEFERRAL_GREYLISTING] = {DEFERRALS, "greylisting",
	NULL},
    [METRIC_DEFERRALS + DEFERRAL_MAILBOX] = {DEFERRALS, "mailbox", NULL},
    [METRIC_DELIVERIES_REPEATED] = {"nearpost_delivery_repeats_total", NULL,
	NULL, "Delivery events that came again and were passed over."},
    [METRIC_DELIVERIES_REFUSED] = {"nearpost_delivery_refused_total", NULL,
	NULL, "Delivery events that were malformed or absurd."},
    [METRIC_DELIVERED_BYTES] = {"nearpost_delivered_bytes_total", NULL, NULL,
	"Sizes of the adverts that recipients' servers took."},
    [METRIC_SAVED_BYTES] = {"nearpost_uplink_saved_bytes_total", NULL, NULL,
	"What the initiator's line would have carried of these adverts, less "
	"2250 octets for each one's stub (measured in a lab, TLS and policyd's "
	"answers included). An estimate: attempts that failed are not in it."},
    [METRIC_AGENTS_REFUSED] = {"nearpost_agents_refused_total", NULL, NULL,
	"Agent connections refused: certificate or identity."},
    [METRIC_DECISIONS_DROPPED] = {"nearpost_decisions_dropped_total", NULL,
	NULL, "Decisions of which no record was kept: too many in a second."},
    [METRIC_RELOADS] = {"nearpost_reloads_total", NULL, NULL,
	"Reloads of the configuration and the asset set."},
    [METRIC_RELOADS_FAILED] = {"nearpost_reloads_failed_total", NULL, NULL,
	"Reloads that kept the old configuration or asset set."},
};

static const struct {
	const char *name, *help;
	double bound[HISTOGRAM_BUCKETS];
} histograms[HISTOGRAM_N] = {
    [HISTOGRAM_SELECT_SECONDS] = {"nearpost_select_seconds",
	"From the request for a choice to its answer.",
	{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
	    0.25, 0.5, 1, 2}},
    [HISTOGRAM_REDIS_SECONDS] = {"nearpost_redis_call_seconds",
	"From a call of Redis to its answer; one that came after its deadline "
	"too.",
	{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
	    0.25, 0.5, 1, 3}},
    [HISTOGRAM_RECEIPT_SECONDS] = {"nearpost_receipt_seconds",
	"From the request to the receipt by the recipient's server, by the "
	"gateway that delivered.",
	{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600, 1800, 3600, 86400}},
};

void
metrics_add(struct metrics *m, enum metric which, uint64_t n)
{
	m->count[which] += n;
}

void
metrics_add_labelled(struct metrics *m, enum metric first, enum metric last,
    struct slice label_value, uint64_t n)
{
	int i;

	for (i = (int)first; i <= (int)last; i++)
		if (slice_eq_str(label_value, rows[i].value))
			m->count[i] += n;
}

void
metrics_observe(struct metrics *m, enum metric_histogram which, double value)
{
	histogram_add(&m->histogram[which], which, value);
}

void
histogram_add(struct histogram *h, enum metric_histogram which, double value)
{
	int i;

	h->n++;
	h->sum += value;
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (value <= histograms[which].bound[i])
			h->bucket[i]++;
}

void
metrics_head(struct buf *out, const char *name, const char *type,
    const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_label(struct buf *out, const char *label, const char *value)
{
	buf_printf(out, "%s=\"", label);
	for (; *value; value++) {
		if (*value == '\n') {
			buf_add_str(out, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *value);
	}
	buf_add_char(out, '"');
}

static void
add_labels(struct buf *out, const struct metric_label *labels, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		buf_add_char(out, i ? ',' : '{');
		add_label(out, labels[i].name, labels[i].value);
	}
	if (n > 0)
		buf_add_char(out, '}');
}

void
metrics_labelled(struct buf *out, const char *name,
    const struct metric_label *labels, size_t n, double value)
{
	buf_add_str(out, name);
	add_labels(out, labels, n);
	buf_printf(out, " %.17g\n", value);
}

void
metrics_value(struct buf *out, const char *name, const char *label,
    const char *label_value, double value)
{
	const struct metric_label one = {label, label_value};

	metrics_labelled(out, name, &one, label ? 1 : 0, value);
}

void
histogram_head(struct buf *out, enum metric_histogram which)
{
	metrics_head(out, histograms[which].name, "histogram",
	    histograms[which].help);
}

void
histogram_write(struct buf *out, enum metric_histogram which,
    const char *label, const char *label_value, const struct histogram *h)
{
	const char *name = histograms[which].name;
	struct metric_label labels[2] = {{label, label_value}};
	size_t n = label ? 1 : 0;
	char full[64], le[24];
	int i;

	(void)snprintf(full, sizeof(full), "%s_bucket", name);
	for (i = 0; i <= HISTOGRAM_BUCKETS; i++) {
		if (i < HISTOGRAM_BUCKETS)
			(void)snprintf(le, sizeof(le), "%g",
			    histograms[which].bound[i]);
		labels[n] = (struct metric_label){
		    "le", i < HISTOGRAM_BUCKETS ? le : "+Inf"};
		metrics_labelled(out, full, labels, n + 1,
		    (double)(i < HISTOGRAM_BUCKETS ? h->bucket[i] : h->n));
	}
	(void)snprintf(full, sizeof(full), "%s_sum", name);
	metrics_labelled(out, full, labels, n, h->sum);
	(void)snprintf(full, sizeof(full), "%s_count", name);
	metrics_labelled(out, full, labels, n, (double)h->n);
}

void
metrics_write(const struct metrics *m, struct buf *out)
{
	int i;

	for (i = 0; i < METRIC_N; i++) {
		if (rows[i].help)
			metrics_head(
			    out, rows[i].name, "counter", rows[i].help);
		metrics_value(out, rows[i].name, rows[i].label, rows[i].value,
		    (double)m->count[i]);
	}
	for (i = 0; i < HISTOGRAM_SINGLE; i++) {
		histogram_head(out, (enum metric_histogram)i);
		histogram_write(out, (enum metric_histogram)i, NULL, NULL,
		    &m->histogram[i]);
	}
}
