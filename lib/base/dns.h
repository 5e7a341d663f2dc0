/* Asynchronous DNS on the loop (gatekeepers of c-ares: dns*.c).  evdns cannot ask
 * for MX. */
#ifndef NEARPOST_BASE_DNS_H
#define NEARPOST_BASE_DNS_H

#include <netinet/in.h>
#include <stdint.h>

#include "lib/base/loop.h"

enum dns_status {
	DNS_OK = 0,
	DNS_NO_NAME, /* NXDOMAIN */
	DNS_NO_DATA, /* the name exists, records of this type do not */
	DNS_FAILED   /* SERVFAIL, refused, timed out: try again later */
};

#define DNS_MX_MAX 32
#define DNS_ADDR_MAX 16

struct dns_mx {
	int preference;
	char host[256]; /* lower case, no dot at the end; "" is the null MX (RFC 7505) */
};
struct dns_mx_answer {
	enum dns_status status;
	uint32_t ttl_s;
	int n; /* sorted by preference, then name */
	struct dns_mx mx[DNS_MX_MAX];
};
struct dns_addr_answer {
	enum dns_status status;
	uint32_t ttl_s;
	int n;
	struct sockaddr_storage addr[DNS_ADDR_MAX]; /* port 0; IPv4 first */
};

#define DNS_TEXT_MAX 32
struct dns_text_answer {
	enum dns_status status;
	int n;
	const char *text[DNS_TEXT_MAX]; /* until the callback returns */
};

struct dns;
/* servers: "ip[:port],..." or "" for the system's resolv.conf. */
struct dns *dns_new(struct loop *loop, const char *servers, int timeout_ms,
    char **error_r);
void dns_free(struct dns **dns); /* pending callbacks get DNS_FAILED */
void dns_mx(struct dns *dns, const char *domain,
    void (*cb)(const struct dns_mx_answer *, void *ctx), void *ctx);
void dns_addr(struct dns *dns, const char *host,
    void (*cb)(const struct dns_addr_answer *, void *ctx), void *ctx);
/* TXT: each record's strings joined (RFC 7208 section 3.3); those with a NUL are
 * passed over. */
void dns_txt(struct dns *dns, const char *name,
    void (*cb)(const struct dns_text_answer *, void *ctx), void *ctx);
/* PTR: the host names of an address, in lower case. */
void dns_ptr(struct dns *dns, const struct sockaddr_storage *addr,
    void (*cb)(const struct dns_text_answer *, void *ctx), void *ctx);

#endif
