/* Pools of mail servers: a provider's mx1 to mx9 under one registrable domain
 * are as far away as one, and count what a sender does as one.  What can be
 * registered says the Public Suffix List (publicsuffix.org), as installed or as
 * built into libpsl. */
#ifndef NEARPOST_FLEET_POOL_H
#define NEARPOST_FLEET_POOL_H

struct pools;

struct pools *pools_new(void);
void pools_free(struct pools **pools);
/* The registrable domain that all these hosts (lower case, A-labels) are in, a
 * part of hosts[0]; NULL when they share none. */
const char *pools_name(const struct pools *pools, const char *const *hosts,
    int n);

#endif
