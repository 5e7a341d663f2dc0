#include "gateway-agent/lately.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/mem.h"

struct deed {
	TAILQ_ENTRY(deed) by_age;
	char *name;
	int64_t at_ms;
};
TAILQ_HEAD(deeds, deed);
struct lately {
	struct map *by_name;
	struct deeds by_age; /* last = oldest */
	size_t max;
};

struct lately *
lately_new(size_t max)
{
	struct lately *l = xcalloc(1, sizeof(*l));

	l->by_name = map_new();
	TAILQ_INIT(&l->by_age);
	l->max = max;
	return l;
}

static void
forget(struct lately *l, struct deed *d)
{
	(void)map_del(l->by_name, slice_of(d->name));
	TAILQ_REMOVE(&l->by_age, d, by_age);
	free(d->name);
	free(d);
}

void
lately_free(struct lately **lp)
{
	struct lately *l = *lp;
	struct deed *d;

	if (!l)
		return;
	while ((d = TAILQ_FIRST(&l->by_age)) != NULL)
		forget(l, d);
	map_free(&l->by_name, NULL);
	free(l);
	*lp = NULL;
}

bool
lately_may(const struct lately *l, struct slice name, int64_t now_ms,
    int64_t interval_ms)
{
	const struct deed *d = map_get(l->by_name, name);

	if (!d && map_count(l->by_name) >= l->max)
		d = TAILQ_LAST(&l->by_age, deeds);
	return !d || now_ms - d->at_ms >= interval_ms;
}

void
lately_note(struct lately *l, struct slice name, int64_t now_ms)
{
	struct deed *d = map_get(l->by_name, name);

	if (d) {
		TAILQ_REMOVE(&l->by_age, d, by_age);
	} else {
		if (map_count(l->by_name) >= l->max)
			forget(l, TAILQ_LAST(&l->by_age, deeds));
		d = xcalloc(1, sizeof(*d));
		d->name = xstrndup(name.data, name.len);
		(void)map_set(l->by_name, name, d);
	}
	d->at_ms = now_ms;
	TAILQ_INSERT_HEAD(&l->by_age, d, by_age);
}

size_t
lately_count(const struct lately *l)
{
	return map_count(l->by_name);
}
