#include "policyd/admin.h"

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/text.h"
#include "policyd/admin_look.h"
#include "policyd/admin_order.h"
#include "policyd/catalogue.h"
#include "policyd/drains.h"
#include "policyd/eventlog.h"
#include "policyd/rates.h"
#include "policyd/resolve.h"
#include "policyd/share.h"
#include "policyd/tally.h"

#define WARM_DOMAINS_MAX 1000
#define LATELY_MS 60000

static void
ok(struct ask *ask)
{
	policy_add_str(&ask->answer, "action", "OK");
}

static void
refuse(struct ask *ask, const char *why)
{
	policy_addf(&ask->answer, "action", "REJECT %s", why);
}

static void
ping(struct ask *ask)
{
	struct policyd *p = ask->p;
	struct store_stats redis;
	struct buf row = {0};

	store_stats(p->store, &redis);
	ok(ask);
	policy_add_str(&ask->answer, "version", PACKAGE_VERSION);
	policy_addf(&ask->answer, "uptime_s", "%" PRId64,
	    (loop_mono_ms(p->loop) - p->started_ms) / 1000);
	policy_add_str(&ask->answer, "redis",
	    store_ready(p->store) ? "ok" : "down");
	policy_addf(
	    &ask->answer, "policyds", "%d", share_daemons(p->share));
	policy_add_str(&ask->answer, "asset_digest",
	    p->catalogue ? catalogue_digest(p->catalogue) : "");
	policy_addf(&ask->answer, "events_waiting", "%zu",
	    eventlog_waiting(p->eventlog));
	if (p->config_stale)
		policy_add_str(&ask->answer, "config", "stale");
	if (p->catalogue_error)
		policy_add_str(&ask->answer, "assets_error", p->catalogue_error);
	if (redis.refused && loop_mono_ms(p->loop) - redis.refused_ms < LATELY_MS)
		policy_add_str(&ask->answer, "redis_refused", "yes");
	rates_row(p->rates, &row, NULL);
	policy_add(&ask->answer, "rates",
	    (struct slice){row.data + 1, row.len - 1});
	buf_free(&row);
}

static void
unbook(struct ask *ask)
{
	unsigned char id[BOOKING_ID_SIZE];
	bool found;

	if (booking_id(policy_get(&ask->m, "booking"), id) != 0) {
		refuse(ask, "booking is not 32 hex digits");
		return;
	}
	found = fleet_unbook(&ask->p->fleet, id, policyd_now_s(ask->p));
	if (found)
		metrics_add(&ask->p->metrics, METRIC_UNBOOKED, 1);
	share_undone(ask->p->share, id);
	ok(ask);
	policy_add_str(&ask->answer, "found", found ? "yes" : "no");
}

static void
count_causes(struct ask *ask, const char *prefix, enum metric first,
    enum metric last)
{
	size_t len = strlen(prefix), i;

	for (i = 0; i < ask->m.n; i++) {
		struct slice name = ask->m.attrs[i].name;
		int64_t n;

		if (name.len <= len || memcmp(name.data, prefix, len) != 0)
			continue;
		n = policy_get_int(&ask->m, arena_strndup(ask->arena, name.data,
		    name.len), 0, 0, INT32_MAX);
		metrics_add_labelled(&ask->p->metrics, first, last,
		    (struct slice){name.data + len, name.len - len},
		    (uint64_t)n);
	}
}

/* From any number of milters, and each tells what came since the last time. */
static void
turned_away(struct ask *ask)
{
	count_causes(ask, "rejected.", METRIC_REJECT_CLIENT,
	    METRIC_REJECT_TICKET);
	count_causes(ask, "deferred.", METRIC_DEFER_POLICYD,
	    METRIC_DEFER_NO_ROUTE);
	ok(ask);
}

static void
add_drain(struct buf *row, const struct drains *drains, const char *id)
{
	struct drain d;

	if (drains_find(drains, id, &d))
		buf_printf(row,
		    ";drained_since_ms=%" PRId64 ";drained_until_ms=%" PRId64
		    ";drained_reason=%s",
		    d.since_ms, d.until_ms, d.reason);
}

const char *
admin_state(const struct policyd *p, const struct gateway *g)
{
	enum score_verdict v = score_alive(&g->state,
	    p->fleet.report_interval_s, policyd_now_s(p));

	return v == SCORE_ELIGIBLE ? "live" : score_verdict_name(v);
}

static void
gateway_row(struct ask *ask, const struct gateway *g, int n)
{
	struct policyd *p = ask->p;
	double now_s = policyd_now_s(p);
	const char *state = admin_state(p, g);
	bool assets = p->catalogue &&
	    gateway_has_assets(g, catalogue_digest(p->catalogue));
	int64_t round_ms, offset_ms = clock_offset_ms(&g->clock, &round_ms);
	struct buf row = {0};

	buf_printf(&row, "id=%s;host=%s;live=%s;state=%s;connected=%s", g->id,
	    g->host, strcmp(state, "live") == 0 ? "yes" : "no", state,
	    g->connected ? "yes" : "no");
	if (g->state.reported)
		buf_printf(&row, ";report_age_ms=%.0f",
		    (now_s - g->state.last_report_s) * 1000);
	buf_printf(&row,
	    ";assets=%s;asset_digest=%s;queue_bytes=%" PRId64
	    ";queue_messages=%" PRId64 ";in_flight=%" PRId64
	    ";booked_messages=%" PRId64 ";booked_bytes=%.0f",
	    assets ? "ok" : "differ", g->n_digests ? g->digests[0] : "",
	    g->queue_bytes, g->queue_messages, g->in_flight, g->unaccepted_n,
	    g->unaccepted_bytes);
	buf_printf(&row,
	    ";wait_ms=%.0f;drain_bytes_per_s=%.0f;nominal_bytes_per_s=%.0f"
	    ";cpu=%.2f;deferral_probability=%.3f;rtt_mean_us=%.0f"
	    ";clock_offset_ms=%" PRId64 ";clock_round_ms=%" PRId64,
	    score_wait_s(&g->state, now_s) * 1000,
	    g->drain_bytes_per_s, g->nominal_bytes_per_s, g->cpu,
	    g->state.deferral_probability, g->rtt_mean_s * 1e6,
	    offset_ms, round_ms);
	if (g->prediction.n > 0)
		buf_printf(&row,
		    ";predicted=%u;prediction_error_ms=%.0f"
		    ";prediction_error_relative=%.3f",
		    (unsigned)g->prediction.n,
		    (double)g->prediction.mean_s * 1e3,
		    (double)g->prediction.relative);
	if (g->doings.count[DOING_PROBES] >= 0)
		buf_printf(&row, ";probes=%" PRId64 ";probes_failed=%" PRId64,
		    g->doings.count[DOING_PROBES],
		    g->doings.count[DOING_PROBES_FAILED]);
	rates_row(p->rates, &row, g);
	add_drain(&row, p->drains, g->id);
	policy_add(&ask->answer, arena_printf(ask->arena, "gateway.%d", n),
	    slice_buf(&row));
	buf_free(&row);
}

static void
gateways(struct ask *ask)
{
	const struct gateways *all = &ask->p->fleet.gateways;
	int slot, n = 0;

	ok(ask);
	if (ask->p->catalogue)
		policy_add_str(&ask->answer, "asset_digest",
		    catalogue_digest(ask->p->catalogue));
	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot])
			gateway_row(ask, all->slot[slot], n++);
}

static void
reload(struct ask *ask)
{
	char *fault = policyd_reload(ask->p);

	if (fault)
		refuse(ask, fault);
	else
		ok(ask);
	free(fault);
}

static void
refused(struct ask *ask)
{
	struct gateway *g = admin_gateway(ask);

	if (!g) {
		refuse(ask, ADMIN_NO_GATEWAY);
		return;
	}
	fleet_refused(g, policyd_now_s(ask->p));
	tally_look(ask->p->tally);
	ok(ask);
}

static void
warm(struct ask *ask)
{
	struct slice list = policy_get(&ask->m, "domains"), part;
	int n = 0;

	while (n < WARM_DOMAINS_MAX && slice_split(&list, ',', &part)) {
		part = slice_trim(part);
		if (address_domain_fault(part))
			continue;
		resolve(ask->p->resolver,
		    arena_strndup(ask->arena, part.data, part.len), NULL, NULL);
		n++;
	}
	ok(ask);
	policy_addf(&ask->answer, "domains", "%d", n);
}

static const struct {
	const char *verb;
	void (*handle)(struct ask *ask);
} verbs[] = {
    {"ping", ping},
    {"unbook", unbook},
    {"turned_away", turned_away},
    {"gateways", gateways},
    {"assets", admin_assets},
    {"campaigns", admin_campaigns},
    {"reload", reload},
    {"refused", refused},
    {"warm", warm},
};

/* These answer by themselves, perhaps later. */
static const struct {
	const char *verb;
	void (*handle)(struct ask *ask);
} looks[] = {
    {"cancel", admin_cancel},
    {"drain", admin_drain},
    {"pause", admin_pause},
    {"release", admin_release},
    {"resume", admin_resume},
    {"sites", admin_sites},
    {"why", admin_why},
};

void
admin_request(struct ask *ask)
{
	struct slice verb = policy_get(&ask->m, "verb");
	size_t i;

	for (i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (slice_eq_str(verb, looks[i].verb)) {
			looks[i].handle(ask);
			return;
		}
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (slice_eq_str(verb, verbs[i].verb))
			break;
	if (i < sizeof(verbs) / sizeof(verbs[0]))
		verbs[i].handle(ask);
	else
		refuse(ask, "verb is none of ping, unbook, gateways, "
			    "assets, campaigns, reload, drain, resume, pause, "
			    "cancel, release, refused, warm, sites, why, "
			    "turned_away");
	ask_answer(ask);
}
