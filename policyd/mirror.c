#include "policyd/mirror.h"

#include <stdlib.h>

#include "lib/base/crypto.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

#define PAGE 2000
#define FOLLOW_MS 5000
#define WHOLE_MS (10 * 60 * 1000)
/* Clocks of those who write the list may differ; entries are read twice. */
#define OVERLAP_MS (5 * 60 * 1000)
#define TABLE_MIN 1024

/* Open addressing; 0 is free. */
struct table {
	uint64_t *slot;
	size_t n, cap;
};
struct mirror {
	struct policyd *p;
	struct table table;
	struct table fresh;  /* being read anew */
	bool whole;          /* table is complete */
	bool reading, anew;  /* a pass is under way; it fills fresh */
	bool too_many;
	int64_t offset, since_ms, newest_ms;
	int64_t pass_started_ms, followed_ms, whole_ms; /* loop time */
};

static uint64_t
fingerprint(const char *data, size_t len)
{
	unsigned char digest[SHA256_SIZE];
	uint64_t f;

	sha256(data, len, digest);
	memcpy(&f, digest, sizeof(f));
	return f ? f : 1;
}

static bool
table_has(const struct table *t, uint64_t f)
{
	size_t i;

	if (t->cap == 0)
		return false;
	for (i = f & (t->cap - 1); t->slot[i]; i = (i + 1) & (t->cap - 1))
		if (t->slot[i] == f)
			return true;
	return false;
}

static void
table_put(struct table *t, uint64_t f)
{
	size_t i = f & (t->cap - 1);

	while (t->slot[i])
		i = (i + 1) & (t->cap - 1);
	t->slot[i] = f;
	t->n++;
}

static void
table_add(struct table *t, uint64_t f)
{
	if (table_has(t, f))
		return;
	if (2 * (t->n + 1) > t->cap) {
		struct table larger = {0};
		size_t i;

		larger.cap = t->cap ? 2 * t->cap : TABLE_MIN;
		larger.slot = xcalloc(larger.cap, sizeof(*larger.slot));
		for (i = 0; i < t->cap; i++)
			if (t->slot[i])
				table_put(&larger, t->slot[i]);
		free(t->slot);
		*t = larger;
	}
	table_put(t, f);
}

static void
table_free(struct table *t)
{
	free(t->slot);
	*t = (struct table){0};
}

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
	table_free(&(*m)->table);
	table_free(&(*m)->fresh);
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
	table_free(&m->table);
	m->table = m->fresh;
	m->fresh = (struct table){0};
	if (!m->whole)
		log_info("suppression list in memory: %zu addresses",
		    m->table.n);
	m->whole = true;
	m->whole_ms = now_ms;
}

static void read_page(struct mirror *m);

static void
on_page(enum store_result result, const struct reply *replies, void *ctx)
{
	struct mirror *m = ctx;
	struct table *t = m->anew ? &m->fresh : &m->table;
	const struct reply *r = replies;
	int64_t at_ms;
	size_t i;

	if (result != STORE_OK || r->type != REPLY_LIST) {
		m->reading = false;
		table_free(&m->fresh);
		return;
	}
	for (i = 0; i + 1 < r->n; i += 2) {
		table_add(t, fingerprint(
		    r->items[i].text.data, r->items[i].text.len));
		if (text_int(r->items[i + 1].text, 0, INT64_MAX, &at_ms) == 0 &&
		    at_ms > m->newest_ms)
			m->newest_ms = at_ms;
	}
	m->offset += PAGE;
	if (t->n > MIRROR_MAX) {
		m->too_many = true;
		m->whole = m->reading = false;
		table_free(&m->fresh);
		table_free(&m->table);
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
	m->anew = !m->whole || now_ms - m->whole_ms > WHOLE_MS;
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
	return table_has(&m->table, fingerprint(address, strlen(address)));
}

size_t
mirror_count(const struct mirror *m)
{
	return m->table.n;
}
