/* What of the gatekeeper can be seen without an MTA; the rest is in
 * tests/live/session.py. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/mail/session_state.h"

static const char *const networks[] = {"10.0.0.0/8", "nonsense", "::1/128"};

static const struct {
	const char *client;
	bool in;
} clients[] = {
    {"10.1.2.3", true}, {"11.1.2.3", false}, {"::1", true}, {"::2", false},
    {"::ffff:10.1.2.3", true}, {"", false},
};

START_TEST(a_client_is_in_one_of_the_networks)
{
	struct sockaddr_storage ss;
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	const char *text = clients[_i].client;

	memset(&ss, 0, sizeof(ss));
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		memcpy(&ss, &four, sizeof(four));
	else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
		memcpy(&ss, &six, sizeof(six));
	ck_assert_msg(session_client_in(&ss, networks, 3) == clients[_i].in,
	    "%s", text);
	ck_assert(!session_client_in(&ss, networks, 0));
}
END_TEST

static const struct {
	const char *name, *in, *out;
} texts[] = {
    {"plain", "no such campaign", "no such campaign"},
    {"percent signs are formats to the MTA", "100% of %s", "100%% of %%s"},
    {"controls become blanks", "a\r\nb\tc\x7f" "d", "a  b c d"},
    {"a reply is ASCII", "n\xc3\xa4h", "n??h"},
    {"nothing", "", ""},
};

START_TEST(a_reply_has_text_that_fits)
{
	struct buf b = {0};

	session_reply_text(texts[_i].in, &b);
	ck_assert_msg(strcmp(b.data, texts[_i].out) == 0, "%s: %s",
	    texts[_i].name, b.data);
	buf_free(&b);
}
END_TEST

START_TEST(a_reply_is_cut_and_never_in_a_pair_of_percent_signs)
{
	char text[1000];
	struct buf b = {0};

	memset(text, '%', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	session_reply_text(text, &b);
	ck_assert_uint_eq(b.len, 800);
	buf_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");

	ADD_ROWS(t, a_client_is_in_one_of_the_networks, clients);
	ADD_ROWS(t, a_reply_has_text_that_fits, texts);
	tcase_add_test(t, a_reply_is_cut_and_never_in_a_pair_of_percent_signs);
	suite_add_tcase(s, t);
	return unit_main(s);
}
