/* The asset sets that this gateway can make adverts from, and the public keys:
 * snapshots with reference counts.
 *
 * The directory holds one set, or one in each directory below it, as
 * manifest_sets() finds them.  A reload verifies every file of all of them; one
 * with a fault is not taken, and what was there stays.  Files that sets have in
 * common are in memory once.
 *
 * A set that is gone from the disk stays until the tickets that may still name it
 * have expired.  The last one that went always does; those before it as long as
 * all of them together add no more than the newest set takes, or 16 MiB. */
#ifndef NEARPOST_AGENT_SHELF_H
#define NEARPOST_AGENT_SHELF_H

#include <stdint.h>

#include "lib/mail/assets.h"

#define SHELF_SETS_MAX 8 /* REPORT_SETS_MAX, for all of them are reported */
#define SHELF_GONE_MS (INT64_C(8) * 24 * 3600 * 1000) /* > ticket lifetime */

#define SHELF_GONE_BYTES (16 << 20)

struct shelf;

/* Nothing is loaded yet. */
struct shelf *shelf_new(const char *assets_dir, const char *keys_path);
void shelf_free(struct shelf **s);
/* Verify and load keys and assets again.  0 when all is good; -1 was logged. */
int shelf_reload(struct shelf *s, int64_t now_ms);
/* Drop sets whose time has come. */
void shelf_prune(struct shelf *s, int64_t now_ms);

/* These are for any thread; the reference is the caller's.  NULL: none. */
struct assets *shelf_assets(struct shelf *s, const char *digest);
struct keyring *shelf_keys(struct shelf *s);
bool shelf_empty(struct shelf *s); /* no set at all */

struct shelf_state {
	struct buf digests; /* "sha256:...,sha256:...", the one built last first;
	                     * then what is gone from the disk */
	int64_t since_ms;   /* the first one was loaded; wall clock */
	struct buf fault;   /* why the last reload failed; "" = it did not */
};
/* Sets out_r, whose bufs the caller frees.  The number changes with every change
 * of what it tells. */
unsigned shelf_state(struct shelf *s, struct shelf_state *out_r);
void shelf_state_free(struct shelf_state *state);

#endif
