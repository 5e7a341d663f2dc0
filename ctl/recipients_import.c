#include "config.h"

#include "ctl/recipients.h"

#include <sysexits.h>

#include "ctl/import_run.h"
#include "ctl/warm.h"
#include "lib/base/log.h"
#include "lib/base/seen.h"
#include "lib/fleet/erase.h"
#include "lib/fleet/store_sync_erase.h"

struct target {
	struct store_sync *store;
	struct warm *warm; /* all recipients stored */
	struct seen erased;
};

static int
note_erased(const char *digest, void *ctx)
{
	struct target *t = ctx;

	(void)seen_add(&t->erased, slice_of(digest));
	return 0;
}

static bool
was_erased(const struct target *t, const char *address)
{
	char digest[ERASE_DIGEST_SIZE];

	if (t->erased.n == 0)
		return false;
	erase_digest(digest, address);
	return seen_has(&t->erased, slice_of(digest));
}

static int
put(const char *address, const struct vars *record, const char **why_r,
    void *ctx)
{
	struct target *t = ctx;

	if (was_erased(t, address)) {
		*why_r = "this person's data was erased; if they want adverts "
		    "again: nearpostctl suppress remove ADDRESS";
		return 0;
	}
	if (store_sync_put(t->store, address, record) < 0)
		return -1;
	warm_add(t->warm, address);
	return 0;
}

int
recipients_import(struct ctl *ctl, struct store_sync *s, int argc, char **argv)
{
	struct target t = {.store = s};
	struct import_run run = {.ctl = ctl, .store = s,
	    .verb = "recipients import", .noun = "recipients", .put = put,
	    .ctx = &t};
	bool all;
	int status;

	if (import_run_args(&run, argc, argv) < 0)
		return -1;
	if (store_sync_each_erased(s, note_erased, &t) < 0) {
		log_warnx("Redis: %s", store_sync_error(s));
		return EX_TEMPFAIL;
	}
	t.warm = warm_new();
	status = import_run(&run, &all);
	if (status == EX_OK || status == EX_DATAERR)
		warm_ask(t.warm, ctl);
	warm_free(&t.warm);
	seen_free(&t.erased);
	return status;
}
