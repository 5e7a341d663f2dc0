#include "lib/fleet/allowances.h"

#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"

struct allowance {
	double per_s;
	char *site; /* NULL: not known */
};
struct allowances {
	struct map *by_name; /* struct allowance */
	struct map *by_site; /* double: the least of those that hold */
};

struct allowances *
allowances_new(void)
{
	struct allowances *a = xcalloc(1, sizeof(*a));

	a->by_name = map_new();
	a->by_site = map_new();
	return a;
}

static void
free_allowance(void *value)
{
	struct allowance *one = value;

	free(one->site);
	free(one);
}

void
allowances_free(struct allowances **a)
{
	if (!*a)
		return;
	map_free(&(*a)->by_name, free_allowance);
	map_free(&(*a)->by_site, free);
	free(*a);
	*a = NULL;
}

static void
hold(struct allowances *a, struct slice site, double per_s)
{
	double *least = map_get(a->by_site, site);

	if (!least) {
		least = xmalloc(sizeof(*least));
		*least = per_s;
		(void)map_set(a->by_site, site, least);
	} else if (per_s < *least) {
		*least = per_s;
	}
}

/* Anew, since a domain may have left its site. */
static void
hold_all(struct allowances *a)
{
	struct slice name;
	size_t at = 0;
	void *value;

	map_free(&a->by_site, free);
	a->by_site = map_new();
	while (map_next(a->by_name, &at, &name, &value)) {
		const struct allowance *one = value;

		hold(a, name, one->per_s);
		if (one->site)
			hold(a, slice_of(one->site), one->per_s);
	}
}

void
allowances_add(struct allowances *a, const char *name, double per_s)
{
	struct allowance *one = xcalloc(1, sizeof(*one));

	one->per_s = per_s;
	(void)map_set(a->by_name, slice_of(name), one);
	hold(a, slice_of(name), per_s);
}

bool
allowances_learn(struct allowances *a, const char *domain, const char *site)
{
	struct allowance *one = map_get(a->by_name, slice_of(domain));

	if (!one || (one->site && strcmp(one->site, site) == 0))
		return false;
	free(one->site);
	one->site = xstrdup(site);
	hold_all(a);
	return true;
}

void
allowances_take_over(struct allowances *a, const struct allowances *old)
{
	struct slice name;
	size_t at = 0;
	void *value;

	while (map_next(a->by_name, &at, &name, &value)) {
		struct allowance *one = value;
		const struct allowance *before = map_get(old->by_name, name);

		if (!before || !before->site)
			continue;
		free(one->site);
		one->site = xstrdup(before->site);
	}
	hold_all(a);
}

double
allowances_per_s(const struct allowances *a, const char *site)
{
	const double *least = map_get(a->by_site, slice_of(site));

	return least ? *least : 0;
}

const char *
allowances_site(const struct allowances *a, const char *name)
{
	const struct allowance *one = map_get(a->by_name, slice_of(name));

	return one ? one->site : NULL;
}
