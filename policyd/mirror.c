#include "policyd/mirror.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/fleet/erase.h"
#include "policyd/names.h"

#define FOLLOW_MS 5000
#define WHOLE_MS (10 * 60 * 1000)

struct mirror {
	struct policyd *p;
	struct names *names;
	bool whole; /* names has them all */
	bool all;   /* so has the pass that is under way */
	bool too_many, soon; /* soon: to be read anew */
	int64_t pass_started_ms, followed_ms, whole_ms; /* loop time */
};

static void
on_read(enum names_end end, bool news, void *ctx)
{
	struct mirror *m = ctx;

	(void)news;
	if (end == NAMES_TOO_MANY) {
		m->too_many = true;
		m->whole = false;
		log_warnx("more than %d suppressed addresses do not fit into "
			  "memory: without_redis = send is not followed, stubs "
			  "wait when Redis is away",
		    MIRROR_MAX);
	}
	if (end != NAMES_READ)
		return;
	m->followed_ms = m->pass_started_ms;
	if (!m->all)
		return;
	if (!m->whole)
		log_info("suppression list in memory: %zu addresses",
		    names_count(m->names));
	m->whole = true;
	m->whole_ms = loop_mono_ms(m->p->loop);
}

struct mirror *
mirror_new(struct policyd *p)
{
	struct mirror *m = xcalloc(1, sizeof(*m));

	m->p = p;
	m->names = names_new(p, &(struct names_of){.key = "suppressed",
	    .max = MIRROR_MAX, .done = on_read, .ctx = m});
	return m;
}

void
mirror_free(struct mirror **m)
{
	if (!*m)
		return;
	names_free(&(*m)->names);
	free(*m);
	*m = NULL;
}

void
mirror_tick(struct mirror *m)
{
	int64_t now_ms = loop_mono_ms(m->p->loop);

	if (names_reading(m->names) || m->too_many ||
	    !store_ready(m->p->store))
		return;
	m->all = !m->whole || m->soon || now_ms - m->whole_ms > WHOLE_MS;
	m->soon = false;
	if (!m->all && now_ms - m->followed_ms < FOLLOW_MS)
		return;
	m->pass_started_ms = now_ms;
	names_read(m->names, m->all);
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

	if (names_has(m->names, slice_of(address)))
		return true;
	erase_digest(digest, address);
	return names_has(m->names, slice_of(digest));
}

size_t
mirror_count(const struct mirror *m)
{
	return names_count(m->names);
}
