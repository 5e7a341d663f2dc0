/* Bookings: mails that were given to a gateway and of which nobody has heard
 * yet. Known by the ticket's id.  A booking counts in the gateway's backlog
 * until the gateway reports that it accepted the mail, and against the site's
 * sessions until a delivery event; after BOOKING_LIFETIME_S it is forgotten. */
#ifndef NEARPOST_FLEET_BOOKING_H
#define NEARPOST_FLEET_BOOKING_H

#include "lib/fleet/gateway.h"

#define BOOKING_ID_SIZE 16
#define BOOKING_LIFETIME_S 600.0
#define BOOKINGS_MAX 200000 /* then the oldest go */

struct booking {
	unsigned char id[BOOKING_ID_SIZE];
	uint16_t slot;
	bool accepted; /* the gateway has it: not in its `unaccepted` list */
	bool ours;     /* not another policyd's */
	float bytes;
	float taken_s; /* quota_take() */
	struct site *site; /* NULL when the site is not known */
	double at_s;
	TAILQ_ENTRY(booking) by_age;
	TAILQ_ENTRY(booking) by_gateway;
};

struct bookings {
	struct map *by_id;
	struct booking_list by_age; /* oldest first */
	size_t n;
};

void bookings_init(struct bookings *all);
/* An older booking of that id is undone first: the same stub was asked for
 * again. */
struct booking_of {
	const unsigned char *id; /* 16 bytes */
	int slot;
	struct site *site; /* NULL when it is not known */
	double bytes;
	bool ours; /* chosen here, not by another policyd */
};
void booking_add(struct bookings *all, struct gateways *gateways,
    struct sites *sites, const struct booking_of *what, double now_s);
/* "<32 hex digits>", as tickets are written.  -1 when it is not that. */
int booking_id(struct slice hex, unsigned char id_r[BOOKING_ID_SIZE]);
bool booking_known(const struct bookings *all,
    const unsigned char id[BOOKING_ID_SIZE]);
/* The mail never left, or went through another gateway.  false: not known. */
bool booking_undo(struct bookings *all, struct gateways *gateways,
    struct sites *sites, const unsigned char id[BOOKING_ID_SIZE], double now_s);
/* The first delivery event of a mail, from the gateway in `slot`.  When that is
 * another one, it is what the site has had its mail from. */
void booking_done(struct bookings *all, struct gateways *gateways,
    struct sites *sites, const unsigned char id[BOOKING_ID_SIZE], int slot,
    double now_s);
/* The gateway reported n more mails accepted: its oldest n bookings are not on
 * the way any more. */
void bookings_accepted(struct gateway *g, int64_t n, double now_s);
/* One of them was counted by a report before we knew the booking. */
void bookings_late(struct gateway *g);
void bookings_expire(struct bookings *all, struct gateways *gateways,
    double now_s);
/* The clock went back: none was made after now_s. */
void bookings_not_after(struct bookings *all, double now_s);
void bookings_forget_gateway(struct bookings *all, struct gateways *gateways,
    int slot);
void bookings_free(struct bookings *all, struct gateways *gateways);

#endif
