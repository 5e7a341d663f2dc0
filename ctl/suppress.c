/* nearpostctl suppress: who must not get adverts. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/address_arg.h"
#include "ctl/ctl.h"
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
	size_t n;
};

static int
list_one(const char *address, void *ctx)
{
	struct list *l = ctx;
	const char *reason = "";
	int64_t since_ms = 0;
	char day[32] = "";
	int found = store_sync_suppressed(l->store, l->arena, address, &reason,
	    &since_ms);

	if (found <= 0)
		return found;
	clock_minute(day, sizeof(day), since_ms);
	printf("%-40s %s  %s\n", address, day, reason);
	l->n++;
	return 0;
}

static int
suppress_list(struct store_sync *s, struct arena *arena)
{
	struct list l = {s, arena, 0};

	if (store_sync_each(s, STORE_SUPPRESSED, list_one, &l) < 0)
		return store_failed(s);
	printf("%zu suppressed\n", l.n);
	return EX_OK;
}

static int
usage(void)
{
	fputs("usage: nearpostctl suppress add ADDRESS [--reason TEXT]\n"
	      "       nearpostctl suppress remove ADDRESS\n"
	      "       nearpostctl suppress list\n", stderr);
	return EX_USAGE;
}

int
suppress_command(struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
	struct store_sync *s;
	const char *reason = "asked for by an operator";
	char *error;
	int status;

	if (argc == 5 && strcmp(argv[3], "--reason") == 0) {
		reason = argv[4];
		argc = 3;
	}
	if (argc < 2 || (strcmp(argv[1], "list") == 0 ? argc != 2 : argc != 3))
		return usage();
	s = store_sync_open(&ctl->config.policyd, &error);
	if (!s) {
		log_warnx("%s", error);
		free(error);
		return EX_TEMPFAIL;
	}
	arena = arena_new();
	if (strcmp(argv[1], "add") == 0)
		status = suppress_add(s, arena, argv[2], reason);
	else if (strcmp(argv[1], "remove") == 0)
		status = suppress_remove(s, arena, argv[2]);
	else
		status = argc == 2 ? suppress_list(s, arena) : usage();
	store_sync_close(&s);
	arena_free(&arena);
	return status;
}
