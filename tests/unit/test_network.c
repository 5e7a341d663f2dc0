#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/base/network.h"

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage ss;
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};

	memset(&ss, 0, sizeof(ss));
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		memcpy(&ss, &four, sizeof(four));
	else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
		memcpy(&ss, &six, sizeof(six));
	return ss;
}

static const struct {
	const char *net, *client;
	bool in;
} members[] = {
    {"127.0.0.0/8", "127.0.0.1", true},
    {"127.0.0.0/8", "128.0.0.1", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "::1", false},
    {"::/0", "::1", true},
    {"::1/128", "::1", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"127.0.0.0/8", "::ffff:127.0.0.1", true},
    {"127.0.0.0/8", "::ffff:10.0.0.1", false},
    {"127.0.0.0/8", "no address at all", false},
};

START_TEST(a_client_is_in_its_network)
{
	struct sockaddr_storage ss = address(members[_i].client);
	struct network net;
	const char *error;

	ck_assert_int_eq(network_parse(members[_i].net, &net, &error), 0);
	ck_assert_msg(network_has(&net, &ss) == members[_i].in, "%s and %s",
	    members[_i].net, members[_i].client);
}
END_TEST

static const char *const bad[] = {"", "/", "/8", "10", "10.0.0.0/", "10.0.0.0/33",
    "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "2001:db8::/129", "::1/0",
    "localhost", "1.2.3.4.5", "10.0.0.0/08000000000000000000",
    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};

START_TEST(what_is_no_network_is_refused)
{
	struct network net;
	const char *error = NULL;

	ck_assert_msg(network_parse(bad[_i], &net, &error) == -1, "\"%s\"",
	    bad[_i]);
	ck_assert_ptr_nonnull(error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("network");
	TCase *t = tcase_create("network");

	ADD_ROWS(t, a_client_is_in_its_network, members);
	ADD_ROWS(t, what_is_no_network_is_refused, bad);
	suite_add_tcase(s, t);
	return unit_main(s);
}
