/* Items are taken one by one, not dealt out beforehand: a video beside a hundred
 * icons keeps one core busy, the icons the other. */
#include "lib/base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct work {
	atomic_size_t next;
	size_t n;
	void (*fn)(void *ctx, size_t i);
	void *ctx;
};

static void *
run(void *arg)
{
	struct work *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n)
		w->fn(w->ctx, i);
	return NULL;
}

static size_t
cores(void)
{
	cpu_set_t set;
	int n;

	/* What this process may use, which a container may have narrowed. */
	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return 1;
	n = CPU_COUNT(&set);
	return n > PARALLEL_MAX ? PARALLEL_MAX : (size_t)n;
}

void
parallel_for(size_t n, void (*fn)(void *ctx, size_t i), void *ctx)
{
	struct work w = {.n = n, .fn = fn, .ctx = ctx};
	size_t wanted = cores() < n ? cores() : n, started = 0, i;
	pthread_t threads[PARALLEL_MAX];

	/* The caller is one of them; where threads are refused it is the only
	 * one. */
	for (i = 1; i < wanted; i++)
		if (pthread_create(&threads[started], NULL, run, &w) == 0)
			started++;
	(void)run(&w);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
}
