/* Several policyds over the same gateways, as the product has them: each has a
 * fleet of its own.  What gateways tell reaches all of them at once, since an
 * agent reports to every policyd; what one of them books is written at once, and
 * the others know it after their next look. */
#ifndef NEARPOST_SIM_DAEMONS_H
#define NEARPOST_SIM_DAEMONS_H

#include "lib/fleet/shared.h"

#define DAEMONS_MAX 32

/* Bookings of one on their way to another. */
struct post;
STAILQ_HEAD(post_list, post);
struct daemon {
	struct fleet fleet;
	double phase_s; /* its rounds do not begin when those of others do */
	int64_t rounds; /* begun so far */
	struct post_list from[DAEMONS_MAX];
};
struct daemons {
	struct daemon *list;
	int n;
	double now_s; /* the latest that was heard of */
};

void daemons_init(struct daemons *all, int n, double report_interval_s,
    size_t max_sites, size_t max_pairs);
void daemons_free(struct daemons *all);
/* Everything that is due by then.  Before each of the others. */
void daemons_at(struct daemons *all, double now_s);

/* To each of them.  slot: in the order of the rows.  host: the site's. */
void daemons_configure(struct daemons *all, const struct fleet_row *rows,
    size_t n);
void daemons_report(struct daemons *all, int slot, const struct report *r,
    double now_s);
void daemons_rtt(struct daemons *all, int slot, const char *host,
    double sample_s, double now_s);
void daemons_delivery(struct daemons *all, int slot, const char *host,
    const struct delivery *d, double now_s);
void daemons_refused(struct daemons *all, int slot, double now_s);

/* One of them chooses and books, and the others hear of it later.  Returns the
 * slot; 0 when nobody is alive: some gateway has to be named, and hope. */
int daemons_choose(struct daemons *all, int daemon,
    const unsigned char id[BOOKING_ID_SIZE], const char *host, double bytes,
    const char *digest, double now_s);
void daemons_undo(struct daemons *all, int daemon,
    const unsigned char id[BOOKING_ID_SIZE], double now_s);

#endif
