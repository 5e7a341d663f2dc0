/* How long adverts took from the request to the receipt, per gateway and site,
 * and how far that was from what the score had said.  Of each pair that had
 * deliveries a histogram of fixed size is kept, in steps of the square root of
 * 2 from 10 ms to three hours; mean and quantiles are those of about the last
 * thousand adverts, since last year's say nothing.  When there are too many
 * pairs the least used is forgotten.  Pure. */
#ifndef NEARPOST_FLEET_RECEIPT_H
#define NEARPOST_FLEET_RECEIPT_H

#include <stdint.h>
#include <sys/queue.h>

#include "lib/base/buf.h"

#define RECEIPT_BUCKETS 40
#define RECEIPT_RECENT 1000 /* then the older half weighs half */
#define RECEIPTS_MAX 50000  /* pairs; 9 MB */

/* Measured less predicted, over about the last RECEIPT_RECENT adverts. */
struct prediction_error {
	uint32_t n; /* of which it was known; no more than RECEIPT_RECENT */
	float mean_s;
	float relative; /* mean of |measured - predicted| / measured */
};
void prediction_error_add(struct prediction_error *e, double measured_s,
    double predicted_s);
/* Both as one, each by its n. */
void prediction_error_join(struct prediction_error *e,
    const struct prediction_error *other);

struct receipt {
	uint16_t gateway; /* slot in the gateway table */
	uint16_t bucket[RECEIPT_BUCKETS];
	uint32_t n;      /* adverts ever */
	uint32_t recent; /* sum of the buckets */
	float mean_s;
	struct prediction_error error;
	double at_s; /* of the last one */
	struct receipts *all;
	struct receipt **place, *next; /* in the site's list */
	TAILQ_ENTRY(receipt) by_use;
};
TAILQ_HEAD(receipt_queue, receipt);

struct receipts {
	struct receipt_queue by_use; /* last = least used */
	size_t n, max;
};

void receipts_init(struct receipts *all, size_t max);
/* The gateway's, of a site's list; NULL when there is none. */
struct receipt *receipt_find(struct receipt *list, int slot);
/* Made when there is none, moved to the front of use. */
struct receipt *receipts_get(struct receipts *all, struct receipt **list,
    int slot, double now_s);
void receipt_add(struct receipt *r, double seconds);
/* Below this were so many (0..1) of the recent ones; 0 when there are none. */
double receipt_quantile(const struct receipt *r, double share);
/* The site goes; the gateway goes. */
void receipts_drop(struct receipt **list);
void receipts_drop_gateway(struct receipt **list, int slot);

/* The histogram as text, "7:12,8:31", and back; false when it is no such text,
 * and then nothing was changed. */
void receipt_buckets_write(struct buf *out, const struct receipt *r);
bool receipt_buckets_read(struct slice text, struct receipt *r);

#endif
