#include "policyd/names.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/seen.h"
#include "lib/base/text.h"

#define PAGE 2000
/* Clocks of those who write the set may differ; names are read twice. */
#define OVERLAP_MS (5 * 60 * 1000)

struct names {
	struct policyd *p;
	struct names_of of;
	struct seen listed;
	struct seen fresh; /* of a pass over all */
	bool whole;        /* listed was read once */
	bool reading, all, news, marked;
	int64_t from_ms, count; /* of the page */
	int64_t newest_ms;
};

struct names *
names_new(struct policyd *p, const struct names_of *of)
{
	struct names *n = xcalloc(1, sizeof(*n));

	n->p = p;
	n->of = *of;
	return n;
}

void
names_free(struct names **np)
{
	struct names *n = *np;

	if (!n)
		return;
	*np = NULL;
	seen_free(&n->listed);
	seen_free(&n->fresh);
	free(n);
}

static void
end_pass(struct names *n, enum names_end end)
{
	n->reading = false;
	if (end == NAMES_READ && n->all) {
		seen_free(&n->listed);
		n->listed = n->fresh;
		n->fresh = (struct seen){0};
		n->whole = true;
	}
	if (end != NAMES_READ)
		seen_free(&n->fresh);
	if (end == NAMES_TOO_MANY) {
		seen_free(&n->listed);
		n->whole = false;
	}
	n->of.done(end, n->news, n->of.ctx);
}

static void
take(struct names *n, struct slice name)
{
	if (n->of.marker && slice_eq_str(name, n->of.marker)) {
		n->marked = true;
		return;
	}
	n->news |= !seen_has(&n->listed, name);
	(void)seen_add(n->all ? &n->fresh : &n->listed, name);
}

static void read_page(struct names *n);

static void
on_page(enum store_result result, const struct reply *replies, void *ctx)
{
	struct names *n = ctx;
	const struct reply *r = replies;
	int64_t last_ms = n->from_ms, at_ms;

	if (result != STORE_OK || r->type != REPLY_LIST) {
		end_pass(n, NAMES_FAILED);
		return;
	}
	for (size_t i = 0; i + 1 < r->n; i += 2) {
		take(n, r->items[i].text);
		if (text_int(r->items[i + 1].text, 0, INT64_MAX, &at_ms) == 0)
			last_ms = at_ms;
	}
	if (last_ms > n->newest_ms)
		n->newest_ms = last_ms;
	if (n->of.max && (n->all ? n->fresh.n : n->listed.n) > n->of.max) {
		end_pass(n, NAMES_TOO_MANY);
		return;
	}
	if ((int64_t)(r->n / 2) < n->count) {
		end_pass(n, NAMES_READ);
		return;
	}
	/* More of one time than a page has: a larger page. */
	n->count = last_ms > n->from_ms ? PAGE : 2 * n->count;
	n->from_ms = last_ms;
	read_page(n);
}

static void
read_page(struct names *n)
{
	struct arena *arena = arena_new();
	struct command c;

	schema_names_since(&c, arena, n->p->config.policyd.redis_prefix,
	    n->of.key, n->from_ms, n->count);
	store_call(n->p->store, &c, 1, on_page, n);
	arena_free(&arena);
}

void
names_read(struct names *n, bool all)
{
	if (n->reading || !store_ready(n->p->store))
		return;
	n->all = all || !n->whole;
	n->reading = true;
	n->news = false;
	n->count = PAGE;
	n->from_ms = !n->all && n->newest_ms > OVERLAP_MS
	    ? n->newest_ms - OVERLAP_MS
	    : 0;
	read_page(n);
}

bool
names_reading(const struct names *n)
{
	return n->reading;
}

bool
names_marked(const struct names *n)
{
	return n->marked;
}

bool
names_has(const struct names *n, struct slice name)
{
	return seen_has(&n->listed, name);
}

size_t
names_count(const struct names *n)
{
	return n->listed.n;
}
