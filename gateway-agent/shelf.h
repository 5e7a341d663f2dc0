/* The asset sets that this gateway can make adverts from, and the public keys:
 * snapshots with reference counts.  A reload verifies the whole set first; when it
 * fails, what was there stays.  The previous set stays until the tickets that may
 * still name it have expired. */
#ifndef NEARPOST_AGENT_SHELF_H
#define NEARPOST_AGENT_SHELF_H

#include <stdint.h>

#include "lib/mail/assets.h"

#define SHELF_PREVIOUS_MS (INT64_C(8) * 24 * 3600 * 1000) /* > ticket lifetime */

struct shelf;

/* Nothing is loaded yet. */
struct shelf *shelf_new(const char *assets_dir, const char *keys_path);
void shelf_free(struct shelf **s);
/* Verify and load keys and assets again.  0 when both are good; -1 was logged. */
int shelf_reload(struct shelf *s, int64_t now_ms);
/* Drop the previous set when its time has come. */
void shelf_prune(struct shelf *s, int64_t now_ms);

/* These are for any thread; the reference is the caller's.  NULL: none. */
struct assets *shelf_assets(struct shelf *s, const char *digest);
struct keyring *shelf_keys(struct shelf *s);
/* "sha256:...,sha256:...", the current one first; adds nothing while there is
 * none.  The number changes with every change of the list. */
unsigned shelf_digests(struct shelf *s, struct buf *out);

#endif
