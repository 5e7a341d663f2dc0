/* What agents send: hello and report.  What is taken must be within its limits
 * and survive being written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fleet/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct arena *arena, const struct report *r)
{
	struct policy_message m;
	struct buf text = {0};
	struct report again;
	const char *error;
	size_t used;

	if (r->queue_bytes < 0 || r->cpu < 0 || r->cpu > 1 || r->seq < 0 ||
	    r->n_rtt > REPORT_RTT_MAX || r->n_digests > REPORT_SETS_MAX)
		abort();
	report_write(&text, r);
	policy_end(&text);
	if (policy_parse(arena, slice_buf(&text), &m, &used, &error) != 1 ||
	    report_parse(arena, &m, &again, &error) != 0 ||
	    again.seq != r->seq || again.sent_bytes != r->sent_bytes ||
	    again.n_rtt != r->n_rtt || again.n_digests != r->n_digests ||
	    again.assets_since_ms != r->assets_since_ms ||
	    strcmp(again.assets_error, r->assets_error) != 0)
		abort();
	buf_free(&text);
}

/* The agent's side of assets_error: any text becomes one that is taken. */
static void
check_error(struct arena *arena, const uint8_t *data, size_t size)
{
	struct report r = {.seq = 1};

	report_assets_error(&r,
	    arena_strndup(arena, (const char *)data, size));
	check(arena, &r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	struct report report;
	struct hello hello;
	const char *error;
	size_t used;

	if (policy_parse(arena, (struct slice){(const char *)data, size}, &m,
		&used, &error) == 1) {
		(void)hello_parse(&m, &hello, &error);
		if (report_parse(arena, &m, &report, &error) == 0)
			check(arena, &report);
	}
	check_error(arena, data, size);
	arena_free(&arena);
	return 0;
}
