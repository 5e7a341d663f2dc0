#include "lib/fleet/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/fleet/store_connect.h"
#include "lib/fleet/store_reply.h"

#define TICK_MS 20
#define IDLE_PING_MS 1000
#define SILENT_MS 3000 /* then the connection is given up */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 5000

struct request {
	TAILQ_ENTRY(request) link;
	struct store *store;
	store_cb *cb;        /* NULL once called */
	void *ctx;
	struct arena *arena;
	struct reply *replies;
	size_t n, got;
	bool waiting; /* in store->waiting: not yet answered or overdue */
	bool refused;
	int64_t sent_us;
};
TAILQ_HEAD(request_list, request);

struct store {
	struct loop *loop;
	redisAsyncContext *redis;
	struct timer *tick;
	struct endpoint at;
	char *address, *user, *client_name;
	struct buf password;
	int64_t timeout_ms;
	struct metrics *metrics;
	bool ready, suspect, closing;
	bool hello_refused;
	int64_t answered_ms, retry_ms, backoff_ms, ping_ms;
	int64_t quiet_ms; /* since when an answer is owed */
	struct request_list waiting; /* oldest first: they share one timeout */
	size_t n_sent;               /* requests Redis still owes answers */
	struct store_stats stats;
	struct log_limit limit;
	void (*on_ready)(void *ctx);
	void *on_ready_ctx;
};

static void
complain(struct store *s, const char *what, const char *detail)
{
	char safe[256];

	if (log_may(&s->limit, loop_mono_ms(s->loop), 10000))
		log_warnx("redis=%s %s%s%s", s->address, what,
		    *detail ? ": " : "",
		    log_safe(safe, sizeof(safe), detail));
}

/* Tell the caller, once. */
static void
finish(struct request *r, enum store_result result)
{
	store_cb *cb = r->cb;
	bool whole = result == STORE_OK || result == STORE_REFUSED;

	if (r->waiting)
		TAILQ_REMOVE(&r->store->waiting, r, link);
	r->waiting = false;
	r->cb = NULL;
	if (cb)
		cb(result, whole ? r->replies : NULL, r->ctx);
}

/* One reply of a request; NULL: the connection is going down. */
static void
on_reply(redisAsyncContext *redis, void *reply, void *ctx)
{
	struct request *r = ctx;
	struct store *s = r->store;

	(void)redis;
	if (reply) {
		s->answered_ms = s->quiet_ms = loop_mono_ms(s->loop);
		s->suspect = false;
	}
	if (reply && r->waiting) {
		store_reply_convert(r->arena, reply, &r->replies[r->got]);
		if (r->replies[r->got].type == REPLY_ERROR) {
			r->refused = true;
			s->stats.refused++;
			s->stats.refused_ms = s->answered_ms;
			complain(s, "refuses", r->replies[r->got].text.data);
		}
	}
	r->got++;
	if (r->got < r->n)
		return;
	s->n_sent--;
	if (reply && s->metrics)
		metrics_observe(s->metrics, HISTOGRAM_REDIS_SECONDS,
		    (double)(clock_mono_us() - r->sent_us) / 1e6);
	finish(r, !reply ? STORE_DOWN : r->refused ? STORE_REFUSED : STORE_OK);
	arena_free(&r->arena);
	free(r);
}

static void
send_request(struct store *s, const struct command *commands, size_t n,
    store_cb *cb, void *ctx)
{
	struct request *r = xcalloc(1, sizeof(*r));
	size_t i;

	r->store = s;
	r->cb = cb;
	r->ctx = ctx;
	r->n = n;
	r->arena = arena_new();
	r->replies = arena_alloc(r->arena, n * sizeof(*r->replies));
	r->sent_us = clock_mono_us();
	r->waiting = true;
	TAILQ_INSERT_TAIL(&s->waiting, r, link);
	if (s->n_sent++ == 0)
		s->quiet_ms = r->sent_us / 1000;
	s->stats.calls++;
	for (i = 0; i < n; i++) {
		if (redisAsyncCommandArgv(s->redis, on_reply, r,
			commands[i].argc, commands[i].argv,
			commands[i].len) != REDIS_OK)
			break;
	}
	if (i == n)
		return;
	/* Only when the connection is closing: what was not sent is not owed.
	 */
	r->n = i;
	if (i > 0)
		return;
	s->n_sent--;
	finish(r, STORE_DOWN);
	arena_free(&r->arena);
	free(r);
}

void
store_call(struct store *s, const struct command *commands, size_t n,
    store_cb *cb, void *ctx)
{
	bool down = !s->ready || s->n_sent >= STORE_PENDING_MAX;

	if (down || s->suspect) {
		if (cb)
			cb(down ? STORE_DOWN : STORE_TIMEOUT, NULL, ctx);
		return;
	}
	send_request(s, commands, n, cb, ctx);
}

static void
lost(struct store *s, const char *why)
{
	bool was_ready = s->ready;

	s->redis = NULL;
	s->ready = s->suspect = false;
	if (s->closing)
		return;
	s->retry_ms = loop_mono_ms(s->loop) + s->backoff_ms;
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
	if (was_ready)
		s->limit.next_ms = 0; /* a change of state is always told */
	complain(s, was_ready ? "connection lost" : "cannot connect", why);
}

static void
on_disconnect(const redisAsyncContext *redis, int status)
{
	struct store *s = redis->data;

	if (s && s->redis == redis)
		lost(s, status == REDIS_OK ? "closed" : redis->errstr);
}

static void
on_hello(enum store_result result, const struct reply *replies, void *ctx)
{
	struct store *s = ctx;

	(void)replies;
	if (result == STORE_REFUSED)
		s->hello_refused = true; /* the tick takes it from here */
	if (result != STORE_OK)
		return;
	s->ready = true;
	s->backoff_ms = BACKOFF_FIRST_MS;
	s->stats.connects++;
	s->limit = (struct log_limit){0};
	log_info("redis=%s connected", s->address);
	if (s->on_ready)
		s->on_ready(s->on_ready_ctx);
}

/* A Redis that accepts is not yet one that answers: ready means that it has
 * answered. */
static void
on_connect(const redisAsyncContext *redis, int status)
{
	struct store *s = redis->data;
	struct command hello[STORE_HELLO_COMMANDS];
	struct arena *arena;
	size_t n;

	if (!s || s->redis != redis)
		return;
	if (status != REDIS_OK) {
		lost(s, redis->errstr); /* hiredis frees the context */
		return;
	}
	arena = arena_new();
	n = store_hello(hello, arena, s->user, slice_buf(&s->password),
	    s->client_name);
	send_request(s, hello, n, on_hello, s);
	arena_free(&arena);
}

static void
connect_now(struct store *s)
{
	s->quiet_ms = loop_mono_ms(s->loop);
	s->hello_refused = false;
	s->redis = store_connect_async(&s->at);
	if (!s->redis)
		fatalx(75, "out of memory");
	s->redis->data = s;
	if (s->redis->err) {
		char why[128];

		(void)snprintf(why, sizeof(why), "%s", s->redis->errstr);
		redisAsyncFree(s->redis);
		lost(s, why);
		return;
	}
	if (redisLibeventAttach(s->redis, loop_base(s->loop)) != REDIS_OK ||
	    redisAsyncSetConnectCallback(s->redis, on_connect) != REDIS_OK ||
	    redisAsyncSetDisconnectCallback(s->redis, on_disconnect) !=
		REDIS_OK)
		fatalx(75, "hiredis cannot be set up");
}

static void
drop(struct store *s, const char *why)
{
	redisAsyncContext *redis = s->redis;

	lost(s, why);
	redisAsyncFree(redis); /* its callbacks see s->redis != redis */
}

static void
overdue(struct store *s, int64_t now_ms)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&s->waiting)) != NULL &&
	    now_ms - r->sent_us / 1000 >= s->timeout_ms) {
		s->stats.timeouts++;
		if (!s->suspect)
			complain(s, "does not answer", "");
		s->suspect = true;
		finish(r, STORE_TIMEOUT);
	}
}

static void
on_tick(void *ctx)
{
	struct store *s = ctx;
	int64_t now_ms = loop_mono_ms(s->loop);

	overdue(s, now_ms);
	if (!s->redis) {
		if (now_ms >= s->retry_ms)
			connect_now(s);
		return;
	}
	if (s->hello_refused) {
		drop(s, "it refused our login or is not ready");
		return;
	}
	if (!s->ready || s->n_sent > 0) {
		if (now_ms - s->quiet_ms > SILENT_MS)
			drop(s, "it is silent");
		return;
	}
	if (now_ms - s->answered_ms >= IDLE_PING_MS &&
	    now_ms - s->ping_ms >= IDLE_PING_MS) {
		s->ping_ms = now_ms;
		store_barrier(s, NULL, NULL);
	}
}

struct store *
store_new(struct loop *loop, const struct store_options *options,
    char **error_r)
{
	struct store *s = xcalloc(1, sizeof(*s));
	const char *error;

	TAILQ_INIT(&s->waiting);
	s->loop = loop;
	if (endpoint_parse(options->address, &s->at, &error) != 0) {
		*error_r = xasprintf("redis = \"%s\": %s", options->address,
		    error);
		free(s);
		return NULL;
	}
	if (store_password(options->password_file, &s->password, error_r) !=
		0 ||
	    store_resolve(&s->at, error_r) != 0) {
		endpoint_free(&s->at);
		buf_free(&s->password);
		free(s);
		return NULL;
	}
	s->address = xstrdup(options->address);
	s->user = xstrdup(options->user ? options->user : "");
	s->client_name = xstrdup(options->client_name);
	s->timeout_ms = options->timeout_ms;
	s->metrics = options->metrics;
	s->backoff_ms = BACKOFF_FIRST_MS;
	s->tick = timer_new(loop, TICK_MS, true, on_tick, s);
	connect_now(s);
	return s;
}

void
store_free(struct store **sp)
{
	struct store *s = *sp;
	struct request *r;

	if (!s)
		return;
	*sp = NULL;
	s->closing = true;
	timer_free(&s->tick);
	while ((r = TAILQ_FIRST(&s->waiting)) != NULL)
		finish(r, STORE_DOWN);
	if (s->redis)
		drop(s, "");
	endpoint_free(&s->at);
	buf_free(&s->password);
	free(s->address);
	free(s->user);
	free(s->client_name);
	free(s);
}

void
store_push(struct store *s)
{
	if (s->ready)
		redisAsyncHandleWrite(s->redis);
}

bool
store_ready(const struct store *s)
{
	return s->ready && !s->suspect;
}

void
store_stats(const struct store *s, struct store_stats *out_r)
{
	*out_r = s->stats;
	out_r->pending = s->n_sent;
	out_r->answered_ms = s->answered_ms;
}

void
store_on_ready(struct store *s, void (*cb)(void *ctx), void *ctx)
{
	s->on_ready = cb;
	s->on_ready_ctx = ctx;
}
