#include "tests/unit/unit.h"

#include "lib/mail/deferral.h"

#define SAID "host mx.example[192.0.2.1] said: "

static const struct {
	const char *name, *dsn, *text;
	enum deferral_cause cause;
} cases[] = {
    {"Postgrey", "4.2.0", SAID "450 4.2.0 <a@b.example>: Recipient address "
        "rejected: Greylisted, see http://postgrey.example/ (in reply to RCPT "
        "TO command)", DEFERRAL_GREYLISTING},
    {"rspamd", "4.7.1", SAID "451 4.7.1 Greylisting in action, please come "
        "back later (in reply to end of DATA command)", DEFERRAL_GREYLISTING},
    {"graylisted, with a rate in it", "4.7.1", SAID "451 4.7.1 Graylisted, "
        "rate limit 1 in 300 s", DEFERRAL_GREYLISTING},
    {"unusual rate", "4.7.28", SAID "421-4.7.28 Our system has detected an "
        "unusual rate of unsolicited mail originating from your IP",
        DEFERRAL_RATE},
    {"rate for its reputation", "4.7.650", SAID "451 4.7.650 The mail server "
        "[192.0.2.9] has been temporarily rate limited due to IP reputation.",
        DEFERRAL_RATE},
    {"volume or complaints", "4.7.0", SAID "421 4.7.0 [TSS04] Messages from "
        "192.0.2.9 temporarily deferred due to unexpected volume or user "
        "complaints", DEFERRAL_RATE},
    {"at connect", "4.7.0", "host mx.example[192.0.2.1] refused to talk to me: "
        "421 4.7.0 Too many concurrent SMTP connections", DEFERRAL_RATE},
    {"Sendmail's log", "4.4.5", "421 4.4.5 Try later", DEFERRAL_RATE},
    {"only the code: a flood", "4.7.28", SAID "421 4.7.28 later",
        DEFERRAL_RATE},
    {"a block list", "4.7.1", SAID "450 4.7.1 Client host [192.0.2.9] blocked "
        "using zen.example", DEFERRAL_REPUTATION},
    {"upper case", "4.7.0", SAID "421 4.7.0 POOR REPUTATION",
        DEFERRAL_REPUTATION},
    {"only the code: SPF", "4.7.23", SAID "451 4.7.23 later",
        DEFERRAL_REPUTATION},
    {"the mailbox is full", "4.2.2", SAID "452 4.2.2 The email account has "
        "exceeded its quota", DEFERRAL_MAILBOX},
    {"the recipient gets too much", "4.2.1", SAID "450 4.2.1 The user you are "
        "trying to contact is receiving mail too quickly", DEFERRAL_MAILBOX},
    {"local trouble", "4.3.0", SAID "451 4.3.0 Temporary lookup failure",
        DEFERRAL_OTHER},
    {"4.7.1 and no reason", "4.7.1", SAID "451 4.7.1 Try again later",
        DEFERRAL_OTHER},
    {"4.7.2 is no 4.7.2x", "4.7.2", SAID "451 4.7.2 later", DEFERRAL_OTHER},
    {"our own words", "4.4.1", "connect to spam.rate-limit.example[192.0.2.1]:"
        "25: Connection timed out", DEFERRAL_OTHER},
    {"lost connection", "4.4.2", "lost connection with greylist.example"
        "[192.0.2.1] while sending end of data", DEFERRAL_OTHER},
    {"a host's name is no reason", "4.3.2", "host greylist.spam.example"
        "[192.0.2.1] said: 450 4.3.2 busy", DEFERRAL_OTHER},
    {"nor is an address", "4.3.2", SAID "450 4.3.2 <greylist@spam.example>: "
        "busy", DEFERRAL_OTHER},
    {"what follows an address counts", "4.3.2", SAID "450 4.3.2 "
        "<spam@b.example>: throttled", DEFERRAL_RATE},
    {"a < without its >", "4.3.2", SAID "450 4.3.2 <throttled",
        DEFERRAL_RATE},
    {"nothing at all", "", "", DEFERRAL_OTHER},
};

START_TEST(a_reply_tells_its_cause)
{
	enum deferral_cause got = deferral_cause(cases[_i].dsn, cases[_i].text);

	ck_assert_msg(got == cases[_i].cause, "%s: %s", cases[_i].name,
	    deferral_cause_name(got));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("deferral");
	TCase *t = tcase_create("deferral");

	ADD_ROWS(t, a_reply_tells_its_cause, cases);
	suite_add_tcase(s, t);
	return unit_main(s);
}
