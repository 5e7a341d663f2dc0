/* Getting connected without ever blocking.  Names go through evdns, which knows
 * /etc/hosts and resolv.conf; addresses and unix paths need nobody. */
#include "lib/base/loop_internal.h"

#include <errno.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

#define ADDRESSES_MAX 8
#define BUSY_RETRY_MS 10

/* A name being looked up.  Outlives its dial, because evdns calls back even
 * after a cancel. */
struct lookup {
	struct dial *dial; /* NULL when it is gone */
};

struct dial {
	struct loop *loop;
	void (*done)(int fd, const char *why, void *ctx);
	void *ctx;
	char *host;
	int port, fd;
	struct event *step;   /* the next try */
	struct event *answer; /* of the connect under way */
	struct lookup *lookup;
	struct evdns_getaddrinfo_request *request;
	struct sockaddr_storage addr[ADDRESSES_MAX];
	socklen_t addr_len[ADDRESSES_MAX];
	int n, next, last_errno;
};

static void try_next(struct dial *d);

static void
step_later(struct dial *d, int64_t ms)
{
	struct timeval tv = timeval_ms(ms);

	if (event_add(d->step, &tv) < 0)
		fatalx(EX_OSERR, "cannot start a timer");
}

static void
add_address(struct dial *d, const void *sa, size_t len)
{
	if (d->n == ADDRESSES_MAX || len > sizeof(d->addr[0]))
		return;
	memcpy(&d->addr[d->n], sa, len);
	d->addr_len[d->n++] = (socklen_t)len;
}

/* The pending connect has an outcome. */
static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;
	socklen_t len = sizeof(int);
	int err = 0;

	(void)what;
	event_free(d->answer);
	d->answer = NULL;
	d->fd = -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err == 0) {
		d->done(fd, NULL, d->ctx);
		return;
	}
	(void)close(fd);
	d->last_errno = err;
	d->next++;
	try_next(d);
}

static void
await_answer(struct dial *d, int fd)
{
	d->fd = fd;
	d->answer = event_new(d->loop->base, fd, EV_WRITE, on_answer, d);
	if (!d->answer || event_add(d->answer, NULL) < 0)
		fatalx(EX_OSERR, "cannot watch a descriptor");
}

static void
try_next(struct dial *d)
{
	for (; d->next < d->n; d->next++) {
		const struct sockaddr *sa =
		    (const struct sockaddr *)&d->addr[d->next];
		int on = 1, fd = socket(sa->sa_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd < 0) {
			d->last_errno = errno;
			continue;
		}
		if (sa->sa_family != AF_UNIX)
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
			    sizeof(on));
		if (connect(fd, sa, d->addr_len[d->next]) == 0 ||
		    errno == EINPROGRESS) {
			await_answer(d, fd);
			return;
		}
		d->last_errno = errno;
		(void)close(fd);
		/* A unix socket with a full backlog. */
		if (d->last_errno == EAGAIN) {
			step_later(d, BUSY_RETRY_MS);
			return;
		}
	}
	d->done(-1, strerrordesc_np(d->last_errno), d->ctx);
}

static void
on_lookup(int err, struct evutil_addrinfo *list, void *arg)
{
	struct lookup *l = arg;
	struct dial *d = l->dial;
	struct evutil_addrinfo *a;
	char why[320];

	free(l);
	if (!d) {
		if (list)
			evutil_freeaddrinfo(list);
		return;
	}
	d->lookup = NULL;
	d->request = NULL;
	for (a = list; a; a = a->ai_next)
		add_address(d, a->ai_addr, a->ai_addrlen);
	if (list)
		evutil_freeaddrinfo(list);
	if (d->n > 0) {
		try_next(d);
		return;
	}
	(void)snprintf(why, sizeof(why), "no address for %s: %s", d->host,
	    err ? evutil_gai_strerror(err) : "none found");
	d->done(-1, why, d->ctx);
}

static void
start_lookup(struct dial *d)
{
	struct evutil_addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct evdns_base *dns = loop_dns(d->loop);
	struct evdns_getaddrinfo_request *request;
	struct lookup *l;
	char port[8];

	if (!dns) {
		d->done(-1, "resolv.conf cannot be used", d->ctx);
		return;
	}
	(void)snprintf(port, sizeof(port), "%d", d->port);
	l = xcalloc(1, sizeof(*l));
	l->dial = d;
	d->lookup = l;
	request = evdns_getaddrinfo(dns, d->host, port, &hints, on_lookup, l);
	/* NULL: it has called back already, and d may be gone. */
	if (request)
		d->request = request;
}

static void
on_step(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	if (d->n > 0)
		try_next(d);
	else
		start_lookup(d);
}

static void
take_endpoint(struct dial *d, const struct endpoint *to)
{
	struct sockaddr_storage ss;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct sockaddr_in *in4 = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;

	if (to->path) {
		(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s",
		    to->path);
		add_address(d, &sun, sizeof(sun));
		return;
	}
	memset(&ss, 0, sizeof(ss));
	if (evutil_inet_pton(AF_INET, to->host, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons((uint16_t)to->port);
		add_address(d, in4, sizeof(*in4));
		return;
	}
	memset(&ss, 0, sizeof(ss));
	if (evutil_inet_pton(AF_INET6, to->host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)to->port);
		add_address(d, in6, sizeof(*in6));
		return;
	}
	d->host = xstrdup(to->host);
	d->port = to->port;
}

struct dial *
dial_new(struct loop *loop, const struct endpoint *to,
    void (*done)(int fd, const char *why, void *ctx), void *ctx)
{
	struct dial *d = xcalloc(1, sizeof(*d));

	d->loop = loop;
	d->done = done;
	d->ctx = ctx;
	d->fd = -1;
	d->last_errno = EADDRNOTAVAIL;
	d->step = event_new(loop->base, -1, 0, on_step, d);
	if (!d->step)
		fatalx(EX_OSERR, "cannot make a timer");
	take_endpoint(d, to);
	step_later(d, 0);
	return d;
}

void
dial_free(struct dial **dial)
{
	struct dial *d = *dial;

	if (!d)
		return;
	*dial = NULL;
	event_free(d->step);
	if (d->answer)
		event_free(d->answer);
	if (d->fd >= 0)
		(void)close(d->fd);
	if (d->lookup)
		d->lookup->dial = NULL;
	if (d->request)
		evdns_getaddrinfo_cancel(d->request);
	free(d->host);
	free(d);
}
