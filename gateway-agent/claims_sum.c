/* How much there is in the ticket table, for the reports. */
#include "gateway-agent/claims_table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

void
claims_count(const struct claims *c, struct claims_sum *sum_r)
{
	*sum_r = c->sum;
	sum_r->n = map_count(c->by_ticket);
}

/* One more for the recipient's domain: true while there are not too many. */
static bool
one_more(struct map *domains, const char *recipient, int64_t most)
{
	const char *at = strrchr(recipient, '@');
	struct slice domain = slice_of(at ? at + 1 : "");
	int64_t *n = map_get(domains, domain);

	if (!n) {
		n = xcalloc(1, sizeof(*n));
		(void)map_set(domains, domain, n);
	}
	return (*n)++ < most;
}

void
claims_queue(const struct claims *c, int64_t before_ms,
    int64_t domain_sessions, struct claims_queue *q_r)
{
	struct map *domains = map_new();
	const struct claim_entry *e;

	*q_r = (struct claims_queue){0, 0, 0};
	TAILQ_FOREACH(e, &c->queued, turn) {
		if (q_r->n >= CLAIMS_QUEUE_MAX || e->claim->eom_ms >= before_ms)
			break;
		q_r->n++;
		q_r->bytes += e->claim->size_bytes;
		q_r->sessions += one_more(domains, e->claim->recipient,
		    domain_sessions);
	}
	map_free(&domains, free);
}
