/* What the headers and recipients alone decide: is it ours, and may it be. */
#include "milter/decide.h"

#include <netdb.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "lib/mail/stub.h"
#include "milter/recipient.h"

static bool
login_in(const char *login, const char *const *logins, size_t n)
{
	size_t i;

	for (i = 0; login && i < n; i++)
		if (strcmp(logins[i], "*") == 0 ||
		    strcmp(logins[i], login) == 0)
			return true;
	return false;
}

static const char *
client_text(const struct session_message *m)
{
	char host[NI_MAXHOST];
	socklen_t len = m->client.ss_family == AF_INET6 ?
	    sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	if (m->client.ss_family == AF_UNSPEC ||
	    getnameinfo((const struct sockaddr *)&m->client, len, host,
	        sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		return "this client";
	return arena_strdup(m->arena, host);
}

bool
decide_allowed(const struct decide_settings *s,
    const struct session_message *m, const char **text_r)
{
	if (m->local_submit) {
		*text_r = "nearpost: stubs are not taken from sendmail(1) here; "
		    "send them by SMTP, or set local_submission = yes in "
		    "nearpost.conf";
		return s->local_submission;
	}
	if (login_in(m->login, s->logins, s->n_logins) ||
	    session_client_in(&m->client, s->clients, s->n_clients))
		return true;
	if (m->login)
		*text_r = arena_printf(m->arena, "nearpost: login %s at %s may "
		    "not send campaigns; the postmaster can add it to logins in "
		    "nearpost.conf", m->login, client_text(m));
	else
		*text_r = arena_printf(m->arena, "nearpost: %s may not send "
		    "campaigns; log in, or have the postmaster add it to clients "
		    "in nearpost.conf", client_text(m));
	return false;
}

static enum session_look
refuse(struct session_edits *e, const char *text, enum refusal cause,
    enum refusal *cause_r)
{
	*cause_r = cause;
	e->reply[0] = "550";
	e->reply[1] = "5.7.1";
	e->reply[2] = text;
	return SESSION_REFUSE;
}

static bool
any_header(const struct session_message *m, bool (*is)(const char *name))
{
	size_t i;

	for (i = 0; i < m->n_headers; i++)
		if (is(m->headers[i].name))
			return true;
	return false;
}

static bool
is_ticket(const char *name)
{
	return strcasecmp(name, STUB_TICKET) == 0;
}

enum session_look
decide_look(const struct decide_settings *s, const struct session_message *m,
    struct session_edits *e, enum refusal *cause_r)
{
	const char *text;

	if (recipient_any_relayed(s, m)) {
		/* Our own mail may come by again, from a content filter: its
		 * tickets are checked when the body is there. */
		if (any_header(m, is_ticket) && decide_allowed(s, m, &text))
			return SESSION_OURS;
		return refuse(e, arena_printf(m->arena, "nearpost: addresses in "
		    "%s are not for use from outside; write to the recipient's "
		    "own address", s->relay_domain), REFUSAL_RELAY_DOMAIN,
		    cause_r);
	}
	if (stub_recognise(m->headers, m->n_headers))
		return decide_allowed(s, m, &text) ? SESSION_OURS :
		    refuse(e, text, REFUSAL_CLIENT, cause_r);
	/* Forged Nearpost-* fields are to go. */
	return any_header(m, stub_is_ours) ? SESSION_OURS : SESSION_NOT_OURS;
}
