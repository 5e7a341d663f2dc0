/* A copy of the suppression list in memory, kept only for without_redis =
 * send: without it a Redis outage would mean mailing people who asked us not
 * to.
 *
 * It holds 64 bits of a digest of each address, not the addresses.  It follows
 * the list every few seconds, and reads it anew now and then for what was
 * taken off.  What was put on the list in the last seconds before an outage it
 * does not know; nearpost-policyd(8) says so. */
#ifndef NEARPOST_POLICYD_MIRROR_H
#define NEARPOST_POLICYD_MIRROR_H

#include "policyd/policyd.h"

/* Addresses; with more, `send` is as good as `wait`. */
#define MIRROR_MAX 2000000

struct mirror *mirror_new(struct policyd *p);
void mirror_free(struct mirror **m);
void mirror_tick(struct mirror *m); /* once a second */
/* The list is read anew at the next tick: somebody was taken off it. */
void mirror_anew(struct mirror *m);
/* NULL when it is whole and no older than stale_after; else why not. */
const char *mirror_unfit(const struct mirror *m);
bool mirror_has(const struct mirror *m, const char *address);
size_t mirror_count(const struct mirror *m);

#endif
