/* The rows of nearpost.conf.  A setting is one row here and nothing elsewhere;
 * what no single row can see (two gateways of one id) config_check.c does. */
#include "lib/fleet/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/fleet/config_check.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * (int64_t)MINUTE)
#define DAY (24 * HOUR)
#define PER_SECOND_MAX (100000 * 3600)

/* Rows: name, type, field, default, min, max, choices, help. */
#define STR(n, s, f, def, help) \
	{n, SETTING_STRING, offsetof(s, f), def, 0, 0, NULL, help}
#define INT(n, s, f, def, min, max, help) \
	{n, SETTING_INT, offsetof(s, f), def, min, max, NULL, help}
#define DURATION(n, s, f, def, min, max, help) \
	{n, SETTING_DURATION, offsetof(s, f), def, min, max, NULL, help}
#define RATE(n, s, f, def, min, max, help) \
	{n, SETTING_RATE, offsetof(s, f), def, min, max, NULL, help}
#define SIZE(n, s, f, def, min, max, help) \
	{n, SETTING_SIZE, offsetof(s, f), def, min, max, NULL, help}
#define BOOL(n, s, f, def, help) \
	{n, SETTING_BOOL, offsetof(s, f), def, 0, 0, NULL, help}
#define LIST(n, s, f, def, help) \
	{n, SETTING_LIST, offsetof(s, f), def, 0, 0, NULL, help}
#define CHOICE(n, s, f, def, choices, help) \
	{n, SETTING_CHOICE, offsetof(s, f), def, 0, 0, choices, help}
#define END_OF_ROWS {NULL, SETTING_STRING, 0, NULL, 0, 0, NULL, NULL}

#define TLS_ROWS(s) \
	STR("tls_cert", s, tls.cert, "/etc/nearpost/tls/cert.pem", \
	    "certificate shown to peers, PEM"), \
	STR("tls_key", s, tls.key, "/etc/nearpost/tls/key.pem", \
	    "its private key, PEM"), \
	STR("tls_ca", s, tls.ca, "/etc/nearpost/tls/ca.pem", \
	    "CA that a peer's certificate must come from, PEM")

static const struct setting top_rows[] = {
    STR("relay_domain", struct config, relay_domain, "nearpost.internal",
        "domain of the ranked addresses; the same on all hosts"),
    END_OF_ROWS,
};

static const struct setting gateway_rows[] = {
    STR("host", struct config_gateway, host, NULL,
        "name in its TLS certificate, and where stubs go"),
    INT("port", struct config_gateway, port, "25", 1, 65535,
        "SMTP port of its stub service"),
    INT("uplink_mbit", struct config_gateway, uplink_mbit, "100", 1, 1000000,
        "nominal bandwidth, Mbit/s"),
    END_OF_ROWS,
};

static const struct setting site_rows[] = {
    RATE("max_rate", struct config_site, max_per_h, NULL, 1, PER_SECOND_MAX,
        "what one gateway may send to it"),
    END_OF_ROWS,
};

#define M struct config_milter
static const struct setting milter_rows[] = {
    STR("listen", M, listen, "unix:/run/nearpost/milter.sock",
        "socket for the MTA; unix:/path or inet:port@host"),
    STR("socket_group", M, socket_group, "postfix",
        "group that may use the socket; \"\" leaves it alone"),
    STR("policyd", M, policyd, "unix:/run/nearpost/policyd.sock",
        "where policyd answers; unix:/path or inet:host:port"),
    DURATION("ask_timeout", M, ask_timeout_ms, "2s", 10, 20 * SECOND, /* Postfix waits 30 */
        "how long a stub waits for policyd before it gets a 451"),
    INT("max_recipients", M, max_recipients, "20", 1, 1000,
        "recipients of one stub"),
    LIST("clients", M, clients, "127.0.0.0/8 ::1/128",
        "networks that may send stubs, with or without login"),
    LIST("logins", M, logins, "",
        "SASL logins that may send stubs; \"*\" is any login"),
    BOOL("local_submission", M, local_submission, "no",
        "accept stubs from sendmail(1)"),
    STR("stub_service", M, stub_service, "2525",
        "port or host:port of the smtpd where stubs enter"),
    STR("signing_key", M, signing_key, "/etc/nearpost/keys/signing.pem",
        "private Ed25519 key that signs tickets, PEM"),
    STR("transport_map", M, transport_map, "/etc/nearpost/transport",
        "text of the MTA's table; gateways in it can be chosen"),
    DURATION("ticket_lifetime", M, ticket_lifetime_ms, "7d", MINUTE, 60 * DAY,
        "a stub older than this is not expanded; longer than the MTA's queue"),
    END_OF_ROWS,
};
#undef M

#define P struct config_policyd
static const struct setting policyd_rows[] = {
    STR("listen", P, listen, "unix:/run/nearpost/policyd.sock",
        "socket for the milter and nearpostctl; unix:/path or inet:host:port"),
    STR("socket_group", P, socket_group, "nearpost",
        "group that may use the socket; \"\" leaves it alone"),
    STR("agent_listen", P, agent_listen, "inet:*:4617",
        "where the gateways' agents report, TLS"),
    STR("http_listen", P, http_listen, "inet:127.0.0.1:4618",
        "metrics and status page; \"\" is off"),
    STR("redis", P, redis, "unix:/run/redis/redis-server.sock",
        "unix:/path or inet:host:port"),
    STR("redis_user", P, redis_user, "", "ACL user; \"\" is the default user"),
    STR("redis_password_file", P, redis_password_file, "",
        "file with the password in its first line; \"\" is none"),
    STR("redis_prefix", P, redis_prefix, "nearpost:",
        "what every key starts with"),
    STR("assets", P, assets, "/var/lib/nearpost/assets",
        "MANIFEST and the campaign.conf files"),
    STR("manifest_keys", P, manifest_keys, "/etc/nearpost/keys/public",
        "directory of public keys that may sign a MANIFEST, *.pem"),
    TLS_ROWS(P),
    DURATION("stale_after", P, stale_after_ms, "60s", SECOND, HOUR,
        "how long decisions go on from memory when Redis is gone"),
    CHOICE("without_redis", P, without_redis, "wait", "wait|send",
        "stubs whose recipient cannot be looked up: wait, or send"),
    DURATION("redis_timeout", P, redis_timeout_ms, "500ms", 10, MINUTE,
        "how long one answer of Redis may take"),
    DURATION("report_interval", P, report_interval_ms, "1s", 100, MINUTE,
        "of agents that do not say theirs; 3.5 silent ones eject a gateway"),
    DURATION("probe_interval", P, probe_interval_ms, "60s", SECOND, DAY,
        "how old a measured RTT may get before it is probed again"),
    BOOL("probes", P, probes, "yes", "ask the agents for active RTT probes"),
    INT("probe_rate", P, probe_rate, "20", 1, 100000,
        "probes per second at most, of all gateways together"),
    DURATION("keep_events", P, keep_events_ms, "7d", MINUTE, 366 * DAY,
        "retention of delivery events, which name recipients"),
    DURATION("keep_decisions", P, keep_decisions_ms, "1d", 0, 366 * DAY,
        "retention of the decisions that nearpostctl why shows; 0s: none"),
    STR("dns_servers", P, dns_servers, "",
        "addresses separated by commas; \"\" is resolv.conf"),
    BOOL("reject_unlisted", P, reject_unlisted, "no",
        "refuse recipients who are not in the recipient list"),
    END_OF_ROWS,
};
#undef P

#define A struct config_agent
static const struct setting agent_rows[] = {
    STR("id", A, id, "", "this gateway's id, as in its gateway section"),
    STR("listen", A, listen, "unix:/run/nearpost/agent.sock",
        "socket for the MTA; unix:/path or inet:port@host"),
    STR("socket_group", A, socket_group, "postfix",
        "group that may use the socket; \"\" leaves it alone"),
    STR("observer", A, observer, "unix:/run/nearpost/observer.sock",
        "socket from the expander to the observer"),
    LIST("policyd", A, policyd, "",
        "policyds to report to; inet:host:port each"),
    STR("policyd_name", A, policyd_name, "",
        "name in policyd's certificate; \"\" is the host above"),
    STR("assets", A, assets, "/var/lib/nearpost/assets",
        "directory of asset sets"),
    STR("keys", A, keys, "/etc/nearpost/keys/public",
        "directory of public keys for tickets and MANIFEST, *.pem"),
    STR("maillog", A, maillog, "/var/log/mail.log",
        "the MTA's log: a file, or \"journal\""),
    STR("state_directory", A, state_directory, "/var/lib/nearpost/agent",
        "tickets seen and the place in the log"),
    STR("queue_directory", A, queue_directory, "/var/spool/postfix",
        "the MTA's queue, to measure what waits in it"),
    SIZE("max_advert_size", A, max_advert_size, "20M", 1024,
        INT64_C(1) << 31, "larger adverts are not made; below message_size_limit"),
    BOOL("probes", A, probes, "yes", "measure RTT to recipients' mail servers"),
    INT("probe_rate", A, probe_rate, "5", 1, 1000, "probes per second at most"),
    DURATION("clock_tolerance", A, clock_tolerance_ms, "5m", 0, DAY,
        "how far the initiator's clock may be ahead or behind"),
    DURATION("report_interval", A, report_interval_ms, "1s", 100, MINUTE,
        "how often to report; policyd is told, and waits for 3.5 of them"),
    TLS_ROWS(A),
    STR("dns_servers", A, dns_servers, "",
        "addresses separated by commas; \"\" is resolv.conf"),
    END_OF_ROWS,
};
#undef A

#define S struct config_send
static const struct setting send_rows[] = {
    STR("smtp", S, smtp, "inet:127.0.0.1:2525",
        "where nearpostctl send submits stubs"),
    STR("login", S, login, "", "SASL login; \"\" is none"),
    STR("password_file", S, password_file, "",
        "file with the password in its first line"),
    STR("state_directory", S, state_directory, "/var/lib/nearpost/send",
        "what was sent, to go on after an interruption"),
    END_OF_ROWS,
};
#undef S

const struct settings_section config_sections[] = {
    {NULL, false, top_rows, sizeof(struct config), 0},
    {"gateway", true, gateway_rows, sizeof(struct config_gateway),
        offsetof(struct config, gateways)},
    {"site", true, site_rows, sizeof(struct config_site),
        offsetof(struct config, sites)},
    {"milter", false, milter_rows, sizeof(struct config_milter),
        offsetof(struct config, milter)},
    {"policyd", false, policyd_rows, sizeof(struct config_policyd),
        offsetof(struct config, policyd)},
    {"agent", false, agent_rows, sizeof(struct config_agent),
        offsetof(struct config, agent)},
    {"send", false, send_rows, sizeof(struct config_send),
        offsetof(struct config, send)},
    {NULL, false, NULL, 0, 0},
};

int
config_load(const char *path, struct config *out_r, char **error_r)
{
	char *error;

	memset(out_r, 0, sizeof(*out_r));
	*error_r = NULL;
	if (settings_load(path, config_sections, out_r, error_r) != 0)
		return -1;
	error = config_check(out_r);
	if (!error)
		return 0;
	*error_r = xasprintf("%s: %s", path ? path : "defaults", error);
	free(error);
	config_free(out_r);
	return -1;
}

void
config_free(struct config *c)
{
	settings_free(config_sections, c);
}

const struct config_gateway *
config_gateway(const struct config *c, const char *id)
{
	const struct config_gateway *g = c->gateways.items;
	size_t i;

	for (i = 0; i < c->gateways.n; i++)
		if (strcmp(g[i].id, id) == 0)
			return &g[i];
	return NULL;
}

int
config_show(const struct config *c, const char *name)
{
	struct buf value = {0};

	if (settings_value(config_sections, c, name, &value) != 0) {
		log_warnx("there is no setting \"%s\"; see nearpost.conf(5), and "
			  "write it as relay_domain, milter.listen or "
			  "gateway.lon.host", name);
		return EX_USAGE;
	}
	(void)printf("%s\n", value.len ? value.data : "");
	buf_free(&value);
	return EX_OK;
}
