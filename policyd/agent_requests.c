/* What agents say: hello, reports, delivery events. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/mail/policy.h"
#include "policyd/agents_internal.h"
#include "policyd/deliveries.h"
#include "policyd/erased.h"
#include "policyd/eventlog.h"
#include "policyd/holds.h"
#include "policyd/share.h"

static bool
hello(struct agent *a, struct arena *arena, const struct policy_message *m,
    struct buf *out)
{
	struct policyd *p = a->agents->p;
	const char *cn = conn_peer_cn(a->conn), *error;
	struct gateway *g;
	struct hello h;

	(void)arena;
	if (hello_parse(m, &h, &error) != 0) {
		agent_turn_away(a, "bad hello", error);
		return false;
	}
	if (!cn || strcmp(cn, h.id) != 0) {
		agent_turn_away(a, "the certificate is not that gateway's", h.id);
		return false;
	}
	g = gateway_find(&p->fleet.gateways, h.id);
	if (!g) {
		agent_turn_away(a, "no such gateway in nearpost.conf", h.id);
		return false;
	}
	memcpy(a->id, h.id, sizeof(a->id));
	if (h.report_interval_ms > 0)
		conn_idle_timeout(a->conn, agent_idle_ms(h.report_interval_ms));
	gateway_hello(g, &h);
	g->connected = true;
	log_info("gateway=%s agent=%s connected", g->id,
	    conn_peer_text(a->conn));
	policy_add_str(out, "action", "OK");
	return true;
}

static void
add_probes(struct policyd *p, struct gateway *g, struct buf *out)
{
	struct report_probes probes;

	fleet_to_probe(&p->fleet, g, policyd_now_s(p), &probes);
	report_probes_write(out, &probes);
	metrics_add(&p->metrics, METRIC_PROBES, (uint64_t)probes.n);
}

/* A report that makes no sense is answered, so that the agent's log says so
 * too; the gateway then looks silent, which is what it is. */
static bool
report(struct agent *a, struct arena *arena, const struct policy_message *m,
    struct buf *out)
{
	struct policyd *p = a->agents->p;
	struct gateway *g = agent_gateway(a);
	const char *error;
	struct report r;

	if (report_parse(arena, m, &r, &error) != 0) {
		metrics_add(&p->metrics, METRIC_REPORTS_REFUSED, 1);
		if (log_may(&a->agents->limit, loop_mono_ms(p->loop), 1000))
			log_warnx("gateway=%s report refused: %s", a->id,
			    error);
		policy_addf(out, "action", "REJECT %s", error);
		return true;
	}
	policy_add_str(out, "action", "OK");
	holds_report(p->holds, out);
	if (!fleet_report(&p->fleet, g, &r, policyd_now_s(p),
		clock_wall_ms())) {
		metrics_add(&p->metrics, METRIC_REPORTS_REFUSED, 1);
		policy_add_str(out, "ignored", "seq is not above the last");
		return true;
	}
	metrics_add(&p->metrics, METRIC_REPORTS, 1);
	metrics_add(&p->metrics, METRIC_RTT_SAMPLES, (uint64_t)r.n_rtt);
	add_probes(p, g, out);
	return true;
}

static struct owed *
owe(struct agent *a)
{
	a->owed = xcalloc(1, sizeof(*a->owed));
	a->owed->agent = a;
	return a->owed;
}

/* NULL: it went meanwhile. */
static struct agent *
owe_no_more(struct owed *owed)
{
	struct agent *a = owed->agent;

	free(owed);
	if (a)
		a->owed = NULL;
	return a;
}

static void
answer_events(struct buf *out, bool kept)
{
	policy_add_str(out, "action", kept ? "OK" :
	    "DEFER events wait for the database; send them again");
}

static void
on_settled(bool kept, void *ctx)
{
	struct agent *a = owe_no_more(ctx);
	struct buf out = {0};

	if (!a)
		return;
	answer_events(&out, kept);
	policy_end(&out);
	conn_write(a->conn, slice_buf(&out));
	buf_free(&out);
	/* Redis may have failed at once. */
	if (!a->reading)
		agent_read(a);
}

static void
on_looked(void *ctx)
{
	struct agent *a = owe_no_more(ctx);

	if (!a)
		return;
	a->looked = true;
	if (!a->reading)
		agent_read(a);
}

/* An agent that is told OK forgets them, so it is told when they are in Redis;
 * else it sends them again, here or to who comes after us, and what was taken
 * is known by its number.  That is known once the past is, and what the others
 * have taken: the agent may have told them first, and heard no answer. */
static bool
events(struct agent *a, struct arena *arena, const struct policy_message *m,
    struct buf *out)
{
	struct policyd *p = a->agents->p;
	bool all;

	(void)arena;
	if (!a->looked) {
		a->again = true;
		share_look(p->share, on_looked, owe(a));
		return true;
	}
	a->looked = false;
	all = share_caught_up(p->share) && erased_loaded(p->erased) &&
	    deliveries_take(p, agent_gateway(a), m);
	policyd_push(p);
	if (!all || !store_ready(p->store)) {
		answer_events(out, false);
		return true;
	}
	eventlog_settle(p->eventlog, on_settled, owe(a));
	return true;
}

static const struct {
	const char *request;
	bool needs_hello;
	/* false: the agent was turned away.  Nothing in out: it is answered
	 * later. */
	bool (*handle)(struct agent *a, struct arena *arena,
	    const struct policy_message *m, struct buf *out);
} handlers[] = {
    {"nearpost_hello", false, hello},
    {"nearpost_report", true, report},
    {"nearpost_events", true, events},
};
#define N_HANDLERS (sizeof(handlers) / sizeof(handlers[0]))

static bool
dispatch(struct agent *a, struct arena *arena, const struct policy_message *m)
{
	struct slice name = policy_get(m, "request");
	struct buf out = {0};
	size_t i;
	bool stays;

	for (i = 0; i < N_HANDLERS; i++)
		if (slice_eq_str(name, handlers[i].request))
			break;
	if (i == N_HANDLERS) {
		agent_turn_away(a, "unknown request",
		    policy_get_str(arena, m, "request"));
		return false;
	}
	if (handlers[i].needs_hello && !agent_gateway(a)) {
		agent_turn_away(a, "no hello before", handlers[i].request);
		return false;
	}
	stays = handlers[i].handle(a, arena, m, &out);
	if (stays && out.len > 0) {
		policy_end(&out);
		conn_write(a->conn, slice_buf(&out));
	}
	buf_free(&out);
	return stays;
}

void
agent_read(struct agent *a)
{
	bool more = true;

	a->reading = true;
	while (more && !a->owed) {
		struct arena *arena = arena_new();
		struct policy_message m;
		const char *error;
		size_t used;
		int rc = policy_parse(
		    arena, conn_input(a->conn), &m, &used, &error);
		bool stays;

		a->again = false;
		stays = rc <= 0 || dispatch(a, arena, &m);
		arena_free(&arena);
		if (rc < 0)
			agent_turn_away(a, "malformed request", error);
		if (rc < 0 || !stays)
			return;
		more = rc > 0;
		if (more && !a->again)
			conn_consume(a->conn, used);
	}
	a->reading = false;
}
