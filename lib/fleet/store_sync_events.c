#include "lib/fleet/store_sync_events.h"

#include "lib/base/text.h"
#include "lib/fleet/schema.h"
#include "lib/fleet/shared.h"
#include "lib/fleet/store_sync_call.h"

#define PAGE 1000
#define WAIT_MS 3000 /* less than what a call may take */

static bool
read_entry(const struct reply *r, struct store_event *e_r)
{
	struct slice id, ms;

	if (r->type != REPLY_LIST || r->n != 2 ||
	    r->items[0].type != REPLY_TEXT ||
	    r->items[0].text.len >= STORE_EVENT_ID_SIZE)
		return false;
	id = r->items[0].text;
	*e_r = (struct store_event){id.data, 0, &r->items[1]};
	return slice_split(&id, '-', &ms) &&
	    text_int(ms, 0, INT64_MAX, &e_r->at_ms) == 0;
}

static void
keep(char dst[STORE_EVENT_ID_SIZE], const struct store_event *e)
{
	memcpy(dst, e->id, strlen(e->id) + 1);
}

int
store_sync_events_back(struct store_sync *s, store_event_fn *fn, void *ctx)
{
	char before[STORE_EVENT_ID_SIZE] = "";
	size_t n = 0;
	int rc = 0;

	do {
		struct arena *arena = arena_new();
		struct store_event e;
		struct command c;
		struct reply r;

		schema_events_back(&c, arena, store_sync_prefix(s),
		    *before ? before : NULL, PAGE);
		rc = store_sync_call(s, arena, &c, 1, &r);
		n = rc == 0 ? r.n : 0;
		for (size_t i = 0; i < n && rc == 0; i++)
			if (read_entry(&r.items[i], &e)) {
				keep(before, &e);
				rc = fn(&e, ctx);
			}
		arena_free(&arena);
	} while (rc == 0 && n == PAGE);
	return rc;
}

int
store_sync_events_follow(struct store_sync *s,
    char after[STORE_EVENT_ID_SIZE], store_event_fn *fn, void *ctx)
{
	struct arena *arena = arena_new();
	const struct reply *list;
	struct store_event e;
	struct command c;
	struct reply r;
	int rc;

	schema_events_follow(&c, arena, store_sync_prefix(s), after, WAIT_MS,
	    PAGE);
	rc = store_sync_call(s, arena, &c, 1, &r);
	list = rc == 0 ? shared_entries(&r) : NULL;
	for (size_t i = 0; list && i < list->n && rc == 0; i++)
		if (read_entry(&list->items[i], &e)) {
			keep(after, &e);
			rc = fn(&e, ctx);
		}
	arena_free(&arena);
	return rc;
}
