/* Which site a domain's mail goes to: the answers of the DNS, kept for their
 * time to live, the least used dropped.  Pure; policyd/resolve.c asks the DNS.
 */
#ifndef NEARPOST_FLEET_DOMAIN_H
#define NEARPOST_FLEET_DOMAIN_H

#include <sys/queue.h>

#include "lib/fleet/site.h"

#define DOMAINS_MAX 100000
#define DOMAIN_TTL_MIN_S 30.0
#define DOMAIN_TTL_MAX_S 3600.0
#define DOMAIN_TTL_NEGATIVE_S 60.0

enum domain_status {
	DOMAIN_SITE = 0, /* has a site */
	DOMAIN_NULL_MX,  /* takes no mail (RFC 7505) */
	DOMAIN_NO_NAME,  /* does not exist */
	DOMAIN_UNKNOWN   /* the DNS did not say */
};
const char *domain_status_name(enum domain_status s);

struct domain {
	char *name; /* lower case, A-labels */
	enum domain_status status;
	struct site *site; /* NULL unless DOMAIN_SITE */
	double expires_s;
	TAILQ_ENTRY(domain) by_use;
	TAILQ_ENTRY(domain) of_site;
};
struct domains {
	struct map *by_name;
	struct site_domains by_use; /* last = least used */
	size_t n, max;
};

void domains_init(struct domains *all, size_t max);
void domains_free(struct domains *all);
/* NULL when not known; expired ones too: look at expires_s. */
struct domain *domain_find(struct domains *all, const char *name);
/* site: NULL unless the status is DOMAIN_SITE. */
struct domain *domain_set(struct domains *all, const char *name,
    enum domain_status status, struct site *site, double ttl_s, double now_s);
/* The site is about to go: so are its domains. */
void domains_drop_site(struct domains *all, struct site *site);

#endif
