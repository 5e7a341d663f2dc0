/* A person whose data was erased: what is left is that they must not be mailed, as
 * a digest of the address, and what Redis says and is told of it.
 *
 *      suppressed:{sha256:HEX}  hash  as of an address
 *      suppressed               zset  sha256:HEX among the addresses
 *      erased                   zset  sha256:HEX by the time of the erasure, for
 *                                     so long as something may still be told of
 *                                     the person's last adverts
 * Pure. */
#ifndef NEARPOST_FLEET_ERASE_H
#define NEARPOST_FLEET_ERASE_H

#include "lib/fleet/delivery.h"
#include "lib/fleet/schema.h"

/* Longer than a ticket lives, and than mail waits in queues. */
#define ERASED_KEPT_MS (INT64_C(30) * 86400 * 1000)
#define ERASE_DIGEST_SIZE 72
#define ERASE_DIGEST_PREFIX "sha256:"
/* Among the erased, above all times: somebody was, once.  Without it nobody need
 * be looked for. */
#define ERASED_EVER "ever"

/* "sha256:" and 64 hex digits, of the address in lower case. */
void erase_digest(char digest_r[ERASE_DIGEST_SIZE], const char *address);
/* Does it look like one? */
bool erase_is_digest(const char *name);
/* The event without its recipient: the domain stays, for the site, and where the
 * server's words name the address they do not any more. */
void erase_from_delivery(struct delivery *d);

void schema_digest_lookup(struct command *c_r, struct arena *arena,
    const char *prefix, const char *address);
/* Suppressed by it, too; what is suppressed already stays as it is. */
void schema_digest_read(struct arena *arena, const struct reply *r,
    struct recipient *recipient);

/* Known from now on to be erased, and suppressed. */
#define SCHEMA_ERASE_MARKS 3
void schema_erase_mark(struct command commands_r[SCHEMA_ERASE_MARKS],
    struct arena *arena, const char *prefix, const char *digest,
    const char *reason, int64_t now_ms);
/* They may be mailed again. */
#define SCHEMA_ERASE_UNMARKS 3
void schema_erase_unmark(struct command commands_r[SCHEMA_ERASE_UNMARKS],
    struct arena *arena, const char *prefix, const char *digest);
void schema_erased_trim(struct command *c_r, struct arena *arena,
    const char *prefix, int64_t before_ms);

void schema_event_delete(struct command *c_r, struct arena *arena,
    const char *prefix, const char *id);
/* A ticket's decision and deliveries; a queue id's ticket. */
#define SCHEMA_TICKET_DELETES 2
void schema_ticket_delete(struct command commands_r[SCHEMA_TICKET_DELETES],
    struct arena *arena, const char *prefix, const char *ticket);
void schema_queue_delete(struct command *c_r, struct arena *arena,
    const char *prefix, const char *queue_id);

#endif
