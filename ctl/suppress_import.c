/* A list of addresses, one in a line, or CSV as suppress export writes it: the digests
 * of people who were erased are among them. */
#include "config.h"

#include "ctl/suppress.h"

#include "ctl/import_run.h"
#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/fleet/erase.h"

struct target {
	struct store_sync *store;
	const char *reason;
	int64_t now_ms;
};

static const char *
digest_key(struct arena *arena, struct slice text)
{
	const char *name = arena_strndup(arena, text.data, text.len);

	return erase_is_digest(name) ? name : NULL;
}

static const char *
field(struct arena *arena, const struct vars *record, const char *name)
{
	const struct var *v = vars_get(record, slice_of(name));

	return v ? arena_strndup(arena, v->value.data, v->value.len) : "";
}

static int
put(const char *address, const struct vars *record, const char **why_r,
    void *ctx)
{
	struct target *t = ctx;
	struct arena *arena = arena_new();
	const char *reason = field(arena, record, "reason");
	const char *since = field(arena, record, "since");
	struct moment at = {t->now_ms, false};
	int rc = 0;

	if (*since && date_parse(slice_of(since), &at) < 0)
		*why_r = "since is no date such as 2026-01-31 or "
		    "2026-01-31 09:30:00";
	else
		rc = store_sync_put_suppression(t->store, address,
		    *reason ? reason : t->reason, "nearpostctl", at.ms);
	arena_free(&arena);
	return rc;
}

int
suppress_import(struct ctl *ctl, struct store_sync *s, const char *reason,
    int argc, char **argv)
{
	struct target t = {s, reason, clock_wall_ms()};
	struct import_run run = {.ctl = ctl, .store = s,
	    .verb = "suppress import", .noun = "suppressed addresses",
	    .reason = reason,
	    .put = put, .key = digest_key, .plain_list = true, .ctx = &t};
	bool all;

	return import_run_args(&run, argc, argv) < 0 ? -1 :
	    import_run(&run, &all);
}
