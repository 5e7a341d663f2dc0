#include "policyd/erased.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/fleet/erase.h"
#include "policyd/eventlog.h"
#include "policyd/mirror.h"
#include "policyd/names.h"

#define TICK_MS 250
#define WHOLE_MS (10 * 60 * 1000)
#define TRIM_MS (60 * 60 * 1000)

struct erased {
	struct policyd *p;
	struct timer *tick;
	struct names *digests;
	bool loaded, all; /* all: the pass under way is over all */
	int64_t whole_ms, trimmed_ms; /* loop time */
};

bool
erased_loaded(const struct erased *e)
{
	return e->loaded;
}

bool
erased_ever(const struct erased *e)
{
	return !e->loaded || names_marked(e->digests) ||
	    names_count(e->digests) > 0;
}

bool
erased_has(const struct erased *e, const char *address)
{
	char digest[ERASE_DIGEST_SIZE];

	if (names_count(e->digests) == 0)
		return false;
	erase_digest(digest, address);
	return names_has(e->digests, slice_of(digest));
}

/* What is in memory goes as what is in Redis did. */
static void
on_read(enum names_end end, bool news, void *ctx)
{
	struct erased *e = ctx;
	struct policyd *p = e->p;

	if (end != NAMES_READ)
		return;
	e->loaded = true;
	if (e->all)
		e->whole_ms = loop_mono_ms(p->loop);
	if (!news)
		return;
	eventlog_erase(p->eventlog, p->erased);
	if (p->mirror)
		mirror_anew(p->mirror);
}

static void
trim(struct erased *e)
{
	struct arena *arena = arena_new();
	struct command c;

	e->trimmed_ms = loop_mono_ms(e->p->loop);
	schema_erased_trim(&c, arena, e->p->config.policyd.redis_prefix,
	    clock_wall_ms() - ERASED_KEPT_MS);
	store_call(e->p->store, &c, 1, NULL, NULL);
	arena_free(&arena);
}

void
erased_load(struct erased *e)
{
	int64_t now_ms = loop_mono_ms(e->p->loop);

	if (names_reading(e->digests) || !store_ready(e->p->store))
		return;
	if (now_ms - e->trimmed_ms > TRIM_MS)
		trim(e);
	e->all = !e->loaded || now_ms - e->whole_ms > WHOLE_MS;
	names_read(e->digests, e->all);
}

static void
on_tick(void *ctx)
{
	erased_load(ctx);
}

struct erased *
erased_new(struct policyd *p)
{
	struct erased *e = xcalloc(1, sizeof(*e));

	e->p = p;
	e->digests = names_new(p, &(struct names_of){.key = "erased",
	    .marker = ERASED_EVER, .done = on_read, .ctx = e});
	e->tick = timer_new(p->loop, TICK_MS, true, on_tick, e);
	return e;
}

void
erased_free(struct erased **ep)
{
	struct erased *e = *ep;

	if (!e)
		return;
	*ep = NULL;
	timer_free(&e->tick);
	names_free(&e->digests);
	free(e);
}
