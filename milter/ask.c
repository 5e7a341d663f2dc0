#include "milter/ask.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define READ_SIZE 16384
#define WARN_EVERY_MS 10000

struct ask {
	struct endpoint to;
	char *name;
	int64_t timeout_ms, down_ms;
	pthread_mutex_t lock; /* of everything below */
	int idle[ASK_IDLE_MAX];
	size_t n_idle;
	int64_t down_until_ms;
	const char *down_reason;
	struct log_limit warned;
};

/* One round of questions on one connection. */
struct round {
	int fd;
	int64_t deadline_ms;
	struct slice unsent;
	struct buf in;
	struct arena *arena;
	struct policy_message *answers;
	size_t n, answered;
	size_t at; /* in `in`: behind the last whole answer */
	bool too_late;
};

struct ask *
ask_new(const char *policyd, int64_t timeout_ms, int64_t down_ms,
    const char **error_r)
{
	struct ask *a = xcalloc(1, sizeof(*a));

	if (endpoint_parse(policyd, &a->to, error_r) != 0) {
		free(a);
		return NULL;
	}
	a->name = xstrdup(policyd);
	a->timeout_ms = timeout_ms;
	a->down_ms = down_ms;
	if (pthread_mutex_init(&a->lock, NULL) != 0)
		fatalx(71, "pthread_mutex_init");
	return a;
}

void
ask_free(struct ask **ask)
{
	struct ask *a = *ask;

	if (!a)
		return;
	while (a->n_idle)
		(void)close(a->idle[--a->n_idle]);
	(void)pthread_mutex_destroy(&a->lock);
	endpoint_free(&a->to);
	free(a->name);
	free(a);
	*ask = NULL;
}

static bool
is_down(struct ask *a, const char **error_r)
{
	bool down;

	(void)pthread_mutex_lock(&a->lock);
	down = clock_mono_ms() < a->down_until_ms;
	if (down)
		*error_r = a->down_reason;
	(void)pthread_mutex_unlock(&a->lock);
	return down;
}

static void
went_down(struct ask *a, const char *reason)
{
	int64_t now_ms = clock_mono_ms();

	(void)pthread_mutex_lock(&a->lock);
	a->down_until_ms = now_ms + a->down_ms;
	a->down_reason = reason;
	/* What is idle belongs to the same process most likely. */
	while (a->n_idle)
		(void)close(a->idle[--a->n_idle]);
	(void)pthread_mutex_unlock(&a->lock);
	if (log_may(&a->warned, now_ms, WARN_EVERY_MS))
		log_warnx("policyd at %s: %s; stubs are put off for the next "
		    "%lld ms", a->name, reason, (long long)a->down_ms);
}

/* An idle connection that still stands, or -1. */
static int
take_idle(struct ask *a)
{
	int fd = -1;

	(void)pthread_mutex_lock(&a->lock);
	while (a->n_idle && fd < 0) {
		struct pollfd p = {a->idle[--a->n_idle], POLLIN, 0};

		/* Something to read, before anything was asked: it is the end. */
		fd = p.fd;
		if (poll(&p, 1, 0) != 0) {
			(void)close(fd);
			fd = -1;
		}
	}
	(void)pthread_mutex_unlock(&a->lock);
	return fd;
}

static void
keep_idle(struct ask *a, int fd)
{
	(void)pthread_mutex_lock(&a->lock);
	if (a->n_idle < ASK_IDLE_MAX) {
		a->idle[a->n_idle++] = fd;
		fd = -1;
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (fd >= 0)
		(void)close(fd);
}

/* 0, or -1 with *error_r. */
static int
send_some(struct round *r, const char **error_r)
{
	ssize_t n = send(r->fd, r->unsent.data, r->unsent.len, MSG_NOSIGNAL);

	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		*error_r = "the connection broke";
		return -1;
	}
	r->unsent.data += n;
	r->unsent.len -= (size_t)n;
	return 0;
}

static int
receive_some(struct round *r, const char **error_r)
{
	ssize_t n;

	buf_reserve(&r->in, READ_SIZE);
	n = recv(r->fd, r->in.data + r->in.len, READ_SIZE, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		*error_r = n ? "the connection broke" :
		    "it closed the connection without an answer";
		return -1;
	}
	r->in.len += (size_t)n;
	return 0;
}

/* Take the answers that are whole.  Their text moves into the arena, since `in`
 * moves when it grows. */
static int
take_answers(struct round *r, const char **error_r)
{
	while (r->answered < r->n) {
		struct slice rest = {r->in.data + r->at, r->in.len - r->at};
		struct policy_message *m = &r->answers[r->answered];
		size_t used;
		int got;

		if (rest.len == 0)
			return 0;
		got = policy_parse(r->arena, rest, m, &used, error_r);
		if (got <= 0)
			return got;
		rest.data = arena_strndup(r->arena, rest.data, used);
		rest.len = used;
		if (policy_parse(r->arena, rest, m, &used, error_r) != 1)
			return -1;
		r->at += used;
		r->answered++;
	}
	if (r->at == r->in.len)
		return 0;
	*error_r = "it answers more than it was asked";
	return -1;
}

static int
run_round(struct round *r, const char **error_r)
{
	while (r->answered < r->n) {
		struct pollfd p = {r->fd, POLLIN, 0};
		int64_t left_ms = r->deadline_ms - clock_mono_ms();
		int n;

		if (r->unsent.len)
			p.events |= POLLOUT;
		n = poll(&p, 1, left_ms > 0 ? (int)left_ms : 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			r->too_late = true;
			*error_r = "it does not answer in time";
			return -1;
		}
		if ((p.revents & POLLOUT) && send_some(r, error_r) != 0)
			return -1;
		if ((p.revents & (POLLIN | POLLHUP | POLLERR)) &&
		    (receive_some(r, error_r) != 0 ||
		        take_answers(r, error_r) != 0))
			return -1;
	}
	return 0;
}

/* Connect with what is left of the time. */
static int
connect_fresh(const struct ask *a, int64_t deadline_ms, const char **error_r)
{
	int64_t left_ms = deadline_ms - clock_mono_ms();
	int fd = endpoint_connect(&a->to, left_ms > 0 ? (int)left_ms : 0);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case ETIMEDOUT:
		*error_r = "it does not accept connections in time";
		break;
	case ECONNREFUSED:
	case ENOENT:
		*error_r = "nobody listens there";
		break;
	case EACCES:
		*error_r = "its socket is not for our user";
		break;
	default:
		*error_r = "it cannot be reached";
	}
	return -1;
}

static int
try_round(struct ask *a, struct round *r, struct slice questions,
    const char **error_r)
{
	int status;

	r->unsent = questions;
	r->answered = r->at = 0;
	buf_clear(&r->in);
	status = run_round(r, error_r);
	if (status == 0)
		keep_idle(a, r->fd);
	else
		(void)close(r->fd);
	return status;
}

int
ask_all(struct ask *a, struct arena *arena, const struct slice *requests,
    size_t n, struct policy_message *answers_r, const char **error_r)
{
	struct round r = {.arena = arena, .answers = answers_r, .n = n};
	struct buf questions = {0};
	int status = -1;
	size_t i;

	if (n == 0)
		return 0;
	if (is_down(a, error_r))
		return -1;
	for (i = 0; i < n; i++)
		buf_add_slice(&questions, requests[i]);
	r.deadline_ms = clock_mono_ms() + a->timeout_ms;
	r.fd = take_idle(a);
	if (r.fd >= 0)
		status = try_round(a, &r, slice_buf(&questions), error_r);
	/* policyd may have gone and come back while the connection was idle:
	 * that is no failure yet.  Silence is, and half an answer. */
	if (status != 0 && r.in.len == 0 && !r.too_late) {
		r.fd = connect_fresh(a, r.deadline_ms, error_r);
		if (r.fd >= 0)
			status = try_round(a, &r, slice_buf(&questions),
			    error_r);
	}
	if (status != 0)
		went_down(a, *error_r);
	buf_free(&questions);
	buf_free(&r.in);
	return status;
}
