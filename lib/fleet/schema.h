/* Every key nearpost has in Redis: its name, its fields, its life.  Nobody else
 * spells a key.  Pure: commands out, replies in.  nearpost-redis(7) is the same
 * for people.
 *
 *      gateways                 set    ids seen
 *      gw:{ID}                  hash   how a gateway stands         30 days
 *      daemons                  zset   policyds, by their last sign of life
 *      bookings:{DAEMON}        stream what it books (shared.h)     700 s
 *      drained                  hash   who is out of service (drain.h)
 *      held                     hash   campaigns that are stopped (hold.h)
 *      site:{HOST}              hash   servers, and round trips and deferrals
 *                                      per gateway                  7 days
 *      mean_bytes               string mean size of an advert
 *      places                   string coordinates of gateways      7 days
 *      rcpt:{ADDRESS}           hash   a recipient's record
 *      suppressed:{ADDRESS}     hash   reason, since_ms, by
 *      suppressed               zset   addresses by when they were put there
 *      erased                   zset   digests, the same (erase.h)
 *      campaign:{NAME}          hash   counters, last_ms
 *      events                   stream what became of adverts       keep_events
 *      decision:{TICKET}        string why its gateway              keep_decisions
 *      delivered:{TICKET}       hash   its events                   keep_decisions
 *      queue:{QUEUEID}          string its ticket                   keep_decisions
 *
 * Braces are hash tags: what one call touches lies on one node of a cluster. */
#ifndef NEARPOST_FLEET_SCHEMA_H
#define NEARPOST_FLEET_SCHEMA_H

#include "lib/fleet/command.h"
#include "lib/fleet/fleet.h"
#include "lib/mail/vars.h"

#define SCHEMA_GATEWAY_TTL_S (30 * 86400)
#define SCHEMA_SITE_TTL_S (7 * 86400)
#define SCHEMA_EVENTS_MAX 1000000 /* a ceiling whatever keep_events says */

/* The two clocks at one instant: rows hold wall-clock times, the model works on
 * the monotonic clock. */
struct schema_now {
	double mono_s;
	int64_t wall_ms;
};

/* Recipients. address: as address_key() writes it. */
struct recipient {
	bool listed;
	struct vars record; /* field email included, when it was imported */
	int skipped;        /* fields that are no usable variables */
	bool suppressed;
	const char *reason, *by;
	int64_t since_ms;
};
/* Two commands, one round trip. */
void schema_recipient_lookup(struct command commands_r[2],
    struct arena *arena, const char *prefix, const char *address);
void schema_recipient_read(struct arena *arena, const struct reply replies[2],
    struct recipient *out_r);
/* The whole record anew, in a transaction: fields that are gone are gone.  The
 * field email is set to the address when the record has none. */
#define SCHEMA_RECIPIENT_COMMANDS 4
void schema_recipient_write(
    struct command commands_r[SCHEMA_RECIPIENT_COMMANDS],
    struct arena *arena, const char *prefix, const char *address,
    const struct vars *record);
void schema_recipient_delete(struct command *c_r, struct arena *arena,
    const char *prefix, const char *address);
#define SCHEMA_SCAN_COUNT 1000 /* keys that one SCAN looks at, about */
/* SCAN for the keys of recipients ("rcpt"), suppressions ("suppressed"), ... */
void schema_scan(struct command *c_r, struct arena *arena, const char *prefix,
    const char *what, const char *cursor);

/* Suppression: the address's own key is what counts; the list follows it.  since_ms:
 * when it was asked for; the list has when it was written, or what was asked for
 * long ago would be new to nobody who follows it. */
void schema_suppress(struct command commands_r[2], struct arena *arena,
    const char *prefix, const char *address, const char *reason,
    const char *by, int64_t since_ms, int64_t now_ms);
void schema_unsuppress(struct command commands_r[2], struct arena *arena,
    const char *prefix, const char *address);
/* Members of the sorted set prefix + key ("suppressed", "erased") written since,
 * oldest first, WITHSCORES, at most count. */
void schema_names_since(struct command *c_r, struct arena *arena,
    const char *prefix, const char *key, int64_t since_ms, int64_t count);

/* Gateways and sites. */
#define SCHEMA_GATEWAY_COMMANDS 3
void schema_gateway_write(struct command commands_r[SCHEMA_GATEWAY_COMMANDS],
    struct arena *arena, const char *prefix, const struct gateway *g,
    const struct schema_now *now);
void schema_gateway_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *id);
/* What outlives a restart: rate, deferrals, mean round trip, clock, event
 * sequence.  Reports are not taken from Redis: a gateway is alive when it says
 * so to us. */
void schema_gateway_read(const struct reply *r, struct gateway *g);
#define SCHEMA_SITE_COMMANDS 2
void schema_site_write(struct command commands_r[SCHEMA_SITE_COMMANDS],
    struct arena *arena, const char *prefix, const struct site *s,
    const struct gateways *gateways, const struct schema_now *now);
void schema_site_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *name);
/* Pairs that were measured meanwhile are left alone. */
void schema_site_read(const struct reply *r, const struct schema_now *now,
    const struct gateways *gateways, struct sites *sites, struct site *s);
/* Where all gateways lie: one value, since coordinates of two daemons do not go
 * together.  false: there is nothing to write. */
bool schema_places_write(struct command *c_r, struct arena *arena,
    const char *prefix, const struct gateways *gateways);
void schema_places_load(
    struct command *c_r, struct arena *arena, const char *prefix);
/* Left alone when one of them has moved already. */
void schema_places_read(const struct reply *r, struct gateways *gateways);
void schema_mean_bytes_write(struct command *c_r, struct arena *arena,
    const char *prefix, double mean_bytes);
void schema_mean_bytes_load(struct command *c_r, struct arena *arena,
    const char *prefix);

/* Campaign counters. */
void schema_campaign_add(struct command *c_r, struct arena *arena,
    const char *prefix, const char *campaign, const char *counter, int64_t n);
struct campaign_counts {
	int64_t relayed, suppressed, rejected, deferred_requests;
	int64_t sent, delivery_deferrals, bounced, ttr_ms_sum;
	int64_t last_ms; /* 0: not known */
};
void schema_campaign_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *campaign);
void schema_campaign_read(const struct reply *r,
    struct campaign_counts *out_r);
/* Something was counted. */
void schema_campaign_touch(struct command *c_r, struct arena *arena,
    const char *prefix, const char *campaign, int64_t now_ms);

/* Events.  Older ones than keep_ms go as new ones come. */
void schema_event_add(struct command *c_r, struct arena *arena,
    const char *prefix, const char *gateway_id, const struct delivery *d,
    int64_t now_ms, int64_t keep_ms);
/* Decisions: a text each, and the deliveries of the ticket by their seq.  The
 * queue id on the gateway leads to the ticket. */
void schema_decision_add(struct command *c_r, struct arena *arena,
    const char *prefix, const char *ticket, struct slice text,
    int64_t keep_ms);
#define SCHEMA_DELIVERED_COMMANDS 3
void schema_delivered_add(struct command commands_r[SCHEMA_DELIVERED_COMMANDS],
    struct arena *arena, const char *prefix, const struct delivery *d,
    struct slice text, int64_t keep_ms);
#define SCHEMA_DECISION_LOADS 2
void schema_decision_load(struct command commands_r[SCHEMA_DECISION_LOADS],
    struct arena *arena, const char *prefix, const char *ticket);
void schema_queue_load(struct command *c_r, struct arena *arena,
    const char *prefix, const char *queue_id);
/* The newest `count` before the entry `before`, itself not; NULL: of all. */
void schema_events_back(struct command *c_r, struct arena *arena,
    const char *prefix, const char *before, int64_t count);
/* What came behind the entry `after`; waits for it, at most wait_ms.  The reply's
 * entries by shared_entries(). */
void schema_events_follow(struct command *c_r, struct arena *arena,
    const char *prefix, const char *after, int64_t wait_ms, int64_t count);
void schema_events_trim(struct command commands_r[2], struct arena *arena,
    const char *prefix, int64_t now_ms, int64_t keep_ms);

#endif
