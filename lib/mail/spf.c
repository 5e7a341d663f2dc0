/* By hand: libspf2, which Debian has, is not looked after any more, and blocks on a
 * resolver of its own.  This is no filter of mail: it tells an admin whether his
 * gateways are named, and says so when it cannot tell. */
#include "lib/mail/spf.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/network.h"
#include "lib/base/text.h"

struct spf {
	struct arena *arena;
	const struct spf_dns *dns;
	const struct sockaddr_storage *from;
	int lookups;
};

/* A mechanism: "-a:example.org/24//64" */
struct term {
	char qualifier;
	struct slice name;
	const char *domain;   /* what it names, or else the domain at hand */
	struct slice network; /* of ip4 and ip6 */
	int bits4, bits6;
};

enum match { NO = 0, YES, CANNOT_TELL, DNS_DOWN, BROKEN };

static enum spf_result check_domain(struct spf *s, const char *domain);

static bool
is_record(const char *text)
{
	return strncasecmp(text, "v=spf1", 6) == 0 &&
	    (text[6] == '\0' || text[6] == ' ');
}

/* Section 4.5: exactly one. */
static enum spf_result
find_record(struct spf *s, const char *domain, const char **record_r)
{
	struct dns_text_answer a = {DNS_FAILED, 0, {NULL}};

	*record_r = NULL;
	s->dns->txt(s->dns->ctx, s->arena, domain, &a);
	if (a.status == DNS_FAILED)
		return SPF_TEMPERROR;
	for (int i = 0; a.status == DNS_OK && i < a.n; i++)
		if (is_record(a.text[i])) {
			if (*record_r)
				return SPF_PERMERROR;
			*record_r = a.text[i];
		}
	return *record_r ? SPF_PASS : SPF_NONE;
}

static int
bits_of(struct slice text, int max, int *bits_r)
{
	int64_t n;

	if (text_int(text, 0, max, &n) != 0)
		return -1;
	*bits_r = (int)n;
	return 0;
}

/* "/24", "//64", "/24//64", or nothing. */
static int
parse_bits(struct slice text, struct term *t)
{
	const char *two = NULL;

	for (size_t i = 0; i + 1 < text.len; i++)
		if (text.data[i] == '/' && text.data[i + 1] == '/') {
			two = text.data + i;
			break;
		}
	if (two) {
		size_t before = (size_t)(two - text.data);

		if (bits_of((struct slice){two + 2, text.len - before - 2}, 128,
		    &t->bits6) < 0)
			return -1;
		text.len = before;
	}
	if (text.len == 0)
		return 0;
	return bits_of((struct slice){text.data + 1, text.len - 1}, 32,
	    &t->bits4);
}

static bool
is_network(struct slice name)
{
	return slice_caseeq_str(name, "ip4") || slice_caseeq_str(name, "ip6");
}

static int
parse_term(struct spf *s, struct slice word, const char *domain,
    struct term *t_r)
{
	struct slice rest = word;
	size_t n = 0;

	*t_r = (struct term){.qualifier = '+', .domain = domain, .bits4 = 32,
	    .bits6 = 128};
	if (strchr("+-~?", rest.data[0])) {
		t_r->qualifier = *rest.data++;
		rest.len--;
	}
	while (n < rest.len && rest.data[n] != ':' && rest.data[n] != '/')
		n++;
	t_r->name = (struct slice){rest.data, n};
	rest.data += n;
	rest.len -= n;
	if (is_network(t_r->name)) {
		if (rest.len < 2 || rest.data[0] != ':')
			return -1;
		t_r->network = (struct slice){rest.data + 1, rest.len - 1};
		return 0;
	}
	if (rest.len && rest.data[0] == ':') {
		for (n = 1; n < rest.len && rest.data[n] != '/'; n++)
			;
		if (n == 1)
			return -1;
		t_r->domain = arena_strndup(s->arena, rest.data + 1, n - 1);
		rest.data += n;
		rest.len -= n;
	}
	return parse_bits(rest, t_r);
}

/* Bits behind the prefix may be set here, and often are. */
static enum match
match_network(struct spf *s, const struct term *t)
{
	int family = slice_caseeq_str(t->name, "ip4") ? AF_INET : AF_INET6;
	struct slice rest = t->network, host;
	struct network net;
	const char *error;
	int bits = -1;

	if (!slice_split(&rest, '/', &host) || network_parse(arena_strndup(
	    s->arena, host.data, host.len), &net, &error) < 0 ||
	    net.family != family)
		return BROKEN;
	if (host.len < t->network.len &&
	    bits_of(rest, net.bits, &bits) < 0)
		return BROKEN;
	if (bits >= 0)
		net.bits = bits;
	return network_has(&net, s->from) ? YES : NO;
}

/* One of the addresses, as far as the prefix goes? */
static bool
among(const struct spf *s, const struct term *t,
    const struct dns_addr_answer *a)
{
	for (int i = 0; i < a->n; i++) {
		struct network net = {.family = a->addr[i].ss_family};
		const struct sockaddr_in *in4 = (const void *)&a->addr[i];
		const struct sockaddr_in6 *in6 = (const void *)&a->addr[i];

		if (net.family == AF_INET)
			memcpy(net.address, &in4->sin_addr, 4);
		else
			memcpy(net.address, &in6->sin6_addr, 16);
		net.bits = net.family == AF_INET ? t->bits4 : t->bits6;
		if (network_has(&net, s->from))
			return true;
	}
	return false;
}

static enum match
match_host(struct spf *s, const struct term *t, const char *host)
{
	struct dns_addr_answer a = {.status = DNS_FAILED};

	s->dns->addr(s->dns->ctx, host, &a);
	if (a.status == DNS_FAILED)
		return DNS_DOWN;
	return a.status == DNS_OK && among(s, t, &a) ? YES : NO;
}

static enum match
match_mx(struct spf *s, const struct term *t)
{
	struct dns_mx_answer a = {.status = DNS_FAILED};
	enum match m;

	s->dns->mx(s->dns->ctx, t->domain, &a);
	if (a.status == DNS_FAILED)
		return DNS_DOWN;
	if (a.status != DNS_OK)
		return NO;
	/* Section 4.6.4: more than ten hosts are an error. */
	if (a.n > SPF_LOOKUPS_MAX)
		return BROKEN;
	for (int i = 0; i < a.n; i++) {
		m = a.mx[i].host[0] ? match_host(s, t, a.mx[i].host) : NO;
		if (m != NO)
			return m;
	}
	return NO;
}

/* Section 5.2. */
static enum match
match_include(struct spf *s, const struct term *t, const char *domain)
{
	if (t->domain == domain)
		return BROKEN;
	switch (check_domain(s, t->domain)) {
	case SPF_PASS:
		return YES;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return NO;
	case SPF_TEMPERROR:
		return DNS_DOWN;
	case SPF_UNKNOWN:
		return CANNOT_TELL;
	case SPF_NONE:
	case SPF_PERMERROR:
	default:
		return BROKEN;
	}
}

static enum match
match_term(struct spf *s, const struct term *t, const char *domain)
{
	if (slice_caseeq_str(t->name, "all"))
		return YES;
	if (is_network(t->name))
		return match_network(s, t);
	if (++s->lookups > SPF_LOOKUPS_MAX)
		return BROKEN;
	if (slice_caseeq_str(t->name, "ptr") ||
	    slice_caseeq_str(t->name, "exists") || strchr(t->domain, '%'))
		return CANNOT_TELL;
	if (slice_caseeq_str(t->name, "a"))
		return match_host(s, t, t->domain);
	if (slice_caseeq_str(t->name, "mx"))
		return match_mx(s, t);
	if (slice_caseeq_str(t->name, "include"))
		return match_include(s, t, domain);
	return BROKEN;
}

/* name=value; the name of a mechanism ends with : or / before. */
static bool
is_modifier(struct slice word)
{
	for (size_t i = 0; i < word.len && !strchr(":/", word.data[i]); i++)
		if (word.data[i] == '=')
			return true;
	return false;
}

static enum spf_result
result_of(char qualifier)
{
	switch (qualifier) {
	case '-':
		return SPF_FAIL;
	case '~':
		return SPF_SOFTFAIL;
	case '?':
		return SPF_NEUTRAL;
	default:
		return SPF_PASS;
	}
}

static enum spf_result
follow(struct spf *s, struct slice redirect)
{
	const char *to = arena_strndup(s->arena, redirect.data, redirect.len);
	enum spf_result r;

	if (++s->lookups > SPF_LOOKUPS_MAX || !*to)
		return SPF_PERMERROR;
	if (strchr(to, '%'))
		return SPF_UNKNOWN;
	r = check_domain(s, to);
	return r == SPF_NONE ? SPF_PERMERROR : r;
}

static enum spf_result
run_terms(struct spf *s, const char *domain, struct slice rest)
{
	struct slice word, redirect = {NULL, 0}, name;
	bool may_pass = false; /* a +term that we cannot judge */
	enum spf_result r = SPF_NEUTRAL;
	struct term t;

	while (slice_split(&rest, ' ', &word)) {
		if (word.len == 0)
			continue;
		if (is_modifier(word)) {
			if (slice_split(&word, '=', &name) &&
			    slice_caseeq_str(name, "redirect"))
				redirect = word;
			continue;
		}
		if (parse_term(s, word, domain, &t) < 0)
			return SPF_PERMERROR;
		switch (match_term(s, &t, domain)) {
		case YES:
			r = result_of(t.qualifier);
			return may_pass && r != SPF_PASS ? SPF_UNKNOWN : r;
		case DNS_DOWN:
			return SPF_TEMPERROR;
		case BROKEN:
			return SPF_PERMERROR;
		case CANNOT_TELL:
			if (t.qualifier != '+')
				return SPF_UNKNOWN;
			may_pass = true;
			break;
		case NO:
		default:
			break;
		}
	}
	if (redirect.data)
		r = follow(s, redirect);
	return may_pass && r != SPF_PASS ? SPF_UNKNOWN : r;
}

static enum spf_result
check_domain(struct spf *s, const char *domain)
{
	const char *record;
	enum spf_result r = find_record(s, domain, &record);

	return r == SPF_PASS ? run_terms(s, domain, slice_of(record + 6)) : r;
}

enum spf_result
spf_check(struct arena *arena, const struct spf_dns *dns, const char *domain,
    const struct sockaddr_storage *from)
{
	struct spf s = {arena, dns, from, 0};

	return check_domain(&s, domain);
}
