/* doctor's judgement of a sendmail.cf. */
#include "tests/unit/doctor_said.h"

#include <inttypes.h>

#define DAY_MS (24LL * 3600 * 1000)

#define CF_WANT                                                                \
	"dnl x\nCPno rule yet\nLOCAL_CONFIG\n# why\nCPnearpost.internal\n"         \
	"LOCAL_RULESETS\nSNearpostHeader\nR$*\t$@ OK\n"                         \
	"MAILER_DEFINITIONS\nMnearpost,\tP=[IPC]\n\t\tr=1\n"
#define CF_RULES                                                               \
	"CPnearpost.internal\nSNearpostHeader\nR$*\t$@ OK\n"                    \
	"Mnearpost,\tP=[IPC]\n\t\tr=1\n"
#define CF_DAEMON(filter)                                                      \
	"O DaemonPortOptions=Name=MTA, Port=25\n"                              \
	"O DaemonPortOptions=Name=nearpost, Port=2525, InputFilter=" filter "\n"
#define CF_FILTER "Xnearpost, S=unix:/run/m.sock, F=T, T=C:10s;S:30s\n"

static const struct {
	const char *name, *cf;
	enum finding finding;
	const char *says;
} cfs[] = {
    {"as printed", CF_DAEMON("nearpost") CF_FILTER CF_RULES, FINDING_OK,
        "port 2525"},
    {"with a filter behind ours", CF_DAEMON("nearpost;opendkim") CF_FILTER
        CF_RULES, FINDING_OK, "has our rules"},
    {"with one before ours", CF_DAEMON("opendkim;nearpost") CF_FILTER CF_RULES,
        FINDING_FAIL, "must begin with nearpost"},
    {"another daemon alone", "O DaemonPortOptions=Name=MTA, Port=25\n" CF_FILTER
        CF_RULES, FINDING_FAIL, "no daemon nearpost"},
    {"no filter", CF_DAEMON("nearpost") CF_RULES, FINDING_FAIL,
        "no filter nearpost"},
    {"without F=T", CF_DAEMON("nearpost") "Xnearpost, S=unix:/run/m.sock, "
        "T=C:10s\n" CF_RULES, FINDING_FAIL, "a stub would pass"},
    {"F=R", CF_DAEMON("nearpost") "Xnearpost, S=unix:/run/m.sock, F=R\n"
        CF_RULES, FINDING_FAIL, "without F=T"},
    {"another socket", CF_DAEMON("nearpost") "Xnearpost, S=unix:/x.sock, F=T\n"
        CF_RULES, FINDING_FAIL, "\"unix:/x.sock\", not unix:/run/m.sock"},
    {"a rule lost", CF_DAEMON("nearpost") CF_FILTER "CPnearpost.internal\n"
        "SNearpostHeader\n", FINDING_FAIL, "lacks \"R$*\t$@ OK\""},
    {"a mailer of several recipients", CF_DAEMON("nearpost") CF_FILTER
        "CPnearpost.internal\nSNearpostHeader\nR$*\t$@ OK\n"
        "Mnearpost,\tP=[IPC]\n\t\tr=100\n", FINDING_FAIL,
        "lacks \"\t\tr=1\""},
    {"nothing of ours", "", FINDING_FAIL, "lacks \"CPnearpost.internal\""},
};

START_TEST(sendmail_cf_has_the_daemon_the_filter_and_the_rules)
{
	doctor_judge_cf(&d, slice_of(CF_WANT), slice_of(cfs[_i].cf),
	    "unix:/run/m.sock");
	check(cfs[_i].name, cfs[_i].finding, cfs[_i].says);
}
END_TEST

START_TEST(filters_are_told_as_postfix_writes_them)
{
	const char *got = doctor_cf_filters(&d, slice_of(
	    CF_DAEMON("nearpost;opendkim;rspamd;lost") CF_FILTER
	    "Xrspamd, S=local:/run/r.sock, T=C:1m\n"
	    "Xopendkim, S=inet:8891@127.0.0.1, F=R\n"));

	ck_assert_str_eq(got, " unix:/run/m.sock inet:8891@127.0.0.1 "
	    "{ local:/run/r.sock, default_action=accept }");
	ck_assert_str_eq(doctor_cf_filters(&d, slice_of(CF_FILTER)), "");
}
END_TEST

static const struct {
	const char *name, *cf;
	int64_t ticket_ms;
	enum finding finding;
	const char *says;
} lifetimes[] = {
    {"the usual", "O Timeout.queuereturn=5d\n", 7 * DAY_MS, FINDING_OK,
        "over the MTA's Timeout.queuereturn (5d)"},
    {"longer than a ticket", "O Timeout.queuereturn=7d\n", 7 * DAY_MS,
        FINDING_FAIL, "not over the MTA's Timeout.queuereturn (7d)"},
    {"not said: Sendmail's own", "#O Timeout.queuereturn=9d\n", 5 * DAY_MS,
        FINDING_FAIL, "(5d)"},
    {"mail that is in no hurry", "O Timeout.queuereturn=5d\n"
        "O Timeout.queuereturn.non-urgent=7d\n", 6 * DAY_MS, FINDING_FAIL,
        "Timeout.queuereturn.non-urgent (7d)"},
    {"bounces are no stubs", "O Timeout.queuereturn=5d\n"
        "O Timeout.queuereturn.dsn=30d\n", 6 * DAY_MS, FINDING_OK, "(5d)"},
    {"in two units", "O Timeout.queuereturn=1d12h\n", 7 * DAY_MS, FINDING_WARN,
        "cannot be held against Timeout.queuereturn"},
};

START_TEST(a_ticket_outlives_sendmails_queue)
{
	doctor_judge_cf_lifetime(&d, slice_of(lifetimes[_i].cf),
	    lifetimes[_i].ticket_ms);
	check(lifetimes[_i].name, lifetimes[_i].finding, lifetimes[_i].says);
}
END_TEST

static const struct {
	const char *name, *cf, *says; /* name, host, port, flags; of all */
} daemons[] = {
    {"none", "O QueueLA=8\n#O DaemonPortOptions=Name=MTA\n", ""},
    {"as Debian has them", "O DaemonPortOptions=Family=inet, Name=MTA-v4, "
        "Port=smtp, Addr=127.0.0.1\nO DaemonPortOptions=Family=inet, "
        "Name=MSP-v4, Port=submission, M=Ea, Addr=127.0.0.1\n",
        "MTA-v4 127.0.0.1 smtp 00;MSP-v4 127.0.0.1 submission 00;"},
    {"everywhere", "O DaemonPortOptions=Name=nearpost, Port=587, "
        "InputFilter=nearpost\n", "nearpost 127.0.0.1 587 10;"},
    {"IPv6", "O DaemonPortOptions=Family=inet6, Name=MTA-v6, Port=smtp, "
        "M=O\n", "MTA-v6 ::1 smtp 10;"},
    {"TLS from the first octet on", "O DaemonPortOptions=Name=TLSMTA,Port=465,"
        "M=s\n", "TLSMTA 127.0.0.1 465 11;"},
    {"abridged", "O DaemonPortOptions=P=26, n=x, a=192.0.2.1\n",
        "x 192.0.2.1 26 00;"},
    {"all that may be left out", "O DaemonPortOptions=\n",
        "smtp 127.0.0.1 smtp 10;"},
};

START_TEST(every_daemon_of_sendmail_cf_is_found)
{
	struct slice rest = slice_of(daemons[_i].cf);
	struct doctor_daemon one;

	while (doctor_cf_daemon(&d, &rest, &one))
		buf_printf(&said, "%s %s %s %d%d;", one.name, one.host, one.port,
		    one.everywhere, one.tls);
	ck_assert_str_eq(said.data, daemons[_i].says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_doctor_cf");
	TCase *t = tcase_create("ctl_doctor_cf");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, sendmail_cf_has_the_daemon_the_filter_and_the_rules, cfs);
	ADD_ROWS(t, a_ticket_outlives_sendmails_queue, lifetimes);
	ADD_ROWS(t, every_daemon_of_sendmail_cf_is_found, daemons);
	tcase_add_test(t, filters_are_told_as_postfix_writes_them);
	suite_add_tcase(s, t);
	return unit_main(s);
}
