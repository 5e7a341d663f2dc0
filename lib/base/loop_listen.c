/* Listeners.  A connection is handed out once its TLS handshake is done; those
 * still shaking hands are kept here, limited in number and time, so that
 * somebody who only connects and says nothing costs little. */
#include "lib/base/loop_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define HANDSHAKE_MS 10000
#define HANDSHAKES_MAX 256
/* Without descriptors left, accept() fails at once, again and again. */
#define REST_MS 200
#define COMPLAIN_MS 10000

/* A connection that is not yet its owner's. */
struct arrival {
	struct listener *listener;
	struct conn *conn;
	struct arrival *prev, *next;
};

struct listener {
	struct loop *loop;
	struct tls *tls;
	void (*accepted)(struct conn *c, void *ctx);
	void *ctx;
	struct evconnlistener *ev[LISTEN_ADDRESSES_MAX];
	int n;
	struct event *rest;
	struct arrival *arrivals;
	int n_arrivals;
	struct log_limit complain;
	char *path; /* to be removed in the end, if it is still ours */
	ino_t inode;
};

char *
endpoint_text(const struct endpoint *e)
{
	if (e->path)
		return xasprintf("unix:%s", e->path);
	return xasprintf(strchr(e->host, ':') ? "inet:[%s]:%d" : "inet:%s:%d",
	    e->host, e->port);
}

void
peer_text(const struct sockaddr *sa, char *dst, size_t size)
{
	const struct sockaddr_in *in4 = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	char ip[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &in4->sin_addr, ip, sizeof(ip));
		(void)snprintf(dst, size, "%s:%d", ip, ntohs(in4->sin_port));
	} else if (sa->sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip));
		(void)snprintf(dst, size,
		    IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) ? "%s:%d" : "[%s]:%d",
		    IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) ? ip + 7 : ip,
		    ntohs(in6->sin6_port));
	} else
		(void)snprintf(dst, size, "local");
}

/* A socket file that nobody answers is left over from a crash. */
static char *
clear_stale(const struct endpoint *at)
{
	struct stat st;
	int fd;

	if (lstat(at->path, &st) < 0)
		return NULL;
	if (!S_ISSOCK(st.st_mode))
		return xasprintf("%s is there and no socket; move it away",
		    at->path);
	fd = endpoint_connect(at, 100);
	if (fd >= 0 || errno == ETIMEDOUT) {
		if (fd >= 0)
			(void)close(fd);
		return xasprintf("another process listens at unix:%s", at->path);
	}
	if (unlink(at->path) < 0)
		return xasprintf("cannot remove the stale %s: %s", at->path,
		    strerrordesc_np(errno));
	return NULL;
}

static int
listen_unix(const struct endpoint *at, unsigned mode, int *fd_r, char **error_r)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	mode_t old;
	int fd, rc;

	*error_r = clear_stale(at);
	if (*error_r)
		return -1;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", at->path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Nobody shall get in before the mode is right. */
	old = umask(0777);
	rc = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&sun, sizeof(sun));
	(void)umask(old);
	if (rc < 0 || chmod(at->path, mode) < 0 ||
	    listen(fd, LISTEN_BACKLOG) < 0) {
		*error_r = xasprintf("cannot listen at unix:%s: %s", at->path,
		    strerrordesc_np(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	*fd_r = fd;
	return 1;
}

static int
bind_one(const struct addrinfo *a)
{
	int fd = socket(a->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, off = 0, saved;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* [::] takes IPv4 too. */
	if (a->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
		    sizeof(off));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

/* Every address of a name, but "*" once: as IPv6 where the kernel has it, else
 * as IPv4. */
static int
listen_inet(const struct endpoint *at, int fds_r[LISTEN_ADDRESSES_MAX],
    char **error_r)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE}, *list = NULL, *a;
	bool any = strcmp(at->host, "*") == 0;
	char port[8], *name = endpoint_text(at);
	int n = 0, rc, pass, last = 0;

	(void)snprintf(port, sizeof(port), "%d", at->port);
	rc = getaddrinfo(any ? NULL : at->host, port, &hints, &list);
	if (rc != 0) {
		*error_r = xasprintf("cannot listen at %s: %s", name,
		    gai_strerror(rc));
		free(name);
		return -1;
	}
	for (pass = 0; pass < 2; pass++) {
		for (a = list; a && n < LISTEN_ADDRESSES_MAX; a = a->ai_next) {
			if ((a->ai_family == AF_INET6) != (pass == 0) ||
			    (any && n > 0))
				continue;
			fds_r[n] = bind_one(a);
			if (fds_r[n] >= 0)
				n++;
			else
				last = errno;
		}
	}
	freeaddrinfo(list);
	if (n == 0)
		*error_r = xasprintf("cannot listen at %s: %s", name,
		    strerrordesc_np(last));
	free(name);
	return n ? n : -1;
}

int
listen_at(const struct endpoint *at, unsigned mode,
    int fds_r[LISTEN_ADDRESSES_MAX], char **error_r)
{
	*error_r = NULL;
	return at->path ? listen_unix(at, mode, &fds_r[0], error_r)
			: listen_inet(at, fds_r, error_r);
}

static struct conn *
take_arrival(struct arrival *a)
{
	struct conn *c = a->conn;

	if (a->prev)
		a->prev->next = a->next;
	else
		a->listener->arrivals = a->next;
	if (a->next)
		a->next->prev = a->prev;
	a->listener->n_arrivals--;
	free(a);
	return c;
}

static void
on_opened(struct conn *c, void *ctx)
{
	static const struct conn_cbs nobody = {NULL, NULL, NULL};
	struct arrival *a = ctx;
	struct listener *l = a->listener;

	(void)take_arrival(a);
	conn_set_ctx(c, &nobody, NULL);
	l->accepted(c, l->ctx);
}

static void
on_failed(struct conn *c, const char *reason, void *ctx)
{
	struct arrival *a = ctx;
	struct listener *l = a->listener;

	(void)take_arrival(a);
	if (log_may(&l->complain, clock_mono_ms(), COMPLAIN_MS))
		log_warnx("peer=%s handshake failed: %s", conn_peer_text(c),
		    reason);
	conn_free(&c);
}

static void
on_accept(struct evconnlistener *ev, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *ctx)
{
	static const struct conn_cbs cbs = {on_opened, NULL, on_failed};
	struct listener *l = ctx;
	struct arrival *a;
	char peer[64];
	int on = 1;

	(void)ev;
	(void)len;
	if (l->n_arrivals >= HANDSHAKES_MAX) {
		(void)close(fd);
		return;
	}
	peer_text(sa, peer, sizeof(peer));
	if (sa->sa_family != AF_UNIX) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	a = xcalloc(1, sizeof(*a));
	a->listener = l;
	a->next = l->arrivals;
	if (a->next)
		a->next->prev = a;
	l->arrivals = a;
	l->n_arrivals++;
	a->conn = conn_accepted(l->loop, fd, l->tls, peer, HANDSHAKE_MS, &cbs,
	    a);
}

static void
on_rested(evutil_socket_t fd, short what, void *ctx)
{
	struct listener *l = ctx;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < l->n; i++)
		(void)evconnlistener_enable(l->ev[i]);
}

static void
on_accept_error(struct evconnlistener *ev, void *ctx)
{
	struct listener *l = ctx;
	struct timeval tv = timeval_ms(REST_MS);
	int saved = errno;

	(void)evconnlistener_disable(ev);
	(void)event_add(l->rest, &tv);
	errno = saved;
	if (log_may(&l->complain, clock_mono_ms(), COMPLAIN_MS))
		log_warn("cannot accept a connection");
}

struct listener *
listener_new(struct loop *loop, const struct endpoint *at, unsigned mode,
    struct tls *tls, void (*accepted)(struct conn *c, void *ctx), void *ctx,
    char **error_r)
{
	int fds[LISTEN_ADDRESSES_MAX], i, n = listen_at(at, mode, fds, error_r);
	struct listener *l;
	struct stat st;

	if (n < 0)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->loop = loop;
	l->tls = tls;
	l->accepted = accepted;
	l->ctx = ctx;
	l->n = n;
	l->rest = event_new(loop->base, -1, 0, on_rested, l);
	for (i = 0; i < n; i++) {
		l->ev[i] = evconnlistener_new(loop->base, on_accept, l,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fds[i]);
		if (!l->ev[i] || !l->rest)
			fatalx(EX_OSERR, "cannot make a listener");
		evconnlistener_set_error_cb(l->ev[i], on_accept_error);
	}
	if (at->path && stat(at->path, &st) == 0) {
		l->path = xstrdup(at->path);
		l->inode = st.st_ino;
	}
	return l;
}

int
listener_port(const struct listener *l)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(evconnlistener_get_fd(l->ev[0]), (void *)&ss, &len) < 0)
		return 0;
	if (ss.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&ss)->sin_port);
	if (ss.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&ss)->sin6_port);
	return 0;
}

void
listener_free(struct listener **listener)
{
	struct listener *l = *listener;
	struct stat st;
	int i;

	if (!l)
		return;
	*listener = NULL;
	for (i = 0; i < l->n; i++)
		evconnlistener_free(l->ev[i]);
	while (l->arrivals) {
		struct conn *c = take_arrival(l->arrivals);

		conn_free(&c);
	}
	event_free(l->rest);
	/* A successor may have put its own socket there already. */
	if (l->path && stat(l->path, &st) == 0 && st.st_ino == l->inode)
		(void)unlink(l->path);
	free(l->path);
	free(l);
}
