#include "gateway-agent/samples.h"

#include <stdlib.h>

#include "lib/base/mem.h"

#define AGE_MAX_MS (3600 * 1000)

void
samples_add(struct samples *s, const char *host, int64_t us, int64_t now_ms)
{
	struct sample *one = &s->ring[s->n++ % REPORT_RTT_MAX];

	free(one->host);
	*one = (struct sample){xstrdup(host), us, now_ms};
}

uint64_t
samples_since(const struct samples *s, uint64_t next, int64_t now_ms,
    struct report_rtt rtt_r[REPORT_RTT_MAX], int *n_r)
{
	*n_r = 0;
	if (s->n - next > REPORT_RTT_MAX)
		next = s->n - REPORT_RTT_MAX;
	for (; next < s->n; next++) {
		const struct sample *one = &s->ring[next % REPORT_RTT_MAX];
		int64_t age_ms = now_ms - one->at_ms;

		if (age_ms >= 0 && age_ms < AGE_MAX_MS)
			rtt_r[(*n_r)++] = (struct report_rtt){one->host,
			    one->us, age_ms};
	}
	return next;
}

void
samples_clear(struct samples *s)
{
	for (int i = 0; i < REPORT_RTT_MAX; i++)
		free(s->ring[i].host);
	*s = (struct samples){0};
}
