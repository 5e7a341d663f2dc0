#include "gateway-agent/asker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

struct asker {
	struct endpoint to;
	pthread_mutex_t lock;
	int idle[ASKER_IDLE_MAX];
	int n_idle;
};

struct asker *
asker_new(const char *to, const char **error_r)
{
	struct asker *a = xcalloc(1, sizeof(*a));

	if (endpoint_parse(to, &a->to, error_r) != 0) {
		free(a);
		return NULL;
	}
	(void)pthread_mutex_init(&a->lock, NULL);
	return a;
}

void
asker_free(struct asker **ap)
{
	struct asker *a = *ap;

	if (!a)
		return;
	while (a->n_idle)
		(void)close(a->idle[--a->n_idle]);
	(void)pthread_mutex_destroy(&a->lock);
	endpoint_free(&a->to);
	free(a);
	*ap = NULL;
}

static int
take_idle(struct asker *a)
{
	int fd = -1;

	(void)pthread_mutex_lock(&a->lock);
	if (a->n_idle)
		fd = a->idle[--a->n_idle];
	(void)pthread_mutex_unlock(&a->lock);
	return fd;
}

static void
keep_idle(struct asker *a, int fd)
{
	(void)pthread_mutex_lock(&a->lock);
	if (a->n_idle < ASKER_IDLE_MAX) {
		a->idle[a->n_idle++] = fd;
		fd = -1;
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (fd >= 0)
		(void)close(fd);
}

int
asker_connect(const struct asker *a)
{
	return endpoint_connect(&a->to, ASKER_DEADLINE_MS);
}

/* false: the deadline has passed. */
static bool
wait_for(int fd, short what, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = what};

	for (;;) {
		int64_t left_ms = deadline_ms - clock_mono_ms();
		int n = left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

static int
send_all(int fd, struct slice data, int64_t deadline_ms, const char **error_r)
{
	while (data.len) {
		ssize_t n = send(fd, data.data, data.len, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			*error_r = "silent observer";
			if (!wait_for(fd, POLLOUT, deadline_ms))
				return -1;
			continue;
		}
		*error_r = "the observer closed the connection";
		if (n < 0)
			return -1;
		data.data += n;
		data.len -= (size_t)n;
	}
	return 0;
}

static int
receive(int fd, struct arena *arena, struct policy_message *answer_r,
    int64_t deadline_ms, const char **error_r)
{
	struct buf in = {0};
	int rc = -1;

	for (;;) {
		char chunk[4096];
		size_t used;
		ssize_t n;

		*error_r = "silent observer";
		if (!wait_for(fd, POLLIN, deadline_ms))
			break;
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		*error_r = "the observer closed the connection";
		if (n <= 0)
			break;
		buf_add(&in, chunk, (size_t)n);
		/* The slices of the answer borrow: into the arena with it, once
		 * it is whole. */
		rc = policy_parse(arena, slice_buf(&in), answer_r, &used,
		    error_r);
		if (rc < 0 || (rc > 0 && used != in.len)) {
			rc = -1;
			break;
		}
		if (rc > 0) {
			char *kept = arena_strndup(arena, in.data, in.len);

			rc = policy_parse(arena,
			    (struct slice){kept, in.len}, answer_r, &used,
			    error_r) == 1 ? 0 : -1;
			break;
		}
		rc = -1;
	}
	buf_free(&in);
	return rc;
}

int
asker_ask_on(int fd, struct slice request, struct arena *arena,
    struct policy_message *answer_r, const char **error_r)
{
	int64_t deadline_ms = clock_mono_ms() + ASKER_DEADLINE_MS;

	if (send_all(fd, request, deadline_ms, error_r) != 0)
		return -1;
	return receive(fd, arena, answer_r, deadline_ms, error_r);
}

int
asker_ask(struct asker *a, struct slice request, struct arena *arena,
    struct policy_message *answer_r, const char **error_r)
{
	int64_t began_ms = clock_mono_ms();
	int fd;

	while ((fd = take_idle(a)) >= 0) {
		if (asker_ask_on(fd, request, arena, answer_r, error_r) ==
		    0) {
			keep_idle(a, fd);
			return 0;
		}
		(void)close(fd);
		/* A dead one fails at once; a silent observer is no better on
		 * the next connection. */
		if (clock_mono_ms() - began_ms >= ASKER_DEADLINE_MS)
			return -1;
	}
	fd = asker_connect(a);
	if (fd < 0) {
		*error_r = "no connection to the observer";
		return -1;
	}
	if (asker_ask_on(fd, request, arena, answer_r, error_r) != 0) {
		(void)close(fd);
		return -1;
	}
	keep_idle(a, fd);
	return 0;
}
