/* What the admin allows each gateway to send to a site: site sections of
 * nearpost.conf, and which site a name in them is at. */
#ifndef NEARPOST_POLICYD_LIMITS_H
#define NEARPOST_POLICYD_LIMITS_H

#include "lib/base/dns.h"
#include "policyd/policyd.h"

struct limits *limits_new(struct policyd *p);
void limits_free(struct limits **l);
/* As the configuration says now; from this call on. */
void limits_configure(struct limits *l);
/* A stub's domain was looked up. */
void limits_learn(struct limits *l, const char *domain, const char *site);
/* The site of a domain with a limit, when the DNS does not say it now; NULL:
 * never heard of, or there is no limit. */
const char *limits_site(const struct limits *l, const char *domain);
/* ";limit=20/s;limit_source=admin" of a gateway and a site, and for how long it
 * is passed over: ";limit_wait_ms=450".  Nothing when no limit is known.  site:
 * may be NULL. */
void limits_row(const struct limits *l, struct buf *row, struct site *site,
    int slot, double now_s);

#endif
