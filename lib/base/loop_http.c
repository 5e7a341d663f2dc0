/* A small HTTP server for metrics, health and a status page: GET and HEAD, short
 * deadlines, nothing cached.
 *
 * evhttp knows no limit of connections, and its deadline starts anew with every
 * octet.  Both are kept here, from the bufferevent of each connection: a second
 * reference keeps it for us when evhttp is done with it, and that it is done is
 * seen by its callbacks being gone. */
#include "lib/base/loop_internal.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define HTTP_TIMEOUT_S 10 /* of silence */
#define HTTP_LIFE_MS 30000 /* of a connection */
#define HTTP_HEADERS_MAX 8192
#define HTTP_BODY_MAX 1024
#define HTTP_REAP_MS 100

struct visitor {
	struct bufferevent *bev; /* NULL = free */
	int64_t came_ms;
};
struct http {
	struct loop *loop;
	struct evhttp *server;
	struct evhttp_bound_socket *bound[LISTEN_ADDRESSES_MAX];
	int n_bound;
	struct timer *reaper;
	struct visitor visitors[HTTP_CONNECTIONS_MAX];
	int n_visitors;
	bool full;
	http_handler *handler;
	void *ctx;
};

static void
add_header(struct evhttp_request *req, const char *name, const char *value)
{
	(void)evhttp_add_header(evhttp_request_get_output_headers(req), name,
	    value);
}

static void
reply(struct evhttp_request *req, int status, const struct buf *body)
{
	struct evbuffer *out = evbuffer_new();
	char len[24];

	if (!out)
		fatalx(EX_TEMPFAIL, "cannot make a buffer");
	/* libevent would leave the length out of answers to HEAD. */
	(void)snprintf(len, sizeof(len), "%zu", body->len);
	add_header(req, "Content-Length", len);
	if (evhttp_request_get_command(req) != EVHTTP_REQ_HEAD)
		(void)evbuffer_add(out, body->data, body->len);
	evhttp_send_reply(req, status, NULL, out);
	evbuffer_free(out);
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct http *h = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	struct http_reply r = {.type = "text/plain; charset=utf-8",
	    .policy = "default-src 'none'"};
	int status;

	status = h->handler(path && *path ? path : "/", &r, h->ctx);
	if (status < 100 || status > 599)
		fatalx(EX_SOFTWARE, "HTTP status %d for %s", status, path);
	add_header(req, "Content-Type", r.type);
	add_header(req, "Content-Security-Policy", r.policy);
	add_header(req, "Cache-Control", "no-store");
	add_header(req, "X-Content-Type-Options", "nosniff");
	add_header(req, "Referrer-Policy", "no-referrer");
	reply(req, status, &r.body);
	buf_free(&r.body);
}

static void
listen_on(struct http *h, bool on)
{
	int i;

	for (i = 0; i < h->n_bound; i++) {
		struct evconnlistener *l =
		    evhttp_bound_socket_get_listener(h->bound[i]);

		(void)(on ? evconnlistener_enable(l)
			  : evconnlistener_disable(l));
	}
	h->full = !on;
}

static bool
is_gone(struct bufferevent *bev)
{
	bufferevent_data_cb read, write;
	bufferevent_event_cb event;
	void *arg;

	bufferevent_getcb(bev, &read, &write, &event, &arg);
	return !read && !write && !event;
}

static void
reap(void *ctx)
{
	struct http *h = ctx;
	int64_t now_ms = clock_mono_ms();
	int i;

	for (i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
		struct visitor *v = &h->visitors[i];

		if (!v->bev)
			continue;
		if (is_gone(v->bev)) {
			(void)bufferevent_decref(v->bev);
			v->bev = NULL;
			h->n_visitors--;
		} else if (now_ms - v->came_ms > HTTP_LIFE_MS) {
			/* evhttp sees the end of it and closes. */
			(void)shutdown(bufferevent_getfd(v->bev), SHUT_RDWR);
		}
	}
	if (h->full && h->n_visitors < HTTP_CONNECTIONS_MAX)
		listen_on(h, true);
}

/* evhttp wants a bufferevent for a connection that it has accepted.  The descriptor
 * is closed with the bufferevent, when we let go of it: evhttp would close it at
 * once, and what is still registered for it would then be taken off another one of
 * the same number, which nobody would read from any more. */
static struct bufferevent *
on_visitor(struct event_base *base, void *ctx)
{
	struct http *h = ctx;
	struct bufferevent *bev = bufferevent_socket_new(base, -1,
	    BEV_OPT_CLOSE_ON_FREE);
	int i;

	if (!bev)
		fatalx(EX_TEMPFAIL, "cannot make a connection");
	for (i = 0; i < HTTP_CONNECTIONS_MAX && h->visitors[i].bev; i++)
		;
	if (i == HTTP_CONNECTIONS_MAX)
		return bev; /* the kernel had it already */
	bufferevent_incref(bev);
	h->visitors[i] = (struct visitor){bev, clock_mono_ms()};
	if (++h->n_visitors == HTTP_CONNECTIONS_MAX)
		listen_on(h, false);
	return bev;
}

static void
start_server(struct http *h, const int *fds, int n)
{
	int i;

	h->server = evhttp_new(h->loop->base);
	if (!h->server)
		fatalx(EX_OSERR, "cannot make an HTTP server");
	evhttp_set_allowed_methods(h->server, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_timeout(h->server, HTTP_TIMEOUT_S);
	evhttp_set_max_headers_size(h->server, HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(h->server, HTTP_BODY_MAX);
	evhttp_set_gencb(h->server, on_request, h);
	evhttp_set_bevcb(h->server, on_visitor, h);
	for (i = 0; i < n; i++) {
		h->bound[i] =
		    evhttp_accept_socket_with_handle(h->server, fds[i]);
		if (!h->bound[i])
			fatalx(EX_OSERR, "cannot make an HTTP listener");
		h->n_bound++;
	}
	h->reaper = timer_new(h->loop, HTTP_REAP_MS, true, reap, h);
}

struct http *
http_new(struct loop *loop, const struct endpoint *at, http_handler *handler,
    void *ctx, char **error_r)
{
	int fds[LISTEN_ADDRESSES_MAX], n;
	struct http *h;

	if (at->path) {
		*error_r = xasprintf("HTTP needs an address: inet:host:port, "
				     "not unix:%s", at->path);
		return NULL;
	}
	n = listen_at(at, 0, fds, error_r);
	if (n < 0)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->loop = loop;
	h->handler = handler;
	h->ctx = ctx;
	start_server(h, fds, n);
	return h;
}

int
http_port(const struct http *h)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(evhttp_bound_socket_get_fd(h->bound[0]), (void *)&ss,
	        &len) < 0)
		return 0;
	if (ss.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&ss)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&ss)->sin_port);
}

void
http_free(struct http **hp)
{
	struct http *h = *hp;
	int i;

	if (!h)
		return;
	*hp = NULL;
	timer_free(&h->reaper);
	evhttp_free(h->server);
	for (i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		if (h->visitors[i].bev)
			(void)bufferevent_decref(h->visitors[i].bev);
	free(h);
}
