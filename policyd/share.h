/* Several policyds, one Redis: each writes what it books, undoes and hears of
 * deliveries into a stream of its own, at the end of each turn of the loop, and
 * follows those of the others, twenty times a second; no answer of Redis is
 * waited for.  With Redis away each goes on with what it knows, and tells the
 * others when it is back. */
#ifndef NEARPOST_POLICYD_SHARE_H
#define NEARPOST_POLICYD_SHARE_H

#include "policyd/policyd.h"

struct share;

struct share *share_new(struct policyd *p);
void share_free(struct share **s);
/* After fleet_book() of our own choice.  site: NULL = not known.  predicted_ms:
 * -1 = not known. */
void share_booked(struct share *s, const unsigned char id[BOOKING_ID_SIZE],
    struct gateway *g, const char *site, double bytes, int64_t predicted_ms);
void share_undone(struct share *s, const unsigned char id[BOOKING_ID_SIZE]);
/* A delivery event that was taken here, as it came, and its time from request to
 * receipt by one clock. */
void share_event(struct share *s, const char *gateway_id, struct slice event,
    int64_t took_ms);
/* Calls back once what the others had told up to now is known here: perhaps at
 * once, and in any case, be it that Redis is away. */
void share_look(struct share *s, void (*cb)(void *ctx), void *ctx);
/* Redis is there (again). */
void share_ready(struct share *s);
/* What is in hand goes out now: the end is near. */
void share_flush(struct share *s);
/* What others, and we in earlier runs, had told before our start is known. */
bool share_caught_up(const struct share *s);
int share_daemons(const struct share *s); /* alive, this one included */

#endif
