/* The kernel's own round-trip sample of the SYN is the better clock: ours also
 * counts how long this process waited for a CPU.  A handshake with a lost packet
 * is no sample at all (Karn's rule). */
#include "gateway-agent/prober.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#define GREETING_MAX 4096
#define RTT_MAX_US 60000000

struct probe {
	LIST_ENTRY(probe) running;
	STAILQ_ENTRY(probe) waiting;
	struct prober *prober;
	char *host;
	int fd;
	int64_t began_us;
	bool resolving, quitting;
	struct watch *watch;
	struct timer *deadline;
	struct buf greeting;
};

struct prober {
	struct loop *loop;
	struct dns *dns;
	int port;
	struct timer *tick;
	struct map *known; /* waiting or running, by host */
	STAILQ_HEAD(, probe) waiting;
	LIST_HEAD(, probe) running;
	size_t n_waiting, n_running;
	bool closing;
	void (*result)(const char *host, int64_t rtt_us, void *ctx);
	void *ctx;
};

static void
probe_free(struct probe *b)
{
	struct prober *p = b->prober;

	(void)map_del(p->known, slice_of(b->host));
	watch_free(&b->watch);
	timer_free(&b->deadline);
	if (b->fd >= 0)
		(void)close(b->fd);
	buf_free(&b->greeting);
	free(b->host);
	free(b);
}

static void
finish(struct probe *b, const char *why)
{
	char host[300];

	if (why)
		log_debug("probe host=%s failed=\"%s\"",
		    log_safe(host, sizeof(host), b->host), why);
	LIST_REMOVE(b, running);
	b->prober->n_running--;
	probe_free(b);
}

static void
on_deadline(void *ctx)
{
	struct probe *b = ctx;

	finish(b, b->quitting ? NULL : "timed out");
}

static void
set_deadline(struct probe *b, int64_t ms)
{
	timer_free(&b->deadline);
	b->deadline = timer_new(b->prober->loop, ms, false, on_deadline, b);
}

/* Microseconds, or -1 when the handshake tells nothing. */
static int64_t
handshake_us(const struct probe *b, int64_t now_us)
{
	int64_t us = now_us - b->began_us;
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(b->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
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
		if (text.data > line.data + line.len && line.len >= 4 &&
		    line.data[3] == ' ')
			return true;
	return false;
}

static void
on_readable(int fd, int what, void *ctx)
{
	struct probe *b = ctx;
	char chunk[1024];
	ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		finish(b, b->quitting ? NULL : "closed before its greeting");
		return;
	}
	if (b->quitting)
		return;
	buf_add(&b->greeting, chunk, (size_t)n);
	if (!greeted(slice_buf(&b->greeting)) &&
	    b->greeting.len < GREETING_MAX)
		return;
	b->quitting = true;
	if (send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL) != 6) {
		finish(b, "QUIT not sent");
		return;
	}
	set_deadline(b, PROBER_BYE_MS);
}

static void
on_connected(int fd, int what, void *ctx)
{
	struct probe *b = ctx;
	int64_t us, now_us = clock_mono_us();
	int err = 0;
	socklen_t len = sizeof(err);
	char why[128];

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0 || err) {
		finish(b, strerror_r(err, why, sizeof(why)));
		return;
	}
	us = handshake_us(b, now_us);
	if (us > 0 && us <= RTT_MAX_US)
		b->prober->result(b->host, us, b->prober->ctx);
	watch_free(&b->watch);
	b->watch = watch_new(b->prober->loop, fd, WATCH_READ, on_readable, b);
	set_deadline(b, PROBER_GREETING_MS);
}

static void
set_port(struct sockaddr_storage *a, int port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port =
		    htons((uint16_t)port);
	else
		((struct sockaddr_in *)a)->sin_port = htons((uint16_t)port);
}

static void
on_address(const struct dns_addr_answer *answer, void *ctx)
{
	struct probe *b = ctx;
	struct sockaddr_storage to;

	b->resolving = false;
	if (b->prober->closing || answer->status != DNS_OK ||
	    answer->n == 0) {
		finish(b, "no address");
		return;
	}
	to = answer->addr[0];
	set_port(&to, b->prober->port);
	b->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (b->fd < 0) {
		finish(b, "no socket");
		return;
	}
	b->began_us = clock_mono_us();
	if (connect(b->fd, (struct sockaddr *)&to,
	        to.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
	        sizeof(struct sockaddr_in)) != 0 && errno != EINPROGRESS) {
		finish(b, "no connection");
		return;
	}
	b->watch = watch_new(b->prober->loop, b->fd, WATCH_WRITE,
	    on_connected, b);
	set_deadline(b, PROBER_CONNECT_MS);
}

static void
on_tick(void *ctx)
{
	struct prober *p = ctx;
	struct probe *b = STAILQ_FIRST(&p->waiting);

	if (!b || p->n_running >= PROBER_IN_FLIGHT)
		return;
	STAILQ_REMOVE_HEAD(&p->waiting, waiting);
	p->n_waiting--;
	LIST_INSERT_HEAD(&p->running, b, running);
	p->n_running++;
	b->resolving = true;
	dns_addr(p->dns, b->host, on_address, b);
}

struct prober *
prober_new(struct loop *loop, struct dns *dns, int64_t per_second, int port,
    void (*result)(const char *host, int64_t rtt_us, void *ctx), void *ctx)
{
	struct prober *p = xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->dns = dns;
	p->port = port;
	p->known = map_new();
	STAILQ_INIT(&p->waiting);
	LIST_INIT(&p->running);
	p->result = result;
	p->ctx = ctx;
	p->tick = timer_new(loop, 1000 / (per_second > 0 ? per_second : 1),
	    true, on_tick, p);
	return p;
}

/* Names still being looked up come back with DNS_FAILED in dns_free(). */
void
prober_free(struct prober **pp)
{
	struct prober *p = *pp;
	struct probe *b;

	if (!p)
		return;
	timer_free(&p->tick);
	while ((b = STAILQ_FIRST(&p->waiting))) {
		STAILQ_REMOVE_HEAD(&p->waiting, waiting);
		probe_free(b);
	}
	p->closing = true;
	dns_free(&p->dns);
	while ((b = LIST_FIRST(&p->running)))
		finish(b, NULL);
	map_free(&p->known, NULL);
	free(p);
	*pp = NULL;
}

void
prober_ask(struct prober *p, const char *host)
{
	struct probe *b;

	if (*host == '\0' || p->n_waiting >= PROBER_WAITING ||
	    map_get(p->known, slice_of(host)))
		return;
	b = xcalloc(1, sizeof(*b));
	b->prober = p;
	b->fd = -1;
	b->host = xstrdup(host);
	(void)map_set(p->known, slice_of(host), b);
	STAILQ_INSERT_TAIL(&p->waiting, b, waiting);
	p->n_waiting++;
}

size_t
prober_in_flight(const struct prober *p)
{
	return p->n_running;
}
