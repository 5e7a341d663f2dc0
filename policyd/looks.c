#include "policyd/looks.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/mem.h"

struct look {
	STAILQ_ENTRY(look) link;
	void (*cb)(void *ctx);
	void *ctx;
};
STAILQ_HEAD(look_list, look);
struct looks {
	struct look_list next, now;
};

struct looks *
looks_new(void)
{
	struct looks *l = xcalloc(1, sizeof(*l));

	STAILQ_INIT(&l->next);
	STAILQ_INIT(&l->now);
	return l;
}

void
looks_add(struct looks *l, void (*cb)(void *ctx), void *ctx)
{
	struct look *one = xcalloc(1, sizeof(*one));

	one->cb = cb;
	one->ctx = ctx;
	STAILQ_INSERT_TAIL(&l->next, one, link);
}

void
looks_begin(struct looks *l)
{
	STAILQ_CONCAT(&l->now, &l->next);
}

void
looks_done(struct looks *l)
{
	struct look_list done = STAILQ_HEAD_INITIALIZER(done);
	struct look *one;

	STAILQ_CONCAT(&done, &l->now);
	while ((one = STAILQ_FIRST(&done)) != NULL) {
		STAILQ_REMOVE_HEAD(&done, link);
		one->cb(one->ctx);
		free(one);
	}
}

void
looks_all(struct looks *l)
{
	looks_begin(l);
	looks_done(l);
}

bool
looks_wait(const struct looks *l)
{
	return !STAILQ_EMPTY(&l->next);
}

void
looks_free(struct looks **lp)
{
	if (!*lp)
		return;
	looks_all(*lp);
	free(*lp);
	*lp = NULL;
}
