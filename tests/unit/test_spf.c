/* SPF over a small world of names. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/mail/spf.h"

static const struct {
	const char *name, *text;
} txts[] = {
    {"ip.test", "v=spf1 ip4:192.0.2.0/24 -all"},
    {"loose.test", "v=spf1 ip4:192.0.2.77/24 -all"},
    {"one.test", "v=spf1 ip4:192.0.2.1 ~all"},
    {"six.test", "v=spf1 ip6:2001:db8::/32 -all"},
    {"a.test", "v=spf1 a -all"},
    {"other.test", "v=spf1 a:gw.test ?all"},
    {"wide.test", "v=spf1 a:gw.test/24//64 -all"},
    {"wide6.test", "v=spf1 a:gw.test//64 -all"},
    {"mx.test", "v=spf1 mx -all"},
    {"mxof.test", "v=spf1 mx:mx.test/24 -all"},
    {"include.test", "v=spf1 include:one.test -all"},
    {"includeno.test", "v=spf1 include:a.test include:ip.test -all"},
    {"includenone.test", "v=spf1 include:nothing.test +all"},
    {"redirect.test", "v=spf1 redirect=ip.test"},
    {"redirectnone.test", "v=spf1 redirect=nothing.test"},
    {"allfirst.test", "v=spf1 -all redirect=ip.test"},
    {"end.test", "v=spf1 ip4:198.51.100.1"},
    {"empty.test", "v=spf1"},
    {"case.test", "V=SPF1 IP4:192.0.2.1 -ALL"},
    {"blanks.test", "v=spf1   ip4:192.0.2.1   -all  "},
    {"minus.test", "v=spf1 -ip4:192.0.2.1 +all"},
    {"two.test", "v=spf1 +all"}, {"two.test", "v=spf1 -all"},
    {"beside.test", "google-site-verification=x"},
    {"beside.test", "v=spf1 ip4:192.0.2.1 -all"},
    {"like.test", "v=spf10 +all"},
    {"typo.test", "v=spf1 ipv4:192.0.2.1 -all"},
    {"badip.test", "v=spf1 ip4:192.0.2.256 -all"},
    {"badbits.test", "v=spf1 ip4:192.0.2.0/33 -all"},
    {"family.test", "v=spf1 ip4:2001:db8::1 -all"},
    {"noip.test", "v=spf1 ip4 -all"},
    {"exp.test", "v=spf1 exp=why.test ip4:192.0.2.1 -all"},
    {"macro.test", "v=spf1 exists:%{i}.x.test -all"},
    {"macrook.test", "v=spf1 exists:%{i}.x.test ip4:192.0.2.1 -all"},
    {"macrono.test", "v=spf1 -exists:%{i}.x.test ip4:192.0.2.1 -all"},
    {"ptr.test", "v=spf1 ptr -all"},
    {"loop.test", "v=spf1 include:loop.test -all"},
    {"down.test", "v=spf1 a:slow.test -all"},
    {"many.test", "v=spf1 a:x1.test a:x2.test a:x3.test a:x4.test a:x5.test "
        "a:x6.test a:x7.test a:x8.test a:x9.test a:x10.test a:x11.test +all"},
    {"ten.test", "v=spf1 a:x1.test a:x2.test a:x3.test a:x4.test a:x5.test "
        "a:x6.test a:x7.test a:x8.test a:x9.test a:gw.test -all"},
};
static const struct {
	const char *name, *v4, *v6;
} hosts[] = {
    {"a.test", "192.0.2.1", NULL},
    {"gw.test", "192.0.2.9", "2001:db8::9"},
    {"mail.mx.test", "192.0.2.1", NULL},
};

static void
txt(void *ctx, struct arena *arena, const char *name,
    struct dns_text_answer *a_r)
{
	(void)ctx;
	(void)arena;
	a_r->n = 0;
	a_r->status = strcmp(name, "dead.test") == 0 ? DNS_FAILED : DNS_NO_NAME;
	for (int i = 0; i < N_ROWS(txts); i++)
		if (strcmp(txts[i].name, name) == 0) {
			a_r->status = DNS_OK;
			a_r->text[a_r->n++] = txts[i].text;
		}
}

static void
addr(void *ctx, const char *name, struct dns_addr_answer *a_r)
{
	(void)ctx;
	memset(a_r, 0, sizeof(*a_r));
	a_r->status = strcmp(name, "slow.test") == 0 ? DNS_FAILED : DNS_NO_NAME;
	for (int i = 0; i < N_ROWS(hosts); i++) {
		struct sockaddr_in *in4 = (void *)&a_r->addr[0];
		struct sockaddr_in6 *in6 = (void *)&a_r->addr[1];

		if (strcmp(hosts[i].name, name) != 0)
			continue;
		a_r->status = DNS_OK;
		in4->sin_family = AF_INET;
		(void)inet_pton(AF_INET, hosts[i].v4, &in4->sin_addr);
		a_r->n = 1;
		if (!hosts[i].v6)
			continue;
		in6->sin6_family = AF_INET6;
		(void)inet_pton(AF_INET6, hosts[i].v6, &in6->sin6_addr);
		a_r->n = 2;
	}
}

static void
mx(void *ctx, const char *name, struct dns_mx_answer *a_r)
{
	(void)ctx;
	memset(a_r, 0, sizeof(*a_r));
	a_r->status = DNS_NO_DATA;
	if (strcmp(name, "mx.test") != 0)
		return;
	a_r->status = DNS_OK;
	a_r->n = 2;
	(void)strcpy(a_r->mx[0].host, "gone.mx.test");
	(void)strcpy(a_r->mx[1].host, "mail.mx.test");
}

static const struct {
	const char *name, *domain, *from;
	enum spf_result result;
} cases[] = {
    {"in the network", "ip.test", "192.0.2.1", SPF_PASS},
    {"outside of it", "ip.test", "192.0.3.1", SPF_FAIL},
    {"bits behind the prefix", "loose.test", "192.0.2.1", SPF_PASS},
    {"the address itself", "one.test", "192.0.2.1", SPF_PASS},
    {"softly not", "one.test", "192.0.2.2", SPF_SOFTFAIL},
    {"of IPv6", "six.test", "2001:db8:1::1", SPF_PASS},
    {"not of IPv6", "six.test", "2001:db9::1", SPF_FAIL},
    {"IPv4 against IPv6", "six.test", "192.0.2.1", SPF_FAIL},
    {"the domain's own host", "a.test", "192.0.2.1", SPF_PASS},
    {"not its host", "a.test", "192.0.2.2", SPF_FAIL},
    {"another host", "other.test", "192.0.2.9", SPF_PASS},
    {"another host's IPv6", "other.test", "2001:db8::9", SPF_PASS},
    {"nobody knows", "other.test", "192.0.2.8", SPF_NEUTRAL},
    {"in the host's network", "wide.test", "192.0.2.200", SPF_PASS},
    {"in the host's network, IPv6", "wide.test", "2001:db8::1:2", SPF_PASS},
    {"IPv6 alone is wide", "wide6.test", "192.0.2.200", SPF_FAIL},
    {"IPv6 alone is wide, IPv6", "wide6.test", "2001:db8::77", SPF_PASS},
    {"an MX host", "mx.test", "192.0.2.1", SPF_PASS},
    {"no MX host", "mx.test", "192.0.2.2", SPF_FAIL},
    {"near another's MX host", "mxof.test", "192.0.2.2", SPF_PASS},
    {"included", "include.test", "192.0.2.1", SPF_PASS},
    {"another's softfail is none of ours", "include.test", "192.0.2.2",
        SPF_FAIL},
    {"in the second include", "includeno.test", "192.0.2.2", SPF_PASS},
    {"an include of nothing", "includenone.test", "192.0.2.1", SPF_PERMERROR},
    {"redirected", "redirect.test", "192.0.2.1", SPF_PASS},
    {"redirected to a no", "redirect.test", "192.0.3.1", SPF_FAIL},
    {"redirected to nothing", "redirectnone.test", "192.0.2.1", SPF_PERMERROR},
    {"all comes before redirect", "allfirst.test", "192.0.2.1", SPF_FAIL},
    {"the end of the record", "end.test", "192.0.2.1", SPF_NEUTRAL},
    {"an empty record", "empty.test", "192.0.2.1", SPF_NEUTRAL},
    {"in capitals", "case.test", "192.0.2.1", SPF_PASS},
    {"many blanks", "blanks.test", "192.0.2.1", SPF_PASS},
    {"a forbidden address", "minus.test", "192.0.2.1", SPF_FAIL},
    {"two records", "two.test", "192.0.2.1", SPF_PERMERROR},
    {"beside other texts", "beside.test", "192.0.2.1", SPF_PASS},
    {"another version", "like.test", "192.0.2.1", SPF_NONE},
    {"no record", "nothing.test", "192.0.2.1", SPF_NONE},
    {"no DNS", "dead.test", "192.0.2.1", SPF_TEMPERROR},
    {"no DNS for a host", "down.test", "192.0.2.1", SPF_TEMPERROR},
    {"a mechanism that is none", "typo.test", "192.0.2.1", SPF_PERMERROR},
    {"an address that is none", "badip.test", "192.0.2.1", SPF_PERMERROR},
    {"a prefix that is none", "badbits.test", "192.0.2.1", SPF_PERMERROR},
    {"the other family", "family.test", "192.0.2.1", SPF_PERMERROR},
    {"ip4 without one", "noip.test", "192.0.2.1", SPF_PERMERROR},
    {"a modifier is passed over", "exp.test", "192.0.2.1", SPF_PASS},
    {"a macro decides", "macro.test", "192.0.2.1", SPF_UNKNOWN},
    {"a macro does not matter", "macrook.test", "192.0.2.1", SPF_PASS},
    {"a macro may forbid", "macrono.test", "192.0.2.1", SPF_UNKNOWN},
    {"ptr", "ptr.test", "192.0.2.1", SPF_UNKNOWN},
    {"a circle", "loop.test", "192.0.2.1", SPF_PERMERROR},
    {"more than ten lookups", "many.test", "192.0.2.1", SPF_PERMERROR},
    {"ten lookups", "ten.test", "192.0.2.9", SPF_PASS},
};

START_TEST(a_record_names_who_may_send)
{
	static const struct spf_dns dns = {txt, addr, mx, NULL};
	struct arena *arena = arena_new();
	struct sockaddr_storage from = {0};
	struct sockaddr_in *in4 = (void *)&from;
	struct sockaddr_in6 *in6 = (void *)&from;
	bool six = strchr(cases[_i].from, ':') != NULL;
	enum spf_result got;

	from.ss_family = six ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(from.ss_family, cases[_i].from,
	    six ? (void *)&in6->sin6_addr : (void *)&in4->sin_addr), 1);
	got = spf_check(arena, &dns, cases[_i].domain, &from);
	ck_assert_msg(got == cases[_i].result, "%s: %d", cases[_i].name,
	    (int)got);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spf");
	TCase *t = tcase_create("spf");

	ADD_ROWS(t, a_record_names_who_may_send, cases);
	suite_add_tcase(s, t);
	return unit_main(s);
}
