/* Sites: domains with the same preferred mail servers are one row, named by the
 * pool that all these servers are in (pool.h), else by the first of them.  Only
 * the most preferred servers count, since mail goes there: two domains that
 * differ in their backup servers share a row.
 *
 * Pairs (what a gateway knows of the site) are sparse.  When there are too
 * many sites the least used are dropped, unless mail is booked for them. */
#ifndef NEARPOST_FLEET_SITE_H
#define NEARPOST_FLEET_SITE_H

#include <sys/queue.h>

#include "lib/base/map.h"
#include "lib/fleet/allowances.h"
#include "lib/fleet/coordinate.h"
#include "lib/fleet/pair.h"
#include "lib/fleet/pool.h"
#include "lib/fleet/quota.h"
#include "lib/fleet/receipt.h"
#include "lib/fleet/score.h"

#define SITES_MAX 32768
#define SITE_SLOTS 256 /* gateways; GATEWAYS_MAX is it */
#define SITE_HOSTS_MAX 16 /* of equal preference; more are passed over */
#define SITES_PAIRS_MAX 200000 /* max_pairs, unless it is changed */

struct domain; /* domain.h */
TAILQ_HEAD(site_domains, domain);

struct site {
	char *name;
	char **hosts; /* sorted; at least one; of a pool those seen last */
	int n_hosts;
	bool pool;
	unsigned turn; /* of the pool's hosts that make room for others */
	struct pair *pairs; /* sorted by gateway slot */
	unsigned n_pairs, cap_pairs;
	struct receipt *receipts; /* of gateways that delivered to it */
	struct score_site limit;
	struct quota *quotas; /* by slot; NULL: the admin says nothing */
	struct coordinate place;
	uint32_t placed_at;
	unsigned placed_by; /* so many measured pairs; 0 = not yet */
	double last_used_s;
	double probe_look_s; /* no probe is due before; fleet_probe.c */
	unsigned bookings;
	size_t at; /* place in sites->list */
	struct site_domains domains; /* of the domain cache, domain.c */
	bool loaded; /* what Redis had of it was taken in, or was not there */
	bool dirty;  /* differs from what Redis has */
	TAILQ_ENTRY(site) by_use;
};
TAILQ_HEAD(site_queue, site);

struct sites {
	struct map *by_name; /* struct site */
	struct map *by_host; /* struct site_list *, in site.c */
	struct site **list;  /* dense, in no order */
	size_t n, cap, max;
	size_t n_pairs, max_pairs;
	struct receipts receipts;
	struct site_queue by_use; /* last = least used */
	const struct pools *pools; /* the owner's; NULL: no pools */
	const struct allowances *allowances; /* as pools; sites_allow() */
	int daemons; /* that choose for these sites, we among them */
	/* Called before a site goes, to drop what points at it. */
	void (*dropping)(struct site *s, void *ctx);
	void *ctx;
};

void sites_init(struct sites *all, size_t max);
/* The allowances are others, or say something else than before. */
void sites_allow(struct sites *all, double now_s);
/* What the site with these preferred servers is called; a part of hosts. */
const char *sites_name(const struct sites *all, const char *const *hosts,
    int n);
void sites_free(struct sites *all);
struct site *site_find(const struct sites *all, const char *name);
/* The site with these preferred servers (lower case; n > 0), made when it is
 * new; moved to the front of use.  When the name is known and the servers have
 * changed, the new ones are taken. */
struct site *site_get(struct sites *all, const char *const *hosts, int n,
    double now_s);
/* The site of a domain that takes its mail itself: in no pool. */
struct site *site_get_own(struct sites *all, const char *domain,
    double now_s);
void site_used(struct sites *all, struct site *s, double now_s);

/* What the admin allows each gateway; when there is such a limit. */
static inline struct quota_rate
site_rate(const struct sites *all, const struct site *s)
{
	return (struct quota_rate){s->limit.max_per_s, all->daemons};
}
/* NULL when the gateway has none.  Pointers to pairs hold until the next
 * sites_pair(). */
struct pair *site_pair(struct site *s, int slot);
/* Made when there is none. */
struct pair *sites_pair(struct sites *all, struct site *s, int slot);
/* A round trip measured to a host, for every site that prefers it; a host not
 * seen before may belong to a pool.  Returns how many. */
int sites_rtt(struct sites *all, const char *host, int slot, double sample_s,
    double at_s);
/* Those sites, as many as sites_rtt() said; NULL when there are none. */
struct site *const *sites_of_host(struct sites *all, const char *host);
/* Least and mean measured round trip over the site's pairs; 0 = none. */
void site_rtt(const struct site *s, double *min_s_r, double *mean_s_r);
/* pair_stretch() for all pairs of the gateway. */
void sites_stretch(struct sites *all, int slot, double factor, double since_s);
/* The clock went back: nothing has happened after now_s. */
void sites_not_after(struct sites *all, double now_s);
void sites_forget_gateway(struct sites *all, int slot);

/* Of hosts of equal preference the one whose turn it is: they change every
 * interval, since one of them may be behind a filter. */
const char *site_host_in_turn(
    const struct site *s, double now_s, double interval_s);

#endif
