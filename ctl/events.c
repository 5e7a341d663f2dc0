/* nearpostctl events: what became of adverts, as `tail` shows a log. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/address_arg.h"
#include "ctl/ctl.h"
#include "ctl/event_line.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

#define SHOWN 20
#define SHOWN_MAX 1000000
#define RETRY_S 1

struct line {
	SLIST_ENTRY(line) next;
	char *text;
};
struct tail {
	struct ctl *ctl;
	struct arena *arena;
	struct event_filter filter;
	bool follow;
	int64_t wanted;
	SLIST_HEAD(, line) lines; /* the oldest first */
	char last[STORE_EVENT_ID_SIZE]; /* the newest that was seen */
};

static int
usage(void)
{
	fputs("usage: nearpostctl events [--follow] [-n NUMBER] "
	      "[--campaign NAME]\n"
	      "           [--recipient ADDRESS] [--gateway ID] [--site NAME] "
	      "[--json]\n", stderr);
	return EX_USAGE;
}

static void
write_event(const struct tail *t, const struct store_event *e, struct buf *out)
{
	if (t->ctl->json)
		event_json(out, e);
	else
		event_line(out, e);
}

static int
collect(const struct store_event *e, void *ctx)
{
	struct tail *t = ctx;
	struct buf text = {0};
	struct line *l;

	if (!*t->last)
		(void)snprintf(t->last, sizeof(t->last), "%s", e->id);
	if (t->wanted == 0)
		return 1;
	if (!event_asked_for(&t->filter, e))
		return 0;
	l = xcalloc(1, sizeof(*l));
	write_event(t, e, &text);
	l->text = buf_steal(&text);
	SLIST_INSERT_HEAD(&t->lines, l, next);
	return --t->wanted == 0;
}

static void
print_collected(struct tail *t)
{
	struct line *l;

	while ((l = SLIST_FIRST(&t->lines))) {
		SLIST_REMOVE_HEAD(&t->lines, next);
		(void)fputs(l->text, stdout);
		free(l->text);
		free(l);
	}
	(void)fflush(stdout);
}

static int
print_new(const struct store_event *e, void *ctx)
{
	struct tail *t = ctx;
	struct buf text = {0};

	if (!event_asked_for(&t->filter, e))
		return 0;
	write_event(t, e, &text);
	(void)fputs(text.data, stdout);
	(void)fflush(stdout);
	buf_free(&text);
	return ferror(stdout) != 0; /* nobody reads any more */
}

/* Redis went: until it is back.  What came meanwhile is shown then. */
static struct store_sync *
open_again(const struct tail *t)
{
	const struct timespec pause = {RETRY_S, 0};
	struct store_sync *s;

	do {
		char *error = NULL;

		(void)nanosleep(&pause, NULL);
		s = store_sync_open(&t->ctl->config.policyd, &error);
		free(error);
	} while (!s);
	fputs("Redis is back\n", stderr);
	return s;
}

static int
follow(struct tail *t, struct store_sync **s)
{
	int rc;

	for (;;) {
		rc = store_sync_events_follow(*s, t->last, print_new, t);
		if (rc > 0)
			return EX_IOERR;
		if (rc == 0)
			continue;
		log_warnx("Redis: %s; trying again", store_sync_error(*s));
		store_sync_close(s);
		*s = open_again(t);
	}
}

static int
run(struct tail *t)
{
	char *error = NULL;
	struct store_sync *s =
	    store_sync_open(&t->ctl->config.policyd, &error);
	int status = EX_OK;

	if (!s) {
		log_warnx("%s", error);
		free(error);
		return EX_TEMPFAIL;
	}
	if (store_sync_events_back(s, collect, t) < 0) {
		log_warnx("Redis: %s", store_sync_error(s));
		status = EX_TEMPFAIL;
	}
	print_collected(t);
	if (!*t->last) /* there was none at all */
		(void)snprintf(t->last, sizeof(t->last), "0-0");
	if (status == EX_OK && t->follow)
		status = follow(t, &s);
	store_sync_close(&s);
	return status;
}

static int
take_option(struct tail *t, const char *name, char *value)
{
	if (strcmp(name, "-n") == 0)
		return text_int(slice_of(value), 0, SHOWN_MAX, &t->wanted);
	if (strcmp(name, "--campaign") == 0)
		t->filter.campaign = value;
	else if (strcmp(name, "--gateway") == 0)
		t->filter.gateway = value;
	else if (strcmp(name, "--site") == 0)
		t->filter.site = value;
	else if (strcmp(name, "--recipient") == 0)
		t->filter.recipient = address_arg(t->arena, value);
	else
		return -1;
	return strcmp(name, "--recipient") == 0 && !t->filter.recipient ? -1 : 0;
}

int
events_command(struct ctl *ctl, int argc, char **argv)
{
	struct tail t = {.ctl = ctl, .arena = arena_new(), .wanted = SHOWN};
	int status = EX_OK;

	SLIST_INIT(&t.lines);
	for (int i = 1; i < argc && status == EX_OK; i++) {
		if (strcmp(argv[i], "--follow") == 0 ||
		    strcmp(argv[i], "-f") == 0)
			t.follow = true;
		else if (i + 1 == argc ||
		    take_option(&t, argv[i], argv[i + 1]) != 0)
			status = usage();
		else
			i++;
	}
	if (status == EX_OK)
		status = run(&t);
	arena_free(&t.arena);
	return status;
}
