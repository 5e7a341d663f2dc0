/* nearpostctl recipients: the database whose fields choose and fill the adverts. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/address_arg.h"
#include "ctl/recipients.h"
#include "ctl/row_json.h"
#include "lib/base/log.h"
#include "lib/fleet/store_sync.h"

static void
show_json(const char *address, bool listed, const struct vars *record,
    const char *reason, int64_t since_ms)
{
	struct json *root = json_begin(), *fields;

	json_add_text(root, "address", slice_of(address));
	json_add_bool(root, "listed", listed);
	fields = json_add_object(root, "record");
	for (size_t i = 0; i < record->n; i++)
		json_add_text(fields, record->list[i].name,
		    record->list[i].value);
	json_add_bool(root, "suppressed", reason != NULL);
	if (reason) {
		json_add_text(root, "reason", slice_of(reason));
		json_add_int(root, "since_ms", since_ms);
	}
	json_print(&root);
}

static void
show_text(const char *address, bool listed, const struct vars *record,
    const char *reason)
{
	for (size_t i = 0; i < record->n; i++)
		printf("%s=%.*s\n", record->list[i].name,
		    (int)record->list[i].value.len,
		    record->list[i].value.data);
	if (!listed)
		printf("%s is not in the database\n", address);
	if (reason)
		printf("suppressed: %s\n", reason);
}

static int
recipients_show(struct ctl *ctl, struct store_sync *s, const char *text)
{
	struct arena *arena = arena_new();
	const char *address = address_arg(arena, text), *reason = NULL;
	struct vars record;
	int64_t since_ms = 0;
	int found = -1, suppressed = -1, status = EX_USAGE;

	vars_init(&record, arena);
	if (address) {
		found = store_sync_get(s, address, &record);
		suppressed = store_sync_suppressed(s, arena, address, &reason,
		    &since_ms);
		status = found > 0 ? EX_OK : 1;
	}
	if (address && (found < 0 || suppressed < 0)) {
		log_warnx("Redis: %s", store_sync_error(s));
		status = EX_TEMPFAIL;
	} else if (address && ctl->json) {
		show_json(address, found > 0, &record,
		    suppressed ? reason : NULL, since_ms);
	} else if (address) {
		show_text(address, found > 0, &record,
		    suppressed ? reason : NULL);
	}
	arena_free(&arena);
	return status;
}

/* 1 when one of them was not there. */
static int
recipients_delete(struct store_sync *s, int argc, char **argv)
{
	struct arena *arena = arena_new();
	int status = EX_OK, gone;

	for (int i = 0; i < argc && status <= 1; i++) {
		const char *address = address_arg(arena, argv[i]);

		if (!address) {
			status = EX_USAGE;
			continue;
		}
		gone = store_sync_delete(s, address);
		if (gone < 0) {
			log_warnx("Redis: %s", store_sync_error(s));
			status = EX_TEMPFAIL;
		} else {
			printf("%s %s\n", address, gone ? "is deleted" :
			    "is not in the database");
			status = gone ? status : 1;
		}
	}
	arena_free(&arena);
	return status;
}

static int
usage(void)
{
	fputs("usage: nearpostctl recipients import FILE.csv [--refused REPORT] "
	      "[--from-line N]\n"
	      "       nearpostctl recipients export [FILE.csv]\n"
	      "       nearpostctl recipients show ADDRESS [--json]\n"
	      "       nearpostctl recipients delete ADDRESS...\n"
	      "FILE.csv may be -, standard input.\n", stderr);
	return EX_USAGE;
}

/* -1: none of these. */
static int
run(struct ctl *ctl, struct store_sync *s, int argc, char **argv)
{
	if (strcmp(argv[1], "import") == 0)
		return recipients_import(ctl, s, argc - 2, argv + 2);
	if (strcmp(argv[1], "export") == 0 && argc <= 3)
		return recipients_export(s, argc == 3 ? argv[2] : NULL);
	if (strcmp(argv[1], "show") == 0 && argc == 3)
		return recipients_show(ctl, s, argv[2]);
	if (strcmp(argv[1], "delete") == 0 && argc >= 3)
		return recipients_delete(s, argc - 2, argv + 2);
	return -1;
}

int
recipients_command(struct ctl *ctl, int argc, char **argv)
{
	struct store_sync *s;
	char *error;
	int status;

	if (argc < 2)
		return usage();
	s = store_sync_open(&ctl->config.policyd, &error);
	if (!s) {
		log_warnx("%s", error);
		free(error);
		return EX_TEMPFAIL;
	}
	status = run(ctl, s, argc, argv);
	store_sync_close(&s);
	return status < 0 ? usage() : status;
}
