/* nearpostctl suppress: who must not get adverts. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/address_arg.h"
#include "ctl/import.h"
#include "ctl/row_json.h"
#include "ctl/suppress.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/fleet/store_sync.h"

static int
store_failed(const struct store_sync *s)
{
	log_warnx("Redis: %s", store_sync_error(s));
	return EX_TEMPFAIL;
}

static int
suppress_add(struct store_sync *s, struct arena *arena, const char *text,
    const char *reason)
{
	const char *address = address_arg(arena, text);

	if (!address)
		return EX_USAGE;
	if (store_sync_suppress(s, address, reason, clock_wall_ms()) < 0)
		return store_failed(s);
	printf("%s gets no adverts from now on (%s)\n", address, reason);
	return EX_OK;
}

static int
suppress_remove(struct store_sync *s, struct arena *arena, const char *text)
{
	const char *address = address_arg(arena, text);
	int removed;

	if (!address)
		return EX_USAGE;
	removed = store_sync_unsuppress(s, address);
	if (removed < 0)
		return store_failed(s);
	printf("%s %s\n", address, removed ? "may get adverts again" :
	    "was not suppressed");
	return removed ? EX_OK : 1;
}

struct list {
	struct store_sync *store;
	struct arena *arena;
	bool csv;
	struct json *json; /* NULL: as text */
	size_t n;
};

static void
print_csv(const char *address, const char *reason, int64_t since_ms)
{
	struct buf line = {0};
	char since[32] = "";

	if (since_ms > 0)
		clock_milli(since, sizeof(since), since_ms);
	import_quote(&line, slice_of(address));
	buf_add_char(&line, ',');
	import_quote(&line, slice_of(reason));
	printf("%s,%s\n", line.data, since);
	buf_free(&line);
}

static int
list_one(const char *address, void *ctx)
{
	struct list *l = ctx;
	const char *reason = "";
	int64_t since_ms = 0;
	char day[32] = "";
	struct json *o;
	int found = store_sync_suppressed_as(l->store, l->arena, address,
	    &reason, &since_ms);

	if (found <= 0)
		return found;
	l->n++;
	if (l->json) {
		o = json_add_object(l->json, NULL);
		json_add_text(o, "address", slice_of(address));
		json_add_text(o, "reason", slice_of(reason));
		json_add_int(o, "since_ms", since_ms);
		return 0;
	}
	if (l->csv) {
		print_csv(address, reason, since_ms);
		return 0;
	}
	clock_minute(day, sizeof(day), since_ms);
	printf("%-40s %s  %s\n", address, day, reason);
	return 0;
}

static int
suppress_list(const struct ctl *ctl, struct store_sync *s,
    struct arena *arena, bool csv)
{
	struct json *root = ctl->json && !csv ? json_begin() : NULL;
	struct list l = {s, arena, csv,
	    root ? json_add_list(root, "suppressed") : NULL, 0};

	if (csv)
		puts("address,reason,since");
	if (store_sync_each(s, STORE_SUPPRESSED, list_one, &l) < 0)
		return store_failed(s);
	if (root)
		json_print(&root);
	else if (!csv)
		printf("%zu suppressed\n", l.n);
	return EX_OK;
}

static int
usage(void)
{
	fputs("usage: nearpostctl suppress add ADDRESS [--reason TEXT]\n"
	      "       nearpostctl suppress remove ADDRESS\n"
	      "       nearpostctl suppress list [--json]\n"
	      "       nearpostctl suppress import FILE [--reason TEXT] "
	      "[--refused REPORT]\n"
	      "           [--from-line N]\n"
	      "       nearpostctl suppress export\n", stderr);
	return EX_USAGE;
}

/* Takes "--reason TEXT" out of the arguments. */
static const char *
take_reason(int *argc, char **argv, const char *fallback)
{
	for (int i = 2; i + 1 < *argc; i++) {
		const char *reason = argv[i + 1];

		if (strcmp(argv[i], "--reason") != 0)
			continue;
		memmove(&argv[i], &argv[i + 2],
		    (size_t)(*argc - i - 1) * sizeof(*argv));
		*argc -= 2;
		return reason;
	}
	return fallback;
}

/* -1: none of these. */
static int
run(struct ctl *ctl, struct store_sync *s, struct arena *arena, int argc,
    char **argv)
{
	const char *reason = take_reason(&argc, argv,
	    "asked for by an operator");
	const char *what = argv[1];

	if (strcmp(what, "import") == 0)
		return suppress_import(ctl, s, reason, argc - 2, argv + 2);
	if (strcmp(what, "export") == 0 && argc == 2)
		return suppress_list(ctl, s, arena, true);
	if (strcmp(what, "list") == 0 && argc == 2)
		return suppress_list(ctl, s, arena, false);
	if (strcmp(what, "add") == 0 && argc == 3)
		return suppress_add(s, arena, argv[2], reason);
	if (strcmp(what, "remove") == 0 && argc == 3)
		return suppress_remove(s, arena, argv[2]);
	return -1;
}

int
suppress_command(struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
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
	arena = arena_new();
	status = run(ctl, s, arena, argc, argv);
	store_sync_close(&s);
	arena_free(&arena);
	return status < 0 ? usage() : status;
}
