/* The backlog is a virtual clock, as in GCRA: busy_until_s says when it will be
 * gone, and every booking moves it at once, since a report is up to a second
 * old and a burst is shorter than that.  Reports put it right again. */
#include "lib/fleet/gateway.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

#define BUSY_S 0.3          /* more backlog than this says how fast it drains */
#define DRAIN_WEIGHT 0.5
#define DRAIN_BACK_TAU_S 20.0
#define DRAIN_FLOOR 0.01    /* of nominal */
#define DEFERRAL_STEP 0.03
#define SUCCESS_FACTOR 0.97
#define MEAN_WEIGHT 0.01
#define COUNT_MAX ((int64_t)1 << 50) /* as report.c allows */
#define PROBES_PER_S 5 /* of an agent that does not say */
/* Two reports in a smaller part of the interval say nothing about a rate. */
#define INTERVAL_PART_MIN 0.2

struct gateway *
gateway_find(const struct gateways *all, const char *id)
{
	int i;

	for (i = 0; i < all->n_slots; i++)
		if (all->slot[i] && strcmp(all->slot[i]->id, id) == 0)
			return all->slot[i];
	return NULL;
}

static int
free_slot(const struct gateways *all)
{
	int i;

	for (i = 0; i < all->n_slots; i++)
		if (!all->slot[i])
			return i;
	return all->n_slots < GATEWAYS_MAX ? all->n_slots : -1;
}

int
gateway_add(struct gateways *all, const char *id, const char *host,
    double nominal_bytes_per_s)
{
	struct gateway *g = gateway_find(all, id);
	int slot;

	if (!g) {
		slot = free_slot(all);
		if (slot < 0)
			return -1;
		g = xcalloc(1, sizeof(*g));
		memcpy(g->id, id, strnlen(id, sizeof(g->id) - 1));
		g->slot = slot;
		g->second_slot = -1;
		gateway_unplace(g);
		doings_clear(&g->doings);
		g->drain_bytes_per_s = nominal_bytes_per_s;
		g->probes_per_s = PROBES_PER_S;
		TAILQ_INIT(&g->unaccepted);
		all->slot[slot] = g;
		if (slot == all->n_slots)
			all->n_slots++;
	}
	free(g->host);
	g->host = xstrdup(host);
	g->nominal_bytes_per_s = nominal_bytes_per_s;
	return g->slot;
}

void
gateway_unplace(struct gateway *g)
{
	coordinate_init(&g->place, UINT32_MAX - (uint32_t)g->slot);
}

void
gateway_remove(struct gateways *all, int slot)
{
	struct gateway *g = all->slot[slot];
	int i;

	if (!g)
		return;
	while (g->n_to_probe > 0)
		free(g->to_probe[--g->n_to_probe]);
	free(g->host);
	free(g);
	all->slot[slot] = NULL;
	for (i = 0; i < all->n_slots; i++)
		if (all->slot[i] && all->slot[i]->second_slot == slot)
			all->slot[i]->second_slot = -1;
	while (all->n_slots > 0 && !all->slot[all->n_slots - 1])
		all->n_slots--;
}

void
gateways_free(struct gateways *all)
{
	int i;

	for (i = all->n_slots - 1; i >= 0; i--)
		gateway_remove(all, i);
}

void
gateway_hello(struct gateway *g, const struct hello *h)
{
	g->seq = 0;
	clock_offset_hello(&g->clock);
	if (h->uplink_mbit > 0)
		g->nominal_bytes_per_s = (double)h->uplink_mbit * 125000;
	g->state.report_interval_s = (double)h->report_interval_ms / 1000;
	g->probes_per_s =
	    h->probe_rate >= 0 ? (double)h->probe_rate : PROBES_PER_S;
	g->n_digests = 0;
	g->asked_assets = false;
	g->assets_since_ms = 0;
	g->assets_error[0] = '\0';
	if (h->asset_digest[0]) {
		memcpy(g->digests[0], h->asset_digest, REPORT_DIGEST_SIZE);
		g->n_digests = 1;
	}
}

/* Bytes that wait for the gateway itself: what waits for a slot of its own site
 * says nothing about the uplink. */
static double
own_queue_bytes(const struct gateway *g)
{
	double share = g->queue_messages > 0
	    ? (double)g->site_waiting_n / (double)g->queue_messages
	    : 0;

	return share < 1 ? (double)g->queue_bytes * (1 - share) : 0;
}

/* Only a gateway that had work all the time shows how fast it can work.  The
 * largest of three reports in a row, as BBR does: one of them may have caught a
 * pause, and a sender that is thought slower than it is gets no work to show
 * that it is not. */
static void
learn_drain(struct gateway *g, int64_t sent, double dt_s)
{
	double rate = (double)sent / dt_s;
	bool high = own_queue_bytes(g) > BUSY_S * g->drain_bytes_per_s;
	int i;

	if (high && g->queue_high && rate > 0) {
		double best = rate;

		for (i = 0; i < GATEWAY_RATES; i++)
			if (g->rate_bytes_per_s[i] > best)
				best = g->rate_bytes_per_s[i];
		g->drain_bytes_per_s +=
		    DRAIN_WEIGHT * (best - g->drain_bytes_per_s);
	} else if (!high || rate >= g->drain_bytes_per_s) {
		g->drain_bytes_per_s +=
		    (g->nominal_bytes_per_s - g->drain_bytes_per_s) *
		    (1 - exp(-dt_s / DRAIN_BACK_TAU_S));
	}
	if (g->drain_bytes_per_s < DRAIN_FLOOR * g->nominal_bytes_per_s)
		g->drain_bytes_per_s = DRAIN_FLOOR * g->nominal_bytes_per_s;
	for (i = GATEWAY_RATES - 1; i > 0; i--)
		g->rate_bytes_per_s[i] = g->rate_bytes_per_s[i - 1];
	g->rate_bytes_per_s[0] = high ? rate : 0;
	g->queue_high = high;
}

/* A counter that went back has started anew with the agent. */
static int64_t
grown(int64_t now, int64_t before)
{
	return now >= before ? now - before : now;
}

static int64_t
sane(int64_t count)
{
	return count < 0 ? 0 : count < COUNT_MAX ? count : COUNT_MAX;
}

bool
gateway_report(struct gateway *g, const struct report *r,
    double report_interval_s, double now_s, int64_t now_wall_ms,
    int64_t *accepted_r)
{
	struct score_gateway *s = &g->state;
	double dt_s = now_s - s->last_report_s;
	int64_t sent = grown(sane(r->sent_bytes), g->sent_bytes);
	bool fresh = !s->reported ||
	    dt_s > score_silent_after_s(s, report_interval_s);
	int i;

	*accepted_r = 0;
	if (r->seq <= g->seq)
		return false;
	if (s->reported)
		*accepted_r =
		    grown(sane(r->accepted_messages), g->accepted_messages);
	g->seq = r->seq;
	g->queue_bytes = sane(r->queue_bytes);
	g->queue_messages = sane(r->queue_messages);
	if (s->report_interval_s > 0)
		report_interval_s = s->report_interval_s;
	if (!fresh && dt_s >= INTERVAL_PART_MIN * report_interval_s)
		learn_drain(g, sent, dt_s);
	else
		g->queue_high = false;
	g->in_flight = sane(r->in_flight);
	g->accepted_messages = sane(r->accepted_messages);
	g->sent_bytes = sane(r->sent_bytes);
	g->cpu = r->cpu >= 0 && r->cpu <= 1 ? r->cpu : 0;
	g->n_digests = 0;
	for (i = 0; i < r->n_digests && i < REPORT_SETS_MAX; i++)
		memcpy(g->digests[g->n_digests++], r->digests[i],
		    REPORT_DIGEST_SIZE);
	g->asked_assets = false;
	g->assets_since_ms = sane(r->assets_since_ms);
	memcpy(g->assets_error, r->assets_error, sizeof(g->assets_error));
	g->doings = r->doings;
	clock_offset_take(&g->clock, now_wall_ms - sane(r->now_ms),
	    r->round_ms);
	s->reported = true;
	s->last_report_s = now_s;
	g->dirty = true;
	return true;
}

/* All of the queue: what waits for its site now will want the uplink then. */
void
gateway_backlog(struct gateway *g, double now_s)
{
	double bytes = (double)g->queue_bytes + g->unaccepted_bytes;

	g->state.busy_until_s = now_s + bytes / g->drain_bytes_per_s;
}

void
gateway_booked(struct gateway *g, double bytes, double now_s)
{
	if (g->state.busy_until_s < now_s)
		g->state.busy_until_s = now_s;
	g->state.busy_until_s += bytes / g->drain_bytes_per_s;
	g->dirty = true;
}

void
gateway_not_after(struct gateway *g, double now_s)
{
	struct score_gateway *s = &g->state;

	s->last_report_s = fmin(s->last_report_s, now_s);
	s->refused_s = fmin(s->refused_s, now_s);
	g->second_at_s = fmin(g->second_at_s, now_s);
	g->probe_asked_s = fmin(g->probe_asked_s, now_s);
	gateway_backlog(g, now_s);
}

void
gateway_deferred(struct gateway *g)
{
	double *pd = &g->state.deferral_probability;

	*pd += DEFERRAL_STEP * (1 - *pd);
	g->dirty = true;
}

void
gateway_sent(struct gateway *g)
{
	g->state.deferral_probability *= SUCCESS_FACTOR;
	g->dirty = true;
}

void
gateway_rtt(struct gateway *g, double sample_s)
{
	if (g->rtt_mean_s <= 0)
		g->rtt_mean_s = sample_s;
	else
		g->rtt_mean_s += MEAN_WEIGHT * (sample_s - g->rtt_mean_s);
}

bool
gateway_has_assets(const struct gateway *g, const char *digest)
{
	int i;

	for (i = 0; i < g->n_digests; i++)
		if (strcmp(g->digests[i], digest) == 0)
			return true;
	return false;
}

void
gateways_want(struct gateways *all, const char *digest)
{
	int i;

	if (strcmp(all->wanted, digest) == 0)
		return;
	(void)snprintf(all->wanted, sizeof(all->wanted), "%s", digest);
	for (i = 0; i < all->n_slots; i++)
		if (all->slot[i])
			all->slot[i]->asked_assets = false;
}

bool
gateways_hold(const struct gateways *all, struct gateway *g)
{
	if (!g->asked_assets) {
		g->asked_assets = true;
		g->holds_assets = gateway_has_assets(g, all->wanted);
	}
	return g->holds_assets;
}
