#include "lib/fleet/recent.h"

#include <math.h>
#include <stdbool.h>

#define FIRST_S 0.010

static int64_t
number_at(double now_s)
{
	return 1 + (int64_t)(now_s / RECENT_SLICE_S);
}

static struct recent_slice *
slice_at(struct recent *r, double now_s)
{
	int64_t number = number_at(now_s);
	struct recent_slice *s = &r->slices[number % RECENT_SLICES];

	if (s->number != number)
		*s = (struct recent_slice){.number = number};
	return s;
}

static bool
counts(const struct recent_slice *s, double now_s)
{
	int64_t number = number_at(now_s);

	return s->number > number - RECENT_SLICES && s->number <= number;
}

void
recent_add(struct recent *r, enum recent_what what, double now_s)
{
	slice_at(r, now_s)->n[what]++;
}

void
recent_took(struct recent *r, double took_s, double now_s)
{
	double steps = took_s > FIRST_S ? ceil(2 * log2(took_s / FIRST_S)) : 0;
	int i = steps < RECENT_BUCKETS - 1 ? (int)steps : RECENT_BUCKETS - 1;

	slice_at(r, now_s)->took[i]++;
}

uint64_t
recent_count(const struct recent *r, enum recent_what what, double now_s)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < RECENT_SLICES; i++)
		if (counts(&r->slices[i], now_s))
			sum += r->slices[i].n[what];
	return sum;
}

static uint64_t
took_in(const struct recent *r, int bucket, double now_s)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < RECENT_SLICES; i++)
		if (counts(&r->slices[i], now_s))
			sum += r->slices[i].took[bucket];
	return sum;
}

double
recent_quantile(const struct recent *r, double q, double now_s)
{
	uint64_t all = 0, seen = 0;
	int i;

	for (i = 0; i < RECENT_BUCKETS; i++)
		all += took_in(r, i, now_s);
	if (all == 0)
		return -1;
	for (i = 0; i < RECENT_BUCKETS - 1; i++) {
		seen += took_in(r, i, now_s);
		if ((double)seen >= q * (double)all)
			break;
	}
	return FIRST_S * exp2((double)i / 2);
}
