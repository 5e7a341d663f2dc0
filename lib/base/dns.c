/* DNS questions on the loop, asked by c-ares, which may call back from within
 * the call that asks, retries longer than the caller wants to wait, and cannot
 * forget one question.  Hence struct question: its own timer carries the answer
 * to the caller, and it lives on until c-ares is done with it too. */
#include "lib/base/dns.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/dns_message.h"
#include "lib/base/mem.h"

#define TRIES 2

struct watched {
	int fd, what;
	struct watch *watch;
	struct watched *next;
};

struct question {
	struct dns *dns;
	struct question *prev, *next;
	void (*mx_cb)(const struct dns_mx_answer *, void *ctx);
	void (*addr_cb)(const struct dns_addr_answer *, void *ctx);
	void *ctx;
	struct timer *due;
	bool asked, told; /* c-ares owes us its answer; the caller has his */
	union answer {
		struct dns_mx_answer mx;
		struct dns_addr_answer addr;
	} answer;
};

struct dns {
	struct loop *loop;
	ares_channel channel;
	struct watched *watched;
	struct timer *timer; /* when c-ares wants to look at its clock */
	struct question *questions;
	int timeout_ms;
	int depth; /* > 0: c-ares or a callback is on the stack */
	bool dying;
};

static void dns_destroy(struct dns *d);
static void update_timer(struct dns *d);

/* The owner may have freed us in a callback: then this is the end. */
static void
leave(struct dns *d)
{
	if (--d->depth == 0 && d->dying)
		dns_destroy(d);
}

static void
on_ares_time(void *ctx)
{
	struct dns *d = ctx;

	timer_free(&d->timer);
	d->depth++;
	ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (!d->dying)
		update_timer(d);
	leave(d);
}

static void
update_timer(struct dns *d)
{
	struct timeval tv, *wait = ares_timeout(d->channel, NULL, &tv);

	timer_free(&d->timer);
	if (wait)
		d->timer = timer_new(d->loop,
		    (int64_t)wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1,
		    false, on_ares_time, d);
}

static void
on_ready(int fd, int what, void *ctx)
{
	struct dns *d = ctx;

	d->depth++;
	ares_process_fd(d->channel, what & WATCH_READ ? fd : ARES_SOCKET_BAD,
	    what & WATCH_WRITE ? fd : ARES_SOCKET_BAD);
	if (!d->dying)
		update_timer(d);
	leave(d);
}

/* c-ares opens, closes or changes its interest in a socket. */
static void
on_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct dns *d = ctx;
	int what = (readable ? WATCH_READ : 0) | (writable ? WATCH_WRITE : 0);
	struct watched **at = &d->watched, *w;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	w = *at;
	if (w && w->what == what)
		return;
	if (!w && what) {
		w = xcalloc(1, sizeof(*w));
		w->fd = fd;
		w->next = d->watched;
		d->watched = w;
		at = &d->watched;
	}
	if (!w)
		return;
	watch_free(&w->watch);
	w->what = what;
	if (what)
		w->watch = watch_new(d->loop, fd, what, on_ready, d);
	else {
		*at = w->next;
		free(w);
	}
}

static void
question_drop(struct question *q)
{
	if (q->prev)
		q->prev->next = q->next;
	else
		q->dns->questions = q->next;
	if (q->next)
		q->next->prev = q->prev;
	timer_free(&q->due);
	free(q);
}

static void
tell(struct question *q)
{
	q->told = true;
	if (q->mx_cb)
		q->mx_cb(&q->answer.mx, q->ctx);
	else
		q->addr_cb(&q->answer.addr, q->ctx);
}

/* The deadline, or an answer that came. */
static void
on_due(void *ctx)
{
	struct question *q = ctx;
	struct dns *d = q->dns;

	timer_free(&q->due);
	d->depth++;
	tell(q);
	if (!q->asked)
		question_drop(q);
	leave(d);
}

/* c-ares is done with q. */
static void
answered(struct question *q)
{
	q->asked = false;
	if (q->dns->dying)
		return;
	if (q->told) {
		question_drop(q);
		return;
	}
	timer_free(&q->due);
	q->due = timer_new(q->dns->loop, 0, false, on_due, q);
}

static void
fail(struct question *q)
{
	q->answer = (union answer){0};
	if (q->mx_cb)
		q->answer.mx.status = DNS_FAILED;
	else
		q->answer.addr.status = DNS_FAILED;
}

static enum dns_status
status_of(int ares_status)
{
	switch (ares_status) {
	case ARES_SUCCESS:
		return DNS_OK;
	case ARES_ENOTFOUND:
		return DNS_NO_NAME;
	case ARES_ENODATA:
		return DNS_NO_DATA;
	default:
		return DNS_FAILED;
	}
}

static void
on_mx(void *ctx, int status, int timeouts, unsigned char *msg, int len)
{
	struct question *q = ctx;
	struct dns_mx_answer *a = &q->answer.mx;

	(void)timeouts;
	if (!q->told) {
		a->status = status_of(status);
		if (a->status == DNS_OK)
			dns_message_mx(msg, (size_t)len, a);
		else if (a->status != DNS_FAILED)
			a->ttl_s = dns_message_negative_ttl(msg, (size_t)len);
	}
	answered(q);
}

static void
take_address(struct dns_addr_answer *a, const struct ares_addrinfo_node *node)
{
	if (a->n == DNS_ADDR_MAX ||
	    (size_t)node->ai_addrlen > sizeof(a->addr[0]))
		return;
	memcpy(&a->addr[a->n++], node->ai_addr, (size_t)node->ai_addrlen);
	if (node->ai_ttl >= 0)
		dns_ttl_lower(&a->ttl_s, (uint32_t)node->ai_ttl);
}

static void
on_addr(void *ctx, int status, int timeouts, struct ares_addrinfo *list)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct question *q = ctx;
	struct dns_addr_answer *a = &q->answer.addr;
	const struct ares_addrinfo_node *node;
	size_t i;

	(void)timeouts;
	if (!q->told) {
		a->status = status_of(status);
		a->ttl_s = a->status == DNS_OK ? DNS_TTL_MAX_S : DNS_TTL_DEFAULT_S;
		for (i = 0; list && i < 2; i++)
			for (node = list->nodes; node; node = node->ai_next)
				if (node->ai_family == families[i])
					take_address(a, node);
		if (a->status == DNS_OK && a->n == 0)
			a->status = DNS_NO_DATA;
	}
	if (list)
		ares_freeaddrinfo(list);
	answered(q);
}

/* Until something better is known the answer is DNS_FAILED, which is what the
 * caller gets at the deadline. */
static struct question *
question_new(struct dns *d, void *ctx)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->dns = d;
	q->ctx = ctx;
	q->asked = true;
	q->next = d->questions;
	if (q->next)
		q->next->prev = q;
	d->questions = q;
	q->due = timer_new(d->loop, d->timeout_ms, false, on_due, q);
	return q;
}

void
dns_mx(struct dns *dns, const char *domain,
    void (*cb)(const struct dns_mx_answer *, void *ctx), void *ctx)
{
	struct question *q = question_new(dns, ctx);

	q->mx_cb = cb;
	fail(q);
	dns->depth++;
	ares_query(dns->channel, domain, ns_c_in, ns_t_mx, on_mx, q);
	update_timer(dns);
	leave(dns);
}

void
dns_addr(struct dns *dns, const char *host,
    void (*cb)(const struct dns_addr_answer *, void *ctx), void *ctx)
{
	const struct ares_addrinfo_hints hints = {
	    .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC};
	struct question *q = question_new(dns, ctx);

	q->addr_cb = cb;
	fail(q);
	dns->depth++;
	ares_getaddrinfo(dns->channel, host, NULL, &hints, on_addr, q);
	update_timer(dns);
	leave(dns);
}

static int
init_channel(struct dns *d, const char *servers, char **error_r)
{
	static char dns_only[] = "b";
	struct ares_options o = {
	    .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
	    /* The second try waits twice as long. */
	    .timeout = d->timeout_ms / 3 > 0 ? d->timeout_ms / 3 : 1,
	    .tries = TRIES,
	    .lookups = dns_only,
	    .sock_state_cb = on_socket,
	    .sock_state_cb_data = d,
	};
	int rc = ares_library_init(ARES_LIB_INIT_ALL);

	if (rc == ARES_SUCCESS)
		rc = ares_init_options(&d->channel, &o, ARES_OPT_FLAGS |
		        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
		        ARES_OPT_SOCK_STATE_CB);
	if (rc != ARES_SUCCESS) {
		*error_r = xasprintf("DNS cannot be set up: %s",
		    ares_strerror(rc));
		return -1;
	}
	if (!*servers)
		return 0;
	rc = ares_set_servers_ports_csv(d->channel, servers);
	if (rc == ARES_SUCCESS)
		return 0;
	*error_r = xasprintf("DNS servers \"%s\": %s; write addresses, such as "
			     "192.0.2.53 or 192.0.2.53:5353, with commas "
			     "between", servers, ares_strerror(rc));
	ares_destroy(d->channel);
	return -1;
}

struct dns *
dns_new(struct loop *loop, const char *servers, int timeout_ms, char **error_r)
{
	struct dns *d = xcalloc(1, sizeof(*d));

	d->loop = loop;
	d->timeout_ms = timeout_ms;
	if (init_channel(d, servers, error_r) == 0)
		return d;
	free(d);
	return NULL;
}

static void
dns_destroy(struct dns *d)
{
	struct question *q;

	d->depth++; /* a callback below may call us again */
	ares_destroy(d->channel);
	while ((q = d->questions)) {
		if (!q->told) {
			fail(q);
			tell(q);
		}
		question_drop(q);
	}
	timer_free(&d->timer);
	while (d->watched) {
		struct watched *w = d->watched;

		d->watched = w->next;
		watch_free(&w->watch);
		free(w);
	}
	free(d);
	ares_library_cleanup();
}

void
dns_free(struct dns **dns)
{
	struct dns *d = *dns;

	if (!d)
		return;
	*dns = NULL;
	if (d->dying)
		return;
	d->dying = true;
	if (d->depth == 0)
		dns_destroy(d);
}
