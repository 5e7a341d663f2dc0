/* Who measures a site: eight landmarks that lie far apart, and, when these have
 * answered, the four that are predicted nearest by network coordinates.  In a
 * fleet of twelve that is everybody; in one of two hundred a site still costs
 * twelve probes.  Pure: structs and the time in, structs out. */
#ifndef NEARPOST_FLEET_PROBE_H
#define NEARPOST_FLEET_PROBE_H

#include <stdbool.h>

#include "lib/fleet/coordinate.h"

#define PROBE_LANDMARKS 8
#define PROBE_BEST 4
#define PROBE_SITE_MAX (PROBE_LANDMARKS + PROBE_BEST) /* gateways, one site */
#define PROBE_VIEWS_MAX 256
#define PROBE_WAIT_S 5.0   /* for landmarks to answer */
#define PROBE_AGAIN_S 5.0  /* a site is looked at anew at least so often */
#define PROBE_BACKOFF_MAX_S 3600.0

/* A gateway as a site sees it.  Arrays of them are in the order of ids, which
 * settles what nothing else does. */
struct probe_view {
	const struct coordinate *place;
	bool able;     /* alive, in service, and probes at all */
	bool landmark;
	unsigned shown; /* so many sites, to measure them */
	/* The rest is of the site. */
	bool measured;       /* by whatever */
	bool mail;           /* is booked for it there, or was just now */
	double probed_s;     /* last asked to or done; 0 = never */
	unsigned unanswered; /* that it was asked in a row */
	double guess_s;      /* round trip, measured or predicted */
};

/* Sets landmark.  Those who are able stay; vacant places go to who is farthest
 * from all the others, or while nobody has a place, farthest in the order of ids.
 * anew: another set is taken when it lies much better. */
void probe_landmarks(struct probe_view *v, int n, bool anew);

/* Not to be probed again before: interval_s after the last time, which doubles
 * with every time that there was no answer. */
double probe_due_s(const struct probe_view *v, double interval_s);

struct probe_plan {
	int ask[PROBE_VIEWS_MAX]; /* of the views, the most needed first */
	int n;
	double again_s; /* nothing changes before, unless something is measured */
};
/* Who should probe the site now.  In an interval it is shown to no more than
 * PROBE_SITE_MAX gateways, beside those that its mail goes by; one that never gets
 * mail to so many in all, as long as these are able. */
void probe_site(const struct probe_view *v, int n, double now_s,
    double interval_s, struct probe_plan *out_r);

/* So many a second, and never more at once than a second brings and one: with
 * less, a turn that is a little late would be lost.  Zeroed: full. */
struct probe_rate {
	double left, at_s;
};
void probe_rate_fill(struct probe_rate *r, double per_s, double now_s);

#endif
