/* What is counted per gateway for /metrics and nowhere else: choices, receipts,
 * and how often and why it was ejected. */
#ifndef NEARPOST_POLICYD_TALLY_H
#define NEARPOST_POLICYD_TALLY_H

#include "policyd/policyd.h"

struct tally;

struct tally *tally_new(struct policyd *p);
void tally_free(struct tally **t);
void tally_chosen(struct tally *t, const struct gateway *g);
void tally_receipt(struct tally *t, const struct gateway *g, double seconds);
/* Once a second, and when a gateway is known to have refused a connection: who
 * could be chosen at the last look and cannot now? */
void tally_look(struct tally *t);
void tally_write(struct tally *t, struct buf *out);
/* Could it be chosen, as far as it depends on the gateway alone? */
enum score_verdict tally_verdict(const struct policyd *p,
    const struct gateway *g);

#endif
