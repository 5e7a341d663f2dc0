/* Who is still to get a stub from `nearpostctl send`, and whose turn it is.
 * Somebody who was put off (4xx) comes again later, while others take their turn:
 *
 *      a site's limit   the reply says so (comeback.h): whoever is known to be
 *                       at that site waits as long as it says
 *      anything else    this one waits, the longer the more often; when one
 *                       after another is put off so, all wait
 *
 * A few words per recipient and nothing that grows with time.  Pure: time is an
 * argument, in milliseconds of any clock that does not go back. */
#ifndef NEARPOST_CTL_LINEUP_H
#define NEARPOST_CTL_LINEUP_H

#include <stdint.h>

#include "lib/base/buf.h"

/* Nothing was taken for so long: another run, another day. */
#define LINEUP_PATIENCE_MS INT64_C(3600000)
#define LINEUP_PATIENCE_FIRST_MS INT64_C(300000) /* when nothing ever was */
#define LINEUP_PAUSE_MAX_MS INT64_C(30000)

struct lineup;

struct lineup *lineup_new(int64_t now_ms);
void lineup_free(struct lineup **l); /* accepts NULL, leaves NULL */
void lineup_add(struct lineup *l, const char *address);
/* The next one, who has to be settled before the one after.  NULL: nobody's turn
 * for *wait_ms_r; -1: there is nobody left. */
const char *lineup_next(struct lineup *l, int64_t now_ms, int64_t *wait_ms_r);
/* That one is done with, for good or not. */
void lineup_settled(struct lineup *l, int64_t now_ms);
enum lineup_wait {
	LINEUP_ALL_WAIT = 0, /* or this one alone */
	LINEUP_SITE_WAITS,
	LINEUP_SITE_WAITS_FIRST /* for the first time */
};
/* That one was put off with this reply. */
enum lineup_wait lineup_put_off(struct lineup *l, const char *reply,
    int64_t now_ms);
size_t lineup_left(const struct lineup *l);    /* not settled */
size_t lineup_waiting(const struct lineup *l); /* of these: put off */
/* It was tried long enough. */
bool lineup_hopeless(const struct lineup *l, int64_t now_ms);

#endif
