/* What became of an advert: the event that a gateway's observer makes from a
 * ticket and a line of the mail log, and that policyd keeps.  On the wire, as
 * the value of event.N in nearpost_events:
 *
 *      seq=1764000000000001;ticket=<hex>;status=sent;recipient=a%3Bb@x;...
 *
 * ';', '%', controls and bytes past 0x7e are %XX.  Pure. */
#ifndef NEARPOST_FLEET_DELIVERY_H
#define NEARPOST_FLEET_DELIVERY_H

#include <stdint.h>

#include "lib/base/buf.h"

#define DELIVERY_TEXT_MAX 4096 /* octets of one event on the wire */

enum delivery_status {
	DELIVERY_SENT = 0,
	DELIVERY_DEFERRED, /* tried, will be tried again */
	DELIVERY_BOUNCED   /* refused for good, or too old */
};
struct delivery {
	int64_t seq; /* rises with every event of a gateway, over restarts too: an
	              * event that comes again is known by it */
	enum delivery_status status;
	char ticket[33], queue_id[32];
	char campaign[65], creative[65];
	char recipient[320];
	char relay_host[256], relay_ip[64]; /* "" when no server was reached */
	char dsn[16];
	char text[256];     /* the server's reply, cut */
	int conn_use;       /* 1 = fresh session; c tells the RTT only then */
	int64_t size_bytes; /* of the advert; -1 unknown */
	int64_t requested_ms, received_ms; /* wall clock: the initiator's stamp of
	              * the ticket; end of message here plus the log's b+c+d */
	int64_t ttr_ms;     /* received_ms - requested_ms; two clocks, may be < 0 */
	int64_t delays_us[4]; /* Postfix's a/b/c/d; -1 unknown */
};

const char *delivery_status_text(enum delivery_status status);
void delivery_write(struct buf *out, const struct delivery *d);
/* A value as it stands between the semicolons. */
void delivery_escape(struct buf *out, const char *s);
/* Strings too long for their place are cut; unknown keys are ignored.  -1 and
 * *error_r when seq, ticket or status are missing or something is no number. */
int delivery_parse(struct slice text, struct delivery *out_r,
    const char **error_r);

#endif
