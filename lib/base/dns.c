/* DNS questions on the loop, asked by c-ares, which may call back from within
 * the call that asks, retries longer than the caller wants to wait, and cannot
 * forget one question.  Hence struct question: its own timer carries the answer
 * to the caller, and it lives on until c-ares is done with it too. */
#include "lib/base/dns_internal.h"

#include <stdlib.h>
#include <string.h>

#define TRIES 2

struct watched {
	int fd, what;
	struct watch *watch;
	struct watched *next;
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
	arena_free(&q->arena);
	free(q);
}

/* The deadline, or an answer that came. */
static void
on_due(void *ctx)
{
	struct question *q = ctx;
	struct dns *d = q->dns;

	timer_free(&q->due);
	d->depth++;
	dns_question_tell(q);
	if (!q->asked)
		question_drop(q);
	leave(d);
}

void
dns_answered(struct question *q)
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

struct question *
dns_question(struct dns *d, void *ctx)
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
	d->depth++;
	return q;
}

void
dns_asked(struct dns *d)
{
	update_timer(d);
	leave(d);
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
			dns_question_fail(q);
			dns_question_tell(q);
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
