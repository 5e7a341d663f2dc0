#include "policyd/agents_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/crypto.h"
#include "lib/base/mem.h"
#include "lib/mail/policy.h"

#define IDLE_INTERVALS 30 /* silent report intervals, then the end */
#define IDLE_MIN_MS 10000
/* While an answer is owed: what it is for may be among it. */
#define OWED_INPUT_MAX (2 * POLICY_MESSAGE_MAX)

struct gateway *
agent_gateway(const struct agent *a)
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
	struct gateway *g = agent_gateway(a);

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

void
agent_turn_away(struct agent *a, const char *why, const char *detail)
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

int64_t
agent_idle_ms(int64_t report_interval_ms)
{
	int64_t ms = IDLE_INTERVALS * report_interval_ms;

	return ms > IDLE_MIN_MS ? ms : IDLE_MIN_MS;
}

static void
on_readable(struct conn *conn, void *ctx)
{
	struct agent *a = ctx;

	if (a->owed && conn_input(conn).len > OWED_INPUT_MAX)
		agent_turn_away(a, "requests come faster than their answers", "");
	else
		agent_read(a);
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
	    agent_idle_ms(all->p->config.policyd.report_interval_ms));
	conn_set_ctx(conn, &cbs, a);
}

/* As it is now: like the listener, what is renewed later waits for a restart. */
static int64_t
good_until(const char *path)
{
	const char *error;
	int64_t until_ms;
	char *cn;

	if (cert_read(path, &cn, &until_ms, &error) != 0)
		return -1;
	free(cn);
	return until_ms;
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
	else
		a->certificate_ms = good_until(config->tls.cert);
	endpoint_free(&at);
	return a;
}

int64_t
agents_certificate_ms(const struct agents *all, const char *gateway_id)
{
	const struct agent *a;

	LIST_FOREACH (a, &all->list, link)
		if (strcmp(a->id, gateway_id) == 0)
			return conn_peer_not_after_ms(a->conn);
	return -1;
}

int64_t
agents_own_certificate_ms(const struct agents *a)
{
	return a->certificate_ms;
}

void
agents_drop_unknown(struct agents *all)
{
	struct agent *a, *next;

	for (a = LIST_FIRST(&all->list); a; a = next) {
		struct gateway *g = agent_gateway(a);

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
