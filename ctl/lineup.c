/* Queues through one array of people, so that nobody is ever copied or searched
 * for.  Those who wait for nothing in particular are in a queue for each length
 * of waiting: who joined first is due first. */
#include "config.h"

#include "ctl/lineup.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/mail/comeback.h"

#define NOBODY SIZE_MAX
#define LEVELS 9 /* 1 s, 2 s, ... 256 s */
#define SECOND_MS INT64_C(1000)
/* A site's room is asked for so often at most, whatever it says. */
#define SITE_WAIT_MIN_MS INT64_C(100)
#define FAILURES_BEFORE_PAUSE 3

struct person {
	char *address;
	size_t next;
	int64_t due_ms;
	unsigned tries;
	bool waits; /* was put off */
};
struct queue {
	size_t first, last;
};
struct site {
	int64_t due_ms;
	struct queue people;
};
struct lineup {
	struct person *people;
	size_t n, cap;
	size_t fresh;         /* the next who was never tried */
	size_t now;           /* whose turn it is */
	size_t left, waiting;
	struct queue late[LEVELS];
	struct map *by_site, *by_domain; /* struct site; by_site owns it */
	struct site **sites;
	size_t n_sites, cap_sites;
	unsigned failures; /* in a row */
	int64_t pause_until_ms;
	int64_t hope_ms; /* when something was taken last, or will be */
	bool any;        /* something was */
};

static const struct queue empty = {NOBODY, NOBODY};

struct lineup *
lineup_new(int64_t now_ms)
{
	struct lineup *l = xcalloc(1, sizeof(*l));
	size_t i;

	l->now = NOBODY;
	l->by_site = map_new();
	l->by_domain = map_new();
	l->hope_ms = now_ms;
	for (i = 0; i < LEVELS; i++)
		l->late[i] = empty;
	return l;
}

void
lineup_free(struct lineup **lp)
{
	struct lineup *l = *lp;
	size_t i;

	if (!l)
		return;
	for (i = 0; i < l->n; i++)
		free(l->people[i].address);
	free(l->people);
	map_free(&l->by_domain, NULL);
	map_free(&l->by_site, free);
	free(l->sites);
	free(l);
	*lp = NULL;
}

void
lineup_add(struct lineup *l, const char *address)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 1024;
		l->people = xrealloc(l->people, l->cap * sizeof(*l->people));
	}
	l->people[l->n++] = (struct person){
	    .address = xstrdup(address), .next = NOBODY};
	l->left++;
}

static void
join(struct lineup *l, struct queue *q, size_t who)
{
	l->people[who].next = NOBODY;
	if (q->first == NOBODY)
		q->first = who;
	else
		l->people[q->last].next = who;
	q->last = who;
}

static void
join_front(struct lineup *l, struct queue *q, size_t who)
{
	l->people[who].next = q->first;
	if (q->first == NOBODY)
		q->last = who;
	q->first = who;
}

static size_t
leave(struct lineup *l, struct queue *q)
{
	size_t who = q->first;

	q->first = l->people[who].next;
	return who;
}

static struct slice
domain_of(const struct lineup *l, size_t who)
{
	const char *at = strrchr(l->people[who].address, '@');

	return slice_of(at ? at + 1 : "");
}

static struct site *
site_of(struct lineup *l, struct slice name)
{
	struct site *s = map_get(l->by_site, name);

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->people = empty;
	(void)map_set(l->by_site, name, s);
	if (l->n_sites == l->cap_sites) {
		l->cap_sites = l->cap_sites ? l->cap_sites * 2 : 16;
		l->sites =
		    xrealloc(l->sites, l->cap_sites * sizeof(struct site *));
	}
	l->sites[l->n_sites++] = s;
	return s;
}

static void
sooner(int64_t *wait_ms, int64_t due_ms, int64_t now_ms)
{
	int64_t ms = due_ms > now_ms ? due_ms - now_ms : 1;

	if (*wait_ms < 0 || ms < *wait_ms)
		*wait_ms = ms;
}

/* Of those who were put off. */
static size_t
next_due(struct lineup *l, int64_t now_ms, int64_t *wait_ms)
{
	size_t i;

	for (i = 0; i < l->n_sites; i++) {
		struct site *s = l->sites[i];

		if (s->people.first == NOBODY)
			continue;
		if (s->due_ms <= now_ms)
			return leave(l, &s->people);
		sooner(wait_ms, s->due_ms, now_ms);
	}
	for (i = 0; i < LEVELS; i++) {
		size_t who = l->late[i].first;

		if (who == NOBODY)
			continue;
		if (l->people[who].due_ms <= now_ms)
			return leave(l, &l->late[i]);
		sooner(wait_ms, l->people[who].due_ms, now_ms);
	}
	return NOBODY;
}

static void
set_waits(struct lineup *l, size_t who, bool waits)
{
	if (l->people[who].waits != waits)
		l->waiting += waits ? 1 : (size_t)-1;
	l->people[who].waits = waits;
}

/* Of those who were never tried.  Who is at a site that waits joins its queue
 * untried. */
static size_t
next_fresh(struct lineup *l, int64_t now_ms, int64_t *wait_ms)
{
	while (l->fresh < l->n) {
		size_t who = l->fresh++;
		struct site *s = map_get(l->by_domain, domain_of(l, who));

		if (!s || (s->due_ms <= now_ms && s->people.first == NOBODY))
			return who;
		join(l, &s->people, who);
		set_waits(l, who, true);
		sooner(wait_ms, s->due_ms, now_ms);
	}
	return NOBODY;
}

const char *
lineup_next(struct lineup *l, int64_t now_ms, int64_t *wait_ms_r)
{
	*wait_ms_r = -1;
	if (l->left == 0)
		return NULL;
	if (now_ms < l->pause_until_ms) {
		*wait_ms_r = l->pause_until_ms - now_ms;
		return NULL;
	}
	l->now = next_due(l, now_ms, wait_ms_r);
	if (l->now == NOBODY)
		l->now = next_fresh(l, now_ms, wait_ms_r);
	return l->now == NOBODY ? NULL : l->people[l->now].address;
}

static void
hope(struct lineup *l, int64_t at_ms)
{
	l->failures = 0;
	l->any = true;
	if (at_ms > l->hope_ms)
		l->hope_ms = at_ms;
}

void
lineup_settled(struct lineup *l, int64_t now_ms)
{
	set_waits(l, l->now, false);
	l->left--;
	l->now = NOBODY;
	hope(l, now_ms);
}

static enum lineup_wait
wait_for_site(struct lineup *l, struct slice name, double seconds,
    int64_t now_ms)
{
	bool first = !map_get(l->by_site, name);
	struct site *s = site_of(l, name);
	int64_t wait_ms = (int64_t)(seconds * 1000);

	s->due_ms = now_ms +
	    (wait_ms > SITE_WAIT_MIN_MS ? wait_ms : SITE_WAIT_MIN_MS);
	(void)map_set(l->by_domain, domain_of(l, l->now), s);
	join_front(l, &s->people, l->now);
	hope(l, s->due_ms);
	return first ? LINEUP_SITE_WAITS_FIRST : LINEUP_SITE_WAITS;
}

static void
wait_longer(struct lineup *l, int64_t now_ms)
{
	struct person *p = &l->people[l->now];
	unsigned level = p->tries < LEVELS ? p->tries : LEVELS - 1;
	int64_t pause_ms = SECOND_MS;
	unsigned i;

	p->tries++;
	p->due_ms = now_ms + (SECOND_MS << level);
	join(l, &l->late[level], l->now);
	if (++l->failures < FAILURES_BEFORE_PAUSE)
		return;
	for (i = FAILURES_BEFORE_PAUSE; i < l->failures; i++)
		if (pause_ms < LINEUP_PAUSE_MAX_MS)
			pause_ms *= 2;
	if (pause_ms > LINEUP_PAUSE_MAX_MS)
		pause_ms = LINEUP_PAUSE_MAX_MS;
	l->pause_until_ms = now_ms + pause_ms;
}

enum lineup_wait
lineup_put_off(struct lineup *l, const char *reply, int64_t now_ms)
{
	enum lineup_wait w = LINEUP_ALL_WAIT;
	struct slice site;
	double seconds;

	set_waits(l, l->now, true);
	if (comeback_read(slice_of(reply), &site, &seconds))
		w = wait_for_site(l, site, seconds, now_ms);
	else
		wait_longer(l, now_ms);
	l->now = NOBODY;
	return w;
}

size_t
lineup_left(const struct lineup *l)
{
	return l->left;
}

size_t
lineup_waiting(const struct lineup *l)
{
	return l->waiting;
}

bool
lineup_hopeless(const struct lineup *l, int64_t now_ms)
{
	return now_ms - l->hope_ms >
	    (l->any ? LINEUP_PATIENCE_MS : LINEUP_PATIENCE_FIRST_MS);
}
