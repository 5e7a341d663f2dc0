#include "lib/fleet/receipt.h"

#include <math.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"

#define FIRST_S 0.01 /* upper end of bucket 0 */
#define SHORTEST_S 0.01 /* what a relative error is measured against */

void
prediction_error_add(struct prediction_error *e, double measured_s,
    double predicted_s)
{
	double error_s = measured_s - predicted_s;
	double against_s = measured_s > SHORTEST_S ? measured_s : SHORTEST_S;
	double weight;

	if (e->n < RECEIPT_RECENT)
		e->n++;
	weight = 1.0 / e->n;
	e->mean_s += (float)(weight * (error_s - (double)e->mean_s));
	e->relative += (float)(weight *
	    (fabs(error_s) / against_s - (double)e->relative));
}

void
prediction_error_join(struct prediction_error *e,
    const struct prediction_error *other)
{
	uint32_t n = e->n + other->n;
	double share;

	if (n == 0)
		return;
	share = (double)other->n / n;
	e->mean_s += (float)(share *
	    ((double)other->mean_s - (double)e->mean_s));
	e->relative += (float)(share *
	    ((double)other->relative - (double)e->relative));
	e->n = n;
}

void
receipts_init(struct receipts *all, size_t max)
{
	*all = (struct receipts){.max = max};
	TAILQ_INIT(&all->by_use);
}

struct receipt *
receipt_find(struct receipt *list, int slot)
{
	while (list && list->gateway != slot)
		list = list->next;
	return list;
}

static void
drop(struct receipt *r)
{
	*r->place = r->next;
	if (r->next)
		r->next->place = r->place;
	TAILQ_REMOVE(&r->all->by_use, r, by_use);
	r->all->n--;
	free(r);
}

struct receipt *
receipts_get(struct receipts *all, struct receipt **list, int slot,
    double now_s)
{
	struct receipt *r = receipt_find(*list, slot);

	if (r) {
		TAILQ_REMOVE(&all->by_use, r, by_use);
	} else {
		if (all->n >= all->max)
			drop(TAILQ_LAST(&all->by_use, receipt_queue));
		r = xcalloc(1, sizeof(*r));
		r->gateway = (uint16_t)slot;
		r->all = all;
		r->place = list;
		r->next = *list;
		if (r->next)
			r->next->place = &r->next;
		*list = r;
		all->n++;
	}
	TAILQ_INSERT_HEAD(&all->by_use, r, by_use);
	r->at_s = now_s;
	return r;
}

/* Upper end of a bucket; the last one has none. */
static double
end_s(int bucket)
{
	return FIRST_S * pow(2, bucket / 2.0);
}

static int
bucket_of(double seconds)
{
	int b = 0;

	if (seconds > FIRST_S)
		b = (int)ceil(2 * log2(seconds / FIRST_S) - 1e-9);
	return b < RECEIPT_BUCKETS ? b : RECEIPT_BUCKETS - 1;
}

static void
halve(struct receipt *r)
{
	int i;

	r->recent = 0;
	for (i = 0; i < RECEIPT_BUCKETS; i++) {
		r->bucket[i] = (uint16_t)((r->bucket[i] + 1) / 2);
		r->recent += r->bucket[i];
	}
}

void
receipt_add(struct receipt *r, double seconds)
{
	uint32_t weight;

	if (r->recent >= 2 * RECEIPT_RECENT)
		halve(r);
	r->bucket[bucket_of(seconds)]++;
	r->recent++;
	r->n++;
	weight = r->n < RECEIPT_RECENT ? r->n : RECEIPT_RECENT;
	r->mean_s += (float)((seconds - (double)r->mean_s) / weight);
}

double
receipt_quantile(const struct receipt *r, double share)
{
	double wanted = share * r->recent, before = 0, low;
	int i;

	if (r->recent == 0)
		return 0;
	for (i = 0; i < RECEIPT_BUCKETS - 1; i++) {
		if (r->bucket[i] > 0 && before + r->bucket[i] >= wanted)
			break;
		before += r->bucket[i];
	}
	low = i ? end_s(i - 1) : 0;
	if (r->bucket[i] == 0)
		return low;
	return low + (end_s(i) - low) * (wanted - before) / r->bucket[i];
}

void
receipts_drop(struct receipt **list)
{
	while (*list)
		drop(*list);
}

void
receipts_drop_gateway(struct receipt **list, int slot)
{
	struct receipt *r = receipt_find(*list, slot);

	if (r)
		drop(r);
}

void
receipt_buckets_write(struct buf *out, const struct receipt *r)
{
	const char *comma = "";
	int i;

	for (i = 0; i < RECEIPT_BUCKETS; i++) {
		if (r->bucket[i] == 0)
			continue;
		buf_printf(out, "%s%d:%u", comma, i, (unsigned)r->bucket[i]);
		comma = ",";
	}
}

bool
receipt_buckets_read(struct slice text, struct receipt *r)
{
	uint16_t bucket[RECEIPT_BUCKETS] = {0};
	struct slice part, key;
	int64_t at, n;
	uint32_t sum = 0;

	while (slice_split(&text, ',', &part)) {
		if (!slice_split(&part, ':', &key) ||
		    text_int(key, 0, RECEIPT_BUCKETS - 1, &at) != 0 ||
		    text_int(part, 1, 2 * RECEIPT_RECENT, &n) != 0 ||
		    bucket[at] != 0)
			return false;
		bucket[at] = (uint16_t)n;
		sum += (uint32_t)n;
	}
	if (sum == 0 || sum > 2 * RECEIPT_RECENT)
		return false;
	memcpy(r->bucket, bucket, sizeof(bucket));
	r->recent = sum;
	return true;
}
