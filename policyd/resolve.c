/* A domain whose entry has run out is answered from it while the DNS is asked
 * again: mail servers move seldom, and nobody should wait for a TTL. */
#include "policyd/resolve.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/mem.h"
#include "policyd/limits.h"
#include "policyd/turns.h"

#define LOOKUPS_MAX 25000 /* wanted; more go on without a site */
#define WARM_MAX 20000    /* while nobody waits for them */

struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct lookup *lookup;
	struct timer *deadline;
	resolve_cb *cb;
	void *ctx;
};
struct lookup {
	struct turn turn; /* first: a turn is its lookup */
	struct resolver *resolver;
	char *domain;
	char *site_name; /* once the DNS has answered and Redis is asked */
	TAILQ_HEAD(, waiter) waiters;
};
struct resolver {
	struct policyd *p;
	struct domains domains;
	struct pools *pools;
	struct map *lookups; /* wanted, by domain */
	struct turns turns;
};

static void
site_dropping(struct site *s, void *ctx)
{
	struct resolver *r = ctx;

	domains_drop_site(&r->domains, s);
}

struct resolver *
resolver_new(struct policyd *p)
{
	struct resolver *r = xcalloc(1, sizeof(*r));

	r->p = p;
	domains_init(&r->domains, DOMAINS_MAX);
	r->lookups = map_new();
	turns_init(&r->turns);
	r->pools = pools_new();
	p->fleet.sites.pools = r->pools;
	p->fleet.sites.dropping = site_dropping;
	p->fleet.sites.ctx = r;
	return r;
}

static void
answer(struct waiter *w, enum domain_status status, struct site *site)
{
	resolve_cb *cb = w->cb;
	void *ctx = w->ctx;

	TAILQ_REMOVE(&w->lookup->waiters, w, link);
	timer_free(&w->deadline);
	free(w);
	cb(status, site, ctx);
}

/* The lookup is over: everybody gets what the cache now says. */
static void
finish(struct lookup *l)
{
	struct resolver *r = l->resolver;
	struct domain *d;

	(void)map_del(r->lookups, slice_of(l->domain));
	while (!TAILQ_EMPTY(&l->waiters)) {
		d = domain_find(&r->domains, l->domain);
		answer(TAILQ_FIRST(&l->waiters),
		    d ? d->status : DOMAIN_UNKNOWN, d ? d->site : NULL);
	}
	free(l->site_name);
	free(l->domain);
	free(l);
}

static void
on_deadline(void *ctx)
{
	struct waiter *w = ctx;

	answer(w, DOMAIN_UNKNOWN, NULL);
}

/* What an earlier run of ours measured. */
static void
on_site_row(enum store_result result, const struct reply *replies, void *ctx)
{
	struct lookup *l = ctx;
	struct policyd *p = l->resolver->p;
	struct site *s = site_find(&p->fleet.sites, l->site_name);
	struct schema_now now = policyd_now(p);

	if (s && result == STORE_OK) {
		schema_site_read(&replies[0], &now, &p->fleet.gateways,
		    &p->fleet.sites, s);
		s->loaded = true;
	}
	finish(l);
}

static void
load_site(struct lookup *l, const struct site *s)
{
	struct policyd *p = l->resolver->p;
	struct arena *arena = arena_new();
	struct command c;

	l->site_name = xstrdup(s->name);
	schema_site_load(
	    &c, arena, p->config.policyd.redis_prefix, s->name);
	store_call(p->store, &c, 1, on_site_row, l);
	arena_free(&arena);
}

/* The servers of the lowest preference number.  None, and DOMAIN_SITE: without MX
 * its own address takes the mail, RFC 5321 section 5.1. */
static enum domain_status
preferred(const struct dns_mx_answer *a, const char *hosts[SITE_HOSTS_MAX],
    int *n_r)
{
	int i;

	*n_r = 0;
	if (a->status == DNS_NO_NAME)
		return DOMAIN_NO_NAME;
	if (a->status == DNS_NO_DATA || (a->status == DNS_OK && a->n == 0))
		return DOMAIN_SITE;
	if (a->status != DNS_OK)
		return DOMAIN_UNKNOWN;
	for (i = 0; i < a->n && *n_r < SITE_HOSTS_MAX; i++) {
		if (a->mx[i].preference != a->mx[0].preference)
			break;
		if (a->mx[i].host[0])
			hosts[(*n_r)++] = a->mx[i].host;
	}
	return *n_r ? DOMAIN_SITE : DOMAIN_NULL_MX;
}

const char *
resolve_site_name(const struct resolver *r, const char *domain,
    const struct dns_mx_answer *a)
{
	const char *hosts[SITE_HOSTS_MAX];
	int n;

	if (preferred(a, hosts, &n) != DOMAIN_SITE)
		return NULL;
	return n ? sites_name(&r->p->fleet.sites, hosts, n) : domain;
}

static enum domain_status
learn(struct lookup *l, const struct dns_mx_answer *a, struct site **site_r)
{
	struct policyd *p = l->resolver->p;
	struct sites *sites = &p->fleet.sites;
	const char *hosts[SITE_HOSTS_MAX];
	enum domain_status status;
	int n;

	*site_r = NULL;
	status = preferred(a, hosts, &n);
	if (status != DOMAIN_SITE)
		return status;
	*site_r = n ? site_get(sites, hosts, n, policyd_now_s(p))
		    : site_get_own(sites, l->domain, policyd_now_s(p));
	limits_learn(p->limits, l->domain, (*site_r)->name);
	return DOMAIN_SITE;
}

static void ask_next(struct resolver *r);

static void
on_mx(const struct dns_mx_answer *a, void *ctx)
{
	struct lookup *l = ctx;
	struct resolver *r = l->resolver;
	enum domain_status status;
	struct domain *old;
	struct site *site;
	double now_s = policyd_now_s(r->p);

	turns_done(&r->turns);
	status = learn(l, a, &site);
	old = domain_find(&r->domains, l->domain);
	/* A DNS that does not answer takes nothing away that was known. */
	if (status == DOMAIN_UNKNOWN && old && old->status == DOMAIN_SITE)
		old->expires_s = now_s + DOMAIN_TTL_MIN_S;
	else
		(void)domain_set(&r->domains, l->domain, status, site,
		    a->ttl_s, now_s);
	if (site && !site->loaded)
		load_site(l, site);
	else
		finish(l);
	ask_next(r);
}

/* Those that never began are over when there is no DNS any more. */
static void
ask_next(struct resolver *r)
{
	struct turn *t;

	while (r->p->dns && (t = turns_next(&r->turns))) {
		struct lookup *l = (struct lookup *)t;

		dns_mx(r->p->dns, l->domain, on_mx, l);
	}
	while (!r->p->dns && (t = turns_drop(&r->turns)))
		finish((struct lookup *)t);
}

static struct lookup *
look_up(struct resolver *r, const char *domain, bool urgent)
{
	struct lookup *l = map_get(r->lookups, slice_of(domain));

	if (l && urgent)
		turns_hurry(&r->turns, &l->turn);
	if (!l) {
		if (map_count(r->lookups) >= (urgent ? LOOKUPS_MAX : WARM_MAX))
			return NULL;
		l = xcalloc(1, sizeof(*l));
		l->resolver = r;
		l->domain = xstrdup(domain);
		TAILQ_INIT(&l->waiters);
		(void)map_set(r->lookups, slice_of(domain), l);
		turns_add(&r->turns, &l->turn, urgent);
	}
	ask_next(r);
	/* An answer from within has freed it. */
	return map_get(r->lookups, slice_of(domain));
}

static void
find(struct resolver *r, const char *domain, bool urgent, resolve_cb *cb,
    void *ctx)
{
	struct domain *d = domain_find(&r->domains, domain);
	double now_s = policyd_now_s(r->p);
	struct lookup *l;
	struct waiter *w;

	if (d && d->site)
		site_used(&r->p->fleet.sites, d->site, now_s);
	if (d && now_s < d->expires_s)
		l = map_get(r->lookups, slice_of(domain));
	else
		l = look_up(r, domain, urgent);
	if (!cb)
		return;
	d = domain_find(&r->domains, domain);
	if (d && (now_s < d->expires_s || d->status == DOMAIN_SITE) &&
	    (!d->site || d->site->loaded || !l)) {
		cb(d->status, d->site, ctx);
		return;
	}
	if (!l) {
		cb(DOMAIN_UNKNOWN, NULL, ctx);
		return;
	}
	w = xcalloc(1, sizeof(*w));
	w->lookup = l;
	w->cb = cb;
	w->ctx = ctx;
	w->deadline =
	    timer_new(r->p->loop, RESOLVE_WAIT_MS, false, on_deadline, w);
	TAILQ_INSERT_TAIL(&l->waiters, w, link);
}

void
resolve(struct resolver *r, const char *domain, resolve_cb *cb, void *ctx)
{
	find(r, domain, cb != NULL, cb, ctx);
}

void
resolve_later(struct resolver *r, const char *domain, resolve_cb *cb,
    void *ctx)
{
	find(r, domain, false, cb, ctx);
}

struct site *
resolve_known(struct resolver *r, const char *domain)
{
	const struct domain *d = domain_find(&r->domains, domain);

	return d ? d->site : NULL;
}

size_t
resolver_domains(const struct resolver *r)
{
	return r->domains.n;
}

/* The DNS and the store are gone by now, and have called back. */
void
resolver_free(struct resolver **rp)
{
	struct resolver *r = *rp;

	if (!r)
		return;
	*rp = NULL;
	r->p->fleet.sites.dropping = NULL;
	r->p->fleet.sites.pools = NULL;
	pools_free(&r->pools);
	domains_free(&r->domains);
	map_free(&r->lookups, NULL);
	free(r);
}
