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

/* For a pair never measured. gateway_mean_s: the gateway's own mean over all
 * sites, 0 when it has none; site_min_s, site_mean_s: over the gateways that
 * measured the site, 0 likewise. A stranger is thought twice as far as the
 * nearest that was measured, or farther: anything else would send every first
 * mail to whoever knows least. */
double rtt_predict(double gateway_mean_s, double site_min_s,
    double site_mean_s);

#endif
