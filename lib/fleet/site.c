#include "lib/fleet/site.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/fleet/site_hosts.h"

void
sites_init(struct sites *all, size_t max)
{
	*all = (struct sites){
	    .max = max, .max_pairs = SITES_PAIRS_MAX, .daemons = 1};
	all->by_name = map_new();
	all->by_host = map_new();
	TAILQ_INIT(&all->by_use);
	receipts_init(&all->receipts, RECEIPTS_MAX);
}

struct site *
site_find(const struct sites *all, const char *name)
{
	return map_get(all->by_name, slice_of(name));
}

static void
drop(struct sites *all, struct site *s)
{
	if (all->dropping)
		all->dropping(s, all->ctx);
	(void)map_del(all->by_name, slice_of(s->name));
	site_clear_hosts(all, s);
	receipts_drop(&s->receipts);
	TAILQ_REMOVE(&all->by_use, s, by_use);
	all->n_pairs -= s->n_pairs;
	all->list[s->at] = all->list[--all->n];
	all->list[s->at]->at = s->at;
	free(s->quotas);
	free(s->pairs);
	free(s->name);
	free(s);
}

void
sites_free(struct sites *all)
{
	while (all->n > 0)
		drop(all, all->list[all->n - 1]);
	map_free(&all->by_name, NULL);
	map_free(&all->by_host, NULL);
	free(all->list);
	*all = (struct sites){0};
}

static void
make_room(struct sites *all)
{
	struct site *s = TAILQ_LAST(&all->by_use, site_queue), *before;

	while (s && (all->n >= all->max || all->n_pairs > all->max_pairs)) {
		before = TAILQ_PREV(s, site_queue, by_use);
		if (s->bookings == 0)
			drop(all, s);
		s = before;
	}
}

static void
allow(const struct sites *all, struct site *s, double now_s)
{
	double was = s->limit.max_per_s;
	struct quota_rate r;
	int slot;

	s->limit.max_per_s = all->allowances
	    ? allowances_per_s(all->allowances, s->name)
	    : 0;
	r = site_rate(all, s);
	if (r.per_s <= 0) {
		free(s->quotas);
		s->quotas = NULL;
	} else if (!s->quotas) {
		s->quotas = xcalloc(SITE_SLOTS, sizeof(*s->quotas));
	} else if (r.per_s < was || r.per_s > was) {
		for (slot = 0; slot < SITE_SLOTS; slot++)
			quota_changed(&s->quotas[slot], was, &r, now_s);
	}
}

void
sites_allow(struct sites *all, double now_s)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		allow(all, all->list[i], now_s);
}

static struct site *
add(struct sites *all, const char *name)
{
	struct site *s = xcalloc(1, sizeof(*s));

	s->name = xstrdup(name);
	allow(all, s, 0);
	TAILQ_INIT(&s->domains);
	if (all->n == all->cap) {
		all->cap = all->cap ? all->cap * 2 : 64;
		all->list = xrealloc(all->list, all->cap * sizeof(*all->list));
	}
	s->at = all->n;
	all->list[all->n++] = s;
	(void)map_set(all->by_name, slice_of(name), s);
	TAILQ_INSERT_HEAD(&all->by_use, s, by_use);
	return s;
}

void
site_used(struct sites *all, struct site *s, double now_s)
{
	s->last_used_s = now_s;
	TAILQ_REMOVE(&all->by_use, s, by_use);
	TAILQ_INSERT_HEAD(&all->by_use, s, by_use);
}

static const char *
pool_of(const struct sites *all, const char *const *hosts, int n)
{
	return all->pools ? pools_name(all->pools, hosts, n) : NULL;
}

static const char *
name_of(const char *pool, const char *const *hosts, int n)
{
	const char *name = hosts[0];
	int i;

	if (pool)
		return pool;
	for (i = 1; i < n && i < SITE_HOSTS_MAX; i++)
		if (strcmp(hosts[i], name) < 0)
			name = hosts[i];
	return name;
}

const char *
sites_name(const struct sites *all, const char *const *hosts, int n)
{
	return name_of(pool_of(all, hosts, n), hosts, n);
}

static struct site *
get(struct sites *all, const char *pool, const char *const *hosts, int n,
    double now_s)
{
	const char *name = name_of(pool, hosts, n);
	struct site *s = site_find(all, name);

	if (n > SITE_HOSTS_MAX)
		n = SITE_HOSTS_MAX;
	if (!s) {
		make_room(all);
		s = add(all, name);
	}
	s->pool = pool != NULL;
	site_take_hosts(all, s, hosts, n);
	site_used(all, s, now_s);
	return s;
}

struct site *
site_get(struct sites *all, const char *const *hosts, int n, double now_s)
{
	return get(all, pool_of(all, hosts, n), hosts, n, now_s);
}

struct site *
site_get_own(struct sites *all, const char *domain, double now_s)
{
	return get(all, NULL, &domain, 1, now_s);
}

/* Where the gateway's pair is or would be. */
static unsigned
pair_place(const struct site *s, int slot)
{
	unsigned low = 0, high = s->n_pairs;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (s->pairs[mid].gateway < slot)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct pair *
site_pair(struct site *s, int slot)
{
	unsigned at = pair_place(s, slot);

	if (at < s->n_pairs && s->pairs[at].gateway == slot)
		return &s->pairs[at];
	return NULL;
}

struct pair *
sites_pair(struct sites *all, struct site *s, int slot)
{
	unsigned at = pair_place(s, slot);

	if (at < s->n_pairs && s->pairs[at].gateway == slot)
		return &s->pairs[at];
	if (s->n_pairs == s->cap_pairs) {
		s->cap_pairs += s->cap_pairs < 8 ? 4 : s->cap_pairs / 2;
		s->pairs =
		    xrealloc(s->pairs, s->cap_pairs * sizeof(*s->pairs));
	}
	memmove(&s->pairs[at + 1], &s->pairs[at],
	    (s->n_pairs - at) * sizeof(*s->pairs));
	s->n_pairs++;
	all->n_pairs++;
	s->pairs[at] = (struct pair){.gateway = (uint16_t)slot};
	return &s->pairs[at];
}

void
site_rtt(const struct site *s, double *min_s_r, double *mean_s_r)
{
	double sum = 0, least = 0;
	unsigned i, n = 0;

	for (i = 0; i < s->n_pairs; i++) {
		double rtt = (double)s->pairs[i].rtt_s;

		if (rtt <= 0)
			continue;
		if (least <= 0 || rtt < least)
			least = rtt;
		sum += rtt;
		n++;
	}
	*min_s_r = least;
	*mean_s_r = n ? sum / n : 0;
}

void
sites_stretch(struct sites *all, int slot, double factor, double since_s)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		struct pair *p = site_pair(all->list[i], slot);

		if (!p)
			continue;
		pair_stretch(p, factor, since_s);
		all->list[i]->dirty = true;
	}
}

void
sites_not_after(struct sites *all, double now_s)
{
	size_t i;
	unsigned k;
	int slot;

	for (i = 0; i < all->n; i++) {
		struct site *s = all->list[i];

		for (slot = 0; s->quotas && slot < SITE_SLOTS; slot++)
			quota_not_after(&s->quotas[slot], now_s);
		if (s->last_used_s > now_s)
			s->last_used_s = now_s;
		if (s->limit.limit_at_s > now_s)
			s->limit.limit_at_s = now_s;
		s->probe_look_s = 0;
		for (k = 0; k < s->n_pairs; k++)
			pair_not_after(&s->pairs[k], now_s);
	}
}

void
sites_forget_gateway(struct sites *all, int slot)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		struct site *s = all->list[i];
		struct pair *p = site_pair(s, slot);

		receipts_drop_gateway(&s->receipts, slot);
		if (s->quotas)
			s->quotas[slot] = (struct quota){0};
		if (!p)
			continue;
		s->n_pairs--;
		all->n_pairs--;
		memmove(p, p + 1,
		    (size_t)(s->pairs + s->n_pairs - p) * sizeof(*p));
	}
}

const char *
site_host_in_turn(const struct site *s, double now_s, double interval_s)
{
	double turn = now_s / (interval_s > 1 ? interval_s : 1);

	return s->hosts[(uint64_t)turn % (unsigned)s->n_hosts];
}
