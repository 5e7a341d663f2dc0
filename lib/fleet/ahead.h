/* What other policyds book unseen.  Each knows the bookings of the others as of
 * its last look at them.  So each booking of its own since then stands for as
 * many as there are policyds: they do as we do, and without that a burst would
 * go to the same gateway from all of them.  With the next look theirs are here,
 * and the guess is gone.  Pure: the caller says when it looks.
 *
 * The guess is kept beside the backlog, not in it: reports, undone bookings and
 * idle moments change the backlog, and what would be taken out of it then is
 * not what was put in. */
#ifndef NEARPOST_FLEET_AHEAD_H
#define NEARPOST_FLEET_AHEAD_H

struct gateway;
struct gateways;

struct ahead { /* of a gateway; their sum is state.unseen_s */
	double since_s;  /* seconds of work: since the last look */
	double before_s; /* before it; the answer is under way */
};

/* A booking of our own was made.  policyds: alive, this one included. */
void ahead_booked(struct gateway *g, double bytes, int policyds);
/* The bookings that the others have made up to now are asked for; they are all
 * here.  Asked again before the answer: both are answered by the next one. */
void ahead_asked(struct gateways *all);
void ahead_answered(struct gateways *all);

#endif
