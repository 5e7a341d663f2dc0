/* From a domain to its site: the cache, the DNS, and what Redis remembers of
 * the site.  Nobody waits longer than RESOLVE_WAIT_MS. */
#ifndef NEARPOST_POLICYD_RESOLVE_H
#define NEARPOST_POLICYD_RESOLVE_H

#include "lib/fleet/domain.h"
#include "policyd/policyd.h"

#define RESOLVE_WAIT_MS 1500 /* below the milter's ask_timeout of 2 s */

struct resolver *resolver_new(struct policyd *p);
void resolver_free(struct resolver **r); /* waiting callbacks: DOMAIN_UNKNOWN */

/* The callback comes once, perhaps from within this call.  site: NULL unless
 * the status is DOMAIN_SITE; use it at once or look it up again.  cb NULL:
 * only warm up. */
typedef void resolve_cb(enum domain_status status, struct site *site,
    void *ctx);
void resolve(struct resolver *r, const char *domain, resolve_cb *cb,
    void *ctx);
/* For what no stub waits for: after all those. */
void resolve_later(struct resolver *r, const char *domain, resolve_cb *cb,
    void *ctx);
/* From the cache alone; NULL when not there. */
struct site *resolve_known(struct resolver *r, const char *domain);
/* What the site is called that takes the domain's mail, as the DNS answered; in
 * the answer or the domain itself.  NULL: none does, or the DNS did not say. */
const char *resolve_site_name(const struct resolver *r, const char *domain,
    const struct dns_mx_answer *a);
size_t resolver_domains(const struct resolver *r);

#endif
