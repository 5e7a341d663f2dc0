/* nearpostctl send: a stub for every recipient, through the local MTA.
 *
 * The journal (journal.h) is what makes it safe to interrupt: Ctrl-C ends after
 * the stub in hand, and the same command (but for --again) goes on from there. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/send.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/fleet/store_sync.h"
#include "lib/mail/address.h"
#include "lib/mail/campaign.h"

#define RATE_MAX_PER_H (INT64_C(100000) * 3600)

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

/* Of a round that has ended for them. */
static bool
is_again(struct send *s, const char *address)
{
	if (!s->again || !s->journal ||
	    journal_state(s->journal, address) == JOURNAL_NEW)
		return false;
	buf_add(&s->again_for, address, strlen(address) + 1);
	return true;
}

/* A new round for some; what came of the others stays.  Not before all of them are
 * known, or one that is interrupted meanwhile would leave some out. */
static int
begin_again(struct send *s)
{
	const char *end = s->again_for.data + s->again_for.len, *address;

	for (address = s->again_for.data; address && address < end;
	    address += strlen(address) + 1)
		if (journal_write(s->journal, "again", address) < 0)
			return -1;
	return 0;
}

static int
collect(const char *address, void *ctx)
{
	struct send *s = ctx;
	int ok = matches(s, address);

	if (ok <= 0)
		return ok;
	s->matched++;
	switch (!s->journal || is_again(s, address) ? JOURNAL_NEW :
	    journal_state(s->journal, address)) {
	case JOURNAL_DONE:
		s->before++;
		return 0;
	case JOURNAL_REFUSED:
		if (!s->retry_refused) {
			s->refused_before++;
			return 0;
		}
		break;
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
	int status = c ? EX_OK : EX_DATAERR;

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

/* What was sent before; a dry run leaves no file and moves none. */
static void
look_at_journal(struct send *s, const char *path, char **error_r)
{
	if (!s->again && access(path, F_OK) == 0)
		s->journal = journal_open(path, error_r);
}

/* An exit status. */
static int
open_servers(struct send *s, char **error_r)
{
	const struct config *c = &s->ctl->config;

	if (!(s->store = store_sync_open(&c->policyd, error_r)))
		return EX_TEMPFAIL;
	if (!s->dry_run && !(s->smtp = smtp_open(&c->send, error_r)))
		return EX_UNAVAILABLE;
	return EX_OK;
}

/* An exit status.  A new round begins when nothing is in its way any more. */
static int
open_all(struct send *s)
{
	const char *dir = s->ctl->config.send.state_directory;
	char *error = NULL, *path;
	int status;

	if (!s->dry_run && file_mkdirs(dir, 0700) < 0) {
		log_warn("%s", dir);
		return EX_CANTCREAT;
	}
	path = xasprintf("%s/%s.journal", dir, s->campaign);
	if (s->dry_run)
		look_at_journal(s, path, &error);
	else
		s->journal = journal_open(path, &error);
	status = error ? EX_TEMPFAIL : open_servers(s, &error);
	if (status == EX_OK && s->again && s->n_where == 0 && !s->dry_run &&
	    journal_begin_anew(&s->journal, path, &error) < 0)
		status = EX_TEMPFAIL;
	if (error)
		log_warnx("%s", error);
	free(error);
	free(path);
	return status;
}

/* To whom it goes, and there it goes. */
static int
collect_and_send(struct send *s)
{
	s->lineup = lineup_new(clock_mono_ms());
	s->warm = warm_new();
	if (store_sync_each(s->store, STORE_RECIPIENTS, collect, s) < 0) {
		log_warnx("Redis: %s", store_sync_error(s->store));
		return EX_TEMPFAIL;
	}
	if (s->dry_run)
		return send_stopped() ? EX_TEMPFAIL : send_tell(s);
	if (s->again && send_stopped()) {
		fputs("interrupted; nothing was sent\n", stderr);
		return EX_TEMPFAIL;
	}
	if (begin_again(s) < 0) {
		log_warn("the journal cannot be written; nothing was sent");
		return EX_IOERR;
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

	send_catch_signals();
	if (status == EX_OK && find_sender(s, arena) < 0)
		status = EX_DATAERR;
	if (status == EX_OK && s->at_ms && !s->dry_run &&
	    !send_wait_until(s->at_ms)) {
		fputs("interrupted; nothing was sent\n", stderr);
		status = EX_TEMPFAIL;
	}
	s->now_ms = s->at_ms && s->dry_run ? s->at_ms : clock_wall_ms();
	if (status == EX_OK)
		status = open_all(s);
	if (status == EX_OK)
		status = collect_and_send(s);
	lineup_free(&s->lineup);
	warm_free(&s->warm);
	where_free(&s->where);
	smtp_close(&s->smtp);
	store_sync_close(&s->store);
	journal_close(&s->journal);
	buf_free(&s->again_for);
	arena_free(&arena);
	return status;
}

static int
usage(void)
{
	fputs("usage: nearpostctl send CAMPAIGN [--where CONDITION]... "
	      "[--from ADDRESS]\n"
	      "           [--creative NAME] [--again] [--retry-uncertain] "
	      "[--retry-refused]\n"
	      "           [--at TIME] [--rate N/s|N/m|N/h] [--dry-run] [--json]"
	      "\n"
	      "Interrupt it at any time; the same command goes on where it "
	      "stopped,\nwithout --again, which starts a new round for "
	      "everybody, or for those of --where.\n", stderr);
	return EX_USAGE;
}

static int
bad_word(const char *option, const char *word, const char *why)
{
	log_warnx("%s \"%s\" is %s", option, word, why);
	return -1;
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
		else if (strcmp(argv[i], "--retry-refused") == 0)
			s->retry_refused = true;
		else if (strcmp(argv[i], "--dry-run") == 0)
			s->dry_run = true;
		else if (strcmp(argv[i], "--at") == 0 && next) {
			if (send_when(slice_of(argv[++i]), clock_wall_ms(),
			    &s->at_ms) < 0)
				return bad_word("--at", argv[i], "no time to "
				    "come such as \"2026-12-24 09:00:00\" (UTC), "
				    "2026-12-24T10:00:00+01:00 or +2h");
		} else if (strcmp(argv[i], "--rate") == 0 && next) {
			if (text_rate_per_h(slice_of(argv[++i]), 1,
			    RATE_MAX_PER_H, &s->max_per_h) < 0)
				return bad_word("--rate", argv[i],
				    "no rate such as 20/s, 600/m or 5000/h");
		} else if (strcmp(argv[i], "--from") == 0 && next)
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
