#include "lib/fleet/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/crypto.h"
#include "lib/base/dns.h"
#include "lib/base/mem.h"
#include "lib/fleet/store_sync.h"

#define CONNECT_MS 2000
#define DNS_MS 3000

void
reach_say(struct reach *r, const char *setting, const char *value, char *why)
{
	(void)fprintf(r->to, "%-7s %s = %s%s%s\n", why ? "FAILED" : "ok",
	    setting, value, why ? ": " : "", why ? why : "");
	r->failed += why != NULL;
	free(why);
}

static char *
system_error(void)
{
	return xstrdup(strerrordesc_np(errno));
}

/* The MTAs write inet:port@host. */
static char *
our_way(const char *where)
{
	const char *at = strchr(where, '@');

	if (strncmp(where, "inet:", 5) != 0 || !at)
		return xstrdup(where);
	return xasprintf("inet:%s:%.*s", at + 1, (int)(at - where - 5),
	    where + 5);
}

char *
reach_connect(const char *where)
{
	char *text = our_way(where), *why = NULL;
	struct endpoint e = {0};
	const char *error;
	int fd;

	if (endpoint_parse(text, &e, &error) < 0) {
		free(text);
		return xstrdup(error);
	}
	fd = endpoint_connect(&e, CONNECT_MS);
	if (fd >= 0)
		(void)close(fd);
	else
		why = xasprintf("%s; is the program running?",
		    errno == ECONNREFUSED ? "nobody listens" :
		    errno == ENOENT ? "no such socket" :
		    errno == EACCES ? "no permission" : "no connection");
	endpoint_free(&e);
	free(text);
	return why;
}

void
reach_socket(struct reach *r, const char *setting, const char *where)
{
	reach_say(r, setting, where, reach_connect(where));
}

static char *
why_no_directory(const char *path, bool write)
{
	if (access(path, X_OK | R_OK | (write ? W_OK : 0)) == 0)
		return NULL;
	return errno == ENOENT ? xasprintf("%s does not exist", path)
			       : xasprintf("%s: %s", path,
				     strerrordesc_np(errno));
}

void
reach_listen(struct reach *r, const char *setting, const char *where)
{
	char *text = our_way(where), *why = NULL, *slash;
	struct endpoint e = {0};
	const char *error;

	if (endpoint_parse(text, &e, &error) < 0) {
		why = xstrdup(error);
	} else if (e.path && (slash = strrchr(e.path, '/')) != NULL) {
		*slash = '\0';
		why = why_no_directory(*e.path ? e.path : "/", true);
	}
	reach_say(r, setting, where, why);
	endpoint_free(&e);
	free(text);
}

void
reach_file(struct reach *r, const char *setting, const char *path)
{
	reach_say(r, setting, path,
	    access(path, R_OK) == 0 ? NULL : system_error());
}

void
reach_directory(struct reach *r, const char *setting, const char *path,
    bool write)
{
	reach_say(r, setting, path, why_no_directory(path, write));
}

static char *
why_expired(const char *path)
{
	const char *error;
	int64_t until_ms;
	char *cn;

	if (cert_read(path, &cn, &until_ms, &error) < 0)
		return xasprintf("%s; nearpostctl keys makes one", error);
	free(cn);
	return until_ms > clock_wall_ms() ? NULL : xstrdup(
	    "has expired; nearpostctl keys host makes a new one");
}

void
reach_tls(struct reach *r, const char *section, const struct config_tls *tls)
{
	char *name = xasprintf("%s.tls_cert", section), *why;
	struct tls *all;

	reach_say(r, name, tls->cert, why_expired(tls->cert));
	free(name);
	name = xasprintf("%s.tls_key", section);
	all = tls_new(tls->cert, tls->key, tls->ca, &why);
	reach_say(r, name, tls->key, all ? NULL : why);
	tls_free(&all);
	free(name);
}

void
reach_redis(struct reach *r, const struct config_policyd *c)
{
	char *why = NULL;
	struct store_sync *s = store_sync_open(c, &why);

	reach_say(r, "policyd.redis", c->redis, s ? NULL : why);
	store_sync_close(&s);
}

struct asked {
	struct loop *loop;
	enum dns_status status;
};

static void
on_address(const struct dns_addr_answer *a, void *ctx)
{
	struct asked *asked = ctx;

	asked->status = a->status;
	loop_stop(asked->loop);
}

void
reach_dns(struct reach *r, const char *setting, const char *servers)
{
	struct asked asked = {loop_new(), DNS_FAILED};
	char *why = NULL;
	struct dns *dns = dns_new(asked.loop, servers, DNS_MS, &why);

	if (dns) {
		/* RFC 6761: a name server knows that it does not exist. */
		dns_addr(dns, "nearpost.invalid", on_address, &asked);
		loop_run(asked.loop);
		if (asked.status == DNS_FAILED)
			why = xstrdup("no name server answers");
	}
	reach_say(r, setting, *servers ? servers : "(resolv.conf)", why);
	dns_free(&dns);
	loop_free(&asked.loop);
}

int
reach_end(struct reach *r)
{
	if (r->failed)
		(void)fprintf(r->to, "the configuration is well-formed; %u of "
		    "what it names cannot be used\n", r->failed);
	else
		(void)fputs("the configuration is well-formed, and all that it "
		    "names is there\n", r->to);
	return r->failed ? EX_UNAVAILABLE : EX_OK;
}
