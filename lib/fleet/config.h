/* nearpost.conf: one file for every program of a host.  The rows of config.c
 * parse, check, print and document it (nearpost.conf(5)). */
#ifndef NEARPOST_FLEET_CONFIG_H
#define NEARPOST_FLEET_CONFIG_H

#include "lib/base/settings.h"

#define CONFIG_DEFAULT_PATH "/etc/nearpost/nearpost.conf"

struct config_gateway {
	char *id;
	char *host;
	int64_t port;
	int64_t uplink_mbit;
};
struct config_site {
	char *name; /* a site's or a domain's; lower case, A-labels */
	int64_t max_per_h;
};
struct config_milter {
	char *listen, *socket_group, *policyd;
	int64_t ask_timeout_ms, max_recipients;
	struct setting_list clients, logins;
	bool local_submission;
	char *stub_service; /* "2525" or "host:port": where stubs enter, for master.cf */
	char *signing_key, *transport_map;
	int64_t ticket_lifetime_ms;
};
struct config_tls {
	char *cert, *key, *ca;
};
struct config_policyd {
	char *listen, *socket_group, *agent_listen, *http_listen;
	char *redis, *redis_user, *redis_password_file, *redis_prefix;
	char *assets, *manifest_keys;
	struct config_tls tls;
	int64_t stale_after_ms;
	int without_redis; /* 0 wait, 1 send */
	int64_t redis_timeout_ms, report_interval_ms, probe_interval_ms;
	bool probes;
	int64_t probe_rate;
	int64_t keep_events_ms, keep_decisions_ms;
	char *dns_servers;
	bool reject_unlisted;
};
struct config_agent {
	char *id, *listen, *socket_group, *observer;
	struct setting_list policyd;
	char *policyd_name, *assets, *keys, *maillog, *state_directory,
	    *queue_directory;
	int64_t max_advert_size;
	bool probes;
	int64_t probe_rate, clock_tolerance_ms, report_interval_ms;
	struct config_tls tls;
	char *dns_servers;
};
struct config_send {
	char *smtp, *login, *password_file, *state_directory;
};
struct config {
	char *relay_domain;
	struct settings_many gateways; /* struct config_gateway */
	struct settings_many sites;    /* struct config_site */
	struct config_milter milter;
	struct config_policyd policyd;
	struct config_agent agent;
	struct config_send send;
};

/* -1 and a heap *error_r with file, line and remedy; cross-checks included (ids
 * and sites unique and well-formed, relay_domain a domain). */
int config_load(const char *path, struct config *out_r, char **error_r);
void config_free(struct config *c);
/* What works and may be meant, but should not be unknown: lines of a heap text;
 * NULL when there is nothing to say.  Of policyd's part. */
char *config_doubts(const struct config *c);
const struct config_gateway *config_gateway(const struct config *c,
    const char *id);
/* "-e": a setting by name to stdout, EX_OK; or EX_USAGE after a word on stderr. */
int config_show(const struct config *c, const char *name);
/* The rows, for printing settings and generating the man page. */
extern const struct settings_section config_sections[];

#endif
