/* Lines of Sendmail 8.17, as rsyslogd of Debian 12 wrote them. */
#include "tests/unit/unit.h"

#include "lib/base/mem.h"
#include "lib/mail/maillog.h"
#include "lib/mail/maillog_sendmail.h"

#define ID "6AQ5NXSs022065"
#define MTA "2026-11-26T05:23:34.660283+00:00 nyc sm-mta[22132]: " ID ": "
#define LOGGED 1795670614660

static const struct {
	const char *name, *line;
	enum maillog_kind kind;
	const char *recipient, *host, *ip;
	int64_t delay_ms;
	const char *dsn, *text;
} lines[] = {
    {"a delivery",
        MTA "to=<a@one.test>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, "
            "pri=30786, relay=mx1.one.test. [10.77.5.1], dsn=2.0.0, stat=Sent "
            "(Ok: queued as 1795670614647-000001)",
        MAILLOG_SENT, "a@one.test", "mx1.one.test", "10.77.5.1", 0, "2.0.0",
        "Ok: queued as 1795670614647-000001"},
    {"a deferral by the server",
        MTA "to=<g1@one.test>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, "
            "pri=30785, relay=mx1.one.test. [10.77.5.1], dsn=4.7.1, reply=451 "
            "4.7.1 Greylisted, try again, stat=Deferred: 451 4.7.1 Greylisted, "
            "try again",
        MAILLOG_DEFERRED, "g1@one.test", "mx1.one.test", "10.77.5.1", 0,
        "4.7.1", "451 4.7.1 Greylisted, try again"},
    {"a bounce",
        MTA "to=<nobody@one.test>, delay=00:00:00, xdelay=00:00:00, mailer="
            "esmtp, pri=30798, relay=mx1.one.test. [10.77.5.1], dsn=5.1.1, "
            "reply=550 5.1.1 No such user, stat=User unknown",
        MAILLOG_BOUNCED, "nobody@one.test", "mx1.one.test", "10.77.5.1", 0,
        "5.1.1", "550 5.1.1 No such user"},
    {"a refused connection",
        MTA "to=<k1@one.test>, delay=00:00:01, xdelay=00:00:00, mailer=esmtp, "
            "pri=30785, relay=mx1.one.test. [10.77.5.1], dsn=4.4.1, stat="
            "Deferred: Connection refused by mx1.one.test.",
        MAILLOG_DEFERRED, "k1@one.test", "mx1.one.test", "10.77.5.1", 1000,
        "4.4.1", "Connection refused by mx1.one.test."},
    {"one that was not tried again: no server was reached",
        MTA "to=<k1@one.test>, delay=00:00:06, xdelay=00:00:00, mailer=esmtp, "
            "pri=120785, relay=mx1.one.test., dsn=4.4.1, stat=Deferred: "
            "Connection refused by mx1.one.test.",
        MAILLOG_DEFERRED, "k1@one.test", "", "", 6000, "4.4.1",
        "Connection refused by mx1.one.test."},
    {"a domain that does not exist",
        MTA "to=<x@shop.example>, delay=00:00:00, xdelay=00:00:00, mailer="
            "esmtp, pri=30000, relay=shop.example, dsn=5.1.2, stat=Host "
            "unknown (Name server: shop.example: host not found)",
        MAILLOG_BOUNCED, "x@shop.example", "", "", 0, "5.1.2",
        "Host unknown (Name server: shop.example: host not found)"},
    {"two recipients at one server",
        MTA "to=<b@one.test>,<a@one.test>, delay=00:00:01, xdelay=00:00:01, "
            "mailer=esmtp, pri=90014, relay=mx1.one.test. [10.77.5.1], "
            "dsn=2.0.0, stat=Sent (Ok)",
        MAILLOG_SENT, "<b@one.test>,<a@one.test>", "mx1.one.test",
        "10.77.5.1", 1000, "2.0.0", "Ok"},
    {"queued, since the delivery mode says so",
        MTA "to=<q1@one.test>, delay=00:00:00, mailer=esmtp, pri=30785, "
            "stat=queued",
        MAILLOG_QUEUED, "q1@one.test", "", "", 0, "", "queued"},
    {"a later milter's 451",
        MTA "Milter: data, reject=451 4.3.2 Please try again later",
        MAILLOG_REJECTED, "", "", "", -1, "",
        "Milter: data, reject=451 4.3.2 Please try again later"},
    {"what follows it: no mailer had it",
        MTA "to=<t@one.test>, delay=00:00:00, pri=30782, stat=Please try again "
            "later",
        MAILLOG_REJECTED, "t@one.test", "", "", 0, "",
        "Please try again later"},
    {"a later milter's discard",
        MTA "Milter: data, discard",
        MAILLOG_REJECTED, "", "", "", -1, "", "Milter: data, discard"},
    {"it grew too old",
        MTA "6AQ5Pjco032640: DSN: Cannot send message for 5 days",
        MAILLOG_BOUNCED, "", "", "", -1, "",
        "DSN: Cannot send message for 5 days"},
    {"a bounce that was told before",
        MTA "6AQ5OSEG024957: DSN: User unknown",
        MAILLOG_OTHER, "", "", "", -1, "", ""},
    {"the sender, while milters still think",
        MTA "from=<offers@shop.test>, size=786, class=0, nrcpts=1, msgid=<1@l>,"
            " bodytype=7BIT, proto=ESMTPS, daemon=nearpost, relay=ini.test "
            "[10.77.1.1]",
        MAILLOG_OTHER, "", "", "", -1, "", ""},
    {"a local mailer, and an address without <>",
        MTA "to=postmaster, delay=00:00:00, xdelay=00:00:00, mailer=local, "
            "pri=30000, dsn=2.0.0, stat=Sent",
        MAILLOG_SENT, "postmaster", "", "", 0, "2.0.0", "Sent"},
    {"days, an IPv6 literal, a sender's ctladdr",
        MTA "to=<a@x>, ctladdr=<\"b>, dsn=5.0.0, stat=Sent\"@y> (1000/1000), "
            "delay=3+01:02:03, xdelay=00:00:01, mailer=esmtp, pri=1, relay="
            "[IPv6:2001:db8::1] [IPv6:2001:db8::1], dsn=2.0.0, stat=Sent (ok)",
        MAILLOG_SENT, "a@x", "IPv6:2001:db8::1", "2001:db8::1", 262923000,
        "2.0.0", "ok"},
    {"a reply that looks like log text",
        MTA "to=<a@x>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=1, "
            "relay=mx.x. [10.0.0.1], dsn=5.1.1, reply=550 no, dsn=2.0.0, "
            "stat=Sent (ok), stat=User unknown",
        MAILLOG_BOUNCED, "a@x", "mx.x", "10.0.0.1", 0, "5.1.1",
        "550 no, dsn=2.0.0"},
    {"a recipient that looks like log text",
        MTA "to=<\"x>, mailer=esmtp, dsn=2.0.0, stat=Sent\"@x.test>, "
            "delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=1, relay="
            "mx.x. [10.0.0.1], dsn=4.4.1, stat=Deferred",
        MAILLOG_DEFERRED, "\"x>, mailer=esmtp, dsn=2.0.0, stat=Sent\"@x.test",
        "mx.x", "10.0.0.1", 0, "4.4.1", "Deferred"},
};

static const struct {
	const char *name, *line;
} strangers[] = {
    {"another program with such an id",
        "2026-11-26T05:23:34.6+00:00 nyc opendkim[3]: " ID ": to=<a@b>, "
        "mailer=x, dsn=2.0.0, stat=Sent"},
    {"an id of Postfix's", "2026-11-26T05:23:34.6+00:00 nyc sm-mta[3]: "
        "4jYGr22XFCz1c9ZB: to=<a@b>, mailer=x, dsn=2.0.0, stat=Sent"},
    {"a connection", "2026-11-26T05:23:34.6+00:00 nyc sm-mta[22065]: STARTTLS="
        "server, relay=ini.test [10.77.1.1], version=TLSv1.3, verify=OK"},
    {"a client that said nothing", "2026-11-26T05:23:34.6+00:00 nyc "
        "sm-mta[22065]: NOQUEUE: ini.test [10.77.1.1] did not issue MAIL"},
};

START_TEST(every_line_of_a_real_log_is_understood)
{
	struct maillog_event e;
	int i;

	ck_assert_msg(maillog_parse(slice_of(lines[_i].line), &e),
	    "%s: not taken", lines[_i].name);
	ck_assert_msg(e.kind == lines[_i].kind, "%s: kind %d", lines[_i].name,
	    (int)e.kind);
	ck_assert(e.sendmail);
	ck_assert_str_eq(e.queue_id, ID);
	ck_assert_str_eq(e.recipient, lines[_i].recipient);
	ck_assert_str_eq(e.relay_host, lines[_i].host);
	ck_assert_str_eq(e.relay_ip, lines[_i].ip);
	ck_assert_int_eq(e.delay_ms, lines[_i].delay_ms);
	ck_assert_int_eq(e.logged_ms, LOGGED);
	ck_assert_str_eq(e.dsn, lines[_i].dsn);
	ck_assert_str_eq(e.text, lines[_i].text);
	/* No round trip is learnt of whole seconds. */
	ck_assert_int_eq(e.conn_use, 0);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(e.delays_us[i], -1);
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
			    lines[_i].kind == MAILLOG_SENT,
			    "%s: cut at %zu it was sent", lines[_i].name, n);
		free(copy);
	}
}
END_TEST

START_TEST(a_stamp_of_whole_seconds_is_none)
{
	struct maillog_event e;

	ck_assert(maillog_parse(slice_of("Nov 26 05:23:34 nyc sendmail[7]: " ID
	    ": to=<a@b>, delay=00:00:02, mailer=esmtp, dsn=2.0.0, stat=Sent"),
	    &e));
	ck_assert_int_eq(e.kind, MAILLOG_SENT);
	ck_assert_int_eq(e.logged_ms, -1);
	ck_assert_int_eq(e.delay_ms, 2000);
}
END_TEST

START_TEST(a_recipient_is_found_among_several)
{
	struct maillog_event e;

	ck_assert(maillog_parse(slice_of(MTA "to=<b@one.test>,<a@one.test>, "
	    "mailer=esmtp, dsn=2.0.0, stat=Sent"), &e));
	ck_assert(maillog_names(&e, "A@one.test"));
	ck_assert(maillog_names(&e, "b@one.test"));
	ck_assert(!maillog_names(&e, "one.test"));
	ck_assert(!maillog_names(&e, "a@one.tes"));
	ck_assert(!maillog_names(&e, ""));
}
END_TEST

static const struct {
	const char *id;
	bool good;
} ids[] = {
    {"6AQ5NXSs022065", true},
    {"6AQ5NXSs4194304", true}, /* a process number of seven digits */
    {"6AQ5NXSs02206", false},
    {"6AQ5NXSs41943041", false},
    {"6AQ5NXSy022065", false}, /* base 60 ends with x */
    {"6AQ5NXSs02206x", false},
    {"../../etc/12345", false},
    {"", false},
};

START_TEST(a_queue_id_is_eight_letters_and_a_process_number)
{
	ck_assert_msg(maillog_sendmail_id(slice_of(ids[_i].id)) == ids[_i].good,
	    "%s", ids[_i].id);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("maillog_sendmail");
	TCase *t = tcase_create("maillog_sendmail");

	ADD_ROWS(t, every_line_of_a_real_log_is_understood, lines);
	ADD_ROWS(t, other_lines_are_passed_over, strangers);
	ADD_ROWS(t, every_prefix_of_a_line_is_read_safely, lines);
	tcase_add_test(t, a_stamp_of_whole_seconds_is_none);
	tcase_add_test(t, a_recipient_is_found_among_several);
	ADD_ROWS(t, a_queue_id_is_eight_letters_and_a_process_number, ids);
	suite_add_tcase(s, t);
	return unit_main(s);
}
