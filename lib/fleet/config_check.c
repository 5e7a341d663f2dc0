#include "lib/fleet/config_check.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/network.h"
#include "lib/mail/address.h"

/* A label of the transport table's domain; RFC 1035 section 2.3.4. */
#define LABEL_MAX 63

/* Letters, digits and inner hyphens, labels of 1..63 (RFC 1123 section 2.1);
 * lower case because it is compared with addresses that are folded. */
static bool
domain_ok(const char *domain)
{
	struct slice rest = slice_of(domain), label;
	size_t i, labels = 0;

	if (rest.len == 0 || rest.len > ADDRESS_DOMAIN_MAX / 2 ||
	    domain[rest.len - 1] == '.')
		return false;
	while (slice_split(&rest, '.', &label)) {
		if (label.len == 0 || label.len > LABEL_MAX ||
		    label.data[0] == '-' || label.data[label.len - 1] == '-')
			return false;
		for (i = 0; i < label.len; i++)
			if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-",
			        label.data[i]) || label.data[i] == '\0')
				return false;
		labels++;
	}
	return labels >= 2;
}

static char *
check_gateways(const struct config *c)
{
	const struct config_gateway *g = c->gateways.items;
	size_t i, k;

	for (i = 0; i < c->gateways.n; i++) {
		if (strcmp(g[i].id, ADDRESS_SPLIT) == 0)
			return xasprintf("gateway \"%s\": this id is taken by "
			    "the transport table, choose another", g[i].id);
		if (!address_id_ok(slice_of(g[i].id)))
			return xasprintf("gateway \"%s\": an id is 1 to %d "
			    "lower-case letters and digits", g[i].id,
			    ADDRESS_ID_MAX);
		if (!*g[i].host)
			return xasprintf("gateway \"%s\": host is empty, write "
			    "the name of its TLS certificate", g[i].id);
		for (k = 0; k < i; k++)
			if (strcmp(g[i].id, g[k].id) == 0)
				return xasprintf("gateway \"%s\" is there twice, "
				    "remove one or rename it", g[i].id);
	}
	return NULL;
}

/* As policyd knows sites and domains: two spellings of one name are one. */
static char *
fold_site(struct config_site *s)
{
	struct arena *arena = arena_new();
	char *text = arena_printf(arena, "x@%s", s->name), *error = NULL;
	struct address a;
	const char *why;

	if (address_parse(arena, slice_of(text), &a, &why) != 0) {
		error = xasprintf("site \"%s\": %s; write the name of a site "
		    "or of a recipients' domain, such as example.com",
		    s->name, why);
	} else {
		free(s->name);
		s->name = xstrdup(a.domain);
	}
	arena_free(&arena);
	return error;
}

static char *
check_sites(struct config *c)
{
	struct config_site *s = c->sites.items;
	char *error;
	size_t i, k;

	for (i = 0; i < c->sites.n; i++) {
		error = fold_site(&s[i]);
		if (error)
			return error;
		for (k = 0; k < i; k++)
			if (strcmp(s[i].name, s[k].name) == 0)
				return xasprintf("site \"%s\" is there twice, "
				    "keep one of them", s[i].name);
	}
	return NULL;
}

static char *
check_endpoint(const char *name, const char *text)
{
	struct endpoint e = {0};
	const char *why;

	if (endpoint_parse(text, &e, &why) != 0)
		return xasprintf("%s = \"%s\": %s; write unix:/path or "
		    "inet:host:port", name, text, why);
	endpoint_free(&e);
	return NULL;
}

static char *
check_endpoints(const struct config *c)
{
	const struct {
		const char *name, *text;
		bool may_be_empty;
	} rows[] = {
	    {"milter.policyd", c->milter.policyd, false},
	    {"policyd.listen", c->policyd.listen, false},
	    {"policyd.agent_listen", c->policyd.agent_listen, true},
	    {"policyd.http_listen", c->policyd.http_listen, true},
	    {"policyd.redis", c->policyd.redis, false},
	    {"agent.observer", c->agent.observer, false},
	    {"send.smtp", c->send.smtp, false},
	};
	char *error;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!*rows[i].text && rows[i].may_be_empty)
			continue;
		error = check_endpoint(rows[i].name, rows[i].text);
		if (error)
			return error;
	}
	for (i = 0; i < c->agent.policyd.n; i++) {
		error = check_endpoint("agent.policyd",
		    c->agent.policyd.items[i]);
		if (error)
			return error;
	}
	return NULL;
}

/* Is that address one that other hosts reach, or are on? */
static bool
is_remote(const char *text)
{
	struct endpoint e = {0};
	const char *why;
	bool remote = endpoint_parse(text, &e, &why) == 0 && !e.path &&
	    !host_is_loopback(e.host);

	endpoint_free(&e);
	return remote;
}

char *
config_doubts(const struct config *c)
{
	struct buf out = {0};

	if (is_remote(c->policyd.redis))
		buf_printf(&out, "policyd.redis = \"%s\": recipients' data and "
		    "the password go to another host in clear; put stunnel "
		    "between, see TLS in nearpost-redis(7)\n",
		    c->policyd.redis);
	if (is_remote(c->policyd.http_listen))
		buf_printf(&out, "policyd.http_listen = \"%s\": whoever can "
		    "connect reads metrics and status page, without login or "
		    "TLS; see CONNECTIONS in nearpost-policyd(8)\n",
		    c->policyd.http_listen);
	return out.len ? buf_steal(&out) : NULL;
}

/* hiredis 0.14, which Debian 12 has, knows no TLS. */
static char *
check_redis(const char *text)
{
	if (strncmp(text, "tls:", 4) != 0 && strncmp(text, "rediss:", 7) != 0)
		return NULL;
	return xasprintf("policyd.redis = \"%s\": nearpost speaks no TLS with "
	    "Redis; run stunnel on this host and write its inet:127.0.0.1:port, "
	    "see TLS in nearpost-redis(7)", text);
}

char *
config_check(struct config *c)
{
	struct network net;
	const char *why;
	char *error;
	size_t i;

	if (!domain_ok(c->relay_domain))
		return xasprintf("relay_domain = \"%s\" is no domain of at least "
		    "two labels in lower case, such as nearpost.internal",
		    c->relay_domain);
	for (i = 0; i < c->milter.clients.n; i++)
		if (network_parse(c->milter.clients.items[i], &net, &why) != 0)
			return xasprintf("milter.clients: \"%s\" %s",
			    c->milter.clients.items[i], why);
	if (*c->agent.id && !address_id_ok(slice_of(c->agent.id)))
		return xasprintf("agent.id = \"%s\": an id is 1 to %d "
		    "lower-case letters and digits", c->agent.id,
		    ADDRESS_ID_MAX);
	error = check_gateways(c);
	if (!error)
		error = check_sites(c);
	if (!error)
		error = check_redis(c->policyd.redis);
	return error ? error : check_endpoints(c);
}
