/* Every smtpd of master.cf, and every daemon of sendmail.cf, is asked what the
 * world may ask: will it take a recipient in the relay domain, and will it take a
 * stub?  What main.cf says tells less: a service may have a cleanup, checks and
 * milters of its own.
 *
 * A probe must never become mail to somebody.  The first question ends behind
 * RCPT.  The second has to be answered behind the final dot, because no MTA looks
 * at headers before it; so it is asked with what can go nowhere: the recipient is
 * below .invalid, which no DNS has and our transport table or sendmail.m4
 * discards, and the sender is <>, so that no bounce comes of it and our milter,
 * who would have to send bounces somewhere, always refuses it. */
#include "config.h"

#include <netdb.h>
#include <stdlib.h>

#include "ctl/dialogue.h"
#include "ctl/doctor.h"
#include "ctl/print.h"
#include "ctl/run.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

/* Postfix' own checks may have to wait for a name server. */
#define ANSWER_MS 15000

static const char stub[] =
    "From: nearpostctl doctor <>\r\n"
    "To: nobody <nearpost-doctor@" PRINT_PROBE_DOMAIN ">\r\n"
    "Subject: a probe of nearpostctl doctor, to be refused\r\n"
    "Auto-Submitted: auto-generated\r\n"
    "Nearpost-Campaign: nearpost-doctor-probe\r\n"
    "\r\n"
    "probe: yes\r\n"
    ".";

/* Where a service that names no host can be asked. */
static const char *
default_host(struct doctor *d)
{
	const char *list = doctor_postconf(d, "inet_interfaces");
	const char *protocols = doctor_postconf(d, "inet_protocols");
	size_t n = list ? strcspn(list, ", \t\n") : 0;

	if (n && strcmp(list, "all") != 0 &&
	    strcmp(list, "loopback-only") != 0 && strncmp(list, "localhost",
	    9) != 0)
		return arena_strndup(d->arena, list, n);
	return protocols && strcmp(protocols, "ipv6") == 0 ? "::1" :
	    "127.0.0.1";
}

static int
port_of(struct doctor *d, struct slice name)
{
	char *text = arena_strndup(d->arena, name.data, name.len), buf[1024];
	struct servent entry, *found = NULL;
	int64_t port;

	if (text_int(name, 1, 65535, &port) == 0)
		return (int)port;
	if (getservbyname_r(text, "tcp", &entry, buf, sizeof(buf),
	    &found) != 0 || !found)
		return 0;
	return ntohs((uint16_t)found->s_port);
}

/* "25", "smtp", "127.0.0.1:10025", "[::1]:25" */
static bool
place_of(struct doctor *d, const char *service, struct endpoint *to_r)
{
	const char *colon = strrchr(service, ':');
	const char *host = default_host(d);

	if (colon)
		host = service[0] == '[' && colon > service + 2 ?
		    arena_strndup(d->arena, service + 1,
		        (size_t)(colon - service) - 2) :
		    arena_strndup(d->arena, service, (size_t)(colon - service));
	*to_r = (struct endpoint){.host = (char *)(uintptr_t)host,
	    .port = port_of(d, slice_of(colon ? colon + 1 : service))};
	return to_r->port != 0;
}

static void
heard(struct doctor_probe *p, enum doctor_step step, int code,
    const struct dialogue *with)
{
	p->step = step;
	p->code = code;
	p->text = with->reply;
}

/* false: it came to no transaction. */
static bool
begin(struct dialogue *with, const struct endpoint *to, struct doctor_probe *p)
{
	int code = dialogue_open(with, to, ANSWER_MS);

	if (code / 100 == 2)
		code = dialogue_say(with, "EHLO [127.0.0.1]");
	heard(p, DOCTOR_HELLO, code, with);
	return code / 100 == 2;
}

static bool
address(struct dialogue *with, const char *rcpt, struct doctor_probe *p)
{
	int code = dialogue_say(with, "MAIL FROM:<>");

	heard(p, DOCTOR_MAIL, code, with);
	if (code / 100 != 2)
		return false;
	code = dialogue_say(with, rcpt);
	heard(p, DOCTOR_RCPT, code, with);
	return code / 100 == 2;
}

static void
ask_relay_domain(struct doctor *d, const struct endpoint *to,
    struct doctor_probe *p)
{
	const char *rcpt = arena_printf(d->arena, "RCPT TO:<nearpost-doctor@"
	    PRINT_PROBE_DOMAIN ".probe.%s>", d->ctl->config.relay_domain);
	struct dialogue with;

	if (begin(&with, to, p) && address(&with, rcpt, p))
		(void)dialogue_say(&with, "RSET");
	doctor_judge_relay_domain(d, p);
	dialogue_close(&with);
}

static void
ask_stub(struct doctor *d, const struct endpoint *to, struct doctor_probe *p)
{
	static const char rcpt[] = "RCPT TO:<nearpost-doctor@"
	    PRINT_PROBE_DOMAIN ">";
	struct dialogue with;
	int code;

	if (begin(&with, to, p) && address(&with, rcpt, p)) {
		code = dialogue_say(&with, "DATA");
		heard(p, DOCTOR_DATA, code, &with);
		if (code == 354)
			heard(p, DOCTOR_DOT, dialogue_say(&with, stub), &with);
	}
	doctor_judge_stub(d, p);
	dialogue_close(&with);
}

static bool
is_yes(const char *value)
{
	return value && strcmp(value, "yes") == 0;
}

static bool
is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	    strcmp(host, "localhost") == 0;
}

static void
ask(struct doctor *d, const struct endpoint *to, struct doctor_probe *p)
{
	p->where = arena_printf(d->arena, "%s, port %d", to->host, to->port);
	if (!d->gateway)
		ask_relay_domain(d, to, p);
	ask_stub(d, to, p);
}

static void
not_asked_tls(struct doctor *d, const char *service)
{
	doctor_say(d, FINDING_OK, service, "not asked: TLS from the first octet "
	    "on");
}

static void
not_asked_port(struct doctor *d, const char *service)
{
	doctor_say(d, FINDING_WARN, service, "not asked: no such service in "
	    "/etc/services");
}

static void
ask_service(struct doctor *d, const char *service)
{
	struct doctor_probe p = {.service = service};
	struct endpoint to;

	if (is_yes(doctor_postconf(d, arena_printf(d->arena,
	    "%s/inet/smtpd_tls_wrappermode", service)))) {
		not_asked_tls(d, service);
		return;
	}
	if (!place_of(d, service, &to)) {
		not_asked_port(d, service);
		return;
	}
	p.loopback = strchr(service, ':') && is_loopback(to.host);
	ask(d, &to, &p);
}

static void
ask_daemon(struct doctor *d, const struct doctor_daemon *one)
{
	struct doctor_probe p = {.service = one->name, .sendmail = true,
	    .loopback = !one->everywhere && is_loopback(one->host)};
	struct endpoint to = {.host = (char *)(uintptr_t)one->host,
	    .port = port_of(d, slice_of(one->port))};

	if (one->tls)
		not_asked_tls(d, one->name);
	else if (!to.port)
		not_asked_port(d, one->name);
	else
		ask(d, &to, &p);
}

/* That the file cannot be read doctor_sendmail() has said. */
static void
ask_sendmail(struct doctor *d)
{
	struct doctor_daemon one = {.name = "MTA", .host = "127.0.0.1",
	    .port = "smtp", .everywhere = true};
	struct buf cf = {0};
	struct slice rest;
	int n = 0;

	if (file_read(d->sendmail_cf, DOCTOR_CF_MAX, &cf) == 0) {
		rest = slice_buf(&cf);
		for (; doctor_cf_daemon(d, &rest, &one); n++)
			ask_daemon(d, &one);
		if (n == 0) /* Sendmail's own default */
			ask_daemon(d, &one);
	}
	buf_free(&cf);
}

/* A line of postconf -M: name, type, five fields, command.  NULL: no smtpd of the
 * network. */
static const char *
smtpd_of(struct doctor *d, struct slice line)
{
	struct slice field[8] = {{NULL, 0}}, word;
	int n = 0;

	while (n < 8 && slice_split(&line, ' ', &word))
		if (word.len)
			field[n++] = slice_trim(word);
	if (n < 8 || !slice_eq_str(field[1], "inet") ||
	    (!slice_eq_str(field[7], "smtpd") &&
	     !slice_eq_str(field[7], "postscreen")))
		return NULL;
	return arena_strndup(d->arena, field[0].data, field[0].len);
}

void
doctor_smtp(struct doctor *d)
{
	const char *argv[] = {"postconf", "-c", d->postfix_dir, "-M", NULL};
	struct buf out = {0};
	struct slice rest, line;
	const char *service;

	if (d->sendmail_cf) {
		ask_sendmail(d);
		return;
	}
	(void)run_capture(argv, &out); /* nothing: doctor_mta has said so */
	rest = slice_buf(&out);
	while (slice_split(&rest, '\n', &line)) {
		service = smtpd_of(d, line);
		if (service)
			ask_service(d, service);
	}
	buf_free(&out);
}
