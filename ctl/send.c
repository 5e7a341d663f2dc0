/* nearpostctl send: a stub for every recipient, through the local MTA.
 *
 * The journal (journal.h) is what makes it safe to interrupt: Ctrl-C ends after
 * the stub in hand, and the same command goes on from there. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/ctl.h"
#include "ctl/journal.h"
#include "ctl/progress.h"
#include "ctl/smtp.h"
#include "ctl/warm.h"
#include "ctl/where.h"
#include "lib/base/clock.h"
#include "lib/base/codec.h"
#include "lib/base/crypto.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/fleet/store_sync.h"
#include "lib/mail/address.h"
#include "lib/mail/campaign.h"
#include "lib/mail/stub.h"

#define ATTEMPTS_MAX 8
#define REFUSED_SHOWN 10

struct send {
	struct ctl *ctl;
	const char *campaign, *creative, *from; /* From: field body */
	const char *sender;                     /* envelope */
	const char *where_texts[WHERE_MAX];
	size_t n_where;
	struct where *where;
	int64_t now_ms; /* for every recipient of the run */
	bool again, retry_uncertain;
	struct store_sync *store;
	struct journal *journal;
	struct smtp *smtp;
	char **list; /* whom to send to in this run */
	size_t n, cap;
	size_t matched, before, uncertain;
	size_t sent, refused, later;
	size_t lost; /* became uncertain in this run */
};

static volatile sig_atomic_t stop;

static void
on_signal(int signo)
{
	(void)signo;
	stop = 1;
}

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
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 1024;
		s->list = xrealloc(s->list, s->cap * sizeof(*s->list));
	}
	s->list[s->n++] = xstrdup(address);
	return stop;
}

static void
write_stub(const struct send *s, const char *to, struct buf *out)
{
	unsigned char id[16];
	char date[40];
	const char *at = strrchr(s->sender, '@');

	random_bytes(id, sizeof(id));
	clock_rfc5322(date, sizeof(date), clock_wall_ms());
	header_add_addresses(out, "From", slice_of(s->from));
	header_add_addresses(out, "To", slice_of(to));
	buf_printf(out, "Date: %s\r\nMessage-ID: <", date);
	hex_encode(out, id, sizeof(id));
	buf_printf(out, "%s>\r\n" STUB_CAMPAIGN ": %s\r\n", at ? at : "@localhost",
	    s->campaign);
	if (s->creative)
		buf_printf(out, STUB_CREATIVE ": %s\r\n", s->creative);
	buf_add_str(out, "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n");
}

static void
nap(int seconds)
{
	struct timespec t = {.tv_sec = 1};

	for (int i = 0; i < seconds && !stop; i++)
		(void)nanosleep(&t, NULL);
}

/* 4xx is waited for: policyd, Redis or every gateway may be away for a while. */
static enum smtp_result
offer(struct send *s, const char *to)
{
	struct buf stub = {0};
	enum smtp_result result;

	write_stub(s, to, &stub);
	for (int i = 0;; i++) {
		result = smtp_send(s->smtp, s->sender, to, slice_buf(&stub));
		if (result != SMTP_LATER || i == ATTEMPTS_MAX || stop)
			break;
		if (i == 0)
			fprintf(stderr, "\n%s: %s; waiting\n", to,
			    smtp_reply(s->smtp));
		nap(i < 5 ? 1 << i : 30);
	}
	buf_free(&stub);
	return result;
}

static int
send_one(struct send *s, const char *to)
{
	static const char *const word[] = {"done", "later", "refused", NULL};
	enum smtp_result result;

	if (journal_write(s->journal, "try", to) < 0)
		return -1;
	result = offer(s, to);
	if (word[result] && journal_write(s->journal, word[result], to) < 0)
		return -1;
	switch (result) {
	case SMTP_SENT:
		s->sent++;
		break;
	case SMTP_REFUSED:
		if (++s->refused <= REFUSED_SHOWN)
			fprintf(stderr, "\nrefused: %s: %s\n", to,
			    smtp_reply(s->smtp));
		break;
	case SMTP_LATER:
		s->later++;
		break;
	case SMTP_UNKNOWN:
		s->lost++;
		break;
	}
	return 0;
}

static int
send_all(struct send *s)
{
	struct progress bar = {.what = s->campaign, .total = s->matched,
	    .started_ms = clock_mono_ms(), .start = s->before};
	size_t i, to_go;

	for (i = 0; i < s->n && !stop; i++) {
		if (send_one(s, s->list[i]) < 0) {
			log_warn("the journal cannot be written; stopped");
			return EX_IOERR;
		}
		progress_show(&bar, s->before + i + 1, clock_mono_ms());
		if (s->later)
			break; /* the MTA takes nothing now */
	}
	progress_end(&bar, s->before + i, clock_mono_ms());
	to_go = s->n - s->sent - s->refused - s->lost;
	printf("%zu recipients: %zu stubs sent now, %zu before, %zu refused, "
	       "%zu uncertain, %zu to go\n", s->matched, s->sent, s->before,
	    s->refused, s->uncertain + s->lost, to_go);
	if (s->lost)
		puts("--retry-uncertain sends to the uncertain ones all the "
		     "same");
	if (to_go) {
		puts("run the same command again to go on");
		return EX_TEMPFAIL;
	}
	return s->refused || s->lost ? EX_DATAERR : EX_OK;
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

/* Of the whole list before the first stub, and not waited for: it takes policyd
 * and the gateways seconds, and the first adverts should not wait for the last
 * one's. */
static void
measure_sites(const struct send *s)
{
	struct warm *w = warm_new();

	for (size_t i = 0; i < s->n; i++)
		warm_add(w, s->list[i]);
	warm_ask(w, s->ctl);
	warm_free(&w);
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
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
	if (store_sync_each(s->store, STORE_RECIPIENTS, collect, s) < 0) {
		log_warnx("Redis: %s", store_sync_error(s->store));
		return EX_UNAVAILABLE;
	}
	if (!stop)
		measure_sites(s);
	return send_all(s);
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
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i]);
	free(s->list);
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
