/* Connections: dial, handshake, then bytes.  One deadline covers all of the way
 * up to `opened`; afterwards the same timer watches for silence.  libevent holds
 * a reference to a bufferevent while it calls back, which is what allows an
 * owner to free its connection within a callback. */
#include "lib/base/loop.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/loop_internal.h"
#include "lib/base/mem.h"

enum conn_state { CONN_OPENING = 0, CONN_OPEN, CONN_CLOSED };

struct conn {
	struct loop *loop;
	enum conn_state state;
	struct conn_cbs cbs;
	void *ctx;
	struct tls *tls;         /* the owner's; NULL: plain */
	struct dial *dial;       /* clients, while connecting */
	struct bufferevent *bev; /* once connected */
	struct event *start;     /* servers: `opened` comes from the loop */
	struct event *timer;     /* deadline, then silence */
	int64_t idle_ms, heard_ms;
	char *server_name, *peer, *peer_cn;
	int64_t peer_not_after_ms;
};

/* The owner may free c in the callback: nothing may follow this. */
static void
conn_close(struct conn *c, const char *reason)
{
	if (c->state == CONN_CLOSED)
		return;
	c->state = CONN_CLOSED;
	(void)event_del(c->timer);
	(void)event_del(c->start);
	dial_free(&c->dial);
	if (c->bev)
		(void)bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	if (c->cbs.closed)
		c->cbs.closed(c, reason, c->ctx);
}

static void
rearm(struct conn *c, int64_t ms)
{
	struct timeval tv = timeval_ms(ms > 0 ? ms : 1);

	if (event_add(c->timer, &tv) < 0)
		fatalx(EX_OSERR, "cannot start a timer");
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	int64_t left;

	(void)fd;
	(void)what;
	if (c->state == CONN_OPENING) {
		conn_close(c, "timed out");
		return;
	}
	if (c->idle_ms == 0)
		return;
	left = c->heard_ms + c->idle_ms - clock_mono_ms();
	if (left > 0)
		rearm(c, left);
	else
		conn_close(c, "timed out");
}

static void
conn_opened(struct conn *c)
{
	c->state = CONN_OPEN;
	c->heard_ms = clock_mono_ms();
	(void)event_del(c->timer);
	if (c->idle_ms)
		rearm(c, c->idle_ms);
	if (c->cbs.opened)
		c->cbs.opened(c, c->ctx);
}

static void
on_start(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	conn_opened(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	c->heard_ms = clock_mono_ms();
	if (c->state == CONN_OPEN && c->cbs.readable)
		c->cbs.readable(c, c->ctx);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;
	int err = EVUTIL_SOCKET_ERROR();
	const char *why;
	char text[256];

	if (what & BEV_EVENT_CONNECTED) {
		c->peer_cn = tls_peer_name(bev, &c->peer_not_after_ms);
		if (c->peer_cn)
			conn_opened(c);
		else
			conn_close(c, "the peer's certificate has no name");
		return;
	}
	why = c->tls ? tls_failure(bev, text, sizeof(text)) : NULL;
	if (!why && (what & BEV_EVENT_ERROR) && err)
		why = strerrordesc_np(err);
	conn_close(c, why ? why : "end of file");
}

/* fd is connected; from here the bufferevent owns it.  -1 when OpenSSL will
 * not have it. */
static int
take_descriptor(struct conn *c, int fd, bool is_server)
{
	c->bev = c->tls ? tls_bufferevent(c->tls, c->loop->base, fd,
			      is_server ? NULL : c->server_name)
			: bufferevent_socket_new(c->loop->base, fd,
			      BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev) {
		(void)close(fd);
		return -1;
	}
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	return 0;
}

static void
on_dialled(int fd, const char *why, void *arg)
{
	struct conn *c = arg;

	dial_free(&c->dial);
	if (fd < 0) {
		conn_close(c, why);
		return;
	}
	if (take_descriptor(c, fd, false) < 0) {
		conn_close(c, "TLS cannot be set up for this name");
		return;
	}
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	if (!c->tls)
		conn_opened(c);
}

static struct conn *
conn_new(struct loop *loop, struct tls *tls, int64_t timeout_ms,
    const struct conn_cbs *cbs, void *ctx)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->loop = loop;
	c->tls = tls;
	c->cbs = *cbs;
	c->ctx = ctx;
	c->timer = event_new(loop->base, -1, 0, on_time, c);
	c->start = event_new(loop->base, -1, 0, on_start, c);
	if (!c->timer || !c->start)
		fatalx(EX_OSERR, "cannot make a timer");
	rearm(c, timeout_ms);
	return c;
}

struct conn *
conn_connect(struct loop *loop, const struct endpoint *to, struct tls *tls,
    const char *server_name, int64_t timeout_ms, const struct conn_cbs *cbs,
    void *ctx)
{
	struct conn *c = conn_new(loop, tls, timeout_ms, cbs, ctx);

	c->peer = endpoint_text(to);
	/* TLS without a name to check would be no check at all. */
	if (tls)
		c->server_name = xstrdup(server_name && *server_name
			? server_name : to->host ? to->host : "");
	c->dial = dial_new(loop, to, on_dialled, c);
	return c;
}

struct conn *
conn_accepted(struct loop *loop, int fd, struct tls *tls, const char *peer,
    int64_t timeout_ms, const struct conn_cbs *cbs, void *ctx)
{
	struct conn *c = conn_new(loop, tls, timeout_ms, cbs, ctx);
	struct timeval now = {0, 0};

	c->peer = xstrdup(peer);
	if (take_descriptor(c, fd, true) < 0)
		fatalx(EX_SOFTWARE, "cannot set up TLS for %s", peer);
	if (tls)
		(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	else if (event_add(c->start, &now) < 0)
		fatalx(EX_OSERR, "cannot start a timer");
	return c;
}

struct slice
conn_input(struct conn *c)
{
	struct evbuffer *in = c->bev ? bufferevent_get_input(c->bev) : NULL;
	size_t len = in ? evbuffer_get_length(in) : 0;

	if (len == 0)
		return (struct slice){"", 0};
	return (struct slice){(const char *)evbuffer_pullup(in, -1), len};
}

void
conn_consume(struct conn *c, size_t len)
{
	if (c->bev && len)
		(void)evbuffer_drain(bufferevent_get_input(c->bev), len);
}

/* What the kernel takes of data at once.  A bufferevent would first ask whether
 * the socket is writable, which it nearly always is: three system calls for
 * each answer.  A broken connection shows by what libevent then does. */
static size_t
send_at_once(struct conn *c, struct slice data)
{
	ssize_t n;

	if (c->tls || conn_unsent(c))
		return 0;
	n = send(bufferevent_getfd(c->bev), data.data, data.len, MSG_NOSIGNAL);
	return n > 0 ? (size_t)n : 0;
}

void
conn_write(struct conn *c, struct slice data)
{
	size_t sent;

	if (c->state != CONN_OPEN || !data.len)
		return;
	sent = send_at_once(c, data);
	data.data += sent;
	data.len -= sent;
	if (data.len &&
	    bufferevent_write(c->bev, data.data, data.len) < 0)
		fatalx(EX_TEMPFAIL, "cannot queue %zu bytes", data.len);
}

size_t
conn_unsent(struct conn *c)
{
	return c->bev ? evbuffer_get_length(bufferevent_get_output(c->bev)) : 0;
}

void
conn_idle_timeout(struct conn *c, int64_t ms)
{
	c->idle_ms = ms;
	if (c->state != CONN_OPEN)
		return;
	c->heard_ms = clock_mono_ms();
	(void)event_del(c->timer);
	if (ms)
		rearm(c, ms);
}

const char *
conn_peer_cn(struct conn *c)
{
	return c->peer_cn;
}

int64_t
conn_peer_not_after_ms(struct conn *c)
{
	return c->peer_cn ? c->peer_not_after_ms : 0;
}

const char *
conn_peer_text(struct conn *c)
{
	return c->peer;
}

void
conn_set_ctx(struct conn *c, const struct conn_cbs *cbs, void *ctx)
{
	c->cbs = *cbs;
	c->ctx = ctx;
	/* What came before the new owner did is for the new owner. */
	if (c->state == CONN_OPEN && conn_input(c).len)
		bufferevent_trigger(c->bev, EV_READ,
		    BEV_TRIG_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
}

void
conn_free(struct conn **conn)
{
	struct conn *c = *conn;

	if (!c)
		return;
	*conn = NULL;
	event_free(c->timer);
	event_free(c->start);
	dial_free(&c->dial);
	if (c->bev) {
		if (c->tls && c->state == CONN_OPEN)
			tls_goodbye(c->bev);
		/* Callbacks that libevent has put off must not find us. */
		bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
		bufferevent_free(c->bev);
	}
	free(c->server_name);
	free(c->peer);
	free(c->peer_cn);
	free(c);
}
