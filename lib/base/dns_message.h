/* Reading answers of DNS servers: bytes in, struct out.  RFC 1035, section 4. */
#ifndef NEARPOST_BASE_DNS_MESSAGE_H
#define NEARPOST_BASE_DNS_MESSAGE_H

#include "lib/base/dns.h"
#include "lib/base/mem.h"

#define DNS_TTL_MAX_S 86400
/* Of an answer that names no time itself. */
#define DNS_TTL_DEFAULT_S 60

/* The MX records of an answer, sorted, at most DNS_MX_MAX; a host name with
 * bytes that no host name has is passed over.  status: DNS_OK, DNS_NO_DATA, or
 * DNS_FAILED when the message is broken. */
void dns_message_mx(const unsigned char *msg, size_t len,
    struct dns_mx_answer *a_r);
/* The TXT and PTR records of an answer, in the arena; status as above. */
void dns_message_text(const unsigned char *msg, size_t len, struct arena *arena,
    struct dns_text_answer *a_r);
/* How long "there is none" holds.  RFC 2308, section 5. */
uint32_t dns_message_negative_ttl(const unsigned char *msg, size_t len);
/* The lower of the two; RFC 2181, section 8: the topmost bit makes it zero. */
void dns_ttl_lower(uint32_t *ttl_s, uint32_t other);

#endif
