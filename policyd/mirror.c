#include "policyd/mirror.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/seen.h"
#include "lib/base/text.h"
#include "lib/fleet/erase.h"

#define PAGE 2000
#define FOLLOW_MS 5000
#define WHOLE_MS (10 * 60 * 1000)
/* Clocks of those who write the list may differ; entries are read twice. */
#define OVERLAP_MS (5 * 60 * 1000)

struct mirror {
	struct policyd *p;
	struct seen listed;
	struct seen fresh;   /* being read anew */
	bool whole;          /* listed is complete */
	bool reading, anew;  /* a pass is under way; it fills fresh */
	bool too_many, soon; /* soon: to be read anew */
	int64_t offset, since_ms, newest_ms;
	int64_t pass_started_ms, followed_ms, whole_ms; /* loop time */
};

struct mirror *
mirror_new(struct policyd *p)
{
	struct mirror *m = xcalloc(1, sizeof(*m));

	m->p = p;
	return m;
}

void
mirror_free(struct mirror **m)
{
	if (!*m)
		return;
	seen_free(&(*m)->listed);
	seen_free(&(*m)->fresh);
	free(*m);
	*m = NULL;
}

static void
pass_done(struct mirror *m)
{
	int64_t now_ms = loop_mono_ms(m->p->loop);

	m->reading = false;
	m->followed_ms = m->pass_started_ms;
	if (!m->anew)
		return;
	seen_free(&m->listed);
	m->listed = m->fresh;
	m->fresh = (struct seen){0};
	if (!m->whole)
		log_info("suppression list in memory: %zu addresses",
		    m->listed.n);
	m->whole = true;
	m->whole_ms = now_ms;
}

static void read_page(struct mirror *m);

static void
on_page(enum store_result result, const struct reply *replies, void *ctx)
{
	struct mirror *m = ctx;
	struct seen *t = m->anew ? &m->fresh : &m->listed;
	const struct reply *r = replies;
	int64_t at_ms;
	size_t i;

	if (result != STORE_OK || r->type != REPLY_LIST) {
		m->reading = false;
		seen_free(&m->fresh);
		return;
	}
	for (i = 0; i + 1 < r->n; i += 2) {
		(void)seen_add(t, r->items[i].text);
		if (text_int(r->items[i + 1].text, 0, INT64_MAX, &at_ms) == 0 &&
		    at_ms > m->newest_ms)
			m->newest_ms = at_ms;
	}
	m->offset += PAGE;
	if (t->n > MIRROR_MAX) {
		m->too_many = true;
		m->whole = m->reading = false;
		seen_free(&m->fresh);
		seen_free(&m->listed);
		log_warnx("more than %d suppressed addresses do not fit into "
			  "memory: without_redis = send is not followed, stubs "
			  "wait when Redis is away",
		    MIRROR_MAX);
		return;
	}
	if (r->n < 2 * PAGE)
		pass_done(m);
	else
		read_page(m);
}

static void
read_page(struct mirror *m)
{
	struct arena *arena = arena_new();
	struct command c;

	schema_suppressed_list(&c, arena, m->p->config.policyd.redis_prefix,
	    m->since_ms, m->offset, PAGE);
	store_call(m->p->store, &c, 1, on_page, m);
	arena_free(&arena);
}

void
mirror_tick(struct mirror *m)
{
	int64_t now_ms = loop_mono_ms(m->p->loop);

	if (m->reading || m->too_many || !store_ready(m->p->store))
		return;
	m->anew = !m->whole || m->soon || now_ms - m->whole_ms > WHOLE_MS;
	m->soon = false;
	if (!m->anew && now_ms - m->followed_ms < FOLLOW_MS)
		return;
	m->reading = true;
	m->pass_started_ms = now_ms;
	m->offset = 0;
	m->since_ms = !m->anew && m->newest_ms > OVERLAP_MS
	    ? m->newest_ms - OVERLAP_MS
	    : 0;
	read_page(m);
}

void
mirror_anew(struct mirror *m)
{
	m->soon = true;
}

const char *
mirror_unfit(const struct mirror *m)
{
	if (m->too_many)
		return "the suppression list does not fit into memory";
	if (!m->whole)
		return "the suppression list was not read yet";
	if (loop_mono_ms(m->p->loop) - m->followed_ms >
	    m->p->config.policyd.stale_after_ms)
		return "the suppression list in memory is older than "
		       "stale_after";
	return NULL;
}

bool
mirror_has(const struct mirror *m, const char *address)
{
	char digest[ERASE_DIGEST_SIZE];

	if (seen_has(&m->listed, slice_of(address)))
		return true;
	erase_digest(digest, address);
	return seen_has(&m->listed, slice_of(digest));
}

size_t
mirror_count(const struct mirror *m)
{
	return m->listed.n;
}
