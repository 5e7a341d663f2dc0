/* nearpostctl send: a stub for every recipient, through the local MTA.
 *
 * The journal (journal.h) is what makes it safe to interrupt: Ctrl-C ends after
 * the stub in hand, and the same command goes on from there. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/send.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/fleet/store_sync.h"
#include "lib/mail/address.h"
#include "lib/mail/campaign.h"

/* 1 when every --where is true of the record, -1 when it cannot be read. */
static int
matches(struct send *s, const char *address)
{
	struct arena *arena;
	struct vars record;
	int found;

	if (s->n_where == 0)
		return 1;
	arena = arena_new();
	vars_init(&record, arena);
	found = store_sync_get(s->store, address, &record);
	if (found > 0)
		found = where_matches(s->where, &record, s->now_ms);
	arena_free(&arena);
	return found;
}

static int
collect(const char *address, void *ctx)
{
	struct send *s = ctx;
	int ok = matches(s, address);

	if (ok <= 0)
		return ok;
	s->matched++;
	switch (journal_state(s->journal, address)) {
	case JOURNAL_DONE:
	case JOURNAL_REFUSED:
		s->before++;
		return 0;
	case JOURNAL_UNCERTAIN:
		if (!s->retry_uncertain) {
			s->uncertain++;
			fprintf(stderr, "uncertain: %s (the last run ended "
			    "while its stub was being sent)\n", address);
			return 0;
		}
		break;
	case JOURNAL_NEW:
		break;
	}
	lineup_add(s->lineup, address);
	warm_add(s->warm, address);
	return send_stopped();
}

/* What the campaign.conf says; an exit status. */
static int
read_campaign(struct send *s, struct arena *arena)
{
	const char *dir = s->ctl->config.policyd.assets;
	char *error = NULL;
	struct campaign *c = campaign_load(dir, s->campaign, NULL, &error);
	int status = c ? EX_OK : EX_UNAVAILABLE;

	if (c && !s->from)
		s->from = arena_strdup(arena, c->from);
	if (c) {
		s->where = where_new(s->where_texts, s->n_where, c, &error);
		status = s->where ? EX_OK : EX_USAGE;
	}
	if (status != EX_OK)
		log_warnx("%s", error);
	free(error);
	campaign_free(&c);
	return status;
}

/* From: of the stubs: --from, or the campaign's own. */
static int
find_sender(struct send *s, struct arena *arena)
{
	const char *error, *open;
	struct address a;
	struct slice bare;

	open = strrchr(s->from, '<');
	bare = slice_of(open ? open : s->from);
	if (address_parse(arena, slice_trim(bare), &a, &error) < 0) {
		log_warnx("From \"%s\": %s; give --from ADDRESS or set from in "
		          "the campaign.conf", s->from, error);
		return -1;
	}
	s->sender = address_text(arena, &a);
	return 0;
}

static int
open_all(struct send *s)
{
	const struct config *c = &s->ctl->config;
	char *error = NULL, *path;

	if (file_mkdirs(c->send.state_directory, 0700) < 0) {
		log_warn("%s", c->send.state_directory);
		return -1;
	}
	path = xasprintf("%s/%s.journal", c->send.state_directory, s->campaign);
	if (s->again) {
		char *old = xasprintf("%s.%lld", path,
		    (long long)clock_wall_ms());

		if (rename(path, old) < 0 && errno != ENOENT)
			log_warn("%s", path);
		free(old);
	}
	s->journal = journal_open(path, &error);
	free(path);
	if (s->journal)
		s->store = store_sync_open(&c->policyd, &error);
	if (s->store)
		s->smtp = smtp_open(&c->send, &error);
	if (!s->smtp)
		log_warnx("%s", error);
	free(error);
	return s->smtp ? 0 : -1;
}

/* To whom it goes, and there it goes. */
static int
collect_and_send(struct send *s)
{
	send_catch_signals();
	s->lineup = lineup_new(clock_mono_ms());
	s->warm = warm_new();
	if (store_sync_each(s->store, STORE_RECIPIENTS, collect, s) < 0) {
		log_warnx("Redis: %s", store_sync_error(s->store));
		return EX_UNAVAILABLE;
	}
	/* Of the whole list before the first stub, and not waited for: it takes
	 * policyd and the gateways seconds, and the first adverts should not wait
	 * for the last one's. */
	if (!send_stopped())
		warm_ask(s->warm, s->ctl);
	return send_run(s);
}

static int
run(struct send *s)
{
	struct arena *arena = arena_new();
	int status = read_campaign(s, arena);

	s->now_ms = clock_wall_ms();
	if (status == EX_OK)
		status = find_sender(s, arena) == 0 && open_all(s) == 0
		    ? collect_and_send(s) : EX_UNAVAILABLE;
	lineup_free(&s->lineup);
	warm_free(&s->warm);
	where_free(&s->where);
	smtp_close(&s->smtp);
	store_sync_close(&s->store);
	journal_close(&s->journal);
	arena_free(&arena);
	return status;
}

static int
usage(void)
{
	fputs("usage: nearpostctl send CAMPAIGN [--where CONDITION]... "
	      "[--from ADDRESS]\n"
	      "           [--creative NAME] [--again] [--retry-uncertain]\n"
	      "Interrupt it at any time; the same command goes on where it "
	      "stopped.\n--again starts a new round for everybody.\n", stderr);
	return EX_USAGE;
}

static int
parse_args(struct send *s, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--again") == 0)
			s->again = true;
		else if (strcmp(argv[i], "--retry-uncertain") == 0)
			s->retry_uncertain = true;
		else if (strcmp(argv[i], "--from") == 0 && next)
			s->from = argv[++i];
		else if (strcmp(argv[i], "--creative") == 0 && next)
			s->creative = argv[++i];
		else if (strcmp(argv[i], "--where") == 0 && next &&
		    s->n_where < WHERE_MAX)
			s->where_texts[s->n_where++] = argv[++i];
		else if (argv[i][0] != '-' && !s->campaign)
			s->campaign = argv[i];
		else
			return -1;
	}
	return s->campaign && campaign_name_ok(slice_of(s->campaign)) ? 0 : -1;
}

int
send_command(struct ctl *ctl, int argc, char **argv)
{
	struct send s = {.ctl = ctl};

	return parse_args(&s, argc, argv) < 0 ? usage() : run(&s);
}
