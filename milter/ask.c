#include "milter/ask.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/mail/policy_call.h"

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

/* The questions of one ask_all(). */
struct round {
	struct slice questions;
	int64_t deadline_ms;
	struct arena *arena;
	struct policy_message *answers;
	size_t n;
	bool unheard; /* the connection was dead already */
};

static int
try_round(struct ask *a, int fd, struct round *r, const char **error_r)
{
	int status = policy_call(fd, r->questions, r->n, r->deadline_ms,
	    r->arena, r->answers, &r->unheard, error_r);

	if (status == 0)
		keep_idle(a, fd);
	else
		(void)close(fd);
	return status;
}

int
ask_all(struct ask *a, struct arena *arena, const struct slice *requests,
    size_t n, struct policy_message *answers_r, const char **error_r)
{
	struct round r = {.arena = arena, .answers = answers_r, .n = n,
	    .unheard = true};
	struct buf questions = {0};
	int status = -1, fd;
	size_t i;

	if (n == 0)
		return 0;
	if (is_down(a, error_r))
		return -1;
	for (i = 0; i < n; i++)
		buf_add_slice(&questions, requests[i]);
	r.questions = slice_buf(&questions);
	r.deadline_ms = clock_mono_ms() + a->timeout_ms;
	fd = take_idle(a);
	if (fd >= 0)
		status = try_round(a, fd, &r, error_r);
	/* policyd may have gone and come back while the connection was idle:
	 * that is no failure yet.  Silence is, and half an answer. */
	if (status != 0 && r.unheard) {
		fd = connect_fresh(a, r.deadline_ms, error_r);
		if (fd >= 0)
			status = try_round(a, fd, &r, error_r);
	}
	if (status != 0)
		went_down(a, *error_r);
	buf_free(&questions);
	return status;
}
