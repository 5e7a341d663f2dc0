#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/fleet/config.h"

static char path[64];

static int
load(const char *text, struct config *c, char **error)
{
	FILE *f;

	(void)snprintf(path, sizeof(path), "/tmp/np-config.%ld", (long)getpid());
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert(fputs(text, f) >= 0 && fclose(f) == 0);
	return config_load(path, c, error);
}

START_TEST(an_empty_file_is_the_defaults)
{
	struct config c;
	char *error;

	ck_assert_msg(load("", &c, &error) == 0, "%s", error);
	ck_assert_str_eq(c.relay_domain, "nearpost.internal");
	ck_assert_uint_eq(c.gateways.n, 0);
	ck_assert_int_eq(c.milter.ask_timeout_ms, 2000);
	ck_assert_int_eq(c.milter.max_recipients, 20);
	ck_assert_uint_eq(c.milter.clients.n, 2);
	ck_assert_str_eq(c.milter.clients.items[1], "::1/128");
	ck_assert_uint_eq(c.milter.logins.n, 0);
	ck_assert(!c.milter.local_submission);
	ck_assert_int_eq(c.milter.ticket_lifetime_ms, 7 * 86400000LL);
	ck_assert_int_eq(c.policyd.without_redis, 0);
	ck_assert(c.policyd.probes && !c.policyd.reject_unlisted);
	ck_assert_int_eq(c.policyd.probe_rate, 20);
	ck_assert_int_eq(c.agent.probe_rate, 5);
	ck_assert_str_eq(c.policyd.tls.ca, "/etc/nearpost/tls/ca.pem");
	ck_assert_int_eq(c.agent.max_advert_size, 20 << 20);
	ck_assert_str_eq(c.agent.id, "");
	ck_assert_str_eq(c.send.smtp, "inet:127.0.0.1:2525");
	config_free(&c);
}
END_TEST

START_TEST(a_gateway_is_found_by_its_id)
{
	struct config c;
	char *error;
	const struct config_gateway *g;

	ck_assert_msg(load("gateway \"tyo\" { host = \"t.example\" }\n"
	    "gateway \"lon\" { host = \"l.example\" port = 2525 }\n"
	    "policyd { without_redis = \"send\" }\n", &c, &error) == 0,
	    "%s", error);
	g = config_gateway(&c, "lon");
	ck_assert_ptr_nonnull(g);
	ck_assert_str_eq(g->host, "l.example");
	ck_assert_int_eq(g->port, 2525);
	ck_assert_int_eq(g->uplink_mbit, 100);
	ck_assert_ptr_null(config_gateway(&c, "nyc"));
	ck_assert_int_eq(c.policyd.without_redis, 1);
	config_free(&c);
}
END_TEST

START_TEST(a_site_is_known_by_its_folded_name)
{
	struct config c;
	char *error;
	const struct config_site *s;

	ck_assert_msg(load("site \"GMail.com\" { max_rate = 20/s }\n"
	    "site \"gr\303\274n.example.\" { max_rate = \"90/m\" }\n", &c,
	    &error) == 0, "%s", error);
	s = c.sites.items;
	ck_assert_uint_eq(c.sites.n, 2);
	ck_assert_str_eq(s[0].name, "gmail.com");
	ck_assert_int_eq(s[0].max_per_h, 72000);
	ck_assert_str_eq(s[1].name, "xn--grn-ioa.example");
	ck_assert_int_eq(s[1].max_per_h, 5400);
	config_free(&c);
}
END_TEST

static const struct {
	const char *text, *says;
} faults[] = {
    {"site \"gmail.com\" { }", "max_rate is missing"},
    {"site \"gmail.com\" { max_rate = 20 }", "write 20/h, 20/m or 20/s"},
    {"site \"gmail.com\" { max_rate = 0/s }", "from 1/h to"},
    {"site \"gmail.com\" { max_rate = 1000000/s }", "from 1/h to"},
    {"site \"a b\" { max_rate = 1/s }", "site \"a b\""},
    {"site \"bob@gmail.com\" { max_rate = 1/s }", "site \"bob@gmail.com\""},
    {"site \"192.0.2.1\" { max_rate = 1/s }", "example.com"},
    {"site \"\" { max_rate = 1/s }", "site needs a name"},
    {"site { max_rate = 1/s }", "np-config"},
    {"site \"a.test\" { max_rate = 1/s }\nsite \"A.test\" { max_rate = 2/s }",
	"there twice"},
    {"site \"a.test\" { max_rte = 1/s }", "did you mean \"max_rate\"?"},
    {"gateway \"Tyo\" { host = \"t\" }", "lower-case"},
    {"gateway \"split\" { host = \"t\" }", "taken"},
    {"gateway \"a\" { host = \"\" }", "host is empty"},
    {"gateway \"a\" { port = 25 }", "host"},
    {"gateway \"a\" { host = \"t\" port = 0 }", "port"},
    {"gateway \"a\" { host = \"t\" }\ngateway \"a\" { host = \"u\" }", "a"},
    {"relay_domain = \"internal\"", "relay_domain"},
    {"relay_domain = \"Near.internal\"", "lower case"},
    {"relay_domain = \"-a.internal\"", "relay_domain"},
    {"relay_domain = \"a..internal\"", "relay_domain"},
    {"relay_domain = \"\"", "relay_domain"},
    {"milter { clients = {\"10.0.0.0/33\"} }", "milter.clients"},
    {"milter { clients = {\"10.0.0.1/8\"} }", "behind its prefix"},
    {"milter { policyd = \"/run/sock\" }", "milter.policyd"},
    {"milter { ask_timeout = 2 }", "ask_timeout"},
    {"milter { max_recipients = 0 }", "max_recipients"},
    {"milter { colour = 1 }", "colour"},
    {"agent { policyd = {\"ini.example.net\"} }", "agent.policyd"},
    {"agent { id = \"LON\" }", "agent.id"},
    {"policyd { without_redis = \"maybe\" }", "without_redis"},
};

START_TEST(a_fault_names_what_to_mend)
{
	struct config c;
	char *error = NULL;

	ck_assert_msg(load(faults[_i].text, &c, &error) == -1, "%s",
	    faults[_i].text);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, faults[_i].says) != NULL, "%s: %s",
	    faults[_i].text, error);
	ck_assert_msg(strstr(error, path) != NULL, "no file name: %s", error);
	free(error);
}
END_TEST

START_TEST(a_missing_file_is_an_error)
{
	struct config c;
	char *error = NULL;

	ck_assert_int_eq(config_load("/nonexistent/np.conf", &c, &error), -1);
	ck_assert_ptr_nonnull(strstr(error, "/nonexistent/np.conf"));
	free(error);
}
END_TEST

static void
clean(void)
{
	if (*path)
		(void)unlink(path);
}

static const struct {
	const char *name, *text, *doubt;
} doubtful[] = {
    {"defaults", "", NULL},
    {"redis_beside", "policyd { redis = \"inet:127.0.0.1:6379\" }", NULL},
    {"redis_beside_by_name", "policyd { redis = \"inet:localhost:1\" }", NULL},
    {"redis_beside_v6", "policyd { redis = \"inet:[::1]:6379\" }", NULL},
    {"redis_elsewhere", "policyd { redis = \"inet:192.0.2.1:6379\" }",
	"in clear"},
    {"redis_by_name", "policyd { redis = \"inet:db.example:6379\" }",
	"stunnel"},
    {"page_for_all", "policyd { http_listen = \"inet:*:4618\" }",
	"whoever can connect"},
    {"no_page", "policyd { http_listen = \"\" }", NULL},
};

START_TEST(what_is_doubtful_is_said)
{
	struct config c;
	char *error, *doubts;

	ck_assert_msg(load(doubtful[_i].text, &c, &error) == 0, "%s", error);
	doubts = config_doubts(&c);
	if (doubtful[_i].doubt)
		ck_assert_msg(doubts && strstr(doubts, doubtful[_i].doubt),
		    "%s: %s", doubtful[_i].name, doubts);
	else
		ck_assert_msg(!doubts, "%s: %s", doubtful[_i].name, doubts);
	free(doubts);
	config_free(&c);
}
END_TEST

START_TEST(redis_over_tls_is_refused_with_the_way_to_have_it)
{
	struct config c;
	char *error;

	ck_assert_int_eq(load("policyd { redis = \"tls:db.example:6379\" }", &c,
	    &error), -1);
	ck_assert_msg(strstr(error, "stunnel") != NULL, "%s", error);
	free(error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_checked_fixture(t, NULL, clean);
	tcase_add_test(t, an_empty_file_is_the_defaults);
	tcase_add_test(t, a_gateway_is_found_by_its_id);
	tcase_add_test(t, a_site_is_known_by_its_folded_name);
	ADD_ROWS(t, a_fault_names_what_to_mend, faults);
	tcase_add_test(t, a_missing_file_is_an_error);
	ADD_ROWS(t, what_is_doubtful_is_said, doubtful);
	tcase_add_test(t, redis_over_tls_is_refused_with_the_way_to_have_it);
	suite_add_tcase(s, t);
	return unit_main(s);
}
