/* Which sites prefer a mail server. */
#include "lib/fleet/site_hosts.h"

#include <stdlib.h>

#include "lib/base/mem.h"

struct site_list {
	struct site **list;
	unsigned n;
};

static void
host_add(struct sites *all, const char *host, struct site *s)
{
	struct site_list *l = map_get(all->by_host, slice_of(host));

	if (!l) {
		l = xcalloc(1, sizeof(*l));
		(void)map_set(all->by_host, slice_of(host), l);
	}
	l->list = xrealloc(l->list, (l->n + 1) * sizeof(*l->list));
	l->list[l->n++] = s;
}

static void
host_del(struct sites *all, const char *host, const struct site *s)
{
	struct site_list *l = map_get(all->by_host, slice_of(host));
	unsigned i;

	if (!l)
		return;
	for (i = 0; i < l->n; i++)
		if (l->list[i] == s)
			l->list[i--] = l->list[--l->n];
	if (l->n == 0) {
		(void)map_del(all->by_host, slice_of(host));
		free(l->list);
		free(l);
	}
}

void
site_clear_hosts(struct sites *all, struct site *s)
{
	int i;

	for (i = 0; i < s->n_hosts; i++) {
		host_del(all, s->hosts[i], s);
		free(s->hosts[i]);
	}
	free(s->hosts);
	s->hosts = NULL;
	s->n_hosts = 0;
}

static void
set_hosts(struct sites *all, struct site *s, const char *const *hosts, int n)
{
	int i;

	site_clear_hosts(all, s);
	s->hosts = xcalloc((size_t)n, sizeof(*s->hosts));
	for (i = 0; i < n; i++) {
		s->hosts[i] = xstrdup(hosts[i]);
		host_add(all, hosts[i], s);
	}
	s->n_hosts = n;
	s->dirty = true;
}

static bool
same_hosts(const struct site *s, const char *const *hosts, int n)
{
	int i;

	if (s->n_hosts != n)
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(s->hosts[i], hosts[i]) != 0)
			return false;
	return true;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* hosts with those of the pool that are known already, as far as there is room:
 * no domain names them all, and none should take away what another named. */
static int
with_known(struct site *s, const char *hosts[SITE_HOSTS_MAX], int n)
{
	unsigned i, first = s->turn++;
	int k, named = n;

	/* Not always the same ones: a pool may have a host for each domain. */
	for (i = 0; i < (unsigned)s->n_hosts && n < SITE_HOSTS_MAX; i++) {
		char *known = s->hosts[(first + i) % (unsigned)s->n_hosts];

		for (k = 0; k < named; k++)
			if (strcmp(hosts[k], known) == 0)
				break;
		if (k == named)
			hosts[n++] = known;
	}
	return n;
}

void
site_take_hosts(struct sites *all, struct site *s, const char *const *hosts,
    int n)
{
	const char *sorted[SITE_HOSTS_MAX];
	char *kept[SITE_HOSTS_MAX];
	int i;

	memcpy(sorted, hosts, (size_t)n * sizeof(*sorted));
	if (s->pool)
		n = with_known(s, sorted, n);
	qsort(sorted, (size_t)n, sizeof(*sorted), by_text);
	if (same_hosts(s, sorted, n))
		return;
	/* Some of them are the site's own, which set_hosts() frees. */
	for (i = 0; i < n; i++)
		sorted[i] = kept[i] = xstrdup(sorted[i]);
	set_hosts(all, s, sorted, n);
	for (i = 0; i < n; i++)
		free(kept[i]);
}

/* The sites that prefer the host; it joins its pool when it is new. */
static const struct site_list *
list_of(struct sites *all, const char *host)
{
	const struct site_list *l = map_get(all->by_host, slice_of(host));
	const char *pool;
	struct site *s;

	if (l || !all->pools)
		return l;
	pool = pools_name(all->pools, &host, 1);
	s = pool ? site_find(all, pool) : NULL;
	if (!s || !s->pool)
		return NULL;
	site_take_hosts(all, s, &host, 1);
	return map_get(all->by_host, slice_of(host));
}

int
sites_rtt(struct sites *all, const char *host, int slot, double sample_s,
    double at_s)
{
	const struct site_list *l = list_of(all, host);
	unsigned i;

	if (!l)
		return 0;
	for (i = 0; i < l->n; i++) {
		pair_rtt(sites_pair(all, l->list[i], slot), sample_s,
		    RTT_PROBE, at_s);
		l->list[i]->dirty = true;
		l->list[i]->probe_look_s = 0;
	}
	return (int)l->n;
}

struct site *const *
sites_of_host(struct sites *all, const char *host)
{
	const struct site_list *l = list_of(all, host);

	return l ? l->list : NULL;
}
