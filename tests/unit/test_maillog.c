#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/base/mem.h"
#include "lib/mail/maillog.h"

#define STAMP "Nov 23 19:14:31 gw1 "
#define SMTP STAMP "postfix/smtp[123]: "

static const struct {
	const char *name, *line;
	enum maillog_kind kind;
	const char *id, *recipient, *host, *ip;
	int conn_use;
	int64_t size;
	int64_t us[4];
	const char *dsn, *text;
} lines[] = {
    {"a delivery over a fresh session",
        SMTP "4jYGr22XFCz1c9ZB: to=<a@example.com>, relay=mx1.example.com"
             "[10.77.1.2]:25, delay=0.27, delays=0.0074/0.0086/0.16/0.1, "
             "dsn=2.0.0, status=sent (250 2.0.0 Ok)",
        MAILLOG_SENT, "4jYGr22XFCz1c9ZB", "a@example.com",
        "mx1.example.com", "10.77.1.2", 1, -1, {7400, 8600, 160000, 100000},
        "2.0.0", "250 2.0.0 Ok"},
    {"a deferral without relay",
        SMTP "4jYFjl5rYcz1bXxS: to=<r2@example.com>, relay=none, delay=0, "
             "delays=0/0/0/0, dsn=4.4.1, status=deferred (connect to "
             "127.0.0.1[127.0.0.1]:10225: Connection refused)",
        MAILLOG_DEFERRED, "4jYFjl5rYcz1bXxS", "r2@example.com", "", "", 1, -1,
        {0, 0, 0, 0}, "4.4.1",
        "connect to 127.0.0.1[127.0.0.1]:10225: Connection refused"},
    {"a bounce with full stops in its text",
        SMTP "4jYGr22v44z1c9Sn: to=<b@nx.example.com>, relay=none, "
             "delay=0.011, delays=0.0017/0.0087/0.00073/0, dsn=5.4.4, "
             "status=bounced (Host or domain name not found. Name service "
             "error)",
        MAILLOG_BOUNCED, "4jYGr22v44z1c9Sn", "b@nx.example.com", "", "", 1, -1,
        {1700, 8700, 730, 0}, "5.4.4",
        "Host or domain name not found. Name service error"},
    {"a reused connection",
        SMTP "4jYGJR5V0cz1bY48: to=<u@x.test>, relay=127.0.0.1[127.0.0.1]"
             ":10125, conn_use=14, delay=0.28, delays=0.06/0.19/0.02/0.01, "
             "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)",
        MAILLOG_SENT, "4jYGJR5V0cz1bY48", "u@x.test", "127.0.0.1",
        "127.0.0.1", 14, -1, {60000, 190000, 20000, 10000}, "2.0.0",
        "250 2.0.0 Ok: queued as ABC"},
    {"an RFC 3339 stamp, an IPv6 relay, a syslog_name with a slash",
        "2026-11-23T19:14:31.123456+01:00 gw1 postfix/nearpost/smtp[9]: "
        "4jYGJR5V0cz1bY48: to=<u@x.test>, orig_to=<root>, relay=mx.x.test"
        "[2001:db8::1]:25, delay=1234, delays=1100/100/30/4, dsn=2.0.0, "
        "status=sent (ok)",
        MAILLOG_SENT, "4jYGJR5V0cz1bY48", "u@x.test", "mx.x.test",
        "2001:db8::1", 1, -1, {1100000000, 100000000, 30000000, 4000000},
        "2.0.0", "ok"},
    {"a quoted local part that looks like log text",
        SMTP "4jYGJR5V0cz1bY48: to=<\"x>, status=sent (\\\" o\"@x.test>, "
             "relay=none, delay=0, delays=0/0/0/0, dsn=4.4.1, "
             "status=deferred (status=sent (no))",
        MAILLOG_DEFERRED, "4jYGJR5V0cz1bY48",
        "\"x>, status=sent (\\\" o\"@x.test", "", "", 1, -1, {0, 0, 0, 0},
        "4.4.1", "status=sent (no)"},
    {"the queue manager takes it",
        STAMP "postfix/qmgr[7]: 4jYGJR5V0cz1bY48: from=<o@shop.test>, "
              "size=1000123, nrcpt=6 (queue active)",
        MAILLOG_QUEUED, "4jYGJR5V0cz1bY48", "", "", "", 0, 1000123,
        {-1, -1, -1, -1}, "", ""},
    {"the null sender is queued too",
        STAMP "postfix/qmgr[7]: 4jYGJR5V0cz1bY48: from=<>, size=12, nrcpt=1 "
              "(queue active)\n",
        MAILLOG_QUEUED, "4jYGJR5V0cz1bY48", "", "", "", 0, 12,
        {-1, -1, -1, -1}, "", ""},
    {"the queue manager drops it",
        STAMP "postfix/qmgr[7]: 4jYGJR5V0cz1bY48: removed",
        MAILLOG_REMOVED, "4jYGJR5V0cz1bY48", "", "", "", 0, -1,
        {-1, -1, -1, -1}, "", ""},
    {"it grew too old",
        STAMP "postfix/qmgr[7]: 4jYGJR5V0cz1bY48: from=<o@shop.test>, "
              "status=expired, returned to sender",
        MAILLOG_BOUNCED, "4jYGJR5V0cz1bY48", "", "", "", 0, -1,
        {-1, -1, -1, -1}, "", ""},
    {"a milter refuses at end of message",
        STAMP "postfix/cleanup[8]: 4jYGJR5V0cz1bY48: milter-reject: "
              "END-OF-MESSAGE from localhost[127.0.0.1]: 4.7.1 Service "
              "unavailable - try again later; from=<a@b.c> to=<d@e.f>",
        MAILLOG_REJECTED, "4jYGJR5V0cz1bY48", "", "", "", 0, -1,
        {-1, -1, -1, -1}, "",
        "milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 4.7.1 "
        "Service unavailable - try again later; from=<a@b.c> to=<d@e.f>"},
    {"a header check refuses",
        STAMP "postfix/cleanup[8]: 4jYGJR5V0cz1bY48: reject: header X: y "
              "from localhost[::1]; from=<a@b.c> to=<d@e.f>: 5.7.1 no",
        MAILLOG_REJECTED, "4jYGJR5V0cz1bY48", "", "", "", 0, -1,
        {-1, -1, -1, -1}, "",
        "reject: header X: y from localhost[::1]; from=<a@b.c> to=<d@e.f>: "
        "5.7.1 no"},
    {"one recipient refused is not the message refused",
        STAMP "postfix/smtpd[8]: 4jYGJR5V0cz1bY48: reject: RCPT from "
              "localhost[::1]: 554 5.7.1 END-OF-MESSAGE",
        MAILLOG_OTHER, "4jYGJR5V0cz1bY48", "", "", "", 0, -1,
        {-1, -1, -1, -1}, "", ""},
    {"on hold is in the queue",
        STAMP "postfix/cleanup[8]: 4jYGJR5V0cz1bY48: hold: header X: y",
        MAILLOG_QUEUED, "4jYGJR5V0cz1bY48", "", "", "", 0, -1,
        {-1, -1, -1, -1}, "", ""},
    {"a line that tells nothing new",
        STAMP "postfix/cleanup[8]: 4jYGJR5V0cz1bY48: message-id=<x@y>",
        MAILLOG_OTHER, "4jYGJR5V0cz1bY48", "", "", "", 0, -1,
        {-1, -1, -1, -1}, "", ""},
    {"a short id and a day of one digit",
        "Nov  3 19:14:31 gw1 postfix-gw/qmgr[7]: 3A1B2C3D4E: removed",
        MAILLOG_REMOVED, "3A1B2C3D4E", "", "", "", 0, -1, {-1, -1, -1, -1},
        "", ""},
    {"delays that are no numbers are unknown",
        SMTP "4jYGJR5V0cz1bY48: to=<a@b.c>, relay=none, delays=0/x/0/0, "
             "dsn=4.0.0, status=deferred (x)",
        MAILLOG_DEFERRED, "4jYGJR5V0cz1bY48", "a@b.c", "", "", 1, -1,
        {-1, -1, -1, -1}, "4.0.0", "x"},
    {"a discard is a delivery without a machine",
        STAMP "postfix/discard[1]: 4jYGJR5V0cz1bY48: to=<a@b.c>, "
              "relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent "
              "(discarded)",
        MAILLOG_SENT, "4jYGJR5V0cz1bY48", "a@b.c", "", "", 1, -1, {0, 0, 0, 0},
        "2.0.0", "discarded"},
};

static const struct {
	const char *name, *line;
} strangers[] = {
    {"nothing", ""},
    {"a stamp alone", "Nov 23 19:14:31"},
    {"another program", STAMP "opendkim[3]: 4jYGJR5V0cz1bY48: no signature"},
    {"a warning", STAMP "postfix/smtp[3]: warning: 4jYGJR5V0cz1bY48: to=<x>"},
    {"mail refused before it had an id",
        STAMP "postfix/smtpd[3]: NOQUEUE: reject: RCPT from x[1.2.3.4]: 554"},
    {"a connection", STAMP "postfix/smtpd[3]: connect from x[1.2.3.4]"},
    {"an id that is a path", STAMP "postfix/smtp[3]: ../../etc/x: removed"},
    {"an id of 40 letters", STAMP "postfix/qmgr[3]: "
        "4jYGJR5V0cz1bY48444444444444444444444444: removed"},
    {"no stamp", "postfix/qmgr[7]: 4jYGJR5V0cz1bY48: removed"},
    {"no blank behind the id", STAMP "postfix/qmgr[7]: 4jYGJR5V0cz1bY48:"},
};

START_TEST(every_line_of_a_real_log_is_understood)
{
	struct maillog_event e;
	int i;

	ck_assert_msg(maillog_parse(slice_of(lines[_i].line), &e),
	    "%s: not taken", lines[_i].name);
	ck_assert_msg(e.kind == lines[_i].kind, "%s: kind %d", lines[_i].name,
	    (int)e.kind);
	ck_assert_str_eq(e.queue_id, lines[_i].id);
	ck_assert_str_eq(e.recipient, lines[_i].recipient);
	ck_assert_str_eq(e.relay_host, lines[_i].host);
	ck_assert_str_eq(e.relay_ip, lines[_i].ip);
	ck_assert_int_eq(e.conn_use, lines[_i].conn_use);
	ck_assert_int_eq(e.size, lines[_i].size);
	for (i = 0; i < 4; i++)
		ck_assert_msg(e.delays_us[i] == lines[_i].us[i],
		    "%s: delay %d is %lld", lines[_i].name, i,
		    (long long)e.delays_us[i]);
	ck_assert_str_eq(e.dsn, lines[_i].dsn);
	ck_assert_str_eq(e.text, lines[_i].text);
}
END_TEST

START_TEST(other_lines_are_passed_over)
{
	struct maillog_event e;

	ck_assert_msg(!maillog_parse(slice_of(strangers[_i].line), &e),
	    "%s: taken", strangers[_i].name);
}
END_TEST

/* In a buffer of exactly that size, so that ASan sees a step too far. */
START_TEST(every_prefix_of_a_line_is_read_safely)
{
	size_t len = strlen(lines[_i].line), n;

	for (n = 0; n <= len; n++) {
		struct maillog_event e;
		char *copy = xmalloc(n + 1);

		memcpy(copy, lines[_i].line, n);
		copy[n] = 'X';
		(void)maillog_parse((struct slice){copy, n}, &e);
		if (n < len)
			ck_assert_msg(e.kind != MAILLOG_SENT ||
			    lines[_i].kind == MAILLOG_SENT ||
			    lines[_i].kind == MAILLOG_OTHER,
			    "%s: cut at %zu it was sent", lines[_i].name, n);
		free(copy);
	}
}
END_TEST

START_TEST(a_recipient_too_long_is_cut)
{
	struct maillog_event e;
	char line[2200];

	(void)snprintf(line, sizeof(line), SMTP "4jYGJR5V0cz1bY48: to=<%0900d>"
	    ", relay=none, delays=0/0/0/0, dsn=4.0.0, status=deferred (%01000d",
	    0, 0);
	ck_assert(maillog_parse(slice_of(line), &e));
	ck_assert_uint_eq(strlen(e.recipient), sizeof(e.recipient) - 1);
	ck_assert_int_eq(e.kind, MAILLOG_DEFERRED);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
}
END_TEST

START_TEST(a_journal_gives_program_and_message_apart)
{
	struct maillog_event e;

	ck_assert(maillog_parse_message(slice_of("postfix/qmgr"),
	    slice_of("4jYGJR5V0cz1bY48: removed"), &e));
	ck_assert_int_eq(e.kind, MAILLOG_REMOVED);
	ck_assert(!maillog_parse_message(slice_of("qmgr"),
	    slice_of("4jYGJR5V0cz1bY48: removed"), &e));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("maillog");
	TCase *t = tcase_create("maillog");

	ADD_ROWS(t, every_line_of_a_real_log_is_understood, lines);
	ADD_ROWS(t, other_lines_are_passed_over, strangers);
	ADD_ROWS(t, every_prefix_of_a_line_is_read_safely, lines);
	tcase_add_test(t, a_recipient_too_long_is_cut);
	tcase_add_test(t, a_journal_gives_program_and_message_apart);
	suite_add_tcase(s, t);
	return unit_main(s);
}
