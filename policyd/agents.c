#include "policyd/agents.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/mem.h"
#include "lib/mail/policy.h"
#include "policyd/deliveries.h"
#include "policyd/eventlog.h"
#include "policyd/share.h"

#define IDLE_INTERVALS 30 /* silent report intervals, then the end */
#define IDLE_MIN_MS 10000
#define OWED_INPUT_MAX POLICY_MESSAGE_MAX /* while an answer is owed */

struct agent {
	LIST_ENTRY(agent) link;
	struct agents *agents;
	struct conn *conn;
	char id[17]; /* "" before hello */
	struct owed *owed; /* an answer; no request is looked at before it */
	bool reading;      /* inside read_requests() */
};
struct owed {
	struct agent *agent; /* NULL when it went */
};
struct agents {
	struct policyd *p;
	struct tls *tls;
	struct listener *listener;
	LIST_HEAD(, agent) list;
	int n;
	struct log_limit limit;
};

static struct gateway *
gateway_of(const struct agent *a)
{
	return a->id[0] ? gateway_find(&a->agents->p->fleet.gateways, a->id)
			: NULL;
}

static bool
another_of(const struct agent *a)
{
	const struct agent *other;

	LIST_FOREACH (other, &a->agents->list, link)
		if (other != a && strcmp(other->id, a->id) == 0)
			return true;
	return false;
}

static void
agent_free(struct agent *a, const char *why)
{
	struct gateway *g = gateway_of(a);

	if (g && !another_of(a)) {
		g->connected = false;
		log_info("gateway=%s agent=%s gone: %s", a->id,
		    conn_peer_text(a->conn), why);
	}
	if (a->owed)
		a->owed->agent = NULL;
	LIST_REMOVE(a, link);
	a->agents->n--;
	conn_free(&a->conn);
	free(a);
}

/* Said in the log, not to the peer: who is not who he says needs no hints. */
static void
turn_away(struct agent *a, const char *why, const char *detail)
{
	char safe[128];
	const char *cn = conn_peer_cn(a->conn);

	metrics_add(&a->agents->p->metrics, METRIC_AGENTS_REFUSED, 1);
	if (log_may(&a->agents->limit, loop_mono_ms(a->agents->p->loop), 1000))
		log_warnx("agent=%s certificate=%s refused: %s%s%s",
		    conn_peer_text(a->conn), cn ? cn : "none", why,
		    *detail ? ": " : "", log_safe(safe, sizeof(safe), detail));
	agent_free(a, why);
}

static int64_t
idle_ms(int64_t report_interval_ms)
{
	int64_t ms = IDLE_INTERVALS * report_interval_ms;

	return ms > IDLE_MIN_MS ? ms : IDLE_MIN_MS;
}

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
		turn_away(a, "bad hello", error);
		return false;
	}
	if (!cn || strcmp(cn, h.id) != 0) {
		turn_away(a, "the certificate is not that gateway's", h.id);
		return false;
	}
	g = gateway_find(&p->fleet.gateways, h.id);
	if (!g) {
		turn_away(a, "no such gateway in nearpost.conf", h.id);
		return false;
	}
	memcpy(a->id, h.id, sizeof(a->id));
	if (h.report_interval_ms > 0)
		conn_idle_timeout(a->conn, idle_ms(h.report_interval_ms));
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
	struct gateway *g = gateway_of(a);
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

static void read_requests(struct agent *a);

static void
answer_events(struct buf *out, bool kept)
{
	policy_add_str(out, "action", kept ? "OK" :
	    "DEFER events wait for the database; send them again");
}

static void
on_settled(bool kept, void *ctx)
{
	struct owed *owed = ctx;
	struct agent *a = owed->agent;
	struct buf out = {0};

	free(owed);
	if (!a)
		return;
	a->owed = NULL;
	answer_events(&out, kept);
	policy_end(&out);
	conn_write(a->conn, slice_buf(&out));
	buf_free(&out);
	/* Redis may have failed at once. */
	if (!a->reading)
		read_requests(a);
}

/* An agent that is told OK forgets them, so it is told when they are in Redis;
 * else it sends them again, here or to who comes after us, and what was taken
 * is known by its number.  That is known once the past is. */
static bool
events(struct agent *a, struct arena *arena, const struct policy_message *m,
    struct buf *out)
{
	struct policyd *p = a->agents->p;
	bool all = share_caught_up(p->share) &&
	    deliveries_take(p, gateway_of(a), m);

	(void)arena;
	policyd_push(p);
	if (!all || !store_ready(p->store)) {
		answer_events(out, false);
		return true;
	}
	a->owed = xcalloc(1, sizeof(*a->owed));
	a->owed->agent = a;
	eventlog_settle(p->eventlog, on_settled, a->owed);
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
		turn_away(a, "unknown request",
		    policy_get_str(arena, m, "request"));
		return false;
	}
	if (handlers[i].needs_hello && !gateway_of(a)) {
		turn_away(a, "no hello before", handlers[i].request);
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

static void
read_requests(struct agent *a)
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
		bool stays = rc <= 0 || dispatch(a, arena, &m);

		arena_free(&arena);
		if (rc < 0)
			turn_away(a, "malformed request", error);
		if (rc < 0 || !stays)
			return;
		more = rc > 0;
		if (more)
			conn_consume(a->conn, used);
	}
	a->reading = false;
}

static void
on_readable(struct conn *conn, void *ctx)
{
	struct agent *a = ctx;

	if (a->owed && conn_input(conn).len > OWED_INPUT_MAX)
		turn_away(a, "requests come faster than their answers", "");
	else
		read_requests(a);
}

static void
on_closed(struct conn *conn, const char *reason, void *ctx)
{
	(void)conn;
	agent_free(ctx, reason);
}

static void
on_accepted(struct conn *conn, void *ctx)
{
	static const struct conn_cbs cbs = {
	    .readable = on_readable, .closed = on_closed};
	struct agents *all = ctx;
	struct agent *a;

	if (all->n >= AGENTS_MAX) {
		if (log_may(&all->limit, loop_mono_ms(all->p->loop), 60000))
			log_warnx("more than %d agent connections: refused",
			    AGENTS_MAX);
		conn_free(&conn);
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->agents = all;
	a->conn = conn;
	LIST_INSERT_HEAD(&all->list, a, link);
	all->n++;
	conn_idle_timeout(conn,
	    idle_ms(all->p->config.policyd.report_interval_ms));
	conn_set_ctx(conn, &cbs, a);
}

struct agents *
agents_new(struct policyd *p, char **error_r)
{
	const struct config_policyd *config = &p->config.policyd;
	struct agents *a = xcalloc(1, sizeof(*a));
	struct endpoint at;
	const char *error;

	a->p = p;
	LIST_INIT(&a->list);
	if (endpoint_parse(config->agent_listen, &at, &error) != 0) {
		*error_r = xasprintf("policyd.agent_listen = \"%s\": %s",
		    config->agent_listen, error);
		agents_free(&a);
		return NULL;
	}
	a->tls = tls_new(config->tls.cert, config->tls.key, config->tls.ca,
	    error_r);
	if (a->tls)
		a->listener = listener_new(
		    p->loop, &at, 0660, a->tls, on_accepted, a, error_r);
	if (!a->listener)
		agents_free(&a);
	endpoint_free(&at);
	return a;
}

void
agents_drop_unknown(struct agents *all)
{
	struct agent *a, *next;

	for (a = LIST_FIRST(&all->list); a; a = next) {
		struct gateway *g = gateway_of(a);

		next = LIST_NEXT(a, link);
		if (a->id[0] && (!g || !g->connected))
			agent_free(a, "not configured any more");
	}
}

void
agents_free(struct agents **ap)
{
	struct agents *a = *ap;

	if (!a)
		return;
	*ap = NULL;
	listener_free(&a->listener);
	while (!LIST_EMPTY(&a->list))
		agent_free(LIST_FIRST(&a->list), "policyd ends");
	tls_free(&a->tls);
	free(a);
}
