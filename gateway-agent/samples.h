/* The last measured round trips, for every policyd to hear of: each line to one
 * knows the number of the sample that it tells next. */
#ifndef NEARPOST_AGENT_SAMPLES_H
#define NEARPOST_AGENT_SAMPLES_H

#include "lib/fleet/report.h"

struct sample {
	char *host;
	int64_t us, at_ms; /* wall clock */
};
struct samples { /* all zeroes at first */
	struct sample ring[REPORT_RTT_MAX];
	uint64_t n; /* ever */
};

void samples_add(struct samples *s, const char *host, int64_t us,
    int64_t now_ms);
/* Those from number `next` on that are still here and not too old.  The hosts
 * belong to s.  Returns the next number. */
uint64_t samples_since(const struct samples *s, uint64_t next, int64_t now_ms,
    struct report_rtt rtt_r[REPORT_RTT_MAX], int *n_r);
void samples_clear(struct samples *s);

#endif
