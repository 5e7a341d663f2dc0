#include "policyd/erased.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/seen.h"
#include "lib/base/text.h"
#include "lib/fleet/erase.h"
#include "policyd/eventlog.h"
#include "policyd/mirror.h"

#define TICK_MS 250
#define PAGE 2000
#define WHOLE_MS (10 * 60 * 1000)
#define TRIM_MS (60 * 60 * 1000)
/* Clocks of those who write the list may differ; entries are read twice. */
#define OVERLAP_MS (5 * 60 * 1000)

struct erased {
	struct policyd *p;
	struct timer *tick;
	struct seen listed, fresh; /* fresh: of the pass that reads it anew */
	bool loaded, reading, anew;
	bool ever; /* somebody was erased, once */
	bool news; /* in this pass */
	int64_t offset, since_ms, newest_ms;
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
	return !e->loaded || e->ever;
}

bool
erased_has(const struct erased *e, const char *address)
{
	char digest[ERASE_DIGEST_SIZE];

	if (e->listed.n == 0)
		return false;
	erase_digest(digest, address);
	return seen_has(&e->listed, slice_of(digest));
}

/* What is in memory goes as what is in Redis did. */
static void
pass_done(struct erased *e)
{
	struct policyd *p = e->p;

	e->reading = false;
	e->loaded = true;
	if (e->anew) {
		seen_free(&e->listed);
		e->listed = e->fresh;
		e->fresh = (struct seen){0};
		e->whole_ms = loop_mono_ms(p->loop);
	}
	if (!e->news)
		return;
	e->news = false;
	eventlog_erase(p->eventlog, p->erased);
	if (p->mirror)
		mirror_anew(p->mirror);
}

static void read_page(struct erased *e);

static void
on_page(enum store_result result, const struct reply *replies, void *ctx)
{
	struct erased *e = ctx;
	const struct reply *r = replies;
	int64_t at_ms;
	size_t i;

	if (result != STORE_OK || r->type != REPLY_LIST) {
		e->reading = false;
		seen_free(&e->fresh);
		return;
	}
	for (i = 0; i + 1 < r->n; i += 2) {
		e->ever = true;
		if (slice_eq_str(r->items[i].text, ERASED_EVER))
			continue;
		if (!seen_has(&e->listed, r->items[i].text))
			e->news = true;
		(void)seen_add(e->anew ? &e->fresh : &e->listed,
		    r->items[i].text);
		if (text_int(r->items[i + 1].text, 0, INT64_MAX, &at_ms) == 0 &&
		    at_ms > e->newest_ms)
			e->newest_ms = at_ms;
	}
	e->offset += PAGE;
	if (r->n < 2 * PAGE)
		pass_done(e);
	else
		read_page(e);
}

static void
read_page(struct erased *e)
{
	struct arena *arena = arena_new();
	struct command c;

	schema_erased_list(&c, arena, e->p->config.policyd.redis_prefix,
	    e->since_ms, e->offset, PAGE);
	store_call(e->p->store, &c, 1, on_page, e);
	arena_free(&arena);
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

	if (e->reading || !store_ready(e->p->store))
		return;
	if (now_ms - e->trimmed_ms > TRIM_MS)
		trim(e);
	e->anew = !e->loaded || now_ms - e->whole_ms > WHOLE_MS;
	e->reading = true;
	e->offset = 0;
	e->since_ms = !e->anew && e->newest_ms > OVERLAP_MS
	    ? e->newest_ms - OVERLAP_MS
	    : 0;
	read_page(e);
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
	seen_free(&e->listed);
	seen_free(&e->fresh);
	free(e);
}
