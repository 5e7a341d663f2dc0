#include "lib/fleet/domain.h"

#include <stdlib.h>

#include "lib/base/mem.h"

const char *
domain_status_name(enum domain_status s)
{
	static const char *const names[] = {
	    "site", "null_mx", "no_name", "unknown"};

	return (size_t)s < sizeof(names) / sizeof(names[0]) ? names[s] : "?";
}

void
domains_init(struct domains *all, size_t max)
{
	*all = (struct domains){.max = max, .by_name = map_new()};
	TAILQ_INIT(&all->by_use);
}

static void
leave_site(struct domain *d)
{
	if (d->site)
		TAILQ_REMOVE(&d->site->domains, d, of_site);
	d->site = NULL;
}

static void
drop(struct domains *all, struct domain *d)
{
	leave_site(d);
	TAILQ_REMOVE(&all->by_use, d, by_use);
	(void)map_del(all->by_name, slice_of(d->name));
	all->n--;
	free(d->name);
	free(d);
}

void
domains_free(struct domains *all)
{
	while (!TAILQ_EMPTY(&all->by_use))
		drop(all, TAILQ_FIRST(&all->by_use));
	map_free(&all->by_name, NULL);
}

struct domain *
domain_find(struct domains *all, const char *name)
{
	struct domain *d = map_get(all->by_name, slice_of(name));

	if (!d)
		return NULL;
	TAILQ_REMOVE(&all->by_use, d, by_use);
	TAILQ_INSERT_HEAD(&all->by_use, d, by_use);
	return d;
}

static double
bounded_ttl(enum domain_status status, double ttl_s)
{
	if (status != DOMAIN_SITE)
		return DOMAIN_TTL_NEGATIVE_S;
	if (ttl_s < DOMAIN_TTL_MIN_S)
		return DOMAIN_TTL_MIN_S;
	return ttl_s > DOMAIN_TTL_MAX_S ? DOMAIN_TTL_MAX_S : ttl_s;
}

struct domain *
domain_set(struct domains *all, const char *name, enum domain_status status,
    struct site *site, double ttl_s, double now_s)
{
	struct domain *d = domain_find(all, name);

	if (!d) {
		if (all->n >= all->max)
			drop(all, TAILQ_LAST(&all->by_use, site_domains));
		d = xcalloc(1, sizeof(*d));
		d->name = xstrdup(name);
		(void)map_set(all->by_name, slice_of(name), d);
		TAILQ_INSERT_HEAD(&all->by_use, d, by_use);
		all->n++;
	}
	leave_site(d);
	d->status = status;
	d->site = status == DOMAIN_SITE ? site : NULL;
	if (d->site)
		TAILQ_INSERT_TAIL(&d->site->domains, d, of_site);
	d->expires_s = now_s + bounded_ttl(status, ttl_s);
	return d;
}

void
domains_drop_site(struct domains *all, struct site *site)
{
	while (!TAILQ_EMPTY(&site->domains))
		drop(all, TAILQ_FIRST(&site->domains));
}
