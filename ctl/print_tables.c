/* Postfix lookup tables: transport(5), header_checks(5), access(5); and Sendmail's
 * mailertable, which is the transport table in other words. */
#include "config.h"

#include "ctl/print.h"

/* Beside the two of the label, so many more hosts are tried in one attempt. */
#define FURTHER_MAX 4

/* How an MTA writes the hosts to try. */
struct notation {
	const char *mailer, *split_mailer; /* with their colons */
	const char *between;
	bool port; /* behind each host; else the mailer knows it */
};
static const struct notation postfix = {"nearpost:", "nearsplit:", ", ", true};
/* r=1 of the mailer makes of each recipient a transaction. */
static const struct notation sendmail = {"nearpost:", "nearpost:", ":", false};

static void
add_host(const struct notation *as, struct buf *out,
    const struct config_gateway *g, bool first)
{
	buf_printf(out, "%s[%s]", first ? "" : as->between, g->host);
	if (as->port)
		buf_printf(out, ":%lld", (long long)g->port);
}

/* The label's hosts (NULL: none) in order, then others in the file's order. */
static void
add_hosts(const struct print *p, const struct notation *as, struct buf *out,
    const struct config_gateway *a, const struct config_gateway *b, bool split)
{
	const struct config_gateway *all = p->config->gateways.items;
	int further = FURTHER_MAX + (a ? 0 : 2);
	bool first = !a;

	buf_add_str(out, split ? as->split_mailer : as->mailer);
	if (a)
		add_host(as, out, a, true);
	if (b)
		add_host(as, out, b, false);
	for (size_t i = 0; i < p->config->gateways.n && further > 0; i++)
		if (&all[i] != a && &all[i] != b) {
			add_host(as, out, &all[i], first);
			first = false;
			further--;
		}
	buf_add_char(out, '\n');
}

static void
add_line(const struct print *p, const struct notation *as, struct buf *out,
    const struct config_gateway *a, const struct config_gateway *b, bool split)
{
	buf_printf(out, ".%s%s%s%s.%s\t", a->id, b ? "-" : "",
	    b ? b->id : "", split ? ".split" : "", p->config->relay_domain);
	add_hosts(p, as, out, a, b, split);
}

static void
add_pairs(const struct print *p, const struct notation *as, struct buf *out)
{
	const struct config_gateway *g = p->config->gateways.items;
	size_t n = p->config->gateways.n;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (int split = 0; split < 2; split++)
				add_line(p, as, out, &g[i],
				    i == j ? NULL : &g[j], split);
}

/* Any of the gateways, for both forms of a label that has no line. */
static void
add_any(const struct print *p, const struct notation *as, struct buf *out)
{
	const char *domain = p->config->relay_domain;

	buf_printf(out, "# The safety net: a label of a gateway that came or "
	    "went, any can take it.\n.split.%s\t", domain);
	add_hosts(p, as, out, NULL, NULL, true);
	buf_printf(out, ".%s\t", domain);
	add_hosts(p, as, out, NULL, NULL, false);
}

/* Without it an unknown label would bounce.  A label becomes unknown when its
 * gateway is removed, and is not known yet for the ten seconds that Postfix takes
 * to notice a new table: any gateway can take it, and sooner than the queue would
 * try again. */
static void
add_net(const struct print *p, struct buf *out)
{
	const char *domain = p->config->relay_domain;

	if (p->gateway || p->config->gateways.n == 0) {
		buf_printf(out, "# The safety net: without it an unknown label "
		    "would bounce.\n.%s\tretry:4.4.0 %s\n", domain,
		    p->gateway ? "a stub that was not expanded stays here" :
				 "no such gateway in the transport table");
	} else {
		add_any(p, &postfix, out);
	}
	buf_printf(out, "%s\tretry:4.4.0 no gateway named\n", domain);
	buf_printf(out, "# What nearpostctl doctor sends to see that it is "
	    "refused.\n%s\tdiscard:a probe of nearpostctl doctor\n",
	    PRINT_PROBE_DOMAIN);
}

void
print_transport(const struct print *p, struct buf *out)
{
	buf_printf(out, "# transport(5) of nearpost on %s: every ordered pair of "
	    "gateways.\n# Written by nearpostctl print transport; do not edit, "
	    "run it again.\n",
	    p->gateway ? "a gateway" : "the initiator");
	if (!p->gateway)
		add_pairs(p, &postfix, out);
	add_net(p, out);
}

void
print_mailertable(const struct print *p, struct buf *out)
{
	buf_add_str(out, "# mailertable of nearpost: every ordered pair of "
	    "gateways.\n# Written by nearpostctl print mailertable; do not edit, "
	    "run it again.\n");
	add_pairs(p, &sendmail, out);
	if (p->config->gateways.n)
		add_any(p, &sendmail, out);
}

void
print_stub_checks(const struct print *p, struct buf *out)
{
	buf_add_str(out, "# header_checks(5): stubs have a service of their own; "
	    "everywhere else one\n# that strays in is refused and not delivered "
	    "as it is.\n");
	if (p->gateway)
		buf_add_str(out,
		    "/^Nearpost-(Campaign|Ticket):/\tREJECT nearpost: "
		    "stubs enter this host only from an initiator\n");
	else
		buf_printf(out,
		    "/^Nearpost-(Campaign|Ticket):/\tREJECT nearpost: send campaigns to "
		    "the stub service (%s), not to this one\n",
		    p->config->milter.stub_service);
}

void
print_recipient_access(const struct print *p, struct buf *out)
{
	struct buf domain = {0};

	print_quoted_domain(p, &domain);
	if (p->gateway)
		buf_printf(out, "# access(5), regexp: the stub service takes "
		    "nothing but stubs.\n"
		    "!/\\.%s$/\t554 5.7.1 nearpost: only stubs for .%s are "
		    "taken here\n",
		    domain.data, p->config->relay_domain);
	else
		buf_printf(out, "# access(5), regexp: nobody but nearpost "
		    "itself may use the relay domain.\n"
		    "/[@.]%s\\.?$/\t550 5.7.1 nearpost: the domain %s is not "
		    "for mail from outside\n",
		    domain.data, p->config->relay_domain);
	buf_free(&domain);
}

void
print_reply_filter(const struct print *p, struct buf *out)
{
	(void)p;
	buf_add_str(out, "# smtp_reply_filter, regexp: a gateway that refuses "
	    "for reasons of its own\n# sends the stub on to the next one; our "
	    "own \"nearpost:\" refusals are final.\n"
	    "if !/nearpost:/\n"
	    "/^5([0-9][0-9][ -])5(\\.[0-9]+\\.[0-9]+ .*)/\t4${1}4${2}\n"
	    "/^5([0-9][0-9].*)/\t4${1}\n"
	    "endif\n");
}

void
print_received_checks(const struct print *p, struct buf *out)
{
	struct buf domain = {0};

	print_quoted_domain(p, &domain);
	buf_add_str(out, "# header_checks(5), regexp: takes the relay domain out "
	    "of the gateway's own\n# Received: line, which no milter can "
	    "change.\n");
	for (int split = 1; split >= 0; split--)
		buf_printf(out,
		    "/^(Received: .*for <[^>]*)\\.[a-z0-9-]+%s\\.%s(>.*)/\t"
		    "REPLACE ${1}${2}\n",
		    split ? "\\.split" : "", domain.data);
	buf_free(&domain);
}
