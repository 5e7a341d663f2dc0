/* The mail log as the agent gets it: a file, or the journal, which also stands
 * before a syslog that writes the file. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "ctl/run.h"
#include "lib/base/text.h"

#define JOURNAL_SOCKET "/run/systemd/journal/"
/* Where the manager tells journald what a unit's file says of limits; 0 of
 * LogRateLimitIntervalSec is not told, so it turns nothing off. */
#define UNIT_LIMIT "/run/systemd/units/log-rate-limit-%s:%s"

static bool
unit_limit(struct doctor *d, const char *what, int64_t *out_r)
{
	const char *path = arena_printf(d->arena, UNIT_LIMIT, what,
	    d->sendmail_cf ? "sendmail.service" : "postfix@-.service");
	char text[64];
	ssize_t n = readlink(path, text, sizeof(text));

	return n > 0 && text_int((struct slice){text, (size_t)n}, 0,
	    INT64_MAX, out_r) == 0;
}

static bool
by_journal(struct doctor *d)
{
	const char *file = d->sendmail_cf ? NULL :
	    doctor_postconf(d, "maillog_file");
	char to[256];
	ssize_t n;

	if (strcmp(d->ctl->config.agent.maillog, "journal") == 0)
		return true;
	if (file && *file)
		return false;
	n = readlink("/dev/log", to, sizeof(to) - 1);
	return n > 0 && (size_t)n >= strlen(JOURNAL_SOCKET) &&
	    memcmp(to, JOURNAL_SOCKET, strlen(JOURNAL_SOCKET)) == 0;
}

static void
check_rate(struct doctor *d)
{
	const char *argv[] = {"systemd-analyze", "cat-config",
	    "systemd/journald.conf", NULL};
	struct doctor_rate rate;
	struct buf conf = {0};

	(void)run_capture(argv, &conf); /* nothing: systemd's defaults hold */
	doctor_rate_of(slice_buf(&conf), &rate);
	buf_free(&conf);
	(void)unit_limit(d, "interval", &rate.interval_us);
	(void)unit_limit(d, "burst", &rate.burst);
	doctor_judge_rate(d, &rate);
}

/* Without the log the agent sees no receipt. */
void
doctor_maillog(struct doctor *d)
{
	const char *path = d->ctl->config.agent.maillog;

	if (by_journal(d))
		check_rate(d);
	if (strcmp(path, "journal") == 0)
		return;
	if (access(path, R_OK) == 0)
		doctor_say(d, FINDING_OK, "agent.maillog", "%s", path);
	else
		doctor_say(d, FINDING_FAIL, "agent.maillog", "%s: %s; name the "
		    "MTA's log, or \"journal\"", path,
		    strerrordesc_np(errno));
}
