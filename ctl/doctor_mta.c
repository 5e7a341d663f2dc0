/* What `nearpostctl print` would print, looked for in the MTA that runs. */
#include "config.h"

#include <stdio.h>
#include <sys/stat.h>

#include "ctl/doctor.h"
#include "ctl/print.h"
#include "ctl/run.h"
#include "lib/base/file.h"

static void
expect_word(struct doctor *d, const char *name, const char *word,
    const char *remedy)
{
	doctor_judge_word(d, name, doctor_postconf(d, name), word, remedy);
}

static void
expect_milter(struct doctor *d, const char *service, const char *socket)
{
	const char *milters = doctor_postconf(d,
	    arena_printf(d->arena, "%s/smtpd_milters", service));
	const char *action = doctor_postconf(d,
	    arena_printf(d->arena, "%s/milter_default_action", service));

	if (!action)
		action = doctor_postconf(d, "milter_default_action");
	doctor_judge_milter(d, service, milters, action, socket);
}

void
doctor_table(struct doctor *d, const char *name,
    void (*write)(const struct print *p, struct buf *out), const char *compiler)
{
	struct print p = {&d->ctl->config, d->dir, d->postfix_dir, d->gateway,
	    d->sendmail_cf != NULL};
	const char *path = arena_printf(d->arena, "%s/%s", d->dir, name);
	const char *db = arena_printf(d->arena, "%s.db", path);
	const char *mta = d->sendmail_cf ? " --sendmail" : "";
	struct buf want = {0}, have = {0};
	struct stat text_st, db_st;

	write(&p, &want);
	if (file_read(path, 64 << 20, &have) < 0)
		doctor_say(d, FINDING_FAIL, name, "%s cannot be read; run "
		    "nearpostctl print tables%s", path, mta);
	else if (!slice_eq(slice_buf(&want), slice_buf(&have)))
		doctor_say(d, FINDING_WARN, name, "%s is not what the "
		    "configuration says now; run nearpostctl print tables%s", path,
		    mta);
	else if (compiler && (stat(path, &text_st) < 0 || stat(db, &db_st) < 0 ||
	    db_st.st_mtime < text_st.st_mtime))
		doctor_say(d, FINDING_FAIL, name, "%s is missing or older than "
		    "its text; run %s %s", db, compiler, path);
	else
		doctor_say(d, FINDING_OK, name, "%s", path);
	buf_free(&want);
	buf_free(&have);
}

static void
check_master(struct doctor *d)
{
	const char *argv[] = {"postconf", "-c", d->postfix_dir, "-P", NULL};
	struct print p = {&d->ctl->config, d->dir, d->postfix_dir, d->gateway,
	    false};
	struct buf want = {0}, have = {0};

	print_master(&p, &want);
	(void)run_capture(argv, &have); /* nothing: then all is missing */
	doctor_judge_master(d, slice_buf(&want), slice_buf(&have));
	buf_free(&want);
	buf_free(&have);
}

static bool
have_postfix(struct doctor *d)
{
	const char *version = doctor_postconf(d, "mail_version");

	if (version) {
		doctor_say(d, FINDING_OK, "Postfix", "%s, %s", version,
		    d->postfix_dir);
		return true;
	}
	doctor_say(d, FINDING_FAIL, "Postfix", "postconf -c %s does not "
	    "answer; --postfix DIR names another configuration",
	    d->postfix_dir);
	return false;
}

void
doctor_mta_initiator(struct doctor *d)
{
	const struct config_milter *m = &d->ctl->config.milter;

	if (d->sendmail_cf) {
		doctor_sendmail(d);
		return;
	}
	if (!have_postfix(d))
		return;
	expect_milter(d, arena_printf(d->arena, "%s/inet", m->stub_service),
	    m->listen);
	expect_word(d, "transport_maps",
	    arena_printf(d->arena, "hash:%s/transport", d->dir),
	    "put hash:DIR/transport first (nearpostctl print main)");
	expect_word(d, "header_checks",
	    arena_printf(d->arena, "regexp:%s/stub_checks", d->dir),
	    "a stub sent to another service would leak (nearpostctl print "
	    "main)");
	expect_word(d, "smtpd_recipient_restrictions", "recipient_access",
	    "anybody could address the relay domain (nearpostctl print main)");
	doctor_judge_lifetime(d, "maximal_queue_lifetime",
	    doctor_postconf(d, "maximal_queue_lifetime"),
	    m->ticket_lifetime_ms);
	check_master(d);
	doctor_table(d, "transport", print_transport, "postmap");
	doctor_table(d, "stub_checks", print_stub_checks, NULL);
	doctor_table(d, "recipient_access", print_recipient_access, NULL);
	doctor_table(d, "reply_filter", print_reply_filter, NULL);
}

void
doctor_mta_gateway(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	const struct config_gateway *self = config_gateway(c, c->agent.id);

	if (d->sendmail_cf) {
		doctor_sendmail(d);
		return;
	}
	if (!have_postfix(d))
		return;
	if (!self) {
		doctor_say(d, FINDING_FAIL, "agent.id", "\"%s\" has no gateway "
		    "section in nearpost.conf", c->agent.id);
		return;
	}
	expect_milter(d, arena_printf(d->arena, "%lld/inet",
	    (long long)self->port), c->agent.listen);
	expect_word(d, "enable_long_queue_ids", "yes",
	    "the agent cannot tell adverts apart by reused short ids");
	doctor_judge_size_limit(d, doctor_postconf(d, "message_size_limit"),
	    c->agent.max_advert_size);
	expect_word(d, "transport_maps",
	    arena_printf(d->arena, "hash:%s/transport", d->dir),
	    "the safety net for stubs that were not expanded");
	expect_word(d, "header_checks",
	    arena_printf(d->arena, "regexp:%s/stub_checks", d->dir),
	    "a stub sent to another service would leak (nearpostctl print "
	    "main)");
	check_master(d);
	doctor_maillog(d);
	doctor_table(d, "transport", print_transport, "postmap");
	doctor_table(d, "stub_checks", print_stub_checks, NULL);
	doctor_table(d, "received_checks", print_received_checks, NULL);
	doctor_table(d, "recipient_access", print_recipient_access, NULL);
}
