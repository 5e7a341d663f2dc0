#include "gateway-agent/shelf.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/fleet/report.h"

_Static_assert(SHELF_SETS_MAX == REPORT_SETS_MAX, "a report tells all of them");

struct held {
	struct assets *set;
	int64_t since_ms;
	int64_t until_ms; /* 0: for good, it is on the disk */
};

struct shelf {
	char *assets_dir, *keys_path;
	pthread_mutex_t reloading; /* one reload at a time; taken first */
	pthread_mutex_t lock;      /* what follows; never held for long */
	struct keyring *keys;
	struct held held[SHELF_SETS_MAX];
	size_t n;
	char *fault; /* of the last reload, or NULL */
	unsigned version;
};

/* What a reload gathers before anybody sees it. */
struct reload {
	struct shelf *shelf;
	const struct keyring *keys;
	/* Those that are held, to share files with, and behind them the ones just
	 * loaded; a reference to each. */
	struct assets *sets[2 * SHELF_SETS_MAX];
	size_t n_held, n;
	char *fault; /* the first one */
};

struct shelf *
shelf_new(const char *assets_dir, const char *keys_path)
{
	struct shelf *s = xcalloc(1, sizeof(*s));

	s->assets_dir = xstrdup(assets_dir);
	s->keys_path = xstrdup(keys_path);
	(void)pthread_mutex_init(&s->reloading, NULL);
	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
shelf_free(struct shelf **sp)
{
	struct shelf *s = *sp;
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->n; i++)
		assets_unref(&s->held[i].set);
	keyring_unref(&s->keys);
	(void)pthread_mutex_destroy(&s->reloading);
	(void)pthread_mutex_destroy(&s->lock);
	free(s->assets_dir);
	free(s->keys_path);
	free(s->fault);
	free(s);
	*sp = NULL;
}

/* Logged by the caller, with what it means.  Takes error over. */
static void
keep_fault(struct reload *r, char *error)
{
	if (r->fault)
		free(error);
	else
		r->fault = error;
}

static void
reload_keys(struct reload *r)
{
	struct shelf *s = r->shelf;
	char *error = NULL;
	struct keyring *old, *keys = keyring_load(s->keys_path, &error);

	if (!keys) {
		log_warnx("agent.keys=%s: %s", s->keys_path, error);
		keep_fault(r, xasprintf("agent.keys=%s: %s", s->keys_path,
		    error));
		free(error);
		return;
	}
	(void)pthread_mutex_lock(&s->lock);
	old = s->keys;
	s->keys = keys;
	(void)pthread_mutex_unlock(&s->lock);
	keyring_unref(&old);
}

static void
load_set(struct reload *r, const char *dir)
{
	const char *rest = r->n_held ? "keeping the former set" : "stubs wait";
	char *error = NULL;
	struct assets *set = assets_reload(dir, r->keys, r->sets, r->n, &error);

	if (set) {
		log_info("assets=%s digest=%s memory=%zu", dir,
		    assets_digest(set), assets_memory(set));
		r->sets[r->n++] = set;
		return;
	}
	if (r->n > r->n_held)
		rest = "the others are used";
	log_warnx("assets=%s cannot be used: %s; %s", dir, error, rest);
	keep_fault(r, error);
}

static void
load_sets(struct reload *r)
{
	struct arena *arena = arena_new();
	const char *const *dirs;
	char *error = NULL;
	size_t n = 0, i;

	if (!r->keys) {
		log_warnx("assets=%s: no keys to verify them with; stubs wait",
		    r->shelf->assets_dir);
	} else if (manifest_sets(r->shelf->assets_dir, arena, &dirs, &n,
	               &error) == -1) {
		log_warnx("assets=%s", error);
		keep_fault(r, error);
	}
	if (n > SHELF_SETS_MAX)
		log_warnx("assets=%s holds %zu sets, of which the %d built last "
		    "are used; remove those that no mail needs any more",
		    r->shelf->assets_dir, n, SHELF_SETS_MAX);
	for (i = 0; i < n && i < SHELF_SETS_MAX; i++)
		load_set(r, dirs[i]);
	arena_free(&arena);
}

static struct held *
find(struct held *list, size_t n, const char *digest)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(assets_digest(list[i].set), digest) == 0)
			return &list[i];
	return NULL;
}

/* May a set that is gone stay beside those in list?  *room: bytes that such sets
 * may add. */
static bool
fits(const struct held *list, size_t n, bool first, struct assets *set,
    size_t *room)
{
	struct assets *others[SHELF_SETS_MAX];
	size_t i, own;

	for (i = 0; i < n; i++)
		others[i] = list[i].set;
	own = assets_own_memory(set, others, n);
	if (n < SHELF_SETS_MAX && (first || own <= *room)) {
		*room -= own < *room ? own : *room;
		return true;
	}
	log_warnx("digest=%s memory=%zu: gone from the disk, and dropped before "
	    "all tickets for it have expired, since newer sets need the room; "
	    "sets side by side are all kept", assets_digest(set), own);
	return false;
}

/* The loaded sets, then those that are gone.  What is held stays in use, so that a
 * set that is loaded again shares its memory.  The clock of what is gone runs only
 * after a reload without a fault: it may be gone because it was damaged. */
static size_t
merge(const struct reload *r, int64_t now_ms, struct held *out)
{
	struct shelf *s = r->shelf;
	size_t i, n = 0, n_here, room;

	for (i = r->n_held; i < r->n; i++) {
		const char *digest = assets_digest(r->sets[i]);
		struct held *old = find(s->held, s->n, digest);

		if (find(out, n, digest))
			continue;
		out[n++] = (struct held){assets_ref(old ? old->set : r->sets[i]),
		    old ? old->since_ms : now_ms, 0};
	}
	n_here = n;
	room = n ? assets_memory(out[0].set) : 0;
	if (room < SHELF_GONE_BYTES)
		room = SHELF_GONE_BYTES;
	for (i = 0; i < s->n; i++) {
		struct held *h = &s->held[i];

		if (find(out, n, assets_digest(h->set)) ||
		    (n_here && !fits(out, n, n == n_here, h->set, &room)))
			continue;
		out[n] = *h;
		(void)assets_ref(h->set);
		if (h->until_ms == 0 && !r->fault)
			out[n].until_ms = now_ms + SHELF_GONE_MS;
		n++;
	}
	return n;
}

static bool
same_sets(const struct held *a, size_t n_a, const struct held *b, size_t n_b)
{
	size_t i;

	for (i = 0; n_a == n_b && i < n_a; i++)
		if (a[i].set != b[i].set)
			return false;
	return n_a == n_b;
}

static void
drop(struct held *list, size_t n)
{
	while (n > 0)
		assets_unref(&list[--n].set);
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What a set leaves lies between the pieces of others, where free() alone would
 * keep it: a tenth of the memory, measured. */
static void
trim(void)
{
	(void)malloc_trim(0);
}

/* Takes the fault. */
static void
put_in_place(struct reload *r, int64_t now_ms)
{
	struct shelf *s = r->shelf;
	struct held fresh[SHELF_SETS_MAX], old[SHELF_SETS_MAX];
	size_t n, n_old;
	char *fault;

	(void)pthread_mutex_lock(&s->lock);
	n = merge(r, now_ms, fresh);
	n_old = s->n;
	memcpy(old, s->held, sizeof(old));
	fault = s->fault;
	if (!same_sets(fresh, n, old, n_old) || !same_text(fault, r->fault))
		s->version++;
	memcpy(s->held, fresh, n * sizeof(fresh[0]));
	s->n = n;
	s->fault = r->fault;
	(void)pthread_mutex_unlock(&s->lock);
	free(fault);
	drop(old, n_old);
}

int
shelf_reload(struct shelf *s, int64_t now_ms)
{
	struct reload r = {.shelf = s};
	struct keyring *keys;
	bool good;

	(void)pthread_mutex_lock(&s->reloading);
	reload_keys(&r);
	r.keys = keys = shelf_keys(s);
	(void)pthread_mutex_lock(&s->lock);
	for (; r.n < s->n; r.n++)
		r.sets[r.n] = assets_ref(s->held[r.n].set);
	(void)pthread_mutex_unlock(&s->lock);
	r.n_held = r.n;
	load_sets(&r);
	good = !r.fault;
	put_in_place(&r, now_ms);
	while (r.n > 0)
		assets_unref(&r.sets[--r.n]);
	trim();
	keyring_unref(&keys);
	(void)pthread_mutex_unlock(&s->reloading);
	return good ? 0 : -1;
}

void
shelf_prune(struct shelf *s, int64_t now_ms)
{
	struct held old[SHELF_SETS_MAX];
	size_t i, n = 0, n_old = 0;

	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->n; i++) {
		struct held h = s->held[i];

		if (h.until_ms && now_ms >= h.until_ms)
			old[n_old++] = h;
		else
			s->held[n++] = h;
	}
	s->version += n != s->n;
	s->n = n;
	(void)pthread_mutex_unlock(&s->lock);
	drop(old, n_old);
	if (n_old)
		trim();
}

struct assets *
shelf_assets(struct shelf *s, const char *digest)
{
	struct assets *found;
	struct held *h;

	(void)pthread_mutex_lock(&s->lock);
	h = find(s->held, s->n, digest);
	found = h ? assets_ref(h->set) : NULL;
	(void)pthread_mutex_unlock(&s->lock);
	return found;
}

struct keyring *
shelf_keys(struct shelf *s)
{
	struct keyring *keys;

	(void)pthread_mutex_lock(&s->lock);
	keys = s->keys ? keyring_ref(s->keys) : NULL;
	(void)pthread_mutex_unlock(&s->lock);
	return keys;
}

bool
shelf_empty(struct shelf *s)
{
	bool empty;

	(void)pthread_mutex_lock(&s->lock);
	empty = s->n == 0;
	(void)pthread_mutex_unlock(&s->lock);
	return empty;
}

unsigned
shelf_state(struct shelf *s, struct shelf_state *out_r)
{
	unsigned version;
	size_t i;

	*out_r = (struct shelf_state){0};
	buf_add_str(&out_r->digests, "");
	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->n; i++)
		buf_printf(&out_r->digests, "%s%s", i ? "," : "",
		    assets_digest(s->held[i].set));
	out_r->since_ms = s->n ? s->held[0].since_ms : 0;
	buf_add_str(&out_r->fault, s->fault ? s->fault : "");
	version = s->version;
	(void)pthread_mutex_unlock(&s->lock);
	return version;
}

void
shelf_state_free(struct shelf_state *state)
{
	buf_free(&state->digests);
	buf_free(&state->fault);
}
