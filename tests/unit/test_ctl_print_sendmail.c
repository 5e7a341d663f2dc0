/* Sendmail's side of nearpostctl print; the live tests run it. */
#include "tests/unit/ctl_print.h"

#define TWO                                                                    \
	"gateway \"a\" { host = \"a.gw.test\" }\n"                             \
	"gateway \"b\" { host = \"b.gw.test\" }\n"

static const struct {
	const char *line;
} table[] = {
    {".a.nearpost.internal\tnearpost:[a.gw.test]:[b.gw.test]\n"},
    {".a.split.nearpost.internal\tnearpost:[a.gw.test]:[b.gw.test]\n"},
    {".a-b.nearpost.internal\tnearpost:[a.gw.test]:[b.gw.test]\n"},
    {".b-a.nearpost.internal\tnearpost:[b.gw.test]:[a.gw.test]\n"},
    {".b-a.split.nearpost.internal\tnearpost:[b.gw.test]:[a.gw.test]\n"},
    {".nearpost.internal\tnearpost:[a.gw.test]:[b.gw.test]\n"},
    {".split.nearpost.internal\tnearpost:[a.gw.test]:[b.gw.test]\n"},
};

START_TEST(the_mailertable_has_the_routes_of_the_transport_table)
{
	load(TWO, false);
	print_mailertable(&p, &out);
	ck_assert_msg(strstr(out.data, table[_i].line) != NULL, "no %s%s",
	    table[_i].line, out.data);
	ck_assert_ptr_null(strstr(out.data, "retry:"));
}
END_TEST

static const struct {
	const char *config, *line;
	bool gateway;
} lines[] = {
    {TWO, "Port=2525, InputFilter=nearpost')dnl", false},
    {TWO "milter { stub_service = \"10.0.0.1:587\" }\n",
        "Name=nearpost, Addr=10.0.0.1, Port=587, ", false},
    {TWO, "S=unix:/run/nearpost/milter.sock, F=T, ", false},
    {TWO, "\nCPnearpost.internal\n", false},
    {TWO, "\nKnearpost hash /etc/np/mailertable\n", false},
    {TWO, "r=1,", false},
    {TWO, "A=TCP $h 25\n", false},
    {"gateway \"a\" { host = \"a.gw.test\" port = 2626 }\n",
        "A=TCP $h 2626\n", false},
    {TWO, "R< b.gw.test > OK $| b\t$@ OK\n", false},
    {TWO, "include(`/etc/np/sendmail.m4')", false},
    {TWO "agent { id = \"b\" listen = \"unix:/x/agent.sock\" }\n",
        "S=unix:/x/agent.sock, F=T, ", true},
    {TWO "agent { id = \"b\" }\n", "Port=25, InputFilter=nearpost'_NP_OTHERS_)dnl", true},
    {TWO "agent { id = \"b\" }\n", "R< nearpost > OK $| $*\t$@ OK\n", true},
    {TWO "agent { id = \"b\" }\n", "confSERVER_CERT", true},
};

START_TEST(sendmail_gets_the_lines_that_keep_stubs_in)
{
	load(lines[_i].config, lines[_i].gateway);
	print_sendmail(&p, &out);
	ck_assert_msg(strstr(out.data, lines[_i].line) != NULL, "no %s\n%s",
	    lines[_i].line, out.data);
}
END_TEST

/* A rule with blanks in place of its tab is none. */
START_TEST(every_rule_has_its_tab)
{
	struct slice rest, line;
	int rules = 0;

	load(_i ? TWO "agent { id = \"a\" }\n" : TWO, _i);
	print_sendmail(&p, &out);
	rest = slice_buf(&out);
	while (slice_split(&rest, '\n', &line)) {
		if (line.len == 0 || line.data[0] != 'R')
			continue;
		rules++;
		ck_assert_msg(memchr(line.data, '\t', line.len) != NULL,
		    "%.*s", (int)line.len, line.data);
	}
	ck_assert_int_gt(rules, 9);
}
END_TEST

START_TEST(a_gateways_received_line_names_no_recipient)
{
	load(TWO "agent { id = \"a\" }\n", true);
	print_sendmail(&p, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "confRECEIVED_HEADER"));
	ck_assert_ptr_null(strstr(out.data, "for $u"));
	ck_assert_ptr_null(strstr(out.data, "_REC_END_"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_print_sendmail");
	TCase *t = tcase_create("ctl_print_sendmail");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, the_mailertable_has_the_routes_of_the_transport_table, table);
	ADD_ROWS(t, sendmail_gets_the_lines_that_keep_stubs_in, lines);
	tcase_add_loop_test(t, every_rule_has_its_tab, 0, 2);
	tcase_add_test(t, a_gateways_received_line_names_no_recipient);
	suite_add_tcase(s, t);
	return unit_main(s);
}
