/* DNS for a command that has nothing else to do meanwhile: asks and waits. */
#ifndef NEARPOST_CTL_LOOKUP_H
#define NEARPOST_CTL_LOOKUP_H

#include "lib/base/dns.h"
#include "lib/base/mem.h"

struct lookup;
/* servers as for dns_new(); NULL and a heap *error_r. */
struct lookup *lookup_new(const char *servers, char **error_r);
void lookup_free(struct lookup **l);
void lookup_mx(struct lookup *l, const char *domain,
    struct dns_mx_answer *a_r);
void lookup_addr(struct lookup *l, const char *host,
    struct dns_addr_answer *a_r);
/* Texts are in the arena. */
void lookup_txt(struct lookup *l, struct arena *arena, const char *name,
    struct dns_text_answer *a_r);
void lookup_ptr(struct lookup *l, struct arena *arena,
    const struct sockaddr_storage *addr, struct dns_text_answer *a_r);

#endif
