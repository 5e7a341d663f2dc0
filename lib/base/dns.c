/* DNS questions on the loop, asked by c-ares.
 *
 * c-ares may call back from within the call that asks, retries longer than the
 * caller wants to wait, and cannot forget one question.  Hence struct question:
 * it carries the answer to the caller from a timer of its own (a deadline that
 * becomes due at once when there is an answer), and lives on until c-ares is
 * done with it too.
 *
 * MX answers are read here and not by ares_parse_mx_reply(), which knows no
 * time to live. */
#include "lib/base/dns.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

#define TTL_MAX_S 86400
/* Of an answer that names no time itself. */
#define TTL_DEFAULT_S 60
#define TRIES 2

struct watched {
	int fd, what;
	struct watch *watch;
	struct watched *next;
};

union answer {
	struct dns_mx_answer mx;
	struct dns_addr_answer addr;
};

struct question {
	struct dns *dns;
	struct question *prev, *next;
	void (*mx_cb)(const struct dns_mx_answer *, void *ctx);
	void (*addr_cb)(const struct dns_addr_answer *, void *ctx);
	void *ctx;
	struct timer *due;
	bool asked;    /* c-ares still owes us its callback */
	bool told;     /* the caller has its answer */
	union answer answer;
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

static void
enter(struct dns *d)
{
	d->depth++;
}

/* The owner may have freed us in a callback: then this is the end. */
static void
leave(struct dns *d)
{
	if (--d->depth == 0 && d->dying)
		dns_destroy(d);
}

static void update_timer(struct dns *d);

static void
on_ares_time(void *ctx)
{
	struct dns *d = ctx;

	timer_free(&d->timer);
	enter(d);
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

	enter(d);
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
	enter(d);
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
	if (q->told && !q->dns->dying) {
		question_drop(q);
		return;
	}
	if (q->told || q->dns->dying)
		return;
	timer_free(&q->due);
	q->due = timer_new(q->dns->loop, 0, false, on_due, q);
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

/* A DNS message being read.  RFC 1035, section 4.1. */
struct reader {
	const unsigned char *msg, *at, *end;
};

struct record {
	int type;
	uint32_t ttl_s;
	const unsigned char *data;
	size_t len;
};

static unsigned
get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* The name at p, lower case; -1 when it is broken or does not fit. */
static int
read_name(const struct reader *r, const unsigned char *p, char dst[256],
    size_t *used_r)
{
	char *name = NULL;
	long used = 0;
	size_t i, len;

	if (p >= r->end || ares_expand_name(p, r->msg, (int)(r->end - r->msg),
	                       &name, &used) != ARES_SUCCESS)
		return -1;
	len = strlen(name);
	while (len && name[len - 1] == '.')
		len--;
	if (len > 255) {
		ares_free_string(name);
		return -1;
	}
	for (i = 0; i < len; i++)
		dst[i] = name[i] >= 'A' && name[i] <= 'Z'
		    ? (char)(name[i] | 0x20) : name[i];
	dst[len] = '\0';
	ares_free_string(name);
	*used_r = (size_t)used;
	return 0;
}

/* Behind the header and the questions; -1 when there is no such place. */
static int
open_message(const unsigned char *msg, int len, struct reader *r_r)
{
	char name[256];
	unsigned n;
	size_t used;

	if (!msg || len < NS_HFIXEDSZ)
		return -1;
	*r_r = (struct reader){msg, msg + NS_HFIXEDSZ, msg + len};
	for (n = get16(msg + 4); n; n--) {
		if (read_name(r_r, r_r->at, name, &used) < 0 ||
		    (size_t)(r_r->end - r_r->at) < used + NS_QFIXEDSZ)
			return -1;
		r_r->at += used + NS_QFIXEDSZ;
	}
	return 0;
}

static int
next_record(struct reader *r, struct record *rec_r)
{
	char name[256];
	size_t used;

	if (read_name(r, r->at, name, &used) < 0 ||
	    (size_t)(r->end - r->at) < used + NS_RRFIXEDSZ)
		return -1;
	r->at += used;
	rec_r->type = (int)get16(r->at);
	rec_r->ttl_s = get32(r->at + 4);
	rec_r->len = get16(r->at + 8);
	r->at += NS_RRFIXEDSZ;
	rec_r->data = r->at;
	if ((size_t)(r->end - r->at) < rec_r->len)
		return -1;
	r->at += rec_r->len;
	return 0;
}

static void
lower_ttl(uint32_t *ttl_s, uint32_t other)
{
	/* RFC 2181, section 8: the topmost bit makes it zero. */
	if (other > INT32_MAX)
		other = 0;
	if (other < *ttl_s)
		*ttl_s = other;
}

/* How long "there is none" holds: RFC 2308, section 5. */
static uint32_t
negative_ttl(const unsigned char *msg, int len)
{
	uint32_t ttl_s = TTL_MAX_S;
	struct record rec;
	struct reader r;
	unsigned n;

	if (open_message(msg, len, &r) < 0)
		return TTL_DEFAULT_S;
	for (n = get16(msg + 6) + get16(msg + 8); n; n--) {
		if (next_record(&r, &rec) < 0)
			break;
		if (rec.type != ns_t_soa || rec.len < 4)
			continue;
		lower_ttl(&ttl_s, rec.ttl_s);
		lower_ttl(&ttl_s, get32(rec.data + rec.len - 4));
		return ttl_s;
	}
	return TTL_DEFAULT_S;
}

static int
by_preference(const void *pa, const void *pb)
{
	const struct dns_mx *a = pa, *b = pb;

	if (a->preference != b->preference)
		return a->preference < b->preference ? -1 : 1;
	return strcmp(a->host, b->host);
}

static void
read_mx(const unsigned char *msg, int len, struct dns_mx_answer *a)
{
	struct record rec;
	struct reader r;
	unsigned n;
	size_t used;

	a->status = DNS_FAILED;
	a->ttl_s = TTL_MAX_S;
	if (open_message(msg, len, &r) < 0)
		return;
	for (n = get16(msg + 6); n; n--) {
		if (next_record(&r, &rec) < 0)
			return;
		lower_ttl(&a->ttl_s, rec.ttl_s);
		if (rec.type != ns_t_mx || rec.len < 3 || a->n == DNS_MX_MAX)
			continue;
		a->mx[a->n].preference = (int)get16(rec.data);
		if (read_name(&r, rec.data + 2, a->mx[a->n].host, &used) == 0)
			a->n++;
	}
	a->status = a->n ? DNS_OK : DNS_NO_DATA;
	if (a->n == 0)
		a->ttl_s = negative_ttl(msg, len);
	qsort(a->mx, (size_t)a->n, sizeof(a->mx[0]), by_preference);
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
			read_mx(msg, len, a);
		else if (a->status != DNS_FAILED)
			a->ttl_s = negative_ttl(msg, len);
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
		lower_ttl(&a->ttl_s, (uint32_t)node->ai_ttl);
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
		a->ttl_s = a->status == DNS_OK ? TTL_MAX_S : TTL_DEFAULT_S;
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
	q->answer.mx.status = DNS_FAILED;
	enter(dns);
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
	q->answer.addr.status = DNS_FAILED;
	enter(dns);
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
			memset(&q->answer, 0, sizeof(q->answer));
			if (q->mx_cb)
				q->answer.mx.status = DNS_FAILED;
			else
				q->answer.addr.status = DNS_FAILED;
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
