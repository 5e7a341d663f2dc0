/* Judgements about names: what other mail servers look up before they take mail
 * from a gateway, or bring some back. */
#include "config.h"

#include "ctl/doctor.h"

void
doctor_judge_mx(struct doctor *d, const char *domain,
    const struct dns_mx_answer *a)
{
	const char *subject = arena_printf(d->arena, "MX of %s", domain);

	if (a->status == DNS_FAILED)
		doctor_say(d, FINDING_FAIL, subject, "no name server answers; "
		    "see resolv.conf, or dns_servers in nearpost.conf: without "
		    "MX records no site is known and no round trip measured");
	else if (a->status != DNS_OK)
		doctor_say(d, FINDING_WARN, subject, "there is none%s: bounces and "
		    "replies of campaigns from there may not come back, and many "
		    "servers refuse them; publish one, or see that the name "
		    "server passes MX records on",
		    a->status == DNS_NO_NAME ? ", nor such a domain" : "");
	else if (a->mx[0].host[0] == '\0')
		doctor_say(d, FINDING_WARN, subject, "says that it takes no mail "
		    "(RFC 7505): many servers refuse campaigns from there; "
		    "publish one that does");
	else
		doctor_say(d, FINDING_OK, subject, "%s%s", a->mx[0].host,
		    a->n > 1 ? " and others" : "");
}

void
doctor_judge_ptr(struct doctor *d, const char *id, const char *address,
    const struct dns_text_answer *names, bool leads_back)
{
	const char *subject = arena_printf(d->arena, "PTR of %s", id);

	if (names->status == DNS_FAILED)
		doctor_say(d, FINDING_WARN, subject, "no name server answers for "
		    "%s", address);
	else if (names->status != DNS_OK)
		doctor_say(d, FINDING_WARN, subject, "%s has none: many servers "
		    "refuse mail from it; have whoever gave you the address set "
		    "its PTR record to the name the gateway says in HELO",
		    address);
	else if (!leads_back)
		doctor_say(d, FINDING_WARN, subject, "%s is %s, which does not "
		    "lead back to it: many servers refuse mail from it; give "
		    "that name an address record, or change the PTR record",
		    address, names->text[0]);
	else
		doctor_say(d, FINDING_OK, subject, "%s is %s", address,
		    names->text[0]);
}

void
doctor_judge_spf(struct doctor *d, const char *id, const char *address,
    const char *domain, enum spf_result r)
{
	static const char *const words[] = {
		[SPF_NONE] = "publishes no SPF record, and big providers want one",
		[SPF_PASS] = "names",
		[SPF_FAIL] = "forbids mail from",
		[SPF_SOFTFAIL] = "does not name (~all)",
		[SPF_NEUTRAL] = "does not name",
		[SPF_TEMPERROR] = "is not known, no name server answers",
		[SPF_PERMERROR] = "is broken, or asks for more than ten lookups",
		[SPF_UNKNOWN] = "has macros, ptr or exists, which doctor does not "
		    "judge",
	};
	const char *subject = arena_printf(d->arena, "SPF of %s", domain);

	switch (r) {
	case SPF_PASS:
	case SPF_UNKNOWN:
		doctor_say(d, FINDING_OK, subject, "%s %s's %s", words[r], id,
		    address);
		break;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		doctor_say(d, FINDING_WARN, subject, "%s %s's %s: adverts that "
		    "leave there will be refused or taken for spam; add ip%c:%s "
		    "to the TXT record v=spf1 of %s", words[r], id, address,
		    strchr(address, ':') ? '6' : '4', address, domain);
		break;
	case SPF_NONE:
	case SPF_TEMPERROR:
	case SPF_PERMERROR:
	default:
		doctor_say(d, FINDING_WARN, subject, "%s; it should name %s's %s "
		    "(TXT record v=spf1 of %s)", words[r], id, address, domain);
	}
}

void
doctor_judge_port25(struct doctor *d, const char *domain, int asked,
    int answered, const char *why)
{
	static const char name[] = "port 25 outside";

	if (answered)
		doctor_say(d, FINDING_OK, name, "%d of %d mail servers of %s "
		    "answer", answered, asked, domain);
	else
		doctor_say(d, FINDING_FAIL, name, "none of %d mail servers of %s "
		    "can be reached (%s): no advert leaves; have the firewall "
		    "here and whoever connects this host open port 25 to the "
		    "outside, or try another domain with --probe-mx", asked,
		    domain, why);
}
