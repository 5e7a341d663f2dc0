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
	METRIC_CHOICE_QUEUE, /* score_reason() */
	METRIC_CHOICE_RTT,
	METRIC_CHOICE_SESSIONS,
	METRIC_CHOICE_DEFERRAL,
	METRIC_CHOICE_THROTTLE,
	METRIC_CHOICE_EQUAL,
	METRIC_CHOICE_ONLY,
	METRIC_REJECT_ADDRESS,
	METRIC_REJECT_CAMPAIGN,
	METRIC_REJECT_DATE,
	METRIC_REJECT_CANCELLED,
	METRIC_REJECT_CREATIVE,
	METRIC_REJECT_VARIABLE,
	METRIC_REJECT_NO_CREATIVE,
	METRIC_REJECT_UNLISTED,
	METRIC_REJECT_DOMAIN,
	METRIC_REJECT_RECORD,
	METRIC_REJECT_CLIENT, /* from here on the milter's: milter/refusals.h */
	METRIC_REJECT_RELAY_DOMAIN,
	METRIC_REJECT_SENDER,
	METRIC_REJECT_SIZE,
	METRIC_REJECT_SYNTAX,
	METRIC_REJECT_RECIPIENT,
	METRIC_REJECT_TICKET,
	METRIC_DEFER_ASSETS,
	METRIC_DEFER_DATABASE,
	METRIC_DEFER_NO_GATEWAY,
	METRIC_DEFER_NO_ASSETS,
	METRIC_DEFER_NOT_ROUTABLE,
	METRIC_DEFER_SITE_RATE,
	METRIC_DEFER_PAUSED,
	METRIC_DEFER_POLICYD, /* the milter's */
	METRIC_DEFER_ANSWER,
	METRIC_DEFER_NO_ROUTE,
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
	METRIC_DELIVERED_BYTES,
	METRIC_SAVED_BYTES,
	METRIC_AGENTS_REFUSED,
	METRIC_DECISIONS_DROPPED,
	METRIC_RELOADS,
	METRIC_RELOADS_FAILED,
	METRIC_N
};
enum metric_histogram {
	HISTOGRAM_SELECT_SECONDS = 0, /* request to answer */
	HISTOGRAM_REDIS_SECONDS,      /* call to answer */
	HISTOGRAM_SINGLE, /* of which there is one each, in struct metrics */
	HISTOGRAM_RECEIPT_SECONDS = HISTOGRAM_SINGLE, /* ticket to the 250 */
	HISTOGRAM_N
};
#define HISTOGRAM_BUCKETS 14

struct histogram {
	uint64_t bucket[HISTOGRAM_BUCKETS], n; /* each with all below it */
	double sum;
};
struct metrics {
	uint64_t count[METRIC_N];
	struct histogram histogram[HISTOGRAM_SINGLE];
};

void metrics_add(struct metrics *m, enum metric which, uint64_t n);
/* The one of these whose label has that value; none: nothing is counted. */
void metrics_add_labelled(struct metrics *m, enum metric first,
    enum metric last, struct slice label_value, uint64_t n);
void metrics_observe(struct metrics *m, enum metric_histogram which,
    double value);
/* Counters and single histograms. */
void metrics_write(const struct metrics *m, struct buf *out);

/* For histograms that are one of many, told apart by a label. */
void histogram_add(struct histogram *h, enum metric_histogram which,
    double value);
void histogram_head(struct buf *out, enum metric_histogram which);
/* label: NULL = none; its value is escaped. */
void histogram_write(struct buf *out, enum metric_histogram which,
    const char *label, const char *label_value, const struct histogram *h);

/* For values that are looked up when asked for: # HELP and # TYPE lines, then a
 * line per value.  label may be NULL; its value is escaped. */
void metrics_head(struct buf *out, const char *name, const char *type,
    const char *help);
void metrics_value(struct buf *out, const char *name, const char *label,
    const char *label_value, double value);
struct metric_label {
	const char *name, *value;
};
void metrics_labelled(struct buf *out, const char *name,
    const struct metric_label *labels, size_t n, double value);

#endif
