/* nearpostctl recipients: the database whose fields choose and fill the adverts. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/address_arg.h"
#include "ctl/import.h"
#include "ctl/warm.h"
#include "lib/base/log.h"
#include "lib/fleet/store_sync.h"

struct target {
	struct store_sync *store;
	struct warm *warm; /* all recipients stored */
};

static int
store_row(const char *address, const struct vars *record, void *ctx)
{
	struct target *t = ctx;

	if (store_sync_put(t->store, address, record) < 0)
		return -1;
	warm_add(t->warm, address);
	return 0;
}

static void
complain(const char *text, void *ctx)
{
	(void)ctx;
	log_warnx("%s", text);
}

static int
recipients_import(struct ctl *ctl, struct store_sync *s, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct target t = {.store = s};
	struct import_to to = {store_row, complain, &t};
	struct import_counts counts;
	enum import_end end;
	int status = EX_OK;

	if (!f) {
		log_warn("%s", path);
		return EX_NOINPUT;
	}
	t.warm = warm_new();
	end = import_csv(f, &to, &counts);
	if (f != stdin)
		(void)fclose(f);
	if (end == IMPORT_FAULTY || counts.refused)
		status = EX_DATAERR;
	if (store_sync_flush(s) < 0 || end == IMPORT_STOPPED) {
		log_warnx("Redis: %s", store_sync_error(s));
		status = EX_TEMPFAIL;
	} else
		warm_ask(t.warm, ctl);
	warm_free(&t.warm);
	printf("%zu recipients stored, %zu rows refused\n", counts.stored,
	    counts.refused);
	return status;
}

static int
recipients_show(struct store_sync *s, const char *text)
{
	struct arena *arena = arena_new();
	const char *address = address_arg(arena, text), *reason;
	struct vars record;
	int64_t since_ms;
	int found, status = EX_USAGE;

	vars_init(&record, arena);
	if (address) {
		found = store_sync_get(s, address, &record);
		for (size_t i = 0; i < record.n; i++)
			printf("%s=%.*s\n", record.list[i].name,
			    (int)record.list[i].value.len,
			    record.list[i].value.data);
		if (found == 0)
			printf("%s is not in the database\n", address);
		if (store_sync_suppressed(s, arena, address, &reason,
		    &since_ms) == 1)
			printf("suppressed: %s\n", reason);
		status = found > 0 ? EX_OK : found == 0 ? 1 : EX_TEMPFAIL;
		if (found < 0)
			log_warnx("Redis: %s", store_sync_error(s));
	}
	arena_free(&arena);
	return status;
}

int
recipients_command(struct ctl *ctl, int argc, char **argv)
{
	struct store_sync *s;
	char *error;
	int status;

	if (argc != 3 || (strcmp(argv[1], "import") != 0 &&
	    strcmp(argv[1], "show") != 0)) {
		fputs("usage: nearpostctl recipients import FILE.csv   (- reads "
		      "standard input)\n"
		      "       nearpostctl recipients show ADDRESS\n", stderr);
		return EX_USAGE;
	}
	s = store_sync_open(&ctl->config.policyd, &error);
	if (!s) {
		log_warnx("%s", error);
		free(error);
		return EX_TEMPFAIL;
	}
	if (argv[1][0] == 'i')
		status = recipients_import(ctl, s, argv[2]);
	else
		status = recipients_show(s, argv[2]);
	store_sync_close(&s);
	return status;
}
