/* May this address send mail for that domain?  SPF, RFC 7208: all, ip4, ip6, a, mx,
 * include and redirect.  What depends on more than domain and address (macros, ptr,
 * exists) is not looked up: where it could decide, the result is SPF_UNKNOWN. */
#ifndef NEARPOST_MAIL_SPF_H
#define NEARPOST_MAIL_SPF_H

#include "lib/base/dns.h"
#include "lib/base/mem.h"

#define SPF_LOOKUPS_MAX 10 /* section 4.6.4 */

enum spf_result {
	SPF_NONE = 0, /* the domain publishes nothing */
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_NEUTRAL,
	SPF_TEMPERROR, /* the DNS does not answer */
	SPF_PERMERROR, /* the record is broken or asks too much */
	SPF_UNKNOWN
};

/* Where answers come from; each waits for its answer, and texts are in the arena. */
struct spf_dns {
	void (*txt)(void *ctx, struct arena *arena, const char *name,
	    struct dns_text_answer *a_r);
	void (*addr)(void *ctx, const char *name, struct dns_addr_answer *a_r);
	void (*mx)(void *ctx, const char *name, struct dns_mx_answer *a_r);
	void *ctx;
};

enum spf_result spf_check(struct arena *arena, const struct spf_dns *dns,
    const char *domain, const struct sockaddr_storage *from);

#endif
