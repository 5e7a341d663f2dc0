/* nearpostctl gateways: what policyd knows, as tables. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ctl/ask.h"
#include "ctl/fleet.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

struct slice
fleet_field(struct slice row, const char *name)
{
	struct slice part, key;

	while (slice_split(&row, ';', &part))
		if (slice_split(&part, '=', &key) && slice_eq_str(key, name))
			return part;
	return (struct slice){"", 0};
}

double
fleet_number(struct slice row, const char *name)
{
	double value;

	return text_double(fleet_field(row, name), -1e18, 1e18, &value) == 0 ?
	    value : 0;
}

void
fleet_rtt_text(char *dst, size_t size, struct slice row)
{
	struct slice source = fleet_field(row, "rtt_source");
	struct slice age = fleet_field(row, "rtt_age_s");

	if (source.len == 0)
		(void)snprintf(dst, size, "-");
	else
		(void)snprintf(dst, size, "%.1f ms %.*s%s%.*s%s",
		    fleet_number(row, "round_trip_us") / 1000, (int)source.len,
		    source.data, age.len ? ", " : "", (int)age.len, age.data,
		    age.len ? " s ago" : "");
}

void
fleet_error_text(char *dst, size_t size, struct slice row)
{
	if (fleet_field(row, "predicted").len == 0)
		(void)snprintf(dst, size, "-");
	else
		(void)snprintf(dst, size, "%+.2f s, %.0f%% off",
		    fleet_number(row, "prediction_error_ms") / 1000,
		    fleet_number(row, "prediction_error_relative") * 100);
}

void
fleet_limit_text(char *dst, size_t size, struct slice row)
{
	struct slice limit = fleet_field(row, "limit");
	struct slice source = fleet_field(row, "limit_source");

	/* What its other gateways have learned of the site. */
	if (slice_eq_str(source, "site"))
		source = slice_of("learned by others");
	if (limit.len == 0)
		(void)snprintf(dst, size, "-");
	else
		(void)snprintf(dst, size, "%.*s %.*s", (int)limit.len,
		    limit.data, (int)source.len, source.data);
}

/* policyd says how far its own clock is ahead. */
void
fleet_clock_text(char *dst, size_t size, struct slice row)
{
	double round_ms = fleet_number(row, "clock_round_ms");

	(void)snprintf(dst, size, "%+.0f ms",
	    0 - fleet_number(row, "clock_offset_ms"));
	if (round_ms >= 0)
		(void)snprintf(dst + strlen(dst), size - strlen(dst),
		    " +-%.0f", (round_ms + 1) / 2);
}

static void
bytes_text(char *dst, size_t size, double bytes)
{
	text_human_bytes(dst, size, (int64_t)bytes);
}

static void
print_drain(struct slice row)
{
	double since_ms = fleet_number(row, "drained_since_ms");
	double until_ms = fleet_number(row, "drained_until_ms");
	struct slice reason = fleet_field(row, "drained_reason");
	char since[32], until[32];

	if (since_ms <= 0)
		return;
	clock_minute(since, sizeof(since), (int64_t)since_ms);
	clock_minute(until, sizeof(until), (int64_t)until_ms);
	printf("    drained since %s UTC, until %s%s%s%.*s\n", since,
	    until_ms > 0 ? until : "resumed", until_ms > 0 ? " UTC" : "",
	    reason.len ? ": " : "", (int)reason.len, reason.data);
}

static void
print_gateway(struct slice row)
{
	struct slice id = fleet_field(row, "id");
	struct slice state = fleet_field(row, "state");
	struct slice assets = fleet_field(row, "assets");
	char queue[32], drain[32], clock[64], error[64];

	bytes_text(queue, sizeof(queue), fleet_number(row, "queue_bytes"));
	bytes_text(drain, sizeof(drain),
	    fleet_number(row, "drain_bytes_per_s"));
	fleet_clock_text(clock, sizeof(clock), row);
	fleet_error_text(error, sizeof(error), row);
	printf("%-16.*s %-11.*s %-6.*s %10s %6.0f %8.0f %8.0f ms %10s/s %4.0f%% "
	       "%6.1f s  %-12s %s\n",
	    (int)id.len, id.data, (int)state.len, state.data, (int)assets.len,
	    assets.data, queue, fleet_number(row, "in_flight"),
	    fleet_number(row, "booked_messages"),
	    fleet_number(row, "wait_ms"), drain,
	    fleet_number(row, "cpu") * 100,
	    fleet_number(row, "report_age_ms") / 1000, clock, error);
	print_drain(row);
}

bool
fleet_row(struct arena *arena, const struct policy_message *m,
    const char *prefix, int n, struct slice *row_r)
{
	*row_r = policy_get(m, arena_printf(arena, "%s.%d", prefix, n));
	return row_r->data != NULL;
}

struct slice
fleet_text(struct arena *arena, const struct policy_message *m,
    const char *name, int n)
{
	struct slice text;

	return fleet_row(arena, m, name, n, &text) ? text :
	    (struct slice){"", 0};
}

int
fleet_ask(struct ctl *ctl, struct arena *arena, const char *verb,
    struct policy_message *answer_r)
{
	struct buf question = {0};
	int bad;

	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", verb);
	policy_end(&question);
	bad = ask_policyd(ctl, arena, slice_buf(&question), answer_r);
	buf_free(&question);
	return bad;
}

int
gateways_list(struct ctl *ctl)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	struct slice row;
	struct json *root;
	int status = fleet_ask(ctl, arena, "gateways", &m);

	if (status == EX_OK && ctl->json) {
		root = json_begin();
		row_json_list(root, "gateways", arena, &m, "gateway");
		json_print(&root);
	} else if (status == EX_OK) {
		puts("gateway          state       assets      queue active   "
		     "booked        wait         rate  cpu   report  "
		     "clock        prediction error");
		for (int n = 0; fleet_row(arena, &m, "gateway", n, &row); n++)
			print_gateway(row);
	}
	arena_free(&arena);
	return status;
}
