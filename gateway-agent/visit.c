/* The kernel's own round-trip sample of the SYN is the better clock: ours also
 * counts how long this process waited for a CPU.  A handshake with a lost packet
 * is no sample at all (Karn's rule). */
#include "gateway-agent/visit.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"

#define GREETING_MAX 4096
#define RTT_MAX_US 60000000
#define QUIT "QUIT\r\n"
#define QUIT_LEN (sizeof(QUIT) - 1)
#define UNREAD_MAX 64 /* pieces thrown away before closing */

enum stage { CONNECTING = 0, GREETING, LEAVING, OVER };

struct visit {
	struct loop *loop;
	struct visit_patience patience;
	struct visit_ops ops;
	void *ctx;
	enum stage stage;
	int fd;
	int64_t began_us;
	size_t said; /* octets of QUIT */
	struct watch *watch;
	struct timer *deadline;
	struct buf greeting;
};

static bool
quit_said(const struct visit *v)
{
	return v->said == QUIT_LEN;
}

/* As much of it as there is room for.  -1: nobody is there to hear it. */
static int
say_quit(struct visit *v)
{
	ssize_t n = send(
	    v->fd, QUIT + v->said, QUIT_LEN - v->said, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	v->said += (size_t)n;
	return 0;
}

static void
over(struct visit *v, const char *why)
{
	watch_free(&v->watch);
	timer_free(&v->deadline);
	v->ops.over(why, v->ctx);
}

/* The other end is gone. */
static void
gone(struct visit *v, const char *why)
{
	v->stage = OVER;
	over(v, why);
}

static bool
connected(int fd)
{
	struct sockaddr_storage to;
	socklen_t len = sizeof(to);

	return getpeername(fd, (struct sockaddr *)&to, &len) == 0;
}

static void on_deadline(void *ctx);

static void
set_deadline(struct visit *v, int64_t ms)
{
	timer_free(&v->deadline);
	v->deadline = timer_new(v->loop, ms, false, on_deadline, v);
}

static void
set_watch(struct visit *v, int what, void (*cb)(int fd, int what, void *ctx))
{
	watch_free(&v->watch);
	v->watch = watch_new(v->loop, v->fd, what, cb, v);
}

/* Microseconds, or -1 when the handshake tells nothing. */
static int64_t
handshake_us(const struct visit *v, int64_t now_us)
{
	int64_t us = now_us - v->began_us;
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(v->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
		if (info.tcpi_total_retrans > 0)
			return -1;
		if (info.tcpi_rtt > 0 && info.tcpi_rtt < us)
			us = info.tcpi_rtt;
	}
	return us < 1 ? 1 : us;
}

/* Has the last line of the greeting ("220 ...", not "220-...") come? */
static bool
greeted(struct slice text)
{
	struct slice line;

	while (slice_split(&text, '\n', &line))
		if (text.data > line.data + line.len &&
		    (line.len < 4 || line.data[3] != '-'))
			return true;
	return false;
}

static void
on_leaving(int fd, int what, void *ctx)
{
	struct visit *v = ctx;
	char chunk[1024];
	ssize_t n;

	if ((what & WATCH_WRITE) && !quit_said(v)) {
		if (say_quit(v) < 0) {
			gone(v, "closed before QUIT");
			return;
		}
		if (quit_said(v)) {
			set_watch(v, WATCH_READ, on_leaving);
			return;
		}
	}
	n = recv(fd, chunk, sizeof(chunk), 0);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		gone(v, NULL);
}

static void
leave(struct visit *v)
{
	v->stage = LEAVING;
	if (say_quit(v) < 0) {
		gone(v, "closed before QUIT");
		return;
	}
	set_watch(v, quit_said(v) ? WATCH_READ : WATCH_READ | WATCH_WRITE,
	    on_leaving);
	set_deadline(v, v->patience.bye_ms);
}

static void
on_greeting(int fd, int what, void *ctx)
{
	struct visit *v = ctx;
	char chunk[1024];
	ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		gone(v, "closed before its greeting");
		return;
	}
	buf_add(&v->greeting, chunk, (size_t)n);
	if (greeted(slice_buf(&v->greeting)) ||
	    v->greeting.len >= GREETING_MAX)
		leave(v);
}

static void
on_connected(int fd, int what, void *ctx)
{
	struct visit *v = ctx;
	int64_t us, now_us = clock_mono_us();
	int err = 0;
	socklen_t len = sizeof(err);
	char why[128];

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0 || err) {
		gone(v, strerror_r(err, why, sizeof(why)));
		return;
	}
	v->stage = GREETING;
	set_watch(v, WATCH_READ, on_greeting);
	set_deadline(v, v->patience.greeting_ms);
	us = handshake_us(v, now_us);
	if (us > 0 && us <= RTT_MAX_US)
		v->ops.rtt(us, v->ctx);
}

static void
on_deadline(void *ctx)
{
	struct visit *v = ctx;

	if (v->stage == GREETING)
		leave(v);
	else if (v->stage == CONNECTING && connected(v->fd))
		on_connected(v->fd, WATCH_WRITE, v);
	else
		over(v, v->stage == LEAVING ? NULL : "timed out");
}

struct visit *
visit_new(struct loop *loop, const struct sockaddr_storage *to,
    const struct visit_patience *patience, const struct visit_ops *ops,
    void *ctx, const char **error_r)
{
	struct visit *v;
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	int64_t began_us = clock_mono_us();

	*error_r = "no socket";
	if (fd < 0)
		return NULL;
	*error_r = "no connection";
	if (connect(fd, (const struct sockaddr *)to,
		to->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					  : sizeof(struct sockaddr_in)) != 0 &&
	    errno != EINPROGRESS) {
		(void)close(fd);
		return NULL;
	}
	v = xcalloc(1, sizeof(*v));
	v->loop = loop;
	v->patience = *patience;
	v->ops = *ops;
	v->ctx = ctx;
	v->fd = fd;
	v->began_us = began_us;
	set_watch(v, WATCH_WRITE, on_connected);
	set_deadline(v, patience->connect_ms);
	return v;
}

/* What was received must be read before closing, or the kernel sends a reset,
 * which may overtake the QUIT. */
static void
hang_up(struct visit *v)
{
	char chunk[1024];
	int i;

	if (v->stage != OVER && !quit_said(v))
		(void)say_quit(v);
	for (i = 0; i < UNREAD_MAX; i++)
		if (recv(v->fd, chunk, sizeof(chunk), 0) <= 0)
			break;
	(void)close(v->fd);
}

void
visit_free(struct visit **vp)
{
	struct visit *v = *vp;

	if (!v)
		return;
	*vp = NULL;
	watch_free(&v->watch);
	timer_free(&v->deadline);
	hang_up(v);
	buf_free(&v->greeting);
	free(v);
}
