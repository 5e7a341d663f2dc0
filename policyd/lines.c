/* Whatever was sent and not answered is held: what Redis did not get, or perhaps
 * did, goes again, since a line that comes twice does no harm.  What it answered
 * with an error does not: while it refuses, thousands a second would. */
#include "policyd/lines.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/mem.h"

#define KEEP_EVERY_MS 1000

struct line {
	TAILQ_ENTRY(line) link;
	const char *kind;
	size_t len;
	char text[];
};
TAILQ_HEAD(line_list, line);
/* On its way. */
struct batch {
	struct lines *lines;
	struct line_list list;
	size_t n;
};
struct lines {
	struct policyd *p;
	char daemon[SHARED_ID_SIZE];
	struct soon *soon;
	struct line_list waiting; /* oldest first */
	size_t n;                 /* those on their way included */
	/* Nobody holds more than BOOKINGS_MAX: older lines are of no use, and
	 * at thousands a second would fill Redis.  Half of that many were
	 * written since half_ms, as many since oldest_ms. */
	size_t written;
	int64_t half_ms, oldest_ms;
	int64_t kept_ms; /* when the stream's life was last prolonged */
};

static void
on_turn_ends(void *ctx)
{
	lines_flush(ctx);
}

struct lines *
lines_new(struct policyd *p, const char *daemon)
{
	struct lines *l = xcalloc(1, sizeof(*l));

	l->p = p;
	memcpy(l->daemon, daemon, SHARED_ID_SIZE);
	l->soon = soon_new(p->loop, on_turn_ends, l);
	TAILQ_INIT(&l->waiting);
	return l;
}

static void
forget(struct line_list *list)
{
	struct line *line;

	while ((line = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, line, link);
		free(line);
	}
}

/* The store has answered for every batch by now. */
void
lines_free(struct lines **lp)
{
	struct lines *l = *lp;

	if (!l)
		return;
	*lp = NULL;
	soon_free(&l->soon);
	forget(&l->waiting);
	free(l);
}

static void
on_appended(enum store_result result, const struct reply *replies, void *ctx)
{
	struct batch *b = ctx;
	struct lines *l = b->lines;

	(void)replies;
	if (result == STORE_OK || result == STORE_REFUSED) {
		l->n -= b->n;
		forget(&b->list);
	} else {
		TAILQ_CONCAT(&b->list, &l->waiting, link);
		TAILQ_CONCAT(&l->waiting, &b->list, link);
	}
	free(b);
}

/* When the lines that Redis need not hold any more were written. */
static int64_t
oldest_ms(struct lines *l, size_t n, int64_t now_ms)
{
	l->written += n;
	if (l->written > BOOKINGS_MAX / 2) {
		l->written = 0;
		l->oldest_ms = l->half_ms;
		l->half_ms = now_ms;
	}
	return l->oldest_ms;
}

static void
send_some(struct lines *l)
{
	struct shared_line lines[SHARED_LINES_MAX];
	struct batch *b = xcalloc(1, sizeof(*b));
	struct arena *arena = arena_new();
	int64_t now_ms = clock_wall_ms(), mono_ms = loop_mono_ms(l->p->loop);
	bool keep = mono_ms - l->kept_ms >= KEEP_EVERY_MS;
	struct command c[2];
	struct line *line;

	b->lines = l;
	if (keep)
		l->kept_ms = mono_ms;
	TAILQ_INIT(&b->list);
	while ((line = TAILQ_FIRST(&l->waiting)) != NULL &&
	    b->n < SHARED_LINES_MAX) {
		TAILQ_REMOVE(&l->waiting, line, link);
		TAILQ_INSERT_TAIL(&b->list, line, link);
		lines[b->n++] = (struct shared_line){
		    line->kind, {line->text, line->len}};
	}
	shared_append(c, arena, l->p->config.policyd.redis_prefix, l->daemon,
	    lines, b->n, now_ms, oldest_ms(l, b->n, now_ms));
	store_call(l->p->store, c, keep ? 2 : 1, on_appended, b);
	arena_free(&arena);
}

void
lines_flush(struct lines *l)
{
	const struct line *first;

	while (store_ready(l->p->store) &&
	    (first = TAILQ_FIRST(&l->waiting)) != NULL) {
		send_some(l);
		/* A batch that came back at once waits for the next time. */
		if (TAILQ_FIRST(&l->waiting) == first)
			break;
	}
}

void
lines_add(struct lines *l, const char *kind, struct slice text)
{
	struct line *line;

	if (l->n == LINES_MAX)
		return; /* the gateways' reports repair it */
	line = xmalloc(sizeof(*line) + text.len);
	line->kind = kind;
	line->len = text.len;
	memcpy(line->text, text.data, text.len);
	TAILQ_INSERT_TAIL(&l->waiting, line, link);
	l->n++;
	soon_ask(l->soon);
}
