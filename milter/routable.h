/* Which gateways the MTA can route to: the text of its transport table (Postfix)
 * or mailertable (Sendmail), as `nearpostctl print transport` writes it.
 *
 *	.tyo-lon.nearpost.internal        nearpost:[tyo.gw.example.net]:25, ...
 *	.tyo-lon.split.nearpost.internal  nearsplit:...
 *	.tyo.nearpost.internal            nearpost:...
 *
 * A gateway counts when its id stands alone in a line; lines that only put mail
 * off (retry:, error:) do not count. */
#ifndef NEARPOST_MILTER_ROUTABLE_H
#define NEARPOST_MILTER_ROUTABLE_H

#include <stdint.h>

#include "lib/mail/address.h"

#define ROUTABLE_FILE_MAX (16 * 1024 * 1024) /* octets */
#define ROUTABLE_CHECK_MS 1000 /* how often the file is looked at */

/* One reading of the table; immutable, counted. */
struct routes;

/* text: the table. */
struct routes *routes_parse(struct slice text, const char *relay_domain);
void routes_unref(struct routes **r);
const char *routes_ids(const struct routes *r); /* "lon,tyo", sorted; "" */
/* Is there a line for exactly this label? */
bool routes_have(const struct routes *r, const struct ranking *rank,
    bool split);

struct routable;
struct routable *routable_new(const char *path, const char *relay_domain);
void routable_free(struct routable **r);
/* The table as it is now: read again when the file has changed, looked at no
 * more often than ROUTABLE_CHECK_MS.  A file that cannot be read (for the moment
 * of its replacement, say) leaves what was read before.  Never NULL; the caller
 * unrefs.  Thread-safe. */
struct routes *routable_get(struct routable *r, int64_t mono_ms);

#endif
