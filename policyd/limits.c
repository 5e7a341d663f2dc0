/* The names are asked of the DNS by themselves, not through the resolver: a site
 * is in use, and probed, when mail goes there and not because it has a limit.
 * Where somebody@gmail.com goes to is known before the first stub to a domain
 * at the same site. */
#include "policyd/limits.h"

#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "policyd/resolve.h"

#define TICK_MS 1000
#define ASKING_MAX 20 /* at a time */
#define AGAIN_MIN_MS 60000
#define AGAIN_MAX_MS 3600000
#define SECONDS_AN_HOUR 3600.0

struct name {
	struct limits *limits;
	char *text;
	int64_t due_ms;
	bool asking, dropped; /* dropped: not in the configuration any more */
};
struct limits {
	struct policyd *p;
	struct timer *tick;
	struct allowances *allowances;
	struct map *names; /* struct name */
	int asking;
};

static void
free_name(struct name *n)
{
	free(n->text);
	free(n);
}

void
limits_learn(struct limits *l, const char *domain, const char *site)
{
	if (allowances_learn(l->allowances, domain, site))
		sites_allow(&l->p->fleet.sites, policyd_now_s(l->p));
}

const char *
limits_site(const struct limits *l, const char *domain)
{
	return allowances_site(l->allowances, domain);
}

static void
on_mx(const struct dns_mx_answer *a, void *ctx)
{
	struct name *n = ctx;
	struct limits *l = n->limits;
	int64_t again_ms = (int64_t)a->ttl_s * 1000;
	const char *site;

	l->asking--;
	n->asking = false;
	if (n->dropped) {
		free_name(n);
		return;
	}
	if (again_ms < AGAIN_MIN_MS || a->status == DNS_FAILED)
		again_ms = AGAIN_MIN_MS;
	if (again_ms > AGAIN_MAX_MS)
		again_ms = AGAIN_MAX_MS;
	n->due_ms = loop_mono_ms(l->p->loop) + again_ms;
	/* A name that the DNS does not have may be a site's alone. */
	site = resolve_site_name(l->p->resolver, n->text, a);
	if (site)
		limits_learn(l, n->text, site);
}

void
limits_row(const struct limits *l, struct buf *row, struct site *site,
    int slot, double now_s)
{
	enum score_limit source;
	struct quota_rate r;
	double per_s, wait_s = 0;
	char text[32];

	if (!site)
		return;
	per_s = score_limit(site_pair(site, slot), &site->limit, now_s, &source);
	if (per_s <= 0)
		return;
	text_human_rate(text, sizeof(text), per_s);
	buf_printf(row, ";limit=%s;limit_source=%s", text,
	    score_limit_name(source));
	r = site_rate(&l->p->fleet.sites, site);
	if (site->quotas)
		wait_s = quota_wait_s(&site->quotas[slot], &r, 0, now_s);
	if (wait_s > 0)
		buf_printf(row, ";limit_wait_ms=%.0f", wait_s * 1000);
}

static void
ask_some(struct limits *l)
{
	int64_t now_ms = loop_mono_ms(l->p->loop);
	struct slice key;
	size_t at = 0;
	void *value;

	while (l->asking < ASKING_MAX && map_next(l->names, &at, &key, &value)) {
		struct name *n = value;

		if (n->asking || now_ms < n->due_ms)
			continue;
		n->asking = true;
		l->asking++;
		dns_mx(l->p->dns, n->text, on_mx, n);
	}
}

static void
on_tick(void *ctx)
{
	ask_some(ctx);
}

/* Their answers may be on the way. */
static void
drop_names(struct limits *l)
{
	struct slice key;
	size_t at = 0;
	void *value;

	while (map_next(l->names, &at, &key, &value)) {
		struct name *n = value;

		n->dropped = true;
		if (!n->asking)
			free_name(n);
	}
	map_free(&l->names, NULL);
}

static void
add_name(struct limits *l, const char *text)
{
	struct name *n = xcalloc(1, sizeof(*n));
	struct site *site = resolve_known(l->p->resolver, text);

	n->limits = l;
	n->text = xstrdup(text);
	(void)map_set(l->names, slice_of(text), n);
	if (site)
		(void)allowances_learn(l->allowances, text, site->name);
}

void
limits_configure(struct limits *l)
{
	const struct config_site *s = l->p->config.sites.items;
	struct sites *sites = &l->p->fleet.sites;
	struct allowances *old = l->allowances;
	size_t i;

	l->allowances = allowances_new();
	drop_names(l);
	l->names = map_new();
	for (i = 0; i < l->p->config.sites.n; i++)
		allowances_add(l->allowances, s[i].name,
		    (double)s[i].max_per_h / SECONDS_AN_HOUR);
	allowances_take_over(l->allowances, old);
	for (i = 0; i < l->p->config.sites.n; i++)
		add_name(l, s[i].name);
	sites->allowances = l->allowances;
	sites_allow(sites, policyd_now_s(l->p));
	allowances_free(&old);
	ask_some(l);
}

struct limits *
limits_new(struct policyd *p)
{
	struct limits *l = xcalloc(1, sizeof(*l));

	l->p = p;
	l->allowances = allowances_new();
	l->names = map_new();
	l->tick = timer_new(p->loop, TICK_MS, true, on_tick, l);
	limits_configure(l);
	return l;
}

/* The DNS is gone by now, and has called back. */
void
limits_free(struct limits **lp)
{
	struct limits *l = *lp;

	if (!l)
		return;
	*lp = NULL;
	l->p->fleet.sites.allowances = NULL;
	timer_free(&l->tick);
	drop_names(l);
	allowances_free(&l->allowances);
	free(l);
}
