/* What `nearpostctl print` would print, looked for in the MTA that runs. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "ctl/doctor.h"
#include "ctl/print.h"
#include "ctl/run.h"
#include "lib/base/file.h"

static void
expect_word(struct doctor *d, const char *name, const char *word,
    const char *remedy)
{
	const char *value = doctor_postconf(d, name);

	if (value && strstr(value, word))
		doctor_say(d, FINDING_OK, name, "%s", value);
	else
		doctor_say(d, FINDING_FAIL, name, "is \"%s\"; %s",
		    value ? value : "", remedy);
}

static void
expect_milter(struct doctor *d, const char *service, const char *socket)
{
	const char *name = arena_printf(d->arena, "%s/smtpd_milters", service);
	const char *action =
	    arena_printf(d->arena, "%s/milter_default_action", service);
	const char *value = doctor_postconf(d, name);

	if (!value) {
		doctor_say(d, FINDING_FAIL, service,
		    "no such service with smtpd_milters in master.cf; add what "
		    "nearpostctl print master prints");
		return;
	}
	if (strstr(value, socket))
		doctor_say(d, FINDING_OK, name, "%s", value);
	else
		doctor_say(d, FINDING_FAIL, name,
		    "is \"%s\"; it must name %s", value, socket);
	value = doctor_postconf(d, action);
	if (!value)
		value = doctor_postconf(d, "milter_default_action");
	if (value && strcasecmp(value, "tempfail") == 0)
		doctor_say(d, FINDING_OK, action, "tempfail");
	else
		doctor_say(d, FINDING_FAIL, action, "is \"%s\": a stub would "
		    "pass while the milter is down; set tempfail",
		    value ? value : "");
}

/* A table on disk against what print would write; and its compiled twin. */
static void
check_table(struct doctor *d, const char *name,
    void (*write)(const struct print *p, struct buf *out), bool hashed)
{
	struct print p = {&d->ctl->config, d->dir, d->postfix_dir, d->gateway};
	const char *path = arena_printf(d->arena, "%s/%s", d->dir, name);
	const char *db = arena_printf(d->arena, "%s.db", path);
	struct buf want = {0}, have = {0};
	struct stat text_st, db_st;

	write(&p, &want);
	if (file_read(path, 64 << 20, &have) < 0)
		doctor_say(d, FINDING_FAIL, name, "%s cannot be read; run "
		    "nearpostctl print tables", path);
	else if (!slice_eq(slice_buf(&want), slice_buf(&have)))
		doctor_say(d, FINDING_WARN, name, "%s is not what the "
		    "configuration says now; run nearpostctl print tables", path);
	else if (hashed && (stat(path, &text_st) < 0 || stat(db, &db_st) < 0 ||
	    db_st.st_mtime < text_st.st_mtime))
		doctor_say(d, FINDING_FAIL, name, "%s is missing or older than "
		    "its text; run postmap %s", db, path);
	else
		doctor_say(d, FINDING_OK, name, "%s", path);
	buf_free(&want);
	buf_free(&have);
}

static void
expect_service(struct doctor *d, const char *name)
{
	const char *argv[] = {"postconf", "-c", d->postfix_dir, "-M",
	    arena_printf(d->arena, "%s/unix", name), NULL};
	struct buf out = {0};

	if (run_capture(argv, &out) == 0 && out.len)
		doctor_say(d, FINDING_OK, name, "in master.cf");
	else
		doctor_say(d, FINDING_FAIL, name, "not in master.cf; add what "
		    "nearpostctl print master prints");
	buf_free(&out);
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
	expect_service(d, "nearpost");
	expect_service(d, "nearsplit");
	expect_service(d, "cleanup-nearpost");
	expect_service(d, "tlsproxy-nearpost");
	check_table(d, "transport", print_transport, true);
	check_table(d, "stub_checks", print_stub_checks, false);
	check_table(d, "recipient_access", print_recipient_access, false);
	check_table(d, "reply_filter", print_reply_filter, false);
}

static void
check_size_limit(struct doctor *d)
{
	const char *value = doctor_postconf(d, "message_size_limit");
	long long limit = value ? atoll(value) : 0;
	long long need = (long long)d->ctl->config.agent.max_advert_size;

	if (limit == 0 || limit > need)
		doctor_say(d, FINDING_OK, "message_size_limit", "%lld", limit);
	else
		doctor_say(d, FINDING_FAIL, "message_size_limit", "%lld is not "
		    "over agent.max_advert_size (%lld): large adverts would "
		    "bounce", limit, need);
}

void
doctor_mta_gateway(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	const struct config_gateway *self = config_gateway(c, c->agent.id);

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
	check_size_limit(d);
	expect_word(d, "transport_maps",
	    arena_printf(d->arena, "hash:%s/transport", d->dir),
	    "the safety net for stubs that were not expanded");
	expect_service(d, "cleanup-nearpost");
	check_table(d, "transport", print_transport, true);
	check_table(d, "received_checks", print_received_checks, false);
	check_table(d, "recipient_access", print_recipient_access, false);
}
