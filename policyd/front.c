#include "policyd/front.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "policyd/admin.h"
#include "policyd/select.h"

STAILQ_HEAD(ask_list, ask);
struct client {
	LIST_ENTRY(client) link;
	struct front *front;
	struct conn *conn;
	struct ask *ask; /* being worked on; the next one waits */
	bool running;    /* inside go_on() */
};
struct front {
	struct policyd *p;
	struct listener *listener;
	LIST_HEAD(, client) clients;
	int n_clients;
	struct ask_list sharing; /* answered when the turn ends */
	struct soon *soon;
	struct log_limit limit;
};

static const struct {
	const char *request;
	void (*handle)(struct ask *ask);
} handlers[] = {
    {"nearpost_select", select_request},
    {"nearpost_explain", explain_request},
    {"nearpost_admin", admin_request},
};
#define N_HANDLERS (sizeof(handlers) / sizeof(handlers[0]))

static void
client_free(struct client *c)
{
	if (c->ask)
		c->ask->client = NULL;
	LIST_REMOVE(c, link);
	c->front->n_clients--;
	conn_free(&c->conn);
	free(c);
}

/* No answer, a log line, the end: the client applies its own default. */
static void
bad_request(struct client *c, const char *why, struct slice detail)
{
	char safe[128], text[96];

	metrics_add(&c->front->p->metrics, METRIC_BAD_REQUESTS, 1);
	(void)snprintf(text, sizeof(text), "%.*s", (int)detail.len,
	    detail.len ? detail.data : "");
	log_warnx("client=%s bad request: %s%s%s", conn_peer_text(c->conn), why,
	    detail.len ? ": " : "", log_safe(safe, sizeof(safe), text));
	client_free(c);
}

/* The request is copied: the connection's buffer moves on. */
static struct ask *
take(struct client *c, size_t used)
{
	struct ask *ask = xcalloc(1, sizeof(*ask));
	struct slice in = conn_input(c->conn), copy;
	const char *error;
	size_t again;

	ask->p = c->front->p;
	ask->client = c;
	ask->arena = arena_new();
	ask->started_us = clock_mono_us();
	copy.data = arena_strndup(ask->arena, in.data, used);
	copy.len = used;
	conn_consume(c->conn, used);
	(void)policy_parse(ask->arena, copy, &ask->m, &again, &error);
	c->ask = ask;
	return ask;
}

/* false: the client is gone. */
static bool
one_request(struct client *c, bool *more_r)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	struct slice name;
	const char *error;
	size_t used, i;
	int rc = policy_parse(arena, conn_input(c->conn), &m, &used, &error);

	*more_r = rc > 0;
	arena_free(&arena);
	if (rc < 0) {
		bad_request(c, error, (struct slice){NULL, 0});
		return false;
	}
	if (rc == 0)
		return true;
	name = policy_get(&take(c, used)->m, "request");
	for (i = 0; i < N_HANDLERS; i++)
		if (slice_eq_str(name, handlers[i].request))
			break;
	if (i == N_HANDLERS) {
		struct ask *ask = c->ask;

		bad_request(c, "unknown request", name);
		ask_answer(ask);
		return false;
	}
	handlers[i].handle(c->ask);
	return true;
}

static void
go_on(struct client *c)
{
	bool more = true;

	c->running = true;
	while (more && !c->ask)
		if (!one_request(c, &more))
			return;
	c->running = false;
}

void
ask_answer(struct ask *ask)
{
	struct client *c = ask->client;

	if (c) {
		policy_end(&ask->answer);
		conn_write(c->conn, slice_buf(&ask->answer));
		c->ask = NULL;
	}
	buf_free(&ask->answer);
	arena_free(&ask->arena);
	free(ask);
	/* What came in while this one was worked on. */
	if (c && !c->running)
		go_on(c);
}

void
ask_answer_shared(struct ask *ask)
{
	struct front *f = ask->p->front;

	STAILQ_INSERT_TAIL(&f->sharing, ask, link);
	soon_ask(f->soon);
}

/* Who is answered may ask again: that waits for the next time. */
static void
answer_all(struct front *f)
{
	struct ask_list now = STAILQ_HEAD_INITIALIZER(now);
	struct ask *ask;

	STAILQ_CONCAT(&now, &f->sharing);
	while ((ask = STAILQ_FIRST(&now)) != NULL) {
		STAILQ_REMOVE_HEAD(&now, link);
		ask_answer(ask);
	}
}

/* One write for all of them. */
static void
on_turn_ends(void *ctx)
{
	struct front *f = ctx;

	policyd_push(f->p);
	answer_all(f);
}

static void
on_readable(struct conn *conn, void *ctx)
{
	struct client *c = ctx;

	if (conn_unsent(conn) > FRONT_UNSENT_MAX) {
		bad_request(
		    c, "answers are not read", (struct slice){NULL, 0});
		return;
	}
	if (c->ask && conn_input(conn).len > POLICY_MESSAGE_MAX) {
		bad_request(c, "requests come faster than their answers",
		    (struct slice){NULL, 0});
		return;
	}
	go_on(c);
}

static void
on_closed(struct conn *conn, const char *reason, void *ctx)
{
	(void)conn;
	(void)reason;
	client_free(ctx);
}

static void
on_accepted(struct conn *conn, void *ctx)
{
	static const struct conn_cbs cbs = {
	    .readable = on_readable, .closed = on_closed};
	struct front *f = ctx;
	struct client *c;

	if (f->n_clients >= FRONT_CLIENTS_MAX) {
		if (log_may(&f->limit, loop_mono_ms(f->p->loop), 60000))
			log_warnx("more than %d policy clients: refused",
			    FRONT_CLIENTS_MAX);
		conn_free(&conn);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->front = f;
	c->conn = conn;
	LIST_INSERT_HEAD(&f->clients, c, link);
	f->n_clients++;
	conn_set_ctx(conn, &cbs, c);
}

static int
give_to_group(const char *path, const char *group, char **error_r)
{
	const struct group *g;

	if (*group == '\0')
		return 0;
	errno = 0;
	g = getgrnam(group);
	if (!g) {
		*error_r = xasprintf("policyd.socket_group: there is no group "
				     "%s; create it, or set it to \"\"",
		    group);
		return -1;
	}
	if (chown(path, (uid_t)-1, g->gr_gid) != 0) {
		*error_r = xasprintf("%s cannot be given to group %s: %s", path,
		    group, strerrordesc_np(errno));
		return -1;
	}
	return 0;
}

struct front *
front_new(struct policyd *p, char **error_r)
{
	const struct config_policyd *config = &p->config.policyd;
	struct front *f = xcalloc(1, sizeof(*f));
	struct endpoint at;
	const char *error;

	f->p = p;
	LIST_INIT(&f->clients);
	STAILQ_INIT(&f->sharing);
	f->soon = soon_new(p->loop, on_turn_ends, f);
	if (endpoint_parse(config->listen, &at, &error) != 0) {
		*error_r = xasprintf(
		    "policyd.listen = \"%s\": %s", config->listen, error);
		front_free(&f);
		return NULL;
	}
	f->listener =
	    listener_new(p->loop, &at, 0660, NULL, on_accepted, f, error_r);
	if (!f->listener ||
	    (at.path &&
		give_to_group(at.path, config->socket_group, error_r) != 0))
		front_free(&f);
	endpoint_free(&at);
	return f;
}

void
front_free(struct front **fp)
{
	struct front *f = *fp;

	if (!f)
		return;
	*fp = NULL;
	listener_free(&f->listener);
	soon_free(&f->soon);
	answer_all(f);
	while (!LIST_EMPTY(&f->clients))
		client_free(LIST_FIRST(&f->clients));
	free(f);
}
