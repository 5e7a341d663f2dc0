/* Redis for the command line: blocking, pipelined, every call with a deadline
 * (hiredis gatekeeper, with store.c).  Recipients and suppression only; the rest
 * is policyd's.  The keys are schema.c's.
 *
 * Addresses are keys in the form of address_key(). */
#ifndef NEARPOST_FLEET_STORE_SYNC_H
#define NEARPOST_FLEET_STORE_SYNC_H

#include <stdint.h>

#include "lib/fleet/config.h"
#include "lib/mail/vars.h"

struct campaign_counts; /* schema.h */
struct recipient; /* schema.h */
struct store_sync;

/* NULL and a heap *error_r that names the address and what to check. */
struct store_sync *store_sync_open(const struct config_policyd *c,
    char **error_r);
void store_sync_close(struct store_sync **s);
/* The reason of the last -1. */
const char *store_sync_error(const struct store_sync *s);

/* Queued; sent with the next flush or when enough are waiting.  A record replaces
 * the former one whole.  -1 when the connection broke: nothing queued since the
 * last successful flush may be taken as stored. */
int store_sync_put(struct store_sync *s, const char *address,
    const struct vars *record);
/* As put: a suppression with its own words and time. */
int store_sync_put_suppression(struct store_sync *s, const char *address,
    const char *reason, const char *by, int64_t since_ms);
int store_sync_flush(struct store_sync *s);
/* 1 found, 0 not, -1. */
int store_sync_get(struct store_sync *s, const char *address,
    struct vars *record_r);

/* The record.  1 deleted, 0 was not there, -1. */
int store_sync_delete(struct store_sync *s, const char *address);
int store_sync_suppress(struct store_sync *s, const char *address,
    const char *reason, int64_t now_ms);
/* 1 removed, 0 was not there, -1 */
int store_sync_unsuppress(struct store_sync *s, const char *address);
/* 1 suppressed, 0 not, -1; reason_r in the arena. */
int store_sync_suppressed(struct store_sync *s, struct arena *arena,
    const char *address, const char **reason_r, int64_t *since_ms_r);

/* The same of the very key, be it an address or a digest. */
int store_sync_suppressed_as(struct store_sync *s, struct arena *arena,
    const char *name, const char **reason_r, int64_t *since_ms_r);

enum store_sync_kind { STORE_RECIPIENTS = 0, STORE_SUPPRESSED, STORE_CAMPAIGNS,
	STORE_DECISIONS, STORE_DELIVERED };
/* Calls fn for each address, campaign or ticket (SCAN: none is missed, none comes twice), until fn
 * returns non-zero.  fn may call the other functions.  -1 on failure, else fn's
 * last value. */
int store_sync_each(struct store_sync *s, enum store_sync_kind kind,
    int (*fn)(const char *name, void *ctx), void *ctx);

/* The same with what is stored of each recipient, many at a time.  As with a stub,
 * a record counts as it is when it is read. */
struct store_sync_records {
	int (*take)(const char *address, const struct recipient *r, void *ctx);
	/* After some; in keys of the whole database.  May be NULL. */
	void (*progress)(size_t done, size_t total, void *ctx);
	void *ctx;
};
int store_sync_records(struct store_sync *s,
    const struct store_sync_records *to);

/* All zeroes when there is no such campaign.  0, -1. */
int store_sync_campaign(struct store_sync *s, const char *name,
    struct campaign_counts *out_r);

/* One line of INFO or CONFIG GET, for doctor; NULL when there is none. */
char *store_sync_info(struct store_sync *s, const char *name);
char *store_sync_config(struct store_sync *s, const char *name);

#endif
