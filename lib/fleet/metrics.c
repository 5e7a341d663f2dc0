#include "lib/fleet/metrics.h"

#include <stddef.h>

static const struct {
	const char *name, *label, *value, *help;
} rows[METRIC_N] = {
#define SELECTS "nearpost_selects_total", "action"
    [METRIC_SELECT_RELAY] = {SELECTS, "relay", "Choices asked for, by answer."},
    [METRIC_SELECT_SUPPRESSED] = {SELECTS, "suppressed", NULL},
    [METRIC_SELECT_DEFER] = {SELECTS, "defer", NULL},
    [METRIC_SELECT_REJECT] = {SELECTS, "reject", NULL},
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
    [HISTOGRAM_RECEIPT_SECONDS] = {"nearpost_receipt_seconds",
	"From the request to the receipt by the recipient's server.",
	{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600, 1800, 3600, 86400}},
};

void
metrics_add(struct metrics *m, enum metric which, uint64_t n)
{
	m->count[which] += n;
}

void
metrics_observe(struct metrics *m, enum metric_histogram which, double value)
{
	int i;

	m->histogram[which].n++;
	m->histogram[which].sum += value;
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (value <= histograms[which].bound[i])
			m->histogram[which].bucket[i]++;
}

void
metrics_head(struct buf *out, const char *name, const char *type,
    const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metrics_value(struct buf *out, const char *name, const char *label,
    const char *label_value, double value)
{
	buf_add_str(out, name);
	if (label) {
		buf_printf(out, "{%s=\"", label);
		for (; *label_value; label_value++) {
			if (*label_value == '\n') {
				buf_add_str(out, "\\n");
				continue;
			}
			if (*label_value == '"' || *label_value == '\\')
				buf_add_char(out, '\\');
			buf_add_char(out, *label_value);
		}
		buf_add_str(out, "\"}");
	}
	buf_printf(out, " %.17g\n", value);
}

static void
write_histogram(const struct metrics *m, int h, struct buf *out)
{
	const char *name = histograms[h].name;
	int i;

	metrics_head(out, name, "histogram", histograms[h].help);
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name,
		    histograms[h].bound[i],
		    (unsigned long long)m->histogram[h].bucket[i]);
	buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n", name,
	    (unsigned long long)m->histogram[h].n);
	buf_printf(out, "%s_sum %.6f\n%s_count %llu\n", name,
	    m->histogram[h].sum, name,
	    (unsigned long long)m->histogram[h].n);
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
	for (i = 0; i < HISTOGRAM_N; i++)
		write_histogram(m, i, out);
}
