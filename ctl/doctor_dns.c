/* Names: of the gateways, and of the domains that campaigns are sent from. */
#include "config.h"

#include <netdb.h>
#include <stdlib.h>
#include <strings.h>

#include "ctl/dialogue.h"
#include "ctl/doctor.h"
#include "ctl/lookup.h"

#define MX_ASKED_MAX 3
#define SMTP_PORT 25
/* As long as RFC 5321 lets a server be silent is too long for somebody who waits
 * at a terminal; a greylisting pause or a tarpit is shorter. */
#define GREETING_MS 10000

struct names {
	struct doctor *d;
	struct lookup *lookup;
	struct doctor_senders of;
};

static bool
leads_back(struct names *n, const struct dns_text_answer *ptr,
    const char *address)
{
	for (int i = 0; i < ptr->n; i++) {
		struct dns_addr_answer a;

		lookup_addr(n->lookup, ptr->text[i], &a);
		for (int k = 0; a.status == DNS_OK && k < a.n; k++)
			if (strcmp(doctor_address(n->d, &a.addr[k]),
			    address) == 0)
				return true;
	}
	return false;
}

static void
spf_txt(void *ctx, struct arena *arena, const char *name,
    struct dns_text_answer *a_r)
{
	lookup_txt(ctx, arena, name, a_r);
}

static void
spf_addr(void *ctx, const char *name, struct dns_addr_answer *a_r)
{
	lookup_addr(ctx, name, a_r);
}

static void
spf_mx(void *ctx, const char *name, struct dns_mx_answer *a_r)
{
	lookup_mx(ctx, name, a_r);
}

/* What the world looks up when mail comes from there. */
static void
check_address(struct names *n, const char *id,
    const struct sockaddr_storage *a)
{
	const struct spf_dns dns = {spf_txt, spf_addr, spf_mx, n->lookup};
	const char *text = doctor_address(n->d, a);
	struct dns_text_answer ptr;

	lookup_ptr(n->lookup, n->d->arena, a, &ptr);
	doctor_judge_ptr(n->d, id, text, &ptr, ptr.status == DNS_OK &&
	    leads_back(n, &ptr, text));
	for (int i = 0; i < n->of.n; i++)
		if (n->of.in_envelope[i])
			doctor_judge_spf(n->d, id, text, n->of.domain[i],
			    spf_check(n->d->arena, &dns, n->of.domain[i], a));
}

/* By the system's resolver, as the MTA may find it in /etc/hosts. */
static void
check_gateway(struct names *n, const struct config_gateway *g)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *res, *at;
	int err = getaddrinfo(g->host, NULL, &hints, &res);
	struct sockaddr_storage a;

	if (err != 0) {
		doctor_say(n->d, FINDING_FAIL, g->id, "%s: %s", g->host,
		    gai_strerror(err));
		return;
	}
	for (at = res; at; at = at->ai_next) {
		memset(&a, 0, sizeof(a));
		memcpy(&a, at->ai_addr, at->ai_addrlen);
		doctor_say(n->d, FINDING_OK, g->id, "%s is %s", g->host,
		    doctor_address(n->d, &a));
		/* An initiator looks at all, a gateway at itself. */
		if (n->lookup && (!n->d->gateway ||
		    strcmp(g->id, n->d->ctl->config.agent.id) == 0))
			check_address(n, g->id, &a);
	}
	freeaddrinfo(res);
}

/* Connects, hears the greeting, says QUIT. */
static void
probe_port25(struct names *n, const char *domain,
    const struct dns_mx_answer *mx)
{
	const char *why = "";
	int asked = 0, answered = 0;

	for (int i = 0; i < mx->n && i < MX_ASKED_MAX; i++) {
		struct endpoint to = {.host = arena_strdup(n->d->arena,
		    mx->mx[i].host), .port = SMTP_PORT};
		struct dialogue with;

		if (!*to.host)
			continue;
		asked++;
		/* "554 go away" has come through port 25 as well. */
		if (dialogue_open(&with, &to, GREETING_MS) != 0)
			answered++;
		else
			why = arena_printf(n->d->arena, "%s: %s", to.host,
			    with.reply);
		dialogue_close(&with);
	}
	if (asked)
		doctor_judge_port25(n->d, domain, asked, answered, why);
}

static void
check_domain(struct names *n, const char *domain, bool probe)
{
	struct dns_mx_answer mx;

	lookup_mx(n->lookup, domain, &mx);
	doctor_judge_mx(n->d, domain, &mx);
	if (probe && mx.status == DNS_OK)
		probe_port25(n, domain, &mx);
}

/* Gateways send, initiators only to gateways. */
static void
check_domains(struct names *n)
{
	const char *other = n->d->probe_mx;

	for (int i = 0; i < n->of.n; i++)
		check_domain(n, n->of.domain[i], n->d->gateway && !other);
	if (other)
		check_domain(n, other, true);
}

void
doctor_dns(struct doctor *d)
{
	const struct config *c = &d->ctl->config;
	const struct config_gateway *g = c->gateways.items;
	struct names n = {.d = d};
	char *error = NULL;

	n.lookup = lookup_new(d->gateway ? c->agent.dns_servers :
	    c->policyd.dns_servers, &error);
	if (!n.lookup)
		doctor_say(d, FINDING_FAIL, "DNS", "%s", error);
	free(error);
	doctor_senders(d, &n.of);
	for (size_t i = 0; i < c->gateways.n; i++)
		check_gateway(&n, &g[i]);
	if (n.lookup)
		check_domains(&n);
	lookup_free(&n.lookup);
}
