/* A stub for each in the lineup, one after the other: what became of each is
 * known, and in the journal, before the next. */
#include "config.h"

#include "ctl/send.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/progress.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/codec.h"
#include "lib/base/crypto.h"
#include "lib/base/log.h"
#include "lib/mail/header.h"
#include "lib/mail/stub.h"

#define REFUSED_SHOWN 10
#define NAP_MAX_MS 1000
#define TELL_EVERY_MS 60000

static volatile sig_atomic_t stop;

static void
on_signal(int signo)
{
	(void)signo;
	stop = 1;
}

void
send_catch_signals(void)
{
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
}

bool
send_stopped(void)
{
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

/* Not longer than a second, so that the bar shows that we live. */
static void
nap(int64_t ms)
{
	struct timespec t = {0};

	if (ms > NAP_MAX_MS)
		ms = NAP_MAX_MS;
	t.tv_sec = ms / 1000;
	t.tv_nsec = ms % 1000 * 1000000;
	if (!stop)
		(void)nanosleep(&t, NULL);
}

static void
tell(const char *to, const char *what, const char *reply)
{
	char safe[600];

	fprintf(stderr, "\n%s: %s: %s\n", to, what,
	    log_safe(safe, sizeof(safe), reply));
}

static void
put_off(struct send *s, const char *to, struct log_limit *told)
{
	const char *reply = smtp_reply(s->smtp);
	int64_t now_ms = clock_mono_ms();

	switch (lineup_put_off(s->lineup, reply, now_ms)) {
	case LINEUP_ALL_WAIT:
		if (log_may(told, now_ms, TELL_EVERY_MS))
			tell(to, "waits", reply);
		break;
	case LINEUP_SITE_WAITS_FIRST:
		tell(to, "waits, and all of that site", reply);
		break;
	case LINEUP_SITE_WAITS:
		break;
	}
}

/* -1: the journal cannot be written. */
static int
send_one(struct send *s, const char *to, struct log_limit *told)
{
	static const char *const word[] = {"done", "later", "refused", NULL};
	enum smtp_result result;
	struct buf stub = {0};

	if (journal_write(s->journal, "try", to) < 0)
		return -1;
	write_stub(s, to, &stub);
	result = smtp_send(s->smtp, s->sender, to, slice_buf(&stub));
	buf_free(&stub);
	if (word[result] && journal_write(s->journal, word[result], to) < 0)
		return -1;
	if (result == SMTP_LATER) {
		put_off(s, to, told);
		return 0;
	}
	if (result == SMTP_SENT)
		s->sent++;
	else if (result == SMTP_UNKNOWN)
		s->lost++;
	else if (++s->refused <= REFUSED_SHOWN)
		tell(to, "refused", smtp_reply(s->smtp));
	lineup_settled(s->lineup, clock_mono_ms());
	return 0;
}

static void
print_json(const struct send *s, size_t refused, size_t uncertain, size_t to_go)
{
	struct json *root = json_begin();

	json_add_text(root, "campaign", slice_of(s->campaign));
	json_add_int(root, "recipients", (int64_t)s->matched);
	json_add_int(root, "sent", (int64_t)s->sent);
	json_add_int(root, "before", (int64_t)s->before);
	json_add_int(root, "refused", (int64_t)refused);
	json_add_int(root, "uncertain", (int64_t)uncertain);
	json_add_int(root, "to_go", (int64_t)to_go);
	json_print(&root);
}

static void
print_text(const struct send *s, size_t refused, size_t uncertain, size_t to_go)
{
	printf("%zu recipients: %zu stubs sent now, %zu before, %zu refused, "
	       "%zu uncertain, %zu to go\n", s->matched, s->sent, s->before,
	    refused, uncertain, to_go);
	if (s->lost)
		puts("--retry-uncertain sends to the uncertain ones all the "
		     "same");
	if (refused)
		puts("--retry-refused sends to the refused ones again, when what "
		     "refused them is mended");
	if (to_go)
		puts(s->again ? "to go on, run the same command without --again" :
		    "run the same command again to go on");
}

/* The refused and uncertain of earlier runs are told again, but they are not this
 * run's fault. */
static int
sum_up(const struct send *s)
{
	size_t to_go = lineup_left(s->lineup);

	(s->ctl->json ? print_json : print_text)(s, s->refused_before + s->refused,
	    s->uncertain + s->lost, to_go);
	if (to_go)
		return EX_TEMPFAIL;
	return s->refused || s->lost ? EX_DATAERR : EX_OK;
}

static size_t
done(const struct send *s)
{
	return s->before + s->uncertain + s->refused_before + s->sent +
	    s->refused + s->lost;
}

/* When the next stub may go.  What was missed while others waited is not made up
 * for, or it would come as a burst: at most a second of it. */
static int64_t
next_turn(struct send *s, int64_t pace, int64_t now_ms)
{
	s->owed += INT64_C(3600000);
	pace += s->owed / s->max_per_h;
	s->owed %= s->max_per_h;
	return pace < now_ms - NAP_MAX_MS ? now_ms - NAP_MAX_MS : pace;
}

int
send_run(struct send *s)
{
	struct progress bar = {.what = s->campaign, .unit = "stubs",
	    .total = s->matched, .started_ms = clock_mono_ms(),
	    .start = done(s)};
	struct log_limit told = {0};
	int64_t now_ms = bar.started_ms, wait_ms, pace;

	pace = now_ms;
	while (!stop && !lineup_hopeless(s->lineup, now_ms)) {
		const char *to;

		if (s->max_per_h && now_ms < pace) {
			nap(pace - now_ms);
			now_ms = clock_mono_ms();
			progress_show(&bar, done(s), now_ms);
			continue;
		}
		to = lineup_next(s->lineup, now_ms, &wait_ms);

		if (to && send_one(s, to, &told) < 0) {
			log_warn("the journal cannot be written; stopped");
			return EX_IOERR;
		}
		if (to && s->max_per_h)
			pace = next_turn(s, pace, now_ms);
		if (!to && wait_ms < 0)
			break;
		if (!to)
			nap(wait_ms);
		now_ms = clock_mono_ms();
		bar.waiting = lineup_waiting(s->lineup);
		progress_show(&bar, done(s), now_ms);
	}
	progress_end(&bar, done(s), now_ms);
	return sum_up(s);
}
