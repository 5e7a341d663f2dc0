/* sendmail.m4 for an initiator and for a gateway: lines that sendmail.mc includes
 * behind its own.  They take nothing from the admin's: the routes have a map and
 * a mailer of their own, the milter is asked on our daemon alone. */
#include "config.h"

#include "ctl/print.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

#define DAEMON "nearpost" /* also of the filter, the map and the mailer */

/* milter.stub_service and a gateway's port, as DAEMON_OPTIONS has them.  others:
 * an m4 expression for the filters behind ours. */
static void
add_daemon(struct buf *out, const char *service, const char *others)
{
	const char *colon = strrchr(service, ':');

	buf_printf(out, "DAEMON_OPTIONS(`Name=" DAEMON ", ");
	if (colon)
		buf_printf(out, "Addr=%.*s, ", (int)(colon - service), service);
	buf_printf(out, "Port=%s, InputFilter=" DAEMON "'%s)dnl\n",
	    colon ? colon + 1 : service, others);
}

/* F=T: no stub passes while the milter is away.  One that hangs is given up
 * before the client turns away, and before a pending ticket is free again. */
static void
add_filter(struct buf *out, const char *listen)
{
	buf_printf(out, "dnl F=T: mail waits while the milter is away.\n"
	    "MAIL_FILTER(`" DAEMON "', `S=%s, F=T, "
	    "T=C:10s;S:30s;R:30s;E:30s')dnl\n", listen);
}

/* Without CACertPath, Sendmail does not read CACertFile either. */
static void
add_tls(struct buf *out, const struct config_tls *tls, const char *role)
{
	char *ca = xstrdup(tls->ca);

	buf_printf(out, "dnl Where other CAs have to be known as well: one file "
	    "with ca.pem and theirs.\n"
	    "define(`confCACERT', `%s')dnl\n"
	    "define(`confCACERT_PATH', `%s')dnl\n"
	    "define(`conf%s_CERT', `%s')dnl\n"
	    "define(`conf%s_KEY', `%s')dnl\n",
	    tls->ca, dirname(ca), role, tls->cert, role, tls->key);
	free(ca);
}

/* A domain in class P is taken as it is: else the ranked names were looked up in
 * the DNS, though none of them is there. */
static void
add_config(const struct print *p, struct buf *out)
{
	buf_printf(out, "LOCAL_CONFIG\n"
	    "# The relay domain is in no DNS.\n"
	    "CP%s\n"
	    "# A stub on any other daemon is refused.\n"
	    "HNearpost-Campaign: $>NearpostHeader\n"
	    "HNearpost-Ticket: $>NearpostHeader\n",
	    p->config->relay_domain);
}

static void
add_header_check(const struct print *p, struct buf *out)
{
	buf_add_str(out, "SNearpostHeader\n"
	    "R$*\t$: $&{daemon_name}\n"
	    "R" DAEMON "\t$@ OK\n"
	    "R$*\t$#error $@ 5.7.1 $: \"550 nearpost: ");
	if (p->gateway)
		buf_add_str(out, "stubs enter this host only from an "
		    "initiator\"\n");
	else
		buf_printf(out, "send campaigns to the stub service (%s), not "
		    "to this one\"\n", p->config->milter.stub_service);
}

/* The gateway that was asked for, by its certificate: its CN is the id. */
static void
add_server_check(const struct print *p, struct buf *out)
{
	const struct config_gateway *g = p->config->gateways.items;

	buf_add_str(out, "LOCAL_TLS_SERVER\n"
	    "# Stubs hold personal data: gateways show a certificate of ours, or "
	    "get none.\n"
	    "R$*\t$: < $&{server_name} > $1 $| $&{cn_subject}\n");
	for (size_t i = 0; i < p->config->gateways.n; i++)
		buf_printf(out, "R< %s > OK $| %s\t$@ OK\n"
		    "R< %s > $*\t$#error $@ 4.7.0 $: \"454 nearpost: %s showed "
		    "no certificate of gateway %s\"\n",
		    g[i].host, g[i].id, g[i].host, g[i].host, g[i].id);
	/* A gateway that the mailertable has, and these lines have not yet. */
	buf_printf(out, "R< $* > $* $| $*\t$: $2\n"
	    "LOCAL_TLS_RCPT\n"
	    "R$*\t$: < $&{verify} > $>CanonAddr $1\n"
	    "R< OK > $*\t$@ OK\n"
	    "R< $* > $* < @ $* %s . > $*\t$#error $@ 4.7.0 $: "
	    "\"454 nearpost: stubs go to gateways with a certificate of ours\"\n"
	    "R< $* > $*\t$: $2\n", p->config->relay_domain);
}

static void
add_client_check(struct buf *out)
{
	buf_add_str(out, "LOCAL_TLS_CLIENT\n"
	    "# Initiators show a certificate of ours.\n"
	    "R$*\t$: < $&{daemon_name} > $1\n"
	    "R< " DAEMON " > OK $| $*\t$@ OK\n"
	    "R< " DAEMON " > $*\t$#error $@ 4.7.0 $: \"454 nearpost: only "
	    "initiators, by TLS and with their certificate\"\n"
	    "R< $* > $*\t$: $2\n");
}

/* The stub of nearpostctl doctor that some daemon took: nobody gets it, and nobody
 * a bounce, as with transport of Postfix. */
static void
add_probe_rule(struct buf *out)
{
	buf_add_str(out, "# A probe of nearpostctl doctor that was taken goes "
	    "nowhere.\n"
	    "R$* < @ " PRINT_PROBE_DOMAIN " > $*\t$#" DAEMON "void $@ void $: $1\n"
	    "R$* < @ " PRINT_PROBE_DOMAIN " . > $*\t$#" DAEMON "void $@ void $: "
	    "$1\n");
}

static void
add_probe_mailer(struct buf *out)
{
	buf_add_str(out, "M" DAEMON "void,\tP=[FILE], F=lsDFMPEouq9, "
	    "T=DNS/RFC822/X-Unix,\n"
	    "\t\tA=FILE /dev/null\n");
}

/* SLocal_check_rcpt sees the address as it was given. */
static void
add_rcpt_check(const struct print *p, struct buf *out)
{
	const char *domain = p->config->relay_domain;

	buf_add_str(out, "SLocal_check_rcpt\n"
	    "R$*\t$: < $&{daemon_name} > $| $>CanonAddr $1\n");
	if (p->gateway)
		buf_printf(out, "R< " DAEMON " > $| $* < @ $+ . %s . > $*\t$# OK\n"
		    "R< " DAEMON " > $*\t$#error $@ 5.7.1 $: \"554 nearpost: only "
		    "stubs for .%s are taken here\"\n", domain, domain);
	buf_printf(out, "R$* $| $* < @ $* %s . > $*\t$#error $@ 5.7.1 $: \"550 "
	    "nearpost: the domain %s is not for mail from outside\"\n",
	    domain, domain);
}

/* The label's line in the mailertable, else that of the relay domain itself. */
static void
add_route(const struct print *p, struct buf *out)
{
	const char *d = p->config->relay_domain;

	buf_printf(out, "SNearpostRoute\n"
	    "R$* < @ $+ . $- . split . %s . > $*\t"
	    "$@ $>NearpostLookup . $3 . split <> $1 < @ $2 . $3 . split . %s . > "
	    "$4\n"
	    "R$* < @ $+ . $- . %s . > $*\t"
	    "$@ $>NearpostLookup . $3 <> $1 < @ $2 . $3 . %s . > $4\n"
	    "R$* < @ $* > $*\t$@ $>NearpostLookup <> $1 < @ $2 > $3\n"
	    "SNearpostLookup\n"
	    "R$* <> $*\t$: < $(" DAEMON " $1 . %s $: ? $) > $2\n"
	    "R< ? > $*\t$: < $(" DAEMON " . %s $: ? $) > $1\n"
	    "R< ? > $*\t$#error $@ 4.4.0 $: \"450 nearpost: no such gateway in "
	    "the mailertable\"\n"
	    "R$*\t$@ $>MailerToTriple $1\n", d, d, d, d, d, d);
}

static long long
port_of_all(const struct print *p)
{
	const struct config_gateway *g = p->config->gateways.items;

	return p->config->gateways.n ? (long long)g[0].port : 25;
}

/* r=1: a gateway makes one advert per transaction.  L=0: lines are left whole. */
static void
print_initiator(const struct print *p, struct buf *out)
{
	const char *domain = p->config->relay_domain;

	add_daemon(out, p->config->milter.stub_service, "");
	add_filter(out, p->config->milter.listen);
	add_tls(out, &p->config->policyd.tls, "CLIENT");
	buf_add_str(out, "dnl A gateway that does not answer is passed over, and "
	    "one that said 4xx is asked\ndnl again soon.\n"
	    "define(`confTO_ICONNECT', `5s')dnl\n"
	    "define(`confTO_HOSTSTATUS', `30s')dnl\n");
	add_config(p, out);
	buf_printf(out, "K" DAEMON " hash %s/mailertable\n"
	    "LOCAL_RULE_0\n", p->dir);
	add_probe_rule(out);
	buf_printf(out, "R$* < @ $* %s . > $*\t$@ $>NearpostRoute $1 < @ $2 %s . > $3\n",
	    domain, domain);
	add_server_check(p, out);
	buf_add_str(out, "LOCAL_RULESETS\n");
	add_rcpt_check(p, out);
	add_header_check(p, out);
	add_route(p, out);
	buf_printf(out, "MAILER_DEFINITIONS\n"
	    "M" DAEMON ",\tP=[IPC], F=mDFMuXa, S=EnvFromSMTP/HdrFromSMTP, "
	    "R=EnvToSMTP, E=\\r\\n, L=0,\n"
	    "\t\tr=1, T=DNS/RFC822/SMTP,\n"
	    "\t\tA=TCP $h %lld\n", port_of_all(p));
	add_probe_mailer(out);
}

/* F=%: never tried, but kept, for whoever looks into the queue. */
static void
print_gateway(const struct print *p, struct buf *out)
{
	const struct config_gateway *self =
	    config_gateway(p->config, p->config->agent.id);
	const char *domain = p->config->relay_domain;
	char port[24];

	(void)snprintf(port, sizeof(port), "%lld",
	    (long long)(self ? self->port : 25));
	buf_add_str(out, "dnl The filters of INPUT_MAIL_FILTER lines, one that signs "
	    "too, come after ours.\n"
	    "define(`_NP_OTHERS_', ifdef(`confINPUT_MAIL_FILTERS',\n"
	    "`;'translit(defn(`confINPUT_MAIL_FILTERS'), `, ', `;')))dnl\n");
	add_daemon(out, port, "_NP_OTHERS_");
	add_filter(out, p->config->agent.listen);
	add_tls(out, &p->config->agent.tls, "SERVER");
	buf_add_str(out, "dnl The usual line without the ranked recipient, which "
	    "no milter can take out.\n"
	    "define(`confRECEIVED_HEADER', `_REC_HDR_\n"
	    "\t_REC_AUTH_$?{auth_ssf} bits=${auth_ssf}$.)\n"
	    "\t_REC_BY_\n"
	    "\t(version=${tls_version} cipher=${cipher} bits=${cipher_bits} "
	    "verify=${verify})$.; $b')dnl\n");
	add_config(p, out);
	buf_add_str(out, "LOCAL_RULE_0\n");
	add_probe_rule(out);
	buf_printf(out, "# A stub that was not expanded stays here.\n"
	    "R$* < @ $* %s . > $*\t$#" DAEMON "stay $@ [127.0.0.1] $: $1 < @ $2 "
	    "%s . > $3\n", domain, domain);
	add_client_check(out);
	buf_add_str(out, "LOCAL_RULESETS\n");
	add_rcpt_check(p, out);
	add_header_check(p, out);
	buf_add_str(out, "MAILER_DEFINITIONS\n"
	    "M" DAEMON "stay,\tP=[IPC], F=mDFMuXa%, S=EnvFromSMTP/HdrFromSMTP, "
	    "R=EnvToSMTP, E=\\r\\n,\n"
	    "\t\tT=DNS/RFC822/SMTP,\n"
	    "\t\tA=TCP $h 1\n");
	add_probe_mailer(out);
}

void
print_sendmail(const struct print *p, struct buf *out)
{
	buf_printf(out, "dnl nearpost on %s.  The last line of sendmail.mc, behind "
	    "all of MAILER:\n"
	    "dnl\tinclude(`%s/sendmail.m4')dnl\n"
	    "dnl Written by nearpostctl print sendmail; do not edit, run it "
	    "again.\n"
	    "divert(0)dnl\n",
	    p->gateway ? "a gateway" : "the initiator", p->dir);
	(p->gateway ? print_gateway : print_initiator)(p, out);
}
