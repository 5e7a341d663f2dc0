/* A small HTTP server for metrics, health and a status page: GET and HEAD, short
 * deadlines, nothing cached. */
#include "lib/base/loop_internal.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

#define HTTP_TIMEOUT_S 10
#define HTTP_HEADERS_MAX 8192
#define HTTP_BODY_MAX 1024

struct http {
	struct evhttp *server;
	struct evhttp_bound_socket *bound;
	int (*handler)(const char *path, struct buf *body_r,
	    const char **content_type_r, void *ctx);
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
	const char *type = "text/plain; charset=utf-8";
	struct buf body = {0};
	int status;

	status = h->handler(path && *path ? path : "/", &body, &type, h->ctx);
	if (status < 100 || status > 599)
		fatalx(EX_SOFTWARE, "HTTP status %d for %s", status, path);
	add_header(req, "Content-Type", type);
	add_header(req, "Cache-Control", "no-store");
	add_header(req, "X-Content-Type-Options", "nosniff");
	reply(req, status, &body);
	buf_free(&body);
}

struct http *
http_new(struct loop *loop, const struct endpoint *at,
    int (*handler)(const char *path, struct buf *body_r,
        const char **content_type_r, void *ctx),
    void *ctx, char **error_r)
{
	int fds[LISTEN_ADDRESSES_MAX], i, n;
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
	h->handler = handler;
	h->ctx = ctx;
	h->server = evhttp_new(loop->base);
	if (!h->server)
		fatalx(EX_OSERR, "cannot make an HTTP server");
	evhttp_set_allowed_methods(h->server, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_timeout(h->server, HTTP_TIMEOUT_S);
	evhttp_set_max_headers_size(h->server, HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(h->server, HTTP_BODY_MAX);
	evhttp_set_gencb(h->server, on_request, h);
	for (i = 0; i < n; i++) {
		struct evhttp_bound_socket *bound =
		    evhttp_accept_socket_with_handle(h->server, fds[i]);

		if (!bound)
			fatalx(EX_OSERR, "cannot make an HTTP listener");
		if (i == 0)
			h->bound = bound;
	}
	return h;
}

int
http_port(const struct http *h)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(evhttp_bound_socket_get_fd(h->bound), (void *)&ss,
	        &len) < 0)
		return 0;
	if (ss.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&ss)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&ss)->sin_port);
}

void
http_free(struct http **h)
{
	if (!*h)
		return;
	evhttp_free((*h)->server);
	free(*h);
	*h = NULL;
}
