/* Delivery events of the gateways.  An event that makes no sense is passed
 * over, not refused: the agent would send it again for ever. */
#include "policyd/deliveries.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/fleet/erase.h"
#include "lib/fleet/shared.h"
#include "lib/mail/campaign.h"
#include "policyd/decisions.h"
#include "policyd/erased.h"
#include "policyd/eventlog.h"
#include "policyd/persist.h"
#include "policyd/rates.h"
#include "policyd/resolve.h"
#include "policyd/share.h"
#include "policyd/tally.h"

/* On the initiator's line for one stub, both ways; README, Performance. */
#define STUB_WIRE_BYTES 2250
#define WALL_MS_MAX ((int64_t)1 << 53)
#define RECEIPT_MAX_MS (INT64_C(30) * 86400 * 1000)
/* Events are numbered by the gateway's clock, microseconds.  One of next year
 * would make repeats of all that come until then; a gateway whose clock is that
 * far ahead finds every ticket out of date, and has none to tell. */
#define SEQ_AHEAD_MAX_MS RECEIPT_MAX_MS

static const char *
absurd(const struct delivery *d)
{
	int i;

	if (strlen(d->ticket) != 32 ||
	    strspn(d->ticket, "0123456789abcdef") != 32)
		return "ticket is not 32 hex digits";
	if (!campaign_name_ok(slice_of(d->campaign)))
		return "campaign is no name";
	if (!strchr(d->recipient, '@'))
		return "recipient is no address";
	if (d->size_bytes < -1 || d->size_bytes > ((int64_t)1 << 40))
		return "size is absurd";
	if (d->requested_ms < 0 || d->received_ms < 0)
		return "a time is negative";
	if (d->ttr_ms > WALL_MS_MAX || d->ttr_ms < -WALL_MS_MAX)
		return "ttr_ms is absurd";
	for (i = 0; i < 4; i++)
		if (d->delays_us[i] < -1 ||
		    d->delays_us[i] > RECEIPT_MAX_MS * 1000)
			return "a delay is absurd";
	if (d->seq / 1000 > clock_wall_ms() + SEQ_AHEAD_MAX_MS)
		return "seq is of a time to come";
	return d->seq > 0 ? NULL : "seq is not positive";
}

static bool
is_receipt(const struct delivery *d)
{
	return d->status == DELIVERY_SENT && d->ttr_ms <= RECEIPT_MAX_MS;
}

/* A receipt whose site must be looked up first. */
struct receipt_of {
	struct policyd *p;
	char gateway_id[17];
	double measured_s, predicted_s;
};

static void
on_site(enum domain_status status, struct site *site, void *ctx)
{
	struct receipt_of *r = ctx;
	struct gateway *g =
	    gateway_find(&r->p->fleet.gateways, r->gateway_id);

	(void)status;
	if (g && site)
		fleet_receipt(&r->p->fleet, g, site, r->measured_s,
		    r->predicted_s, policyd_now_s(r->p));
	free(r);
}

/* The domain of a mail from before our start may not be known yet. */
static void
received(struct policyd *p, struct gateway *g, const struct delivery *d)
{
	const char *at = strrchr(d->recipient, '@');
	struct receipt_of *r = xcalloc(1, sizeof(*r));
	struct site *site;

	r->p = p;
	memcpy(r->gateway_id, g->id, sizeof(r->gateway_id));
	r->measured_s = (double)d->ttr_ms / 1000;
	r->predicted_s =
	    fleet_received(&p->fleet, g, d->ticket, r->measured_s);
	site = at ? resolve_known(p->resolver, at + 1) : NULL;
	if (site || !at || address_domain_fault(slice_of(at + 1)))
		on_site(DOMAIN_SITE, site, r);
	else
		resolve_later(p->resolver, at + 1, on_site, r);
}

static void
count_bytes(struct policyd *p, const struct delivery *d)
{
	if (d->status != DELIVERY_SENT || d->size_bytes < 0)
		return;
	metrics_add(&p->metrics, METRIC_DELIVERED_BYTES,
	    (uint64_t)d->size_bytes);
	if (d->size_bytes > STUB_WIRE_BYTES)
		metrics_add(&p->metrics, METRIC_SAVED_BYTES,
		    (uint64_t)d->size_bytes - STUB_WIRE_BYTES);
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

	metrics_add(&p->metrics, by_status[d->status].metric, 1);
	if (d->status == DELIVERY_DEFERRED)
		metrics_add(&p->metrics, METRIC_DEFERRALS +
		    deferral_cause(d->dsn, d->text), 1);
	count_bytes(p, d);
	persist_count(p->persist, d->campaign, by_status[d->status].counter, 1);
	if (!is_receipt(d))
		return;
	tally_receipt(p->tally, g, (double)d->ttr_ms / 1000);
	persist_count(p->persist, d->campaign, "ttr_ms_sum", d->ttr_ms);
}

/* Two clocks: the gateway's is put right by what its reports show. */
static void
one_clock(struct delivery *d, const struct gateway *g)
{
	d->ttr_ms += clock_offset_ms(&g->clock, NULL);
	if (d->ttr_ms < 0)
		d->ttr_ms = 0;
}

static struct site *
site_of(struct policyd *p, const struct delivery *d)
{
	const char *at = strrchr(d->recipient, '@');

	return at ? resolve_known(p->resolver, at + 1) : NULL;
}

/* They need its site, and not to whom it was. */
static void
tell_others(struct policyd *p, const struct gateway *g, struct slice text,
    int64_t took_ms)
{
	struct delivery d;
	const char *error;
	struct buf without = {0};

	if (delivery_parse(text, &d, &error) != 0)
		return;
	erase_from_delivery(&d);
	delivery_write(&without, &d);
	share_event(p->share, g->id, slice_buf(&without), took_ms);
	buf_free(&without);
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
	if (taken_has(&g->events, d.seq)) {
		metrics_add(&p->metrics, METRIC_DELIVERIES_REPEATED, 1);
		return true;
	}
	one_clock(&d, g);
	if (erased_has(p->erased, d.recipient))
		erase_from_delivery(&d);
	if (!eventlog_add(p->eventlog, g->id, &d))
		return false;
	decisions_delivered(p->decisions, g->id, &d);
	rates_delivered(p->rates, g, &d, true);
	taken_add(&g->events, d.seq);
	g->dirty = true;
	fleet_delivery(&p->fleet, g, site_of(p, &d), &d, policyd_now_s(p));
	count(p, g, &d);
	if (is_receipt(&d))
		received(p, g, &d);
	tell_others(p, g, text, d.ttr_ms);
	return true;
}

void
deliveries_learn(struct policyd *p, struct gateway *g, struct slice text,
    int64_t took_ms)
{
	struct delivery d;
	const char *error;

	if (delivery_parse(text, &d, &error) != 0 || absurd(&d))
		return;
	/* What was read from our past, or came by another way meanwhile. */
	if (taken_has(&g->events, d.seq)) {
		shared_done(&p->fleet, g, d.ticket, policyd_now_s(p));
		if (d.status != DELIVERY_DEFERRED)
			fleet_received_before(&p->fleet, g, d.ticket);
		return;
	}
	if (took_ms >= 0)
		d.ttr_ms = took_ms;
	else
		one_clock(&d, g);
	taken_add(&g->events, d.seq);
	rates_delivered(p->rates, g, &d, false);
	fleet_delivery(&p->fleet, g, site_of(p, &d), &d, policyd_now_s(p));
	/* All of them write the site's row. */
	if (is_receipt(&d))
		received(p, g, &d);
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
