/* doctor's judgement of what the DNS says. */
#include "tests/unit/doctor_said.h"

static const struct {
	const char *name;
	struct dns_mx_answer a;
	enum finding finding;
	const char *says;
} mxs[] = {
    {"one", {DNS_OK, 60, 1, {{10, "mx.shop.test"}}}, FINDING_OK,
        "0 MX of shop.test: mx.shop.test\n"},
    {"two", {DNS_OK, 60, 2, {{10, "a.test"}, {20, "b.test"}}}, FINDING_OK,
        "a.test and others"},
    {"none", {.status = DNS_NO_DATA}, FINDING_WARN, "there is none: bounces"},
    {"no domain", {.status = DNS_NO_NAME}, FINDING_WARN,
        "there is none, nor such a domain: bounces"},
    {"no mail", {DNS_OK, 60, 1, {{0, ""}}}, FINDING_WARN,
        "says that it takes no mail"},
    {"no DNS", {.status = DNS_FAILED}, FINDING_FAIL, "no name server answers"},
};

START_TEST(a_campaigns_domain_takes_mail)
{
	doctor_judge_mx(&d, "shop.test", &mxs[_i].a);
	check(mxs[_i].name, mxs[_i].finding, mxs[_i].says);
}
END_TEST

static const struct {
	const char *name;
	struct dns_text_answer a;
	bool back;
	enum finding finding;
	const char *says;
} ptrs[] = {
    {"there and back", {DNS_OK, 1, {"lon.gw.test"}}, true, FINDING_OK,
        "0 PTR of lon: 192.0.2.1 is lon.gw.test\n"},
    {"there only", {DNS_OK, 1, {"host1.isp.test"}}, false, FINDING_WARN,
        "192.0.2.1 is host1.isp.test, which does not lead back"},
    {"none", {.status = DNS_NO_NAME}, false, FINDING_WARN, "192.0.2.1 has none"},
    {"none either", {.status = DNS_NO_DATA}, false, FINDING_WARN, "has none"},
    {"no DNS", {.status = DNS_FAILED}, false, FINDING_WARN,
        "no name server answers for 192.0.2.1"},
};

START_TEST(an_address_has_a_name)
{
	doctor_judge_ptr(&d, "lon", "192.0.2.1", &ptrs[_i].a, ptrs[_i].back);
	check(ptrs[_i].name, ptrs[_i].finding, ptrs[_i].says);
}
END_TEST

static const struct {
	enum spf_result result;
	const char *address;
	enum finding finding;
	const char *says;
} spfs[] = {
    {SPF_PASS, "192.0.2.1", FINDING_OK,
        "0 SPF of shop.test: names lon's 192.0.2.1\n"},
    {SPF_UNKNOWN, "192.0.2.1", FINDING_OK, "which doctor does not judge"},
    {SPF_FAIL, "192.0.2.1", FINDING_WARN, "forbids mail from lon's 192.0.2.1: "
        "adverts that leave there will be refused or taken for spam; add "
        "ip4:192.0.2.1 to the TXT record v=spf1 of shop.test"},
    {SPF_FAIL, "2001:db8::1", FINDING_WARN, "add ip6:2001:db8::1 to"},
    {SPF_SOFTFAIL, "192.0.2.1", FINDING_WARN, "does not name (~all) lon's"},
    {SPF_NEUTRAL, "192.0.2.1", FINDING_WARN, "does not name lon's"},
    {SPF_NONE, "192.0.2.1", FINDING_WARN, "publishes no SPF record"},
    {SPF_TEMPERROR, "192.0.2.1", FINDING_WARN, "no name server answers"},
    {SPF_PERMERROR, "192.0.2.1", FINDING_WARN, "is broken"},
};

START_TEST(a_campaigns_domain_names_the_gateways)
{
	doctor_judge_spf(&d, "lon", spfs[_i].address, "shop.test",
	    spfs[_i].result);
	check(spfs[_i].says, spfs[_i].finding, spfs[_i].says);
}
END_TEST

static const struct {
	int asked, answered;
	enum finding finding;
	const char *says;
} ports[] = {
    {2, 2, FINDING_OK, "2 of 2 mail servers of shop.test answer"},
    {2, 1, FINDING_OK, "1 of 2"},
    {2, 0, FINDING_FAIL, "none of 2 mail servers of shop.test can be reached "
        "(mx.test: Connection timed out): no advert leaves"},
};

START_TEST(mail_servers_are_reached)
{
	doctor_judge_port25(&d, "shop.test", ports[_i].asked,
	    ports[_i].answered, "mx.test: Connection timed out");
	check(ports[_i].says, ports[_i].finding, ports[_i].says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_doctor_dns");
	TCase *t = tcase_create("ctl_doctor_dns");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, a_campaigns_domain_takes_mail, mxs);
	ADD_ROWS(t, an_address_has_a_name, ptrs);
	ADD_ROWS(t, a_campaigns_domain_names_the_gateways, spfs);
	ADD_ROWS(t, mail_servers_are_reached, ports);
	suite_add_tcase(s, t);
	return unit_main(s);
}
