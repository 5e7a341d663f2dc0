/* Round trips: who measured what, and what the others would measure.  A site is
 * placed anew whenever one more gateway has measured it; the gateways move a
 * little with every site.  One that comes later, and measures few sites, would
 * need dozens of them to arrive like that: it is placed by the first few at
 * once, among those who are there already. */
#include "lib/fleet/fleet.h"

#define PASSES 30     /* over the site's samples, to place it */
#define PASSES_MANY 4 /* when there are many: they pull well together */
#define MANY 12
#define MET_MIN 4 /* sites that place a gateway; so many gateways a site */
#define SITE_SAMPLES_MIN 3 /* fewer than dimensions place nothing */
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

/* Landmarks, who measure every site, find their places together. */
static bool
places_others(const struct gateway *g)
{
	return g->landmark || coordinate_trusted(&g->place);
}

static void
note_met(struct gateway *g, const struct site *s, double rtt_s)
{
	unsigned i;

	for (i = 0; i < g->n_met && i < GATEWAY_MET_MAX; i++)
		if (g->met[i].site == s)
			break;
	if (i == g->n_met || i == GATEWAY_MET_MAX)
		i = g->n_met++ % GATEWAY_MET_MAX;
	g->met[i] = (struct gateway_met){s, s->place, (float)rtt_s};
}

static void
place_gateway(struct gateway *g, const struct site *s, double rtt_s)
{
	uint32_t samples = g->place.samples;
	unsigned i;
	int pass;

	if (places_others(g) || s->placed_by <= MET_MIN ||
	    !coordinate_trusted(&s->place))
		return;
	note_met(g, s, rtt_s);
	if (g->n_met < MET_MIN)
		return;
	gateway_unplace(g);
	for (pass = 0; pass < PASSES; pass++)
		for (i = 0; i < g->n_met && i < GATEWAY_MET_MAX; i++)
			coordinate_move(&g->place, &g->met[i].place,
			    (double)g->met[i].rtt_s);
	g->place.samples = samples;
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
	g->unanswered = 0;
	for (i = 0; i < n; i++)
		fleet_place(f, list[i]);
	place_gateway(g, list[0], sample_s);
	factor = rtt_watch(
	    &g->watch, list[0], before_s, sample_s, at_s, &since_s);
	if (factor > 1 || factor < 1) {
		sites_stretch(&f->sites, g->slot, factor, since_s);
		g->rtt_mean_s *= factor;
	}
}

/* By the places of both, when these are worth something; else as a stranger. */
static double
predict(const struct gateway *g, const struct site *s, double site_min_s,
    double site_mean_s, double doubt)
{
	double predicted_s;

	if (!s || s->placed_by < SITE_SAMPLES_MIN ||
	    !coordinate_trusted(&g->place))
		return rtt_predict(g->rtt_mean_s, site_min_s, site_mean_s);
	predicted_s = coordinate_rtt_s(&s->place, &g->place) *
	    (1 + doubt * ((double)s->place.error + (double)g->place.error));
	return doubt <= 0 || predicted_s > site_min_s ? predicted_s
						      : site_min_s;
}

double
fleet_predict_rtt(const struct gateway *g, const struct site *s,
    double site_min_s, double site_mean_s)
{
	return predict(g, s, site_min_s, site_mean_s, DOUBT);
}

double
fleet_expect_rtt(const struct gateway *g, const struct site *s,
    double site_min_s, double site_mean_s)
{
	return predict(g, s, site_min_s, site_mean_s, 0);
}
