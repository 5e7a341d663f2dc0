/* doctor's judgement of what an MTA says, and how it is listened to. */
#include "tests/unit/doctor_said.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/dialogue.h"

static const struct {
	const char *name;
	struct doctor_probe p;
	enum finding finding;
	const char *says;
} stubs[] = {
    {"our milter refuses it", {"587", "", false, false, DOCTOR_DOT, 550,
        "550 5.1.7 nearpost: a stub needs a sender"}, FINDING_OK,
        "0 587, a stub: is refused: 550 5.1.7 nearpost:"},
    {"a header check of ours", {"25", "", false, false, DOCTOR_DOT, 550,
        "550 5.7.1 nearpost: send campaigns to the stub service"},
        FINDING_OK, "is refused"},
    {"it is taken", {"25", "", false, false, DOCTOR_DOT, 250, "250 2.0.0 Ok: queued"},
        FINDING_FAIL, "2 25, a stub: is TAKEN past nearpost"},
    {"behind a content filter", {"127.0.0.1:10025", "", false, true, DOCTOR_DOT, 250,
        "250 2.0.0 Ok"}, FINDING_WARN, "only a content filter may use it"},
    {"somebody else refuses it", {"25", "", false, false, DOCTOR_DOT, 554,
        "554 5.7.1 spam"}, FINDING_WARN, "not by nearpost: 554 5.7.1 spam"},
    {"the milter is down", {"587", "", false, false, DOCTOR_DOT, 451,
        "451 4.7.1 Service unavailable"}, FINDING_WARN, "451 4.7.1"},
    {"TLS alone comes in", {"25", "", false, false, DOCTOR_MAIL, 530,
        "530 5.7.0 Must issue a STARTTLS command first"}, FINDING_OK,
        "not asked, it says: 530 5.7.0"},
    {"the recipient is refused", {"25", "", false, false, DOCTOR_RCPT, 450,
        "450 4.1.2 Domain not found"}, FINDING_OK, "not asked, it says"},
    {"nobody answers", {"25", "127.0.0.1, port 25", false, false, DOCTOR_HELLO, 0,
        "Connection refused"}, FINDING_FAIL, "127.0.0.1, port 25: Connection "
        "refused; does Postfix run"},
    {"it dies at the dot", {"25", "h, port 25", false, false, DOCTOR_DOT, 0,
        "it closes the connection"}, FINDING_FAIL, "does Postfix run"},
};

START_TEST(a_stub_is_refused_by_nearpost)
{
	doctor_judge_stub(&d, &stubs[_i].p);
	check(stubs[_i].name, stubs[_i].finding, stubs[_i].says);
}
END_TEST

static const struct {
	const char *name;
	struct doctor_probe p;
	enum finding finding;
	const char *says;
} relays[] = {
    {"refused", {"25", "", false, false, DOCTOR_RCPT, 550, "550 5.7.1 nearpost: no"},
        FINDING_OK, "0 25, relay domain: is refused"},
    {"taken", {"25", "", false, false, DOCTOR_RCPT, 250, "250 2.1.5 Ok"},
        FINDING_FAIL, "is TAKEN from outside; put check_recipient_access"},
    {"greylisted", {"25", "", false, false, DOCTOR_RCPT, 450, "450 4.2.0 Greylisted"},
        FINDING_WARN, "put off and not refused"},
    {"TLS alone comes in", {"25", "", false, false, DOCTOR_MAIL, 530, "530 5.7.0 TLS"},
        FINDING_OK, "not asked"},
    {"silence", {"25", "h, port 25", false, false, DOCTOR_RCPT, 0, "no answer in time"},
        FINDING_FAIL, "h, port 25: no answer in time"},
};

START_TEST(the_relay_domain_is_refused)
{
	doctor_judge_relay_domain(&d, &relays[_i].p);
	check(relays[_i].name, relays[_i].finding, relays[_i].says);
}
END_TEST

#define BOTH "inet:127.0.0.1:8891, inet:127.0.0.1:8892"
static const struct {
	const char *name;
	struct doctor_signing s;
	enum finding finding;
	const char *says;
} signings[] = {
    {"signed", {"shop.test", "192.0.2.9", "inet:127.0.0.1:8891", NULL, NULL,
        BOTH, false}, FINDING_OK,
        "0 DKIM for shop.test: inet:127.0.0.1:8891 signs what comes from "
        "192.0.2.9"},
    {"verified and not signed", {"shop.test", "192.0.2.9", NULL, NULL, NULL,
        BOTH, false}, FINDING_WARN, "InternalHosts: add 192.0.2.9 there"},
    {"it is down", {"shop.test", "192.0.2.9", NULL, "inet:127.0.0.1:8892",
        "Connection refused", BOTH, false}, FINDING_FAIL, "inet:127.0.0.1:8892, "
        "behind ours: Connection refused; every advert waits"},
    {"it is down, and not missed", {"shop.test", "192.0.2.9", NULL,
        "inet:127.0.0.1:8892", "Connection refused", BOTH, true},
        FINDING_FAIL, "every advert leaves without it"},
};

START_TEST(adverts_are_signed)
{
	doctor_judge_signing(&d, &signings[_i].s);
	check(signings[_i].name, signings[_i].finding, signings[_i].says);
}
END_TEST

/* What the server says, and with what it is heard. */
static const struct {
	const char *name, *says;
	int code;
	const char *reply;
} greetings[] = {
    {"one line", "220 here\r\n", 220, "220 here"},
    {"several", "220-a\r\n220-b\r\n220 c\r\n", 220, "220 c"},
    {"a bare line feed", "554 no\n", 554, "554 no"},
    {"no text", "220\r\n", 220, "220"},
    {"control characters", "220 a\x1b[1mb\r\n", 220, "220 a?[1mb"},
    {"another protocol", "SSH-2.0-x\r\n", 0, "it does not speak SMTP"},
    {"a code and nothing more", "22", 0, "it closes the connection"},
    {"nothing", "", 0, "it closes the connection"},
};

static pid_t
serve(const char *text, int *port_r)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0), c;
	pid_t pid;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port_r = ntohs(sin.sin_port);
	pid = fork();
	if (pid != 0) {
		(void)close(fd);
		return pid;
	}
	c = accept(fd, NULL, NULL);
	_exit(write(c, text, strlen(text)) < 0);
}

START_TEST(a_reply_is_read_to_its_end)
{
	char host[] = "127.0.0.1";
	struct endpoint to = {.host = host};
	struct dialogue with;
	pid_t pid = serve(greetings[_i].says, &to.port);
	int code = dialogue_open(&with, &to, 5000);

	ck_assert_msg(code == greetings[_i].code, "%s: %d", greetings[_i].name,
	    code);
	ck_assert_msg(strcmp(with.reply, greetings[_i].reply) == 0, "%s: %s",
	    greetings[_i].name, with.reply);
	dialogue_close(&with);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	/* Nobody listens any more. */
	ck_assert_int_eq(dialogue_open(&with, &to, 5000), 0);
	ck_assert_str_eq(with.reply, "Connection refused");
	ck_assert_int_eq(dialogue_say(&with, "EHLO x"), 0);
	dialogue_close(&with);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_doctor_smtp");
	TCase *t = tcase_create("ctl_doctor_smtp");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, a_stub_is_refused_by_nearpost, stubs);
	ADD_ROWS(t, the_relay_domain_is_refused, relays);
	ADD_ROWS(t, adverts_are_signed, signings);
	ADD_ROWS(t, a_reply_is_read_to_its_end, greetings);
	suite_add_tcase(s, t);
	return unit_main(s);
}
