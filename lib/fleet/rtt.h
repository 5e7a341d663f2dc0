/* Round trip from a gateway to a site's mail server: smoothed where measured,
 * predicted where not, never zero.  Pure. */
#ifndef NEARPOST_FLEET_RTT_H
#define NEARPOST_FLEET_RTT_H

#define RTT_DEFAULT_S 0.1 /* when nothing at all was measured anywhere */
#define RTT_MIN_S 0.0001  /* no estimate is below */

enum rtt_source {
	RTT_NONE = 0,
	RTT_LOADED,   /* measured before the last restart, from Redis */
	RTT_LOG,      /* delays= of the mail log: coarse */
	RTT_PROBE,    /* a TCP handshake */
	RTT_PREDICTED /* not measured by this gateway */
};
const char *rtt_source_name(enum rtt_source s);

/* The next estimate after a sample.  estimate_s <= 0: there was none, the
 * sample is it.  Else a moving mean of weight 0.1 in which one sample counts
 * for at most three times the estimate: a lost SYN costs 1 s or 3 s and says
 * nothing about the distance. */
double rtt_smooth(double estimate_s, double sample_s);

/* -1 or 1: the sample is so much below or above the estimate that it is either
 * an accident or a change of the path; the next one will tell.  0: it is not. */
int rtt_odd(double estimate_s, double sample_s);

/* Has the way out of a gateway changed for all sites?  It has when of the last
 * eight different sites six are off the same way; one site alone may have
 * moved. */
#define RTT_WATCHED 8
struct rtt_watch {
	struct {
		const void *site; /* only compared */
		float ratio;      /* sample / estimate */
		double at_s;
	} last[RTT_WATCHED];
	unsigned n;
};
/* A sample.  The factor that all estimates from before *since_s_r, the first
 * sign of the change, should be multiplied with; 1 = none.  The watch then starts
 * anew. */
double rtt_watch(struct rtt_watch *w, const void *site, double estimate_s,
    double sample_s, double at_s, double *since_s_r);

/* For a pair never measured. gateway_mean_s: the gateway's own mean over all
 * sites, 0 when it has none; site_min_s, site_mean_s: over the gateways that
 * measured the site, 0 likewise. A stranger is thought twice as far as the
 * nearest that was measured, or farther: anything else would send every first
 * mail to whoever knows least. */
double rtt_predict(double gateway_mean_s, double site_min_s,
    double site_mean_s);

#endif
