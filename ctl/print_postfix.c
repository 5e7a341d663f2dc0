/* main.cf(5) and master.cf(5) for an initiator and for a gateway. */
#include "config.h"

#include <stdlib.h>

#include "ctl/print.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

/* Everything of cleanup(8) that adds recipients or changes them: beside a stub
 * it would send the bare stub to the address added. */
static const char *const cleanup_off[] = {"always_bcc", "sender_bcc_maps",
    "recipient_bcc_maps", "virtual_alias_maps", "canonical_maps",
    "recipient_canonical_maps", "mime_header_checks", "nested_header_checks",
    "body_checks", NULL};

static const char *const relay_off[] = {"smtp_fallback_relay",
    "smtp_generic_maps", "smtp_header_checks", "smtp_mime_header_checks",
    "smtp_nested_header_checks", "smtp_body_checks", "smtp_tls_policy_maps",
    "smtp_sasl_password_maps", "smtp_tls_chain_files", "smtp_tls_eccert_file",
    "smtp_tls_eckey_file", "smtp_tls_CApath", NULL};

/* main.cf's own certificates, which would be shown in place of ours or beside it,
 * and authorities that we do not trust. */
static const char *const tlsproxy_off[] = {"tlsproxy_client_chain_files",
    "tlsproxy_client_eccert_file", "tlsproxy_client_eckey_file",
    "tlsproxy_client_CApath", NULL};

static const char *const gateway_off[] = {"smtpd_tls_chain_files",
    "smtpd_tls_eccert_file", "smtpd_tls_eckey_file", "smtpd_tls_CApath", NULL};

static const char *const smtpd_off[] = {"content_filter", "smtpd_proxy_filter",
    "smtpd_helo_restrictions", "smtpd_sender_restrictions",
    "smtpd_data_restrictions", "smtpd_end_of_data_restrictions",
    "receive_override_options", NULL};

static void
add_opt(struct buf *out, const char *name, const char *value)
{
	if (strpbrk(value, " \t"))
		buf_printf(out, "  -o { %s = %s }\n", name, value);
	else
		buf_printf(out, "  -o %s=%s\n", name, value);
}

static void
add_off(struct buf *out, const char *const *names)
{
	for (; *names; names++)
		add_opt(out, *names, "");
}

/* A milter that falls silent is given up before the client turns away.  Postfix
 * goes on waiting (300 s) after the client has gone, and takes the mail when the
 * milter comes back: then the client's next try would be a second advert. */
static void
add_milters(struct buf *out, const char *name, const char *milters)
{
	add_opt(out, name, milters);
	add_opt(out, "milter_default_action", "tempfail");
	add_opt(out, "milter_content_timeout", "30s");
}

/* Unless it has a value of its own, header_checks as it was before ours was put in
 * front of it: what is inside an attached message is nobody's stub. */
static void
add_nested_checks(const struct print *p, struct buf *out, const char *ours)
{
	char *others = print_others(p, "header_checks", ours);
	char *own = print_existing(p, "nested_header_checks");

	buf_printf(out, "nested_header_checks = %s\n",
	    *own && strcmp(own, "$header_checks") != 0 ? own : others);
	free(others);
	free(own);
}

static void
add_tls_level(const struct print *p, struct buf *out)
{
	char *level = print_existing(p, "smtp_tls_security_level");

	if (!*level || strcmp(level, "none") == 0)
		buf_add_str(out, "# tlsproxy wants a level here, not only in "
		    "master.cf\nsmtp_tls_security_level = may\n");
	free(level);
}

/* A gateway's certificate and ours are more octets than a stub; Debian's main.cf
 * has this line. */
static void
add_session_cache(const struct print *p, struct buf *out)
{
	char *cache = print_existing(p, "smtp_tls_session_cache_database");

	if (!*cache)
		buf_add_str(out, "smtp_tls_session_cache_database = "
		    "btree:${data_directory}/smtp_scache\n");
	free(cache);
}

static void
main_initiator(const struct print *p, struct buf *out)
{
	char *transport = xasprintf("hash:%s/transport", p->dir);
	char *checks = xasprintf("regexp:%s/stub_checks", p->dir);
	char *access = xasprintf(
	    "check_recipient_access regexp:%s/recipient_access", p->dir);

	buf_add_str(out, "# nearpost on the initiator: put these lines in "
	    "place of those of the same name\n# (nearpostctl print tables "
	    "writes the files, postmap makes transport).\n");
	print_merged(p, out, "transport_maps", transport);
	buf_add_str(out, "# A stub on any other service is refused; what is "
	    "attached to a mail is not.\n");
	print_merged(p, out, "header_checks", checks);
	add_nested_checks(p, out, checks);
	print_merged(p, out, "smtpd_recipient_restrictions", access);
	add_tls_level(p, out);
	add_session_cache(p, out);
	buf_add_str(out, "# Recipients of one stub that share a ranking go one "
	    "by one.\nnearsplit_destination_recipient_limit = 1\n");
	free(transport);
	free(checks);
	free(access);
}

static void
add_cleanup(struct buf *out, const char *name)
{
	buf_printf(out, "%s unix n - n - 0 cleanup\n", name);
	add_opt(out, "syslog_name", "postfix/nearpost");
}

static void
add_relay(const struct print *p, struct buf *out, const char *name)
{
	const struct config_tls *tls = &p->config->policyd.tls;
	char *filter = xasprintf("regexp:%s/reply_filter", p->dir);

	buf_printf(out, "%s unix - - n - - smtp\n", name);
	add_opt(out, "syslog_name", "postfix/nearpost");
	add_opt(out, "smtp_tls_security_level", "secure");
	add_opt(out, "smtp_tls_CAfile", tls->ca);
	add_opt(out, "smtp_tls_cert_file", tls->cert);
	add_opt(out, "smtp_tls_key_file", tls->key);
	add_opt(out, "smtp_tls_secure_cert_match", "hostname");
	add_opt(out, "smtp_tls_connection_reuse", "yes");
	add_opt(out, "tlsproxy_service_name", "tlsproxy-nearpost");
	/* Not only when a gateway's queue is long: a handshake with two
	 * certificates is more than the stub. */
	add_opt(out, "smtp_connection_cache_destinations", "static:all");
	add_opt(out, "smtp_connect_timeout", "5s");
	add_opt(out, "smtp_helo_timeout", "10s");
	add_opt(out, "smtp_sasl_auth_enable", "no");
	add_opt(out, "smtp_reply_filter", filter);
	add_off(out, relay_off);
	free(filter);
}

/* Connection reuse over TLS goes through tlsproxy(8), which opens the key once,
 * before it drops its privileges: so its own settings must be those of the two
 * transports, or it would try the key as user postfix and refuse to work. */
static void
add_tlsproxy(const struct print *p, struct buf *out)
{
	const struct config_tls *tls = &p->config->policyd.tls;

	buf_add_str(out, "tlsproxy-nearpost unix - - n - 0 tlsproxy\n");
	add_opt(out, "syslog_name", "postfix/nearpost");
	add_opt(out, "tlsproxy_client_security_level", "secure");
	add_opt(out, "tlsproxy_client_CAfile", tls->ca);
	add_opt(out, "tlsproxy_client_cert_file", tls->cert);
	add_opt(out, "tlsproxy_client_key_file", tls->key);
	add_off(out, tlsproxy_off);
}

static void
add_pickup(const struct print *p, struct buf *out)
{
	buf_add_str(out, "\n# Stubs from sendmail(1): replaces the pickup line. "
	    "Local mail is then not copied\n# by always_bcc and the bcc maps, "
	    "passes no content filter (one that puts mail back\n# in would "
	    "have a stub copied after all), and waits while the milter is "
	    "down.\n"
	    "pickup unix n - n 60 1 pickup\n");
	add_opt(out, "content_filter", "");
	add_opt(out, "cleanup_service_name", "cleanup-nearpost-local");
	add_cleanup(out, "cleanup-nearpost-local");
	add_milters(out, "non_smtpd_milters", p->config->milter.listen);
	add_opt(out, "always_bcc", "");
	add_opt(out, "sender_bcc_maps", "");
	add_opt(out, "recipient_bcc_maps", "");
	add_opt(out, "header_checks", "$nested_header_checks");
}

/* What main.cf asks of everybody's port is not for programs on this host; and
 * Postfix offers AUTH on submission alone. */
static void
add_access(const struct print *p, struct buf *out)
{
	char *level = print_existing(p, "smtpd_tls_security_level");

	if (strcmp(level, "encrypt") == 0)
		add_opt(out, "smtpd_tls_security_level", "may");
	if (p->config->milter.logins.n > 0)
		add_opt(out, "smtpd_sasl_auth_enable", "yes");
	free(level);
}

static void
master_initiator(const struct print *p, struct buf *out)
{
	char *access = xasprintf("check_recipient_access "
	    "regexp:%s/recipient_access, permit_mynetworks, "
	    "permit_sasl_authenticated, reject", p->dir);

	buf_printf(out, "# nearpost on the initiator: where stubs enter.\n"
	    "%s inet n - n - - smtpd\n", p->config->milter.stub_service);
	add_opt(out, "syslog_name", "postfix/nearpost-stub");
	add_milters(out, "smtpd_milters", p->config->milter.listen);
	add_access(p, out);
	add_opt(out, "cleanup_service_name", "cleanup-nearpost");
	add_opt(out, "smtpd_relay_restrictions",
	    "permit_mynetworks,permit_sasl_authenticated,reject");
	add_opt(out, "smtpd_recipient_restrictions", access);
	add_off(out, smtpd_off);
	add_cleanup(out, "cleanup-nearpost");
	add_opt(out, "header_checks", "");
	add_off(out, cleanup_off);
	buf_add_str(out, "\n# The way to the gateways.\n");
	add_relay(p, out, "nearpost");
	add_relay(p, out, "nearsplit");
	add_tlsproxy(p, out);
	if (p->config->milter.local_submission)
		add_pickup(p, out);
	free(access);
}

/* Room for the largest advert; 0 is no limit (postconf(5)). */
static long long
size_limit(const struct print *p)
{
	long long ours = (long long)p->config->agent.max_advert_size + (1 << 20);
	char *old = print_existing(p, "message_size_limit");
	int64_t is;

	if (text_int(slice_of(old), 0, INT64_MAX, &is) == 0 &&
	    (is == 0 || is > ours))
		ours = (long long)is;
	free(old);
	return ours;
}

static void
main_gateway(const struct print *p, struct buf *out)
{
	char *transport = xasprintf("hash:%s/transport", p->dir);
	char *checks = xasprintf("regexp:%s/stub_checks", p->dir);

	buf_add_str(out, "# nearpost on a gateway: put these lines in place of "
	    "those of the same name.\n# Room for the largest advert, or the MTA "
	    "would bounce it for good.\n");
	buf_printf(out, "message_size_limit = %lld\n", size_limit(p));
	buf_add_str(out, "# The agent finds adverts in the mail log by queue id: "
	    "short ones are used again.\nenable_long_queue_ids = yes\n"
	    "delay_logging_resolution_limit = 6\n"
	    "# Nothing of the relay domain may leave as it is.\n");
	print_merged(p, out, "transport_maps", transport);
	print_merged(p, out, "header_checks", checks);
	add_nested_checks(p, out, checks);
	free(transport);
	free(checks);
}

static void
add_gateway_tls(const struct print *p, struct buf *out)
{
	const struct config_tls *tls = &p->config->agent.tls;

	add_opt(out, "smtpd_tls_security_level", "encrypt");
	add_opt(out, "smtpd_tls_cert_file", tls->cert);
	add_opt(out, "smtpd_tls_key_file", tls->key);
	add_opt(out, "smtpd_tls_CAfile", tls->ca);
	add_opt(out, "smtpd_tls_ask_ccert", "yes");
	add_off(out, gateway_off);
}

static void
master_gateway(const struct print *p, struct buf *out)
{
	const struct config_gateway *self =
	    config_gateway(p->config, p->config->agent.id);
	char *old = print_existing(p, "smtpd_milters");
	char *milters = xasprintf("%s%s%s", p->config->agent.listen,
	    *old ? ", " : "", old);
	char *access = xasprintf("check_recipient_access "
	    "regexp:%s/recipient_access, permit_tls_all_clientcerts, reject",
	    p->dir);
	char *received = xasprintf("regexp:%s/received_checks", p->dir);

	buf_printf(out, "# nearpost on a gateway: stubs from the initiators, by "
	    "client certificate.\n# A line of the same port (smtp inet) has to "
	    "go.  Signing milters come after ours.\n"
	    "%lld inet n - n - - smtpd\n",
	    (long long)(self ? self->port : 25));
	add_opt(out, "syslog_name", "postfix/nearpost-in");
	add_milters(out, "smtpd_milters", milters);
	add_opt(out, "cleanup_service_name", "cleanup-nearpost");
	add_gateway_tls(p, out);
	add_opt(out, "smtpd_sasl_auth_enable", "no");
	add_opt(out, "smtpd_client_restrictions", "");
	add_opt(out, "smtpd_relay_restrictions",
	    "permit_tls_all_clientcerts,reject");
	add_opt(out, "smtpd_recipient_restrictions", access);
	add_opt(out, "smtpd_reject_unlisted_recipient", "no");
	add_opt(out, "smtpd_client_connection_count_limit", "0");
	add_off(out, smtpd_off);
	add_cleanup(out, "cleanup-nearpost");
	add_opt(out, "header_checks", received);
	add_off(out, cleanup_off);
	free(old);
	free(milters);
	free(access);
	free(received);
}

void
print_main(const struct print *p, struct buf *out)
{
	(p->gateway ? main_gateway : main_initiator)(p, out);
}

void
print_master(const struct print *p, struct buf *out)
{
	(p->gateway ? master_gateway : master_initiator)(p, out);
}
