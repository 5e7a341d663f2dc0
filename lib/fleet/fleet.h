/* Everything the choice of a gateway stands on, and the choice: gateways,
 * sites, bookings and the mean size of a mail.  What happens outside comes in
 * through the functions below, with the time; nothing here knows sockets or
 * Redis. Times: now_s is seconds of the monotonic clock. */
#ifndef NEARPOST_FLEET_FLEET_H
#define NEARPOST_FLEET_FLEET_H

#include "lib/fleet/booking.h"
#include "lib/fleet/delivery.h"
#include "lib/fleet/prediction.h"
#include "lib/mail/address.h"

#define FLEET_SECOND_KEPT_S 60.0 /* a second choice stays at least so long */
#define FLEET_PROBES_PER_S 20.0

struct fleet {
	struct gateways gateways;
	struct sites sites;
	struct bookings bookings;
	struct predictions *predictions;
	double mean_bytes;  /* of all mail, moving */
	double mean_weight; /* of the next mail in it: 1, 1/2, 1/3 ... */
	double report_interval_s;
	bool probes;
	double probe_interval_s;
	double probes_per_s; /* of all gateways together */
	int policyds;        /* that ask for probes, this one included */
	struct probe_rate probe_rate;
	double first_able_s; /* since when there is somebody to ask */
	double planned_s, landmarks_s; /* when that was last done */
	size_t probe_at; /* where the search for unmeasured sites goes on */
	uint32_t places; /* sites placed so far: seeds */
	double ticked_s; /* the last fleet_tick() */
};

struct fleet_question {
	struct site *site; /* NULL: not known, every round trip is predicted */
	double size_bytes;
	const char *asset_digest;      /* gateways must hold this set */
	const bool *routable;          /* by slot; NULL = all are */
	int earlier; /* recipients of the same message before this one */
};
struct fleet_choice {
	struct score score[GATEWAYS_MAX]; /* by slot, free slots undefined */
	int order[GATEWAYS_MAX]; /* slots: eligible ones first, best first;
	                          * then those of SCORE_SITE_RATE, and then
	                          * the others by id */
	int n, n_eligible;
	/* Slots; -1 = none.  second is the kept one.  It may be one of
	 * SCORE_SITE_RATE: what the first one does not take must go on. */
	int first, second;
	const char *reason; /* why first beats the next best */
};

void fleet_init(struct fleet *f, double report_interval_s,
    double probe_interval_s, bool probes);
void fleet_free(struct fleet *f);
/* The mean size as it was before a restart. */
void fleet_restore_mean(struct fleet *f, double mean_bytes);
/* The configured gateways; those not named any more are removed. */
struct fleet_row {
	const char *id, *host;
	double bytes_per_s;
	int site_sessions; /* at one site at a time; 0 = the default */
};
void fleet_configure(struct fleet *f, const struct fleet_row *rows, size_t n);

/* Score every gateway and rank them.  keep: the choice is for a mail, the
 * second choice is kept, and only order[0] and [1] are filled.  Else (to
 * explain) nothing changes and order is whole. */
void fleet_choose(struct fleet *f, const struct fleet_question *q,
    double now_s, bool keep, struct fleet_choice *out_r);
/* Of a choice of nobody: seconds until one that is passed over for SCORE_SITE_RATE
 * alone will have room again, and not for a single mail only.  -1: there is none
 * of these. */
double fleet_site_rate_wait_s(const struct fleet *f,
    const struct fleet_question *q, const struct fleet_choice *c,
    double now_s);
/* The choice was taken: load goes up now, not at the next report. */
void fleet_book(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE],
    int slot, struct site *site, double size_bytes, double now_s);
/* Another policyd has taken it. */
void fleet_book_other(struct fleet *f,
    const unsigned char id[BOOKING_ID_SIZE], int slot, struct site *site,
    double size_bytes, double now_s);
/* And that before our start: the mean size has it already.  at_s: then. */
void fleet_rebook(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE],
    int slot, struct site *site, double size_bytes, double at_s);
bool fleet_unbook(struct fleet *f, const unsigned char id[BOOKING_ID_SIZE],
    double now_s);

/* false: out of order, ignored. */
bool fleet_report(struct fleet *f, struct gateway *g, const struct report *r,
    double now_s, int64_t now_wall_ms);
/* A round trip from the gateway to a mail server, measured at at_s. */
void fleet_rtt(struct fleet *f, struct gateway *g, const char *host,
    double sample_s, double at_s);
/* The site's place, after what is measured of it has changed otherwise. */
void fleet_place(struct fleet *f, struct site *s);
/* What the gateway would measure to the site (NULL: not known).  site_min_s and
 * site_mean_s: site_rtt(). */
double fleet_predict_rtt(const struct gateway *g, const struct site *s,
    double site_min_s, double site_mean_s);
/* The same without the doubt that is added to choose by it: to find out, the
 * likely one is asked, not the safe one. */
double fleet_expect_rtt(const struct gateway *g, const struct site *s,
    double site_min_s, double site_mean_s);
/* A connection to the gateway was refused. */
void fleet_refused(struct gateway *g, double now_s);
/* site: of the recipient's domain, NULL when not known.  The caller has checked
 * that the event is new. */
void fleet_delivery(struct fleet *f, struct gateway *g, struct site *site,
    const struct delivery *d, double now_s);
/* The score of the choice that was taken, as prediction_ms() has it; kept until
 * its delivery. */
void fleet_predicted(struct fleet *f,
    const unsigned char id[BOOKING_ID_SIZE], int slot, int64_t ms);
/* An advert of that ticket was received so long after its request.  Returns
 * what the score had said, -1 when that is not known. */
double fleet_received(struct fleet *f, struct gateway *g, const char *ticket,
    double measured_s);
/* It was received, and that is counted already. */
void fleet_received_before(
    struct fleet *f, const struct gateway *g, const char *ticket);
/* The same advert as of fleet_received(), for the site's statistics. */
void fleet_receipt(struct fleet *f, const struct gateway *g,
    struct site *site, double measured_s, double predicted_s, double now_s);
/* Over all gateways. */
void fleet_prediction(const struct fleet *f, struct prediction_error *out_r);
/* What the gateway should measure now, as many as REPORT_PROBES_MAX; borrowed
 * strings. */
void fleet_to_probe(struct fleet *f, struct gateway *g, double now_s,
    struct report_probes *out_r);
/* Once a second or so: what is too old goes.  It also sees a clock that went
 * back. */
void fleet_tick(struct fleet *f, double now_s);

#endif
