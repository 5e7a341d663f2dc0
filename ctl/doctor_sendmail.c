/* What `nearpostctl print` would print for Sendmail, looked for in what it runs. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "ctl/print.h"
#include "lib/base/file.h"

static void
check_cf(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	struct print p = {c, d->dir, NULL, d->gateway, true};
	struct buf want = {0}, cf = {0};

	if (file_read(d->sendmail_cf, DOCTOR_CF_MAX, &cf) < 0) {
		doctor_say(d, FINDING_FAIL, "Sendmail", "%s: %s; --sendmail FILE "
		    "names another", d->sendmail_cf, strerrordesc_np(errno));
	} else {
		doctor_say(d, FINDING_OK, "Sendmail", "%s", d->sendmail_cf);
		print_sendmail(&p, &want);
		doctor_judge_cf(d, slice_buf(&want), slice_buf(&cf),
		    d->gateway ? c->agent.listen : c->milter.listen);
		if (!d->gateway)
			doctor_judge_cf_lifetime(d, slice_buf(&cf),
			    c->milter.ticket_lifetime_ms);
	}
	buf_free(&want);
	buf_free(&cf);
}

/* By it the agent knows a mail that was taken and not tried yet. */
static void
check_queue(struct doctor *d)
{
	const char *dir = d->ctl->config.agent.queue_directory;

	if (access(dir, X_OK) < 0)
		doctor_say(d, FINDING_FAIL, "agent.queue_directory", "%s: %s; "
		    "name Sendmail's, such as /var/spool/mqueue", dir,
		    strerrordesc_np(errno));
	else if (access(arena_printf(d->arena, "%s/active", dir), F_OK) == 0)
		doctor_say(d, FINDING_FAIL, "agent.queue_directory", "%s is "
		    "Postfix's; name Sendmail's, such as /var/spool/mqueue",
		    dir);
	else
		doctor_say(d, FINDING_OK, "agent.queue_directory", "%s", dir);
}

static void
check_map(struct doctor *d)
{
	const char *map = d->ctl->config.milter.transport_map;
	const char *ours = arena_printf(d->arena, "%s/mailertable", d->dir);

	if (strcmp(map, ours) == 0)
		doctor_say(d, FINDING_OK, "milter.transport_map", "%s", map);
	else
		doctor_say(d, FINDING_FAIL, "milter.transport_map", "is %s; "
		    "with Sendmail it must be %s", map, ours);
}

void
doctor_sendmail(struct doctor *d)
{
	check_cf(d);
	doctor_table(d, "sendmail.m4", print_sendmail, NULL);
	if (d->gateway) {
		check_queue(d);
		doctor_maillog(d);
	} else {
		check_map(d);
		doctor_table(d, "mailertable", print_mailertable,
		    "makemap hash");
	}
}
