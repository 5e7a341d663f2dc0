/* Everything of /metrics, in the text format of Prometheus, 0.0.4.  Series are
 * bounded: one for each gateway at most, never one for each site or recipient. */
#ifndef NEARPOST_POLICYD_MEASURES_H
#define NEARPOST_POLICYD_MEASURES_H

#include "policyd/policyd.h"

void measures_write(const struct policyd *p, struct buf *out);

#endif
