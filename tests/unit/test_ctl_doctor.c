/* doctor's judgement; that it asks the right things is the lab's to show. */
#include "tests/unit/doctor_said.h"

#include "ctl/fleet.h"

#define DAY_MS (24LL * 3600 * 1000)

static const struct {
	const char *name, *value;
	enum finding finding;
} words[] = {
    {"alone", "hash:/etc/np/transport", FINDING_OK},
    {"first", "hash:/etc/np/transport, hash:/x", FINDING_OK},
    {"last, blanks between", "hash:/x  hash:/etc/np/transport", FINDING_OK},
    {"in braces", "{ hash:/etc/np/transport }", FINDING_OK},
    {"not there", "hash:/x", FINDING_FAIL},
    {"none", "", FINDING_FAIL},
    {"not read", NULL, FINDING_FAIL},
    {"a name that begins like it", "hash:/etc/np/transport.old",
        FINDING_FAIL},
    {"a name that ends like it", "xhash:/etc/np/transport", FINDING_FAIL},
    {"one like it before it",
        "hash:/etc/np/transport2, hash:/etc/np/transport", FINDING_OK},
};

START_TEST(a_list_must_hold_the_word_itself)
{
	doctor_judge_word(&d, "transport_maps", words[_i].value,
	    "hash:/etc/np/transport", "put it first");
	check(words[_i].name, words[_i].finding,
	    words[_i].finding ? "put it first" : words[_i].value);
}
END_TEST

START_TEST(a_table_is_found_by_the_end_of_its_path)
{
	doctor_judge_word(&d, "restrictions", "check_recipient_access "
	    "regexp:/etc/np/recipient_access, reject", "recipient_access", "");
	check("path", FINDING_OK, "");
	doctor_judge_word(&d, "restrictions", "check_recipient_access hash:/x",
	    "recipient_access", "print main");
	check("the restriction's own name", FINDING_FAIL, "print main");
}
END_TEST

static const struct {
	const char *name, *milters, *action;
	enum finding finding;
	const char *says;
} milters[] = {
    {"as printed", "unix:/run/m.sock", "tempfail", FINDING_OK, "tempfail"},
    {"in capitals", "unix:/run/m.sock", "TEMPFAIL", FINDING_OK, "tempfail"},
    {"with another", "unix:/run/m.sock, inet:127.0.0.1:8891", "tempfail",
        FINDING_OK, "8891"},
    {"accept", "unix:/run/m.sock", "accept", FINDING_FAIL,
        "\"accept\": a stub would pass"},
    {"quarantine", "unix:/run/m.sock", "quarantine", FINDING_FAIL,
        "set tempfail"},
    {"no action read", "unix:/run/m.sock", NULL, FINDING_FAIL,
        "set tempfail"},
    {"another milter alone", "inet:127.0.0.1:8891", "tempfail", FINDING_FAIL,
        "it must name unix:/run/m.sock"},
    {"another socket that begins alike", "unix:/run/m.sock2", "tempfail",
        FINDING_FAIL, "it must name unix:/run/m.sock"},
    {"no service", NULL, "tempfail", FINDING_FAIL, "print master"},
};

START_TEST(a_service_needs_our_milter_and_must_wait_for_it)
{
	doctor_judge_milter(&d, "2525/inet", milters[_i].milters,
	    milters[_i].action, "unix:/run/m.sock");
	check(milters[_i].name, milters[_i].finding, milters[_i].says);
	ck_assert_ptr_nonnull(strstr(said.data, "2525/inet"));
}
END_TEST

static const struct {
	const char *name, *milters;
	enum finding finding;
} orders[] = {
    {"alone", "unix:/run/m.sock", FINDING_OK},
    {"first", "unix:/run/m.sock, inet:127.0.0.1:8891", FINDING_OK},
    {"first, by blanks", " unix:/run/m.sock inet:127.0.0.1:8891", FINDING_OK},
    {"first, in braces", "{ unix:/run/m.sock, connect_timeout=9s }, inet:h:1",
        FINDING_OK},
    {"second", "inet:127.0.0.1:8891, unix:/run/m.sock", FINDING_FAIL},
    {"behind one that begins alike", "unix:/run/m.sock2,unix:/run/m.sock",
        FINDING_FAIL},
};

START_TEST(on_a_gateway_our_milter_is_the_first)
{
	enum finding want = orders[_i].finding;

	d.gateway = true;
	doctor_judge_milter(&d, "25/inet", orders[_i].milters, "tempfail",
	    "unix:/run/m.sock");
	check(orders[_i].name, want,
	    want == FINDING_FAIL ? "must be the first" : "tempfail");
}
END_TEST

#define WANT "# a comment\n" \
	"587 inet n - n - - smtpd\n" \
	"  -o smtpd_milters=unix:/run/m.sock\n" \
	"  -o cleanup_service_name=cleanup-n\n" \
	"  -o { smtpd_relay_restrictions = permit_mynetworks, reject }\n" \
	"cleanup-n unix n - n - 0 cleanup\n" \
	"  -o always_bcc=\n" \
	"\n# another\n" \
	"nearpost unix - - n - - smtp\n" \
	"  -o smtp_helo_timeout=10s\n"
#define SMTPD "587/inet/cleanup_service_name = cleanup-n\n" \
	"587/inet/smtpd_milters = inet:h:1\n" \
	"587/inet/smtpd_relay_restrictions = permit_mynetworks, reject\n"
#define CLEANUP "cleanup-n/unix/always_bcc = \n"
#define SMTP "nearpost/unix/smtp_helo_timeout = 10s\n"

static const struct {
	const char *name, *have;
	enum finding finding;
	const char *says;
} masters[] = {
    {"as printed, milters are judged elsewhere", SMTPD CLEANUP SMTP, FINDING_OK,
        "nearpost/unix: as nearpostctl print master says"},
    {"more options than printed", SMTPD CLEANUP SMTP
        "nearpost/unix/smtp_bind_address = 192.0.2.1\n", FINDING_OK, "as "},
    {"a service is missing", SMTPD SMTP, FINDING_FAIL,
        "cleanup-n/unix: not in master.cf"},
    {"another begins alike", SMTPD "cleanup-n-local/unix/always_bcc = \n" SMTP,
        FINDING_FAIL, "cleanup-n/unix: not in master.cf"},
    {"no master.cf", "", FINDING_FAIL, "587/inet: not in master.cf"},
    {"an archive gets stubs", SMTPD "cleanup-n/unix/always_bcc = a@b.test\n" SMTP,
        FINDING_FAIL, "always_bcc: is \"a@b.test\"; nearpostctl print master "
        "says \"\""},
    {"an option is missing", "587/inet/cleanup_service_name = cleanup-n\n"
        CLEANUP SMTP, FINDING_FAIL, "smtpd_relay_restrictions: is not set; "
        "nearpostctl print master says \"permit_mynetworks, reject\""},
    {"a time of the admin's", SMTPD CLEANUP
        "nearpost/unix/smtp_helo_timeout = 30s\n", FINDING_WARN, "\"30s\""},
};

START_TEST(master_cf_has_what_print_says)
{
	doctor_judge_master(&d, slice_of(WANT), slice_of(masters[_i].have));
	check(masters[_i].name, masters[_i].finding, masters[_i].says);
}
END_TEST

static const struct {
	const char *value;
	enum finding finding;
} sizes[] = {
    {"0", FINDING_OK}, {"1001", FINDING_OK}, {"40000000000", FINDING_OK},
    {"1000", FINDING_FAIL}, {"999", FINDING_FAIL}, {"", FINDING_FAIL},
    {NULL, FINDING_FAIL},
};

START_TEST(the_mta_must_take_the_largest_advert)
{
	doctor_judge_size_limit(&d, sizes[_i].value, 1000);
	check(sizes[_i].value ? sizes[_i].value : "NULL", sizes[_i].finding,
	    sizes[_i].finding ? "would bounce" : sizes[_i].value);
}
END_TEST

static const struct {
	long long left_ms;
	enum finding finding;
	const char *says;
} expiries[] = {
    {365 * DAY_MS, FINDING_OK, "good for 365 days"},
    {30 * DAY_MS, FINDING_OK, "30 days"},
    {30 * DAY_MS - 1, FINDING_WARN, "29 days"},
    {1, FINDING_WARN, "0 days"},
    {0, FINDING_FAIL, "EXPIRED"},
    {-3 * DAY_MS, FINDING_FAIL, "EXPIRED 3 days ago"},
};

START_TEST(a_certificate_is_renewed_in_time)
{
	doctor_judge_expiry(&d, "/etc/np/cert.pem", "ini.test",
	    expiries[_i].left_ms);
	check(expiries[_i].says, expiries[_i].finding, expiries[_i].says);
	ck_assert_ptr_nonnull(strstr(said.data, "/etc/np/cert.pem (ini.test)"));
}
END_TEST

#define LIVE "id=lon;live=yes;state=live;report_age_ms=400;"
static const struct {
	const char *name, *row;
	enum finding finding;
	const char *says;
} gateways[] = {
    {"all right", LIVE "assets=ok;clock_offset_ms=12", FINDING_OK,
        "0 lon: live, last report 0.4 s ago"},
    {"silent", "id=lon;live=no;state=silent;assets=ok", FINDING_FAIL,
        "2 lon: silent: does nearpost-agent run there"},
    {"refused", "id=lon;live=no;state=refused;assets=ok", FINDING_FAIL,
        "2 lon: refused a connection: does its MTA listen at the port"},
    {"drained on purpose", "id=lon;live=no;state=drained;assets=ok",
        FINDING_WARN, "1 lon: drained by an admin; nearpostctl gateways "
        "resume lon puts it back"},
    {"never seen", "id=lon;state=unknown", FINDING_FAIL, "2 lon: unknown"},
    {"another asset set", LIVE "assets=other;clock_offset_ms=0",
        FINDING_FAIL, "copy the set there"},
    {"a clock 5 s off", LIVE "assets=ok;clock_offset_ms=5000", FINDING_OK,
        "5.0 s behind"},
    {"a clock that is late", LIVE "assets=ok;clock_offset_ms=5001",
        FINDING_WARN, "5.0 s behind ours; run an NTP client"},
    {"a clock that is early", LIVE "assets=ok;clock_offset_ms=-9000",
        FINDING_WARN, "9.0 s ahead of ours"},
    {"a clock a minute off", LIVE "assets=ok;clock_offset_ms=-60001",
        FINDING_FAIL, "60.0 s ahead of ours"},
    {"probes that all fail", LIVE "assets=ok;probes=3;probes_failed=3",
        FINDING_WARN, "none of the 3 mail servers that it probed"},
    {"a mail server that is away", LIVE "assets=ok;probes=40;probes_failed=39",
        FINDING_OK, "holds our asset set"},
    {"too few to tell", LIVE "assets=ok;probes=2;probes_failed=2", FINDING_OK,
        "holds our asset set"},
};

START_TEST(a_gateway_is_alive_has_our_set_and_the_time)
{
	doctor_judge_gateway(&d, slice_of(gateways[_i].row));
	check(gateways[_i].name, gateways[_i].finding, gateways[_i].says);
}
END_TEST

static const struct {
	const char *name, *row, *fault, *said;
} reloads[] = {
    {"nothing is wrong", "id=lon;state=live", "", ""},
    {"a set that is not used", "id=lon;state=live", "/a/x: is missing; copy it",
        "1 lon: its last reload: /a/x: is missing; copy it\n"},
    {"what a gateway said before it fell silent", "id=lon;state=silent",
        "/a/x: is missing", ""},
};

START_TEST(a_set_that_a_gateway_does_not_use_is_found)
{
	doctor_judge_reload(&d, slice_of(reloads[_i].row),
	    slice_of(reloads[_i].fault));
	ck_assert_msg(strcmp(said.data, reloads[_i].said) == 0, "%s: %s",
	    reloads[_i].name, said.data);
}
END_TEST

static const struct {
	const char *row, *text;
} clocks[] = {
    {"clock_offset_ms=-300;clock_round_ms=9", "+300 ms +-5"},
    {"clock_offset_ms=300;clock_round_ms=0", "-300 ms +-0"},
    {"clock_offset_ms=0;clock_round_ms=-1", "+0 ms"},
};

START_TEST(plus_means_that_the_gateways_clock_is_ahead)
{
	char text[64];

	fleet_clock_text(text, sizeof(text), slice_of(clocks[_i].row));
	ck_assert_str_eq(text, clocks[_i].text);
}
END_TEST

static const struct {
	const char *policy;
	enum finding finding;
	const char *says;
} evictions[] = {
    {"noeviction", FINDING_OK, "noeviction"},
    {"allkeys-lru", FINDING_FAIL, "suppressions; set noeviction"},
    {"volatile-ttl", FINDING_FAIL, "set noeviction"},
    {NULL, FINDING_WARN, "must be noeviction"},
};

START_TEST(redis_must_forget_nothing)
{
	doctor_judge_eviction(&d, evictions[_i].policy);
	check(evictions[_i].says, evictions[_i].finding, evictions[_i].says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_doctor");
	TCase *t = tcase_create("ctl_doctor");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, a_list_must_hold_the_word_itself, words);
	tcase_add_test(t, a_table_is_found_by_the_end_of_its_path);
	ADD_ROWS(t, a_service_needs_our_milter_and_must_wait_for_it, milters);
	ADD_ROWS(t, on_a_gateway_our_milter_is_the_first, orders);
	ADD_ROWS(t, master_cf_has_what_print_says, masters);
	ADD_ROWS(t, the_mta_must_take_the_largest_advert, sizes);
	ADD_ROWS(t, a_certificate_is_renewed_in_time, expiries);
	ADD_ROWS(t, a_gateway_is_alive_has_our_set_and_the_time, gateways);
	ADD_ROWS(t, a_set_that_a_gateway_does_not_use_is_found, reloads);
	ADD_ROWS(t, plus_means_that_the_gateways_clock_is_ahead, clocks);
	ADD_ROWS(t, redis_must_forget_nothing, evictions);
	suite_add_tcase(s, t);
	return unit_main(s);
}
