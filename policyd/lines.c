#include "policyd/lines.h"

#include <stdlib.h>

#include "lib/base/mem.h"

struct line {
	struct shared_line line;
	char *text;
};
struct lines {
	struct policyd *p;
	char daemon[SHARED_ID_SIZE];
	struct line list[LINES_MAX]; /* oldest first */
	size_t n, n_sending;
	/* Nobody holds more than BOOKINGS_MAX: older lines are of no use, and
	 * at thousands a second would fill Redis.  Half of that many were
	 * written since half_ms, as many since oldest_ms. */
	size_t written;
	int64_t half_ms, oldest_ms;
};

struct lines *
lines_new(struct policyd *p, const char *daemon)
{
	struct lines *l = xcalloc(1, sizeof(*l));

	l->p = p;
	memcpy(l->daemon, daemon, SHARED_ID_SIZE);
	return l;
}

static void
forget(struct lines *l, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(l->list[i].text);
	l->n -= n;
	memmove(l->list, l->list + n, l->n * sizeof(l->list[0]));
}

void
lines_free(struct lines **lp)
{
	if (*lp)
		forget(*lp, (*lp)->n);
	free(*lp);
	*lp = NULL;
}

/* What Redis did not take, or perhaps did, goes again: a line that comes twice
 * does no harm. */
static void
on_appended(enum store_result result, const struct reply *replies, void *ctx)
{
	struct lines *l = ctx;
	size_t n = l->n_sending;

	(void)replies;
	l->n_sending = 0;
	if (result == STORE_OK || result == STORE_REFUSED)
		forget(l, n);
	if (result == STORE_OK && l->n >= SHARED_LINES_MAX)
		lines_flush(l);
}

void
lines_flush(struct lines *l)
{
	struct shared_line lines[SHARED_LINES_MAX];
	struct command c[2];
	struct arena *arena;
	size_t n;

	if (l->n_sending > 0 || l->n == 0 || !store_ready(l->p->store))
		return;
	for (n = 0; n < l->n && n < SHARED_LINES_MAX; n++)
		lines[n] = l->list[n].line;
	l->n_sending = n;
	l->written += n;
	if (l->written > BOOKINGS_MAX / 2) {
		l->written = 0;
		l->oldest_ms = l->half_ms;
		l->half_ms = clock_wall_ms();
	}
	arena = arena_new();
	shared_append(c, arena, l->p->config.policyd.redis_prefix, l->daemon,
	    lines, n, clock_wall_ms(), l->oldest_ms);
	store_call(l->p->store, c, 2, on_appended, l);
	arena_free(&arena);
}

void
lines_add(struct lines *l, const char *kind, struct buf *text)
{
	struct line *new = &l->list[l->n];

	if (l->n == LINES_MAX) {
		buf_free(text); /* the gateways' reports repair it */
		return;
	}
	new->line.kind = kind;
	new->line.text.len = text->len;
	new->line.text.data = new->text = buf_steal(text);
	if (++l->n >= SHARED_LINES_MAX)
		lines_flush(l);
}
