/* Who signs the adverts?  Not what OpenDKIM's files say is asked, but the milters
 * themselves, with an advert as it would come from the initiator: rspamd and others
 * answer as well, and a key that cannot be read or a domain that was forgotten shows
 * just as a missing InternalHosts does.  Nothing of it becomes mail. */
#include "config.h"

#include <netdb.h>
#include <stdlib.h>
#include <strings.h>

#include "ctl/doctor.h"
#include "ctl/milter_client.h"
#include "ctl/print.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"

#define ANSWER_MS 15000
#define MILTERS_MAX 16

struct milters {
	const char *name[MILTERS_MAX];
	const char *action[MILTERS_MAX]; /* default_action, or NULL */
	int n;
};

/* Of the service that asks the adverts' milters. */
static const char *
service_setting(struct doctor *d, const struct config_gateway *self,
    const char *name)
{
	const char *its = doctor_postconf(d, arena_printf(d->arena,
	    "%lld/inet/%s", (long long)self->port, name));

	return its ? its : doctor_postconf(d, name);
}

/* What asks the adverts' milters: smtpd_milters, or the filters of sendmail.cf. */
static const char *
milters_of(struct doctor *d, const struct config_gateway *self)
{
	struct buf cf = {0};
	const char *list = NULL;

	if (!d->sendmail_cf)
		return service_setting(d, self, "smtpd_milters");
	if (file_read(d->sendmail_cf, DOCTOR_CF_MAX, &cf) == 0)
		list = doctor_cf_filters(d, slice_buf(&cf));
	buf_free(&cf);
	return list;
}

/* default_action of settings, as far as they go in s; NULL: it has none. */
static const char *
action_in(struct doctor *d, struct slice s)
{
	struct slice item, key;

	while (slice_split(&s, ',', &item)) {
		if (!slice_split(&item, '=', &key))
			continue;
		if (slice_eq_str(slice_trim(key), "default_action")) {
			item = slice_trim(item);
			return arena_strndup(d->arena, item.data, item.len);
		}
	}
	return NULL;
}

/* Those behind ours: names, or { name, settings }. */
static void
find_behind(struct doctor *d, const char *list, const char *ours,
    struct milters *m_r)
{
	bool behind = false;

	m_r->n = 0;
	for (const char *at = list; at && *at;) {
		const char *action;
		bool braces;
		size_t n, rest;

		at += strspn(at, ", \t\n");
		braces = *at == '{';
		at += braces ? 1 + strspn(at + 1, " \t\n") : 0;
		n = strcspn(at, ", \t\n}");
		if (n == 0)
			break;
		rest = braces ? strcspn(at + n, "}") : 0;
		action = action_in(d, (struct slice){at + n, rest});
		if (behind && m_r->n < MILTERS_MAX) {
			m_r->action[m_r->n] = action;
			m_r->name[m_r->n++] = arena_strndup(d->arena, at, n);
		}
		behind |= strlen(ours) == n && memcmp(at, ours, n) == 0;
		at += n + rest;
		at += braces && *at == '}';
	}
}

/* As Postfix writes it, inet:host:port, or as Sendmail does, inet:port@host and
 * local:/path. */
static bool
endpoint_of(struct doctor *d, const char *name, struct endpoint *to_r)
{
	const char *at = strchr(name, '@'), *error;

	if (strncmp(name, "inet:", 5) == 0 && at)
		name = arena_printf(d->arena, "inet:%s:%.*s", at + 1,
		    (int)(at - name - 5), name + 5);
	else if (strncmp(name, "local:", 6) == 0)
		name = arena_printf(d->arena, "unix:%s", name + 6);
	return endpoint_parse(name, to_r, &error) == 0;
}

static bool
has_line(struct slice lines, const char *wanted)
{
	struct slice line;

	while (slice_split(&lines, '\n', &line))
		if (slice_caseeq_str(line, wanted))
			return true;
	return false;
}

static void
ask_one(struct doctor *d, const char *name, const char *action,
    const struct milter_message *m, struct doctor_signing *s)
{
	struct endpoint to = {0};
	struct buf added = {0};
	const char *why = "not an address of a milter";
	int bad = endpoint_of(d, name, &to) ?
	    milter_ask(&to, m, ANSWER_MS, &added, &why) : -1;

	if (bad < 0) {
		s->dead = name;
		s->why = why;
		s->passes = action && strcasecmp(action, "accept") == 0;
	} else if (!s->signer && has_line(slice_buf(&added),
	    "DKIM-Signature")) {
		s->signer = name;
	}
	buf_free(&added);
	endpoint_free(&to);
}

/* The fields of an advert. */
static const char *
headers(struct doctor *d, const char *from)
{
	char date[32];

	clock_rfc5322(date, sizeof(date), clock_wall_ms());
	return arena_printf(d->arena, "From: %s\r\n"
	    "To: nobody@" PRINT_PROBE_DOMAIN "\r\n"
	    "Subject: a probe of nearpostctl doctor\r\n"
	    "Date: %s\r\nMessage-ID: <doctor@" PRINT_PROBE_DOMAIN ">\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n", from, date);
}

static void
ask_all(struct doctor *d, const struct milters *list, const char *domain,
    const char *from, const struct sockaddr_storage *client)
{
	struct doctor_signing s = {.domain = domain,
	    .initiator = doctor_address(d, client), .others = ""};
	const char *mta = doctor_postconf(d, "myhostname");
	const struct milter_message m = {.mta = mta ? mta : "localhost",
	    .client = client, .from = from,
	    .to = "nobody@" PRINT_PROBE_DOMAIN,
	    .headers = slice_of(headers(d, from)),
	    .body = slice_of("nobody gets this\r\n")};

	for (int i = 0; i < list->n; i++) {
		s.others = arena_printf(d->arena, "%s%s%s", s.others,
		    i ? ", " : "", list->name[i]);
		ask_one(d, list->name[i], list->action[i], &m, &s);
	}
	doctor_judge_signing(d, &s);
}

/* Stubs come from where policyd is. */
static void
ask_for(struct doctor *d, const struct milters *list, const char *policyd)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *res, *at;
	struct doctor_senders from;
	struct sockaddr_storage client;
	struct endpoint e = {0};
	const char *error;

	doctor_senders(d, &from);
	if (endpoint_parse(policyd, &e, &error) == 0 && e.host &&
	    getaddrinfo(e.host, NULL, &hints, &res) == 0) {
		for (at = res; at; at = at->ai_next) {
			memset(&client, 0, sizeof(client));
			memcpy(&client, at->ai_addr, at->ai_addrlen);
			for (int i = 0; i < from.n; i++)
				if (from.in_from[i])
					ask_all(d, list, from.domain[i],
					    from.address[i], &client);
		}
		freeaddrinfo(res);
	}
	endpoint_free(&e);
}

void
doctor_signing(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	const struct config_gateway *self = config_gateway(c, c->agent.id);
	struct milters list;

	if (!self)
		return;
	find_behind(d, milters_of(d, self), c->agent.listen, &list);
	if (list.n == 0) {
		doctor_say(d, FINDING_OK, "DKIM", "no milter behind ours; "
		    "contrib/%s shows how OpenDKIM signs the adverts",
		    d->sendmail_cf ? "sendmail" : "postfix");
		return;
	}
	for (int i = 0; i < list.n && !d->sendmail_cf; i++)
		if (!list.action[i])
			list.action[i] = service_setting(d, self,
			    "milter_default_action");
	for (size_t i = 0; i < c->agent.policyd.n; i++)
		ask_for(d, &list, c->agent.policyd.items[i]);
}
