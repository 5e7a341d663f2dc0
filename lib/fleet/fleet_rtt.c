/* Round trips: who measured what, and what the others would measure.  A site is
 * placed anew whenever one more gateway has measured it; the gateways move a
 * little with every site. */
#include "lib/fleet/fleet.h"

#define PASSES 30     /* over the site's samples, to place it */
#define PASSES_MANY 4 /* when there are many: they pull well together */
#define MANY 12
/* Fewer samples than dimensions place nothing; a gateway that predicts worse
 * than by half is not believed. */
#define SITE_SAMPLES_MIN 3
#define GATEWAY_ERROR_MAX 0.5
/* The least of many predictions is too good to be true: each is taken as longer
 * by as much as it may be wrong. */
#define DOUBT 1.0
#define SAMPLE_MAX_S 60.0

void
fleet_place(struct fleet *f, struct site *s)
{
	int pass, passes;
	unsigned i, n = 0;

	for (i = 0; i < s->n_pairs; i++)
		n += s->pairs[i].rtt_s > 0;
	if (n == 0 || (n == s->placed_by && f->places < 2 * s->placed_at))
		return;
	coordinate_init(&s->place, f->places++);
	s->placed_by = n;
	s->placed_at = f->places;
	passes = n > MANY ? PASSES_MANY : PASSES;
	for (pass = 0; pass < passes; pass++)
		for (i = 0; i < s->n_pairs; i++) {
			const struct pair *p = &s->pairs[i];
			struct gateway *g =
			    f->gateways.slot[p->gateway];

			if (!g || p->rtt_s <= 0)
				continue;
			coordinate_move(
			    &s->place, &g->place, (double)p->rtt_s);
			if (pass == passes - 1)
				coordinate_move(&g->place, &s->place,
				    (double)p->rtt_s);
		}
}

void
fleet_rtt(struct fleet *f, struct gateway *g, const char *host,
    double sample_s, double at_s)
{
	struct site *const *list = sites_of_host(&f->sites, host);
	const struct pair *p = list ? site_pair(list[0], g->slot) : NULL;
	double before_s = p ? (double)p->rtt_s : 0, factor, since_s;
	int n, i;

	if (!list || !(sample_s > 0 && sample_s <= SAMPLE_MAX_S))
		return;
	n = sites_rtt(&f->sites, host, g->slot, sample_s, at_s);
	gateway_rtt(g, sample_s);
	for (i = 0; i < n; i++)
		fleet_place(f, list[i]);
	factor = rtt_watch(
	    &g->watch, list[0], before_s, sample_s, at_s, &since_s);
	if (factor > 1 || factor < 1) {
		sites_stretch(&f->sites, g->slot, factor, since_s);
		g->rtt_mean_s *= factor;
	}
}

double
fleet_predict_rtt(const struct gateway *g, const struct site *s,
    double site_min_s, double site_mean_s)
{
	double predicted_s;

	if (!s || s->placed_by < SITE_SAMPLES_MIN ||
	    (double)g->place.error > GATEWAY_ERROR_MAX)
		return rtt_predict(g->rtt_mean_s, site_min_s, site_mean_s);
	predicted_s = coordinate_rtt_s(&s->place, &g->place) *
	    (1 + DOUBT * ((double)s->place.error + (double)g->place.error));
	return predicted_s > site_min_s ? predicted_s : site_min_s;
}
