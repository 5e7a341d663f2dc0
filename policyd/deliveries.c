/* Delivery events of the gateways.  An event that makes no sense is passed
 * over, not refused: the agent would send it again for ever. */
#include "policyd/deliveries.h"

#include "lib/mail/campaign.h"
#include "policyd/persist.h"
#include "policyd/resolve.h"

#define RECEIPT_MAX_MS (INT64_C(30) * 86400 * 1000)

static const char *
absurd(const struct delivery *d)
{
	int i;

	if (strlen(d->ticket) != 32 ||
	    strspn(d->ticket, "0123456789abcdef") != 32)
		return "ticket is not 32 hex digits";
	if (!campaign_name_ok(slice_of(d->campaign)))
		return "campaign is no name";
	if (d->size_bytes < -1 || d->size_bytes > ((int64_t)1 << 40))
		return "size is absurd";
	if (d->requested_ms < 0 || d->received_ms < 0)
		return "a time is negative";
	for (i = 0; i < 4; i++)
		if (d->delays_us[i] < -1 ||
		    d->delays_us[i] > RECEIPT_MAX_MS * 1000)
			return "a delay is absurd";
	return d->seq > 0 ? NULL : "seq is not positive";
}

static void
count(struct policyd *p, const struct gateway *g, const struct delivery *d)
{
	static const struct {
		enum metric metric;
		const char *counter;
	} by_status[] = {
	    [DELIVERY_SENT] = {METRIC_DELIVERIES_SENT, "sent"},
	    [DELIVERY_DEFERRED] = {METRIC_DELIVERIES_DEFERRED,
		"delivery_deferrals"},
	    [DELIVERY_BOUNCED] = {METRIC_DELIVERIES_BOUNCED, "bounced"},
	};
	/* Two clocks: the gateway's, put right by what its reports show. */
	int64_t ttr_ms = d->ttr_ms + g->clock_offset_ms;

	metrics_add(&p->metrics, by_status[d->status].metric, 1);
	if (d->status == DELIVERY_DEFERRED)
		metrics_add(&p->metrics, METRIC_DEFERRALS +
		    deferral_cause(d->dsn, d->text), 1);
	persist_count(p->persist, d->campaign, by_status[d->status].counter, 1);
	if (d->status != DELIVERY_SENT || ttr_ms > RECEIPT_MAX_MS)
		return;
	if (ttr_ms < 0)
		ttr_ms = 0;
	metrics_observe(&p->metrics, HISTOGRAM_RECEIPT_SECONDS,
	    (double)ttr_ms / 1000);
	persist_count(p->persist, d->campaign, "ttr_ms_sum", ttr_ms);
}

static struct site *
site_of(struct policyd *p, const struct delivery *d)
{
	const char *at = strrchr(d->recipient, '@');

	return at ? resolve_known(p->resolver, at + 1) : NULL;
}

/* false: no room for it now. */
static bool
take_one(struct policyd *p, struct gateway *g, struct slice text)
{
	struct delivery d;
	const char *error;
	char safe[200];

	if (delivery_parse(text, &d, &error) == 0)
		error = absurd(&d);
	if (error) {
		metrics_add(&p->metrics, METRIC_DELIVERIES_REFUSED, 1);
		if (log_may(&p->bad_events, loop_mono_ms(p->loop), 1000))
			log_warnx("gateway=%s event refused: %s (ticket %s)",
			    g->id, error,
			    log_safe(safe, sizeof(safe), d.ticket));
		return true;
	}
	if (d.seq <= g->event_seq) {
		metrics_add(&p->metrics, METRIC_DELIVERIES_REPEATED, 1);
		return true;
	}
	if (!persist_event(p->persist, g->id, &d))
		return false;
	g->event_seq = d.seq;
	g->dirty = true;
	fleet_delivery(&p->fleet, g, site_of(p, &d), &d, policyd_now_s(p));
	count(p, g, &d);
	return true;
}

bool
deliveries_take(struct policyd *p, struct gateway *g,
    const struct policy_message *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		struct slice name = m->attrs[i].name;

		if (name.len >= 6 && memcmp(name.data, "event.", 6) == 0 &&
		    !take_one(p, g, m->attrs[i].value))
			return false;
	}
	return true;
}
