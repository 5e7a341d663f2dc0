/* doctor's judgement of sockets, certificates and times. */
#include "tests/unit/doctor_said.h"

#define DAY_MS (24LL * 3600 * 1000)
#define POSTFIX 101
#define ADM 4

static gid_t groups[] = {POSTFIX, ADM};
static const struct doctor_user postfix = {"postfix", POSTFIX, groups, 2};

static const struct {
	const char *name;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	enum finding finding;
	const char *says;
} sockets[] = {
    {"for his group", 0660, 0, POSTFIX, FINDING_OK, "mode 0660, for user postfix"},
    {"for another group of his", 0660, 0, ADM, FINDING_OK, "mode 0660"},
    {"his own", 0600, POSTFIX, 0, FINDING_OK, "mode 0600"},
    {"for its owner alone", 0600, 0, POSTFIX, FINDING_FAIL,
        "user postfix of the MTA may not use /run/m.sock (mode 0600)"},
    {"for a group that is not his", 0660, 0, 0, FINDING_FAIL,
        "milter.socket_group"},
    {"for reading only", 0640, 0, POSTFIX, FINDING_FAIL, "mode 0640"},
    {"his group's bits count, not the others'", 0606, 0, POSTFIX, FINDING_FAIL,
        "may not use"},
    {"for everybody", 0666, 0, POSTFIX, FINDING_WARN,
        "everybody on this host may use /run/m.sock (mode 0666)"},
};

START_TEST(the_mta_and_nobody_else_may_use_the_socket)
{
	const struct stat st = {.st_mode = S_IFSOCK | sockets[_i].mode,
	    .st_uid = sockets[_i].uid, .st_gid = sockets[_i].gid};

	doctor_judge_socket(&d, "milter", "milter", "/run/m.sock", &st,
	    &postfix);
	check(sockets[_i].name, sockets[_i].finding, sockets[_i].says);
}
END_TEST

static const struct {
	const char *name;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool passes;
} ways[] = {
    {"open to all", 0755, 0, 0, true},
    {"searchable is enough", 0711, 0, 0, true},
    {"for his group", 0750, 0, POSTFIX, true},
    {"for root alone", 0700, 0, 0, false},
    {"for a group that is not his", 0750, 0, 0, false},
    {"readable is not enough", 0744, 0, 0, false},
};

START_TEST(every_directory_on_the_way_is_passed)
{
	const struct stat st = {.st_mode = S_IFDIR | ways[_i].mode,
	    .st_uid = ways[_i].uid, .st_gid = ways[_i].gid};
	bool passes = doctor_judge_way(&d, "milter", "/run/np", &st, &postfix);

	ck_assert_msg(passes == ways[_i].passes, "%s", ways[_i].name);
	check(ways[_i].name, passes ? FINDING_OK : FINDING_FAIL,
	    passes ? "" : "chmod a+x /run/np");
	ck_assert_msg(!passes || said.len == 0, "%s", ways[_i].name);
}
END_TEST

static const struct {
	const char *cn, *id;
	enum finding finding;
	const char *says;
} owners[] = {
    {"lon", "lon", FINDING_OK, "/etc/np/cert.pem is this gateway's"},
    {"nyc", "lon", FINDING_FAIL, "is that of \"nyc\", and agent.id is \"lon\""},
    {"lon2", "lon", FINDING_FAIL, "nearpostctl keys host lon makes"},
    {"", "lon", FINDING_FAIL, "is that of \"\""},
};

START_TEST(a_certificate_is_the_gateways_own)
{
	doctor_judge_owner(&d, "/etc/np/cert.pem", owners[_i].cn,
	    owners[_i].id);
	check(owners[_i].cn, owners[_i].finding, owners[_i].says);
}
END_TEST

static const struct {
	const char *queue;
	int64_t ticket_ms;
	enum finding finding;
	const char *says;
} lifetimes[] = {
    {"5d", 7 * DAY_MS, FINDING_OK, "7.0 days, over the MTA's "
        "maximal_queue_lifetime (5d)"},
    {"5d", 5 * DAY_MS, FINDING_FAIL, "not over the MTA's"},
    {"5d", 5 * DAY_MS + 1, FINDING_OK, "over"},
    {"5d", DAY_MS, FINDING_FAIL, "1.0 days, not over the MTA's "
        "maximal_queue_lifetime (5d)"},
    {"5", 6 * DAY_MS, FINDING_OK, "(5)"},
    {"5", 5 * DAY_MS, FINDING_FAIL, "(5)"},
    {"1w", 7 * DAY_MS, FINDING_FAIL, "(1w)"},
    {"100h", 5 * DAY_MS, FINDING_OK, "(100h)"},
    {"120h", 5 * DAY_MS, FINDING_FAIL, "(120h)"},
    {"90m", DAY_MS, FINDING_OK, "(90m)"},
    {"432000s", 5 * DAY_MS, FINDING_FAIL, "(432000s)"},
    {"0", 60000, FINDING_OK, "(0)"},
    {"for ever", DAY_MS, FINDING_WARN, "which is \"for ever\""},
    {"", DAY_MS, FINDING_WARN, "cannot be held against"},
    {NULL, DAY_MS, FINDING_WARN, "cannot be held against"},
};

START_TEST(a_ticket_outlives_the_queue)
{
	doctor_judge_lifetime(&d, "maximal_queue_lifetime", lifetimes[_i].queue,
	    lifetimes[_i].ticket_ms);
	check(lifetimes[_i].queue ? lifetimes[_i].queue : "NULL",
	    lifetimes[_i].finding, lifetimes[_i].says);
}
END_TEST

static const struct {
	const char *name, *conf;
	enum finding finding;
	const char *says;
} rates[] = {
    {"nothing is set", "", FINDING_WARN, "more than 10000 lines in 30 s are "
        "dropped (333 a second)"},
    {"all is a comment", "[Journal]\n#RateLimitIntervalSec=0\n", FINDING_WARN,
        "333 a second"},
    {"no interval", "[Journal]\nRateLimitIntervalSec=0\n", FINDING_OK, "off"},
    {"no burst", "RateLimitBurst=0\n", FINDING_OK, "off"},
    {"the last file counts", "RateLimitIntervalSec=0\n# /etc/x.conf\n"
        "RateLimitIntervalSec=10s\n", FINDING_OK, "1000 lines a second"},
    {"back to the default", "RateLimitBurst=0\nRateLimitBurst=\n",
        FINDING_WARN, "333 a second"},
    {"in minutes", "RateLimitIntervalSec = 1min 40s\nRateLimitBurst = 99999\n",
        FINDING_WARN, "1000 a second"},
    {"in milliseconds", "RateLimitIntervalSec=500ms\nRateLimitBurst=500\n",
        FINDING_OK, "1000 lines a second"},
    {"a bare number is seconds", "RateLimitIntervalSec=1\n", FINDING_OK,
        "10000 lines a second"},
    {"its old name", "RateLimitInterval=0\n", FINDING_OK, "off"},
    {"no time at all", "RateLimitIntervalSec=often\n", FINDING_WARN, "in 30 s"},
};

START_TEST(the_journal_keeps_up_with_the_mail_log)
{
	struct doctor_rate rate;

	doctor_rate_of(slice_of(rates[_i].conf), &rate);
	doctor_judge_rate(&d, &rate);
	check(rates[_i].name, rates[_i].finding, rates[_i].says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_doctor_host");
	TCase *t = tcase_create("ctl_doctor_host");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, the_mta_and_nobody_else_may_use_the_socket, sockets);
	ADD_ROWS(t, every_directory_on_the_way_is_passed, ways);
	ADD_ROWS(t, a_certificate_is_the_gateways_own, owners);
	ADD_ROWS(t, the_journal_keeps_up_with_the_mail_log, rates);
	ADD_ROWS(t, a_ticket_outlives_the_queue, lifetimes);
	suite_add_tcase(s, t);
	return unit_main(s);
}
