/* Landmarks are chosen farthest first (Gonzalez 1985: nobody is then more than
 * twice as far from the next landmark as need be).  They stay, because their
 * measurements of the other sites are what new ones are compared with; only a
 * much better set is worth measuring everything again.
 *
 * A gateway that has measured next to nothing cannot be predicted.  Half of the
 * four places are lent to such gateways, in turn, until each has met a few
 * sites. */
#include "lib/fleet/probe.h"

#include <math.h>
#include <stdlib.h>

#define STRANGERS (PROBE_BEST / 2)
/* A set of landmarks is much better when nobody is that far from the next one:
 * a part of what it was, and some more for the noise of coordinates. */
#define MUCH_BETTER 1.5
#define NOISE_S 0.01

static bool
placed(const struct probe_view *v)
{
	return v->able && coordinate_trusted(v->place);
}

/* To the nearest landmark that has a place; INFINITY: there is none. */
static double
distance_s(const struct probe_view *v, int n, const struct probe_view *from)
{
	double least = (double)INFINITY;
	int i;

	for (i = 0; i < n; i++)
		if (v[i].landmark && placed(&v[i]))
			least = fmin(least,
			    coordinate_rtt_s(v[i].place, from->place));
	return least;
}

/* The same in the order of ids: gateways of one town tend to have one name and
 * numbers. */
static int
steps(const struct probe_view *v, int n, int from)
{
	int i, least = n;

	for (i = 0; i < n; i++)
		if (v[i].landmark && abs(i - from) < least)
			least = abs(i - from);
	return least;
}

/* The next landmark, -1 when everybody is one.  As soon as anybody has a place it
 * is one of those. */
static int
farthest(const struct probe_view *v, int n)
{
	double most = -1;
	bool any_placed = false;
	int i, best = -1;

	for (i = 0; i < n; i++) {
		double d;

		if (!v[i].able || v[i].landmark ||
		    (any_placed && !placed(&v[i])))
			continue;
		if (placed(&v[i]) && !any_placed) {
			any_placed = true;
			most = -1;
		}
		d = any_placed ? distance_s(v, n, &v[i]) : steps(v, n, i);
		if (d > most) {
			most = d;
			best = i;
		}
	}
	return best;
}

/* How far the farthest gateway is from its nearest landmark. */
static double
reach_s(const struct probe_view *v, int n)
{
	double most = 0;
	int i;

	for (i = 0; i < n; i++)
		if (placed(&v[i]) && !v[i].landmark)
			most = fmax(most, distance_s(v, n, &v[i]));
	return most;
}

static void
fill(struct probe_view *v, int n, int have)
{
	int next;

	while (have < PROBE_LANDMARKS && (next = farthest(v, n)) >= 0) {
		v[next].landmark = true;
		have++;
	}
}

static void
choose_anew(struct probe_view *v, int n)
{
	bool was[PROBE_VIEWS_MAX];
	double old_s = reach_s(v, n);
	int i;

	for (i = 0; i < n; i++) {
		was[i] = v[i].landmark;
		v[i].landmark = false;
	}
	fill(v, n, 0);
	if (old_s > MUCH_BETTER * reach_s(v, n) + NOISE_S)
		return;
	for (i = 0; i < n; i++)
		v[i].landmark = was[i];
}

void
probe_landmarks(struct probe_view *v, int n, bool anew)
{
	int i, have = 0, n_placed = 0;

	for (i = 0; i < n; i++) {
		v[i].landmark = v[i].landmark && v[i].able;
		have += v[i].landmark;
		n_placed += placed(&v[i]);
	}
	fill(v, n, have);
	if (anew && n_placed > PROBE_LANDMARKS)
		choose_anew(v, n);
}

double
probe_due_s(const struct probe_view *v, double interval_s)
{
	double most_s = fmax(PROBE_BACKOFF_MAX_S, 2 * interval_s);
	double wait_s = interval_s;
	unsigned i;

	if (v->probed_s <= 0)
		return 0;
	for (i = 0; i < v->unanswered && wait_s < most_s; i++)
		wait_s = fmin(2 * wait_s, most_s);
	return v->probed_s + wait_s;
}

/* What a plan is made from. */
struct planner {
	const struct probe_view *v;
	int n;
	double now_s, interval_s;
	bool all;      /* a small fleet */
	bool has_mail;
	int left;      /* so many more in this interval, */
	int strange;   /* and so many that the site was never shown to */
	bool taken[PROBE_VIEWS_MAX];
	struct probe_plan *out;
};

static bool
due(const struct planner *p, const struct probe_view *v)
{
	return probe_due_s(v, p->interval_s) <= p->now_s;
}

static bool
known(const struct probe_view *v)
{
	return v->measured || v->probed_s > 0;
}

static bool
recent(const struct planner *p, const struct probe_view *v)
{
	return v->probed_s > 0 && p->now_s - v->probed_s < p->interval_s;
}

static bool
may(const struct planner *p, const struct probe_view *v)
{
	return v->able && (p->all || v->mail || recent(p, v) ||
	    (p->left > 0 && (p->has_mail || known(v) || p->strange > 0)));
}

static void
want(struct planner *p, int i)
{
	const struct probe_view *v = &p->v[i];

	if (p->taken[i] || !may(p, v))
		return;
	p->taken[i] = true;
	if (!due(p, v)) {
		p->out->again_s = fmin(
		    p->out->again_s, probe_due_s(v, p->interval_s));
		return;
	}
	p->left--;
	p->strange -= !known(v);
	p->out->ask[p->out->n++] = i;
}

/* Nothing more is to be expected of the landmarks.  One that cannot reach the
 * site does not hold up the others for ever, nor does one that was not asked for
 * want of a turn. */
static bool
landmarks_done(struct planner *p)
{
	double asked_s = 0, heard_s = 0;
	bool pending = false;
	int i;

	for (i = 0; i < p->n; i++) {
		const struct probe_view *v = &p->v[i];

		if (!v->able || !v->landmark)
			continue;
		if (v->measured || (v->probed_s <= 0 && !p->taken[i])) {
			heard_s = fmax(heard_s, v->probed_s);
			continue;
		}
		pending = true;
		asked_s = fmax(asked_s, v->probed_s);
	}
	if (asked_s <= 0)
		asked_s = heard_s;
	if (!pending || (asked_s > 0 && p->now_s - asked_s >= PROBE_WAIT_S))
		return true;
	if (asked_s > 0)
		p->out->again_s =
		    fmin(p->out->again_s, asked_s + PROBE_WAIT_S);
	return false;
}

static bool
stranger(const struct probe_view *v)
{
	return !known(v) && !coordinate_trusted(v->place);
}

/* Those that were asked least come first, or those that are nearest. */
static bool
goes_before(const struct probe_view *a, const struct probe_view *b,
    bool strangers)
{
	return strangers ? a->shown < b->shown : a->guess_s < b->guess_s;
}

/* Up to max more of either kind; how many there were. */
static int
want_best(struct planner *p, bool strangers, int max)
{
	int i, best, found;

	for (found = 0; found < max; found++) {
		best = -1;
		for (i = 0; i < p->n; i++) {
			const struct probe_view *v = &p->v[i];

			/* Who did not answer makes room for the next. */
			if (v->landmark || p->taken[i] || !may(p, v) ||
			    (!v->measured && !due(p, v)) ||
			    stranger(v) != strangers)
				continue;
			if (best < 0 ||
			    goes_before(v, &p->v[best], strangers))
				best = i;
		}
		if (best < 0)
			break;
		want(p, best);
	}
	return found;
}

/* Asked in this interval and not heard of: one of the best that were chosen. */
static bool
awaited(const struct planner *p, const struct probe_view *v)
{
	return v->able && !v->landmark && !v->mail && v->unanswered > 0 &&
	    recent(p, v);
}

static void
want_nearest(struct planner *p)
{
	int i, left = PROBE_BEST;

	for (i = 0; i < p->n; i++)
		left -= awaited(p, &p->v[i]);
	left -= want_best(p, true, left < STRANGERS ? left : STRANGERS);
	left -= want_best(p, false, left);
	(void)want_best(p, true, left);
}

static void
want_mail(struct planner *p)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (p->v[i].mail)
			want(p, i);
}

void
probe_site(const struct probe_view *v, int n, double now_s, double interval_s,
    struct probe_plan *out_r)
{
	struct planner p = {.v = v,
	    .n = n,
	    .now_s = now_s,
	    .interval_s = interval_s,
	    .left = PROBE_SITE_MAX,
	    .strange = PROBE_SITE_MAX,
	    .out = out_r};
	int i, n_able = 0;

	out_r->n = 0;
	out_r->again_s = now_s + PROBE_AGAIN_S;
	for (i = 0; i < n; i++) {
		n_able += v[i].able;
		p.has_mail = p.has_mail || (v[i].able && v[i].mail);
		p.left -= v[i].able && recent(&p, &v[i]);
		p.strange -= v[i].able && known(&v[i]);
	}
	p.all = n_able <= PROBE_SITE_MAX;
	for (i = 0; i < n; i++)
		if (p.all || v[i].landmark)
			want(&p, i);
	if (!p.all && landmarks_done(&p))
		want_nearest(&p);
	want_mail(&p);
}

void
probe_rate_fill(struct probe_rate *r, double per_s, double now_s)
{
	double burst = per_s + 1;

	if (r->at_s <= 0)
		r->left = burst;
	else if (now_s > r->at_s)
		r->left = fmin(burst, r->left + (now_s - r->at_s) * per_s);
	r->at_s = now_s;
}
