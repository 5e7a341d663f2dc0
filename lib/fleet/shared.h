/* What a policyd tells the others that share its Redis: lines in a stream of
 * its own, which they follow and apply to their copy of the fleet.
 *
 *      book   TICKET GATEWAY BYTES AT_MS SITE PREDICTED_MS
 *      undo   TICKET
 *      event  GATEWAY EVENT;took_ms=N
 *
 * SITE is "-" when it is not known.  PREDICTED_MS is what the score said; it is
 * left out when that is nothing to compare with, and so are it and took_ms by
 * versions that did not know them.  EVENT is as in nearpost_events; took_ms is
 * its ttr_ms by one clock, since every policyd has its own idea of how far the
 * gateway's is off.  What follows in a line is for later versions.
 *
 * Each mail is a line of its own, known by its ticket, so a line that comes
 * twice does no harm, undoing needs no arithmetic, and a policyd that starts
 * anew reads what is on the way.  XADD is atomic and one key is written:
 * nothing here spans the slots of a cluster.  Pure. */
#ifndef NEARPOST_FLEET_SHARED_H
#define NEARPOST_FLEET_SHARED_H

#include "lib/fleet/command.h"
#include "lib/fleet/fleet.h"

#define SHARED_ROUND_MS 50   /* the streams of others are looked at so often */
#define SHARED_TTL_S 700     /* a little more than a booking lives */
#define SHARED_DAEMONS_TTL_S 3600
#define SHARED_LINES_MAX 500 /* of one XADD */
#define SHARED_PAGE 100      /* entries of one XREAD */
#define SHARED_ID_SIZE 17    /* of a daemon: 16 hex digits */

struct shared_booking {
	unsigned char id[BOOKING_ID_SIZE];
	char gateway[17];
	double bytes;
	int64_t at_ms; /* wall clock */
	const char *site; /* NULL = not known; borrowed */
	int64_t predicted_ms; /* -1 = not known */
};

void shared_write_booking(struct buf *out, const struct shared_booking *b);
void shared_write_undo(struct buf *out,
    const unsigned char id[BOOKING_ID_SIZE]);
/* -1: malformed.  arena: of the site's name. */
int shared_read_booking(struct arena *arena, struct slice text,
    struct shared_booking *out_r);
/* Into the fleet, when the gateway is known and the booking not too old; the
 * prediction in any case. */
void shared_book(struct fleet *f, const struct shared_booking *b,
    int64_t wall_ms, double now_s);
void shared_undo(struct fleet *f, struct slice text, double now_s);
/* The mail of that ticket (32 hex digits) was seen delivered or deferred. */
void shared_done(struct fleet *f, const struct gateway *g, const char *ticket,
    double now_s);
void shared_write_event(struct buf *out, const char *gateway_id,
    struct slice event, int64_t took_ms);
/* NULL when the gateway is not known.  *took_ms_r: -1 = not said. */
struct gateway *shared_event(const struct fleet *f, struct slice text,
    struct slice *event_r, int64_t *took_ms_r);

/* One entry of n lines, and the stream's life.  Entries from before oldest_ms
 * go, and those that are older than any booking. */
struct shared_line {
	const char *kind; /* "book", ... */
	struct slice text;
};
void shared_append(struct command commands_r[2], struct arena *arena,
    const char *prefix, const char *daemon, const struct shared_line *lines,
    size_t n, int64_t now_ms, int64_t oldest_ms);
/* What came behind `after` ("0": all). */
void shared_follow(struct command *c_r, struct arena *arena,
    const char *prefix, const char *daemon, const char *after);
/* The entries of an answer to that, each a list of id and fields, or NULL. */
const struct reply *shared_entries(const struct reply *r);

/* I am here; who else was lately, with the time that each wrote. */
#define SHARED_HEARTBEAT_COMMANDS 4
void shared_heartbeat(struct command commands_r[SHARED_HEARTBEAT_COMMANDS],
    struct arena *arena, const char *prefix, const char *daemon,
    int64_t now_ms);

#endif
