/* What agents send: hello and report; and the probes that policyd asks for.  What
 * is taken must be within its limits and survive being written and read again. */
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

static void
check_probes(struct arena *arena, const struct report_probes *p)
{
	struct policy_message m;
	struct buf text = {0};
	struct report_probes again;
	const char *error;
	size_t used;
	int i;

	if (p->n < 0 || p->n > REPORT_PROBES_MAX || p->interval_ms < 0)
		abort();
	buf_add_str(&text, "action=OK\n");
	report_probes_write(&text, p);
	policy_end(&text);
	if (policy_parse(arena, slice_buf(&text), &m, &used, &error) != 1)
		abort();
	report_probes_read(arena, &m, &again);
	if (again.n != p->n)
		abort();
	for (i = 0; i < p->n; i++)
		if (strcmp(again.list[i].host, p->list[i].host) != 0)
			abort();
	buf_free(&text);
}

/* What is taken is written so that it is taken again. */
static void
check_held(struct arena *arena, const struct policy_message *m)
{
	char campaign[65], again[65];
	struct policy_message written;
	struct hold hold, same;
	const char *error;
	size_t used;
	int n, rc;

	for (n = 0; n < REPORT_HELD_MAX; n++) {
		struct buf text = {0};

		rc = report_held_read(m, n, campaign, &hold);
		if (rc == 0)
			break;
		if (rc < 0)
			continue;
		report_held_write(&text, 0, slice_of(campaign), &hold);
		policy_end(&text);
		if (policy_parse(arena, slice_buf(&text), &written, &used,
			&error) != 1 ||
		    report_held_read(&written, 0, again, &same) != 1 ||
		    strcmp(campaign, again) != 0 || hold.kind != same.kind ||
		    hold.since_ms != same.since_ms ||
		    strcmp(hold.reason, same.reason) != 0)
			abort();
		buf_free(&text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	struct report_probes probes;
	struct report report;
	struct hello hello;
	const char *error;
	size_t used;

	if (policy_parse(arena, (struct slice){(const char *)data, size}, &m,
		&used, &error) == 1) {
		(void)hello_parse(&m, &hello, &error);
		if (report_parse(arena, &m, &report, &error) == 0)
			check(arena, &report);
		report_probes_read(arena, &m, &probes);
		check_probes(arena, &probes);
		check_held(arena, &m);
	}
	check_error(arena, data, size);
	arena_free(&arena);
	return 0;
}
