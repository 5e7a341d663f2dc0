/* The loop itself, timers, signals and plain descriptors. */
#include "lib/base/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/loop_internal.h"
#include "lib/base/mem.h"

static void
event_log(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warnx("libevent: %s", text);
	else
		log_debug("libevent: %s", text);
}

static void
event_fatal(int err)
{
	fatalx(EX_SOFTWARE, "libevent gave up (%d)", err);
}

struct loop *
loop_new(void)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	struct event_config *config;

	event_set_mem_functions(xmalloc, xrealloc, free);
	event_set_log_callback(event_log);
	event_set_fatal_callback(event_fatal);
	/* A peer that hangs up is an event, not the end of the process. */
	(void)signal(SIGPIPE, SIG_IGN);
	config = event_config_new();
	/* With a cached clock, a timer started late in a long callback would
	 * fire early. */
	if (!config ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) < 0)
		fatalx(EX_SOFTWARE, "cannot configure libevent");
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!loop->base)
		fatalx(EX_OSERR, "cannot make an event loop");
	return loop;
}

void
loop_free(struct loop **loop)
{
	if (!*loop)
		return;
	if ((*loop)->dns)
		evdns_base_free((*loop)->dns, 0);
	event_base_free((*loop)->base);
	free(*loop);
	*loop = NULL;
}

void
loop_run(struct loop *loop)
{
	if (!loop->stopped &&
	    event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
		fatalx(EX_OSERR, "the event loop broke");
	loop->stopped = false;
}

void
loop_stop(struct loop *loop)
{
	loop->stopped = true;
	(void)event_base_loopbreak(loop->base);
}

int64_t
loop_mono_ms(const struct loop *loop)
{
	(void)loop;
	return clock_mono_ms();
}

void *
loop_base(struct loop *loop)
{
	return loop->base;
}

struct evdns_base *
loop_dns(struct loop *loop)
{
	if (!loop->dns)
		loop->dns = evdns_base_new(loop->base,
		    EVDNS_BASE_INITIALIZE_NAMESERVERS |
		        EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	return loop->dns;
}

struct timer {
	struct event *ev;
	void (*cb)(void *ctx);
	void *ctx;
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;

	(void)fd;
	(void)what;
	t->cb(t->ctx);
}

struct timer *
timer_new(struct loop *loop, int64_t delay_ms, bool repeat,
    void (*cb)(void *ctx), void *ctx)
{
	struct timer *t = xcalloc(1, sizeof(*t));
	struct timeval tv = timeval_ms(delay_ms > 0 ? delay_ms : 0);

	/* Every 0 ms would be a loop that never rests. */
	if (repeat && delay_ms < 1)
		tv = timeval_ms(1);
	t->cb = cb;
	t->ctx = ctx;
	t->ev = event_new(loop->base, -1, repeat ? EV_PERSIST : 0, on_timer, t);
	if (!t->ev || event_add(t->ev, &tv) < 0)
		fatalx(EX_OSERR, "cannot start a timer");
	return t;
}

void
timer_free(struct timer **timer)
{
	if (!*timer)
		return;
	event_free((*timer)->ev);
	free(*timer);
	*timer = NULL;
}

struct soon {
	struct event *ev;
	void (*cb)(void *ctx);
	void *ctx;
};

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct soon *s = arg;

	(void)fd;
	(void)what;
	s->cb(s->ctx);
}

struct soon *
soon_new(struct loop *loop, void (*cb)(void *ctx), void *ctx)
{
	struct soon *s = xcalloc(1, sizeof(*s));

	s->cb = cb;
	s->ctx = ctx;
	s->ev = event_new(loop->base, -1, 0, on_soon, s);
	if (!s->ev)
		fatalx(EX_OSERR, "cannot make an event");
	return s;
}

/* At the end of the queue of what is active, once. */
void
soon_ask(struct soon *soon)
{
	event_active(soon->ev, EV_TIMEOUT, 1);
}

void
soon_free(struct soon **soon)
{
	if (!*soon)
		return;
	event_free((*soon)->ev);
	free(*soon);
	*soon = NULL;
}

struct sig {
	struct event *ev;
	void (*cb)(void *ctx);
	void *ctx;
};

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct sig *s = arg;

	(void)signo;
	(void)what;
	s->cb(s->ctx);
}

struct sig *
sig_new(struct loop *loop, int signo, void (*cb)(void *ctx), void *ctx)
{
	struct sig *s = xcalloc(1, sizeof(*s));

	s->cb = cb;
	s->ctx = ctx;
	s->ev = evsignal_new(loop->base, signo, on_signal, s);
	if (!s->ev || event_add(s->ev, NULL) < 0)
		fatalx(EX_OSERR, "cannot take signal %d", signo);
	return s;
}

void
sig_free(struct sig **sig)
{
	if (!*sig)
		return;
	event_free((*sig)->ev);
	free(*sig);
	*sig = NULL;
}

struct watch {
	struct event *ev;
	void (*cb)(int fd, int what, void *ctx);
	void *ctx;
};

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	w->cb(fd, (what & EV_READ ? WATCH_READ : 0) |
	        (what & EV_WRITE ? WATCH_WRITE : 0),
	    w->ctx);
}

struct watch *
watch_new(struct loop *loop, int fd, int what,
    void (*cb)(int fd, int what, void *ctx), void *ctx)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	int flags = EV_PERSIST | (what & WATCH_READ ? EV_READ : 0) |
	    (what & WATCH_WRITE ? EV_WRITE : 0);

	w->cb = cb;
	w->ctx = ctx;
	w->ev = event_new(loop->base, fd, (short)flags, on_ready, w);
	if (!w->ev || event_add(w->ev, NULL) < 0)
		fatalx(EX_OSERR, "cannot watch descriptor %d", fd);
	return w;
}

void
watch_free(struct watch **watch)
{
	if (!*watch)
		return;
	event_free((*watch)->ev);
	free(*watch);
	*watch = NULL;
}
