#include "gateway-agent/asker.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/mail/policy_call.h"

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

int
asker_ask_on(int fd, struct slice request, struct arena *arena,
    struct policy_message *answer_r, const char **error_r)
{
	return policy_call(fd, request, 1, clock_mono_ms() + ASKER_DEADLINE_MS,
	    arena, answer_r, NULL, error_r);
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
		*error_r = "it cannot be reached";
		return -1;
	}
	if (asker_ask_on(fd, request, arena, answer_r, error_r) != 0) {
		(void)close(fd);
		return -1;
	}
	keep_idle(a, fd);
	return 0;
}
