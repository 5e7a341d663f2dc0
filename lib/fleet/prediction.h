/* What the score said when a mail was booked, by the ticket's id, until its
 * delivery is heard of.  Longer than a booking, which ends with the first
 * deferral: the time to compare it with is that of the receipt.  Of a fixed
 * size; the oldest of those in the same place go. */
#ifndef NEARPOST_FLEET_PREDICTION_H
#define NEARPOST_FLEET_PREDICTION_H

#include <stdbool.h>
#include <stdint.h>

#define PREDICTION_ID_SIZE 16
#define PREDICTION_SETS 16384 /* a power of two */
#define PREDICTION_WAYS 4     /* in all 65,536 mails, 1 MiB */

#define PREDICTION_MAX_MS (INT64_C(30) * 86400 * 1000)

struct predictions; /* grows to its size with the first one */

/* Whole milliseconds, so that all who are told keep the same.  -1: it is nothing
 * that could be compared with a measured time. */
int64_t prediction_ms(double seconds);
/* ms: not in 0..PREDICTION_MAX_MS is passed over. */
void prediction_keep(struct predictions **all,
    const unsigned char id[PREDICTION_ID_SIZE], int slot, int64_t ms);
/* Taken out.  false: not known, or it was for another gateway. */
bool prediction_take(struct predictions *all,
    const unsigned char id[PREDICTION_ID_SIZE], int slot, double *seconds_r);
void predictions_free(struct predictions **all);

#endif
