/* Addresses within header fields: From, Reply-To (RFC 5322 section 3.4). */
#ifndef NEARPOST_MAIL_MAILBOX_H
#define NEARPOST_MAIL_MAILBOX_H

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/mail/address.h"

/* The first address of an address list, checked as address_parse() does: "Offers
 * <offers@shop.example>, more".  -1 and *error_r (static or in the arena). */
int mailbox_first(struct arena *arena, struct slice list,
    struct address *out_r, const char **error_r);
/* Behind the quoted string or comment that begins at s[i]; the end of s when it
 * is never closed. */
size_t mailbox_skip(struct slice s, size_t i);

#endif
