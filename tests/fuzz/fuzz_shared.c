/* What policyds tell each other and themselves through Redis: what is read must
 * survive being written and read again, and no line harms the fleet. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fleet/schema.h"
#include "lib/fleet/shared.h"

#define NOW_MS INT64_C(1764000000000)
#define NOW_S 100000.0

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
booking(struct fleet *f, struct arena *arena, struct slice line)
{
	struct shared_booking a, b;
	struct buf text = {0};

	if (shared_read_booking(arena, line, &a) != 0)
		return;
	shared_write_booking(&text, &a);
	if (shared_read_booking(arena, slice_buf(&text), &b) != 0 ||
	    memcmp(a.id, b.id, sizeof(a.id)) != 0 || a.at_ms != b.at_ms ||
	    strcmp(a.gateway, b.gateway) != 0 ||
	    a.predicted_ms != b.predicted_ms || !a.site != !b.site ||
	    (a.site && strcmp(a.site, b.site) != 0))
		abort();
	shared_book(f, &a, NOW_MS, NOW_S);
	buf_free(&text);
}

static void
event(const struct fleet *f, struct slice line)
{
	struct buf text = {0};
	struct slice a, b;
	int64_t took_a, took_b;
	struct gateway *g = shared_event(f, line, &a, &took_a);

	if (!g || took_a < 0)
		return;
	shared_write_event(&text, g->id, a, took_a);
	if (shared_event(f, slice_buf(&text), &b, &took_b) != g ||
	    !slice_eq(a, b) || took_a != took_b)
		abort();
	buf_free(&text);
}

static void
places(struct fleet *f, struct slice line)
{
	struct coordinate a, b;
	struct buf text = {0};
	struct reply r = {.type = REPLY_TEXT, .text = line};

	schema_places_read(&r, &f->gateways);
	if (!coordinate_read(line, &a))
		return;
	coordinate_write(&text, &a);
	if (!coordinate_read(slice_buf(&text), &b) ||
	    memcmp(&a, &b, sizeof(a)) != 0 || !(coordinate_rtt_s(&a, &b) > 0))
		abort();
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fleet_row rows[] = {
	    {"tyo", "tyo.test", 1e6, 0}, {"lon", "lon.test", 1e6, 0}};
	struct slice in = {(const char *)data, size}, line;
	struct arena *arena = arena_new();
	struct fleet f;

	fleet_init(&f, 1, 60, false);
	fleet_configure(&f, rows, 2);
	while (slice_split(&in, '\n', &line)) {
		booking(&f, arena, line);
		shared_undo(&f, line, NOW_S);
		event(&f, line);
		places(&f, line);
	}
	fleet_tick(&f, NOW_S);
	fleet_free(&f);
	arena_free(&arena);
	return 0;
}
