/* Counters and histograms of policyd, as Prometheus reads them (text format
 * 0.0.4).  A row per metric, in the .c. */
#ifndef NEARPOST_FLEET_METRICS_H
#define NEARPOST_FLEET_METRICS_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/mail/deferral.h"

enum metric {
	METRIC_SELECT_RELAY = 0,
	METRIC_SELECT_SUPPRESSED,
	METRIC_SELECT_DEFER,
	METRIC_SELECT_REJECT,
	METRIC_SITE_RATE,
	METRIC_UNBOOKED,
	METRIC_BAD_REQUESTS,
	METRIC_REPORTS,
	METRIC_REPORTS_REFUSED,
	METRIC_RTT_SAMPLES,
	METRIC_PROBES,
	METRIC_DELIVERIES_SENT,
	METRIC_DELIVERIES_DEFERRED,
	METRIC_DELIVERIES_BOUNCED,
	METRIC_DEFERRALS, /* + enum deferral_cause */
	METRIC_DEFERRALS_LAST = METRIC_DEFERRALS + DEFERRAL_N_CAUSES - 1,
	METRIC_DELIVERIES_REPEATED,
	METRIC_DELIVERIES_REFUSED,
	METRIC_AGENTS_REFUSED,
	METRIC_DECISIONS_DROPPED,
	METRIC_RELOADS,
	METRIC_RELOADS_FAILED,
	METRIC_N
};
enum metric_histogram {
	HISTOGRAM_SELECT_SECONDS = 0, /* request to answer */
	HISTOGRAM_RECEIPT_SECONDS,    /* ticket to the recipient's 250 */
	HISTOGRAM_N
};
#define HISTOGRAM_BUCKETS 14

struct metrics {
	uint64_t count[METRIC_N];
	struct {
		uint64_t bucket[HISTOGRAM_BUCKETS], n;
		double sum;
	} histogram[HISTOGRAM_N];
};

void metrics_add(struct metrics *m, enum metric which, uint64_t n);
void metrics_observe(struct metrics *m, enum metric_histogram which,
    double value);
void metrics_write(const struct metrics *m, struct buf *out);

/* For values that are looked up when asked for: # HELP and # TYPE lines, then a
 * line per value.  label may be NULL; its value is escaped. */
void metrics_head(struct buf *out, const char *name, const char *type,
    const char *help);
void metrics_value(struct buf *out, const char *name, const char *label,
    const char *label_value, double value);

#endif
