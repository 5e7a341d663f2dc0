#include "tests/unit/ctl_print.h"

#define SIX                                                                    \
	"gateway \"a\" { host = \"a.gw.test\" }\n"                             \
	"gateway \"b\" { host = \"b.gw.test\" port = 2525 }\n"                 \
	"gateway \"c\" { host = \"c.gw.test\" }\n"                             \
	"gateway \"d\" { host = \"d.gw.test\" }\n"                             \
	"gateway \"e\" { host = \"e.gw.test\" }\n"                             \
	"gateway \"f\" { host = \"f.gw.test\" }\n"                             \
	"gateway \"g\" { host = \"g.gw.test\" }\n"

/* What stands behind the key of a table, or NULL; there must not be two. */
static char *
entry(const char *key)
{
	struct slice rest = slice_buf(&out), line, name;
	char *value = NULL;

	while (slice_split(&rest, '\n', &line)) {
		if (!line.len || line.data[0] == '#' ||
		    !slice_split(&line, '\t', &name) || !slice_eq_str(name, key))
			continue;
		ck_assert_msg(value == NULL, "%s is there twice", key);
		value = xstrndup(line.data, line.len);
	}
	return value;
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* "transport:[a.gw.test]:25, [b..." for that label. */
static void
check_label(const char *a, const char *b, const char *split)
{
	char *key = xasprintf(".%s%s%s%s.nearpost.internal", a, b ? "-" : "",
	    b ? b : "", split);
	char *hosts = entry(key), *host;
	char *first = xasprintf("%s:[%s.gw.test]:%s", *split ? "nearsplit" :
	    "nearpost", a, *a == 'b' ? "2525" : "25");
	char *second = b ? xasprintf("%s, [%s.gw.test]:%s", first, b,
	    *b == 'b' ? "2525" : "25") : xstrdup(first);

	ck_assert_msg(hosts != NULL, "no line for %s", key);
	ck_assert_msg(strncmp(hosts, second, strlen(second)) == 0, "%s: %s", key,
	    hosts);
	/* Up to four others behind them, none twice. */
	ck_assert_msg(count(hosts, "[") == (b ? 6 : 5), "%s: %s", key, hosts);
	for (char c = 'a'; c <= 'g'; c++) {
		host = xasprintf("[%c.gw.test]", c);
		ck_assert_msg(count(hosts, host) <= 1, "%s: %s", key, hosts);
		free(host);
	}
	free(first);
	free(second);
	free(hosts);
	free(key);
}

START_TEST(transport_has_every_ordered_pair_with_fallbacks)
{
	size_t lines = 0;
	struct slice rest, line;

	load(SIX, false);
	print_transport(&p, &out);
	for (char a = 'a'; a <= 'g'; a++)
		for (char b = 'a'; b <= 'g'; b++)
			for (int split = 0; split < 2; split++) {
				char one[] = {a, '\0'}, two[] = {b, '\0'};

				check_label(one, a == b ? NULL : two,
				    split ? ".split" : "");
			}
	rest = slice_buf(&out);
	while (slice_split(&rest, '\n', &line))
		lines += line.len && line.data[0] != '#';
	ck_assert_uint_eq(lines, 7 * 7 * 2 + 4);
	ck_assert_ptr_nonnull(strstr(out.data, "\n" PRINT_PROBE_DOMAIN
	    "\tdiscard:"));
}
END_TEST

static const struct {
	const char *name, *config;
	bool gateway;
	const char *says;
} nets[] = {
    {"an initiator", SIX, false,
        "nearpost:[a.gw.test]:25, [b.gw.test]:2525, [c.gw.test]:25, "
        "[d.gw.test]:25, [e.gw.test]:25, [f.gw.test]:25"},
    {"an initiator without gateways", "", false, "retry:4.4.0 no such"},
    {"a gateway", SIX "agent { id = \"a\" }\n", true, "retry:4.4.0 a stub that"},
};

START_TEST(the_safety_net_comes_last)
{
	char *net, *split, *bare, *last;

	load(nets[_i].config, nets[_i].gateway);
	print_transport(&p, &out);
	net = entry(".nearpost.internal");
	split = entry(".split.nearpost.internal");
	bare = entry("nearpost.internal");
	ck_assert_msg(net && strncmp(net, nets[_i].says,
	    strlen(nets[_i].says)) == 0, "%s: %s", nets[_i].name, out.data);
	/* One by one, as every label does: a gateway makes one advert at a time. */
	if (strncmp(net, "nearpost:", 9) == 0)
		ck_assert_msg(split && strncmp(split, "nearsplit:", 10) == 0 &&
		    strcmp(split + 10, net + 9) == 0, "%s: %s",
		    nets[_i].name, out.data);
	else
		ck_assert_ptr_null(split);
	ck_assert_msg(bare && strncmp(bare, "retry:4.4.0 ", 12) == 0, "%s: %s",
	    nets[_i].name, out.data);
	last = strstr(out.data, "\n.nearpost.internal\t");
	last = strchr(last + 1, '\n');
	ck_assert_msg(!strstr(last, "\tnearpost:") && !strstr(last, "\tnearsplit:"),
	    "%s: a route behind the net", nets[_i].name);
	if (nets[_i].gateway)
		ck_assert_msg(!strstr(out.data, "\tnearpost:"),
		    "a gateway relays no stubs");
	free(net);
	free(split);
	free(bare);
}
END_TEST

START_TEST(one_gateway_has_two_lines)
{
	char *hosts;

	load("relay_domain = \"np.example\"\n"
	    "gateway \"lon\" { host = \"lon.gw.test\" }\n", false);
	print_transport(&p, &out);
	hosts = entry(".lon.np.example");
	ck_assert_str_eq(hosts, "nearpost:[lon.gw.test]:25");
	free(hosts);
	hosts = entry(".lon.split.np.example");
	ck_assert_str_eq(hosts, "nearsplit:[lon.gw.test]:25");
	free(hosts);
	ck_assert_ptr_null(entry(".nearpost.internal"));
}
END_TEST

static const struct {
	const char *name, *old, *behind;
} olds[] = {
    {"nothing", "", ""},
    {"ours alone", "hash:/etc/np/transport", ""},
    {"another", "hash:/etc/postfix/transport", "hash:/etc/postfix/transport"},
    {"ours and another", "hash:/etc/np/transport, hash:/x", "hash:/x"},
    {"with a blank", "hash:/etc/np/transport hash:/x", "hash:/x"},
    {"over two lines", "hash:/etc/np/transport,\n\thash:/x", "hash:/x"},
    {"one that begins like ours", "hash:/etc/np/transport2, hash:/x",
        "hash:/etc/np/transport2, hash:/x"},
    {"ours behind another", "hash:/x, hash:/etc/np/transport",
        "hash:/x, hash:/etc/np/transport"},
};

START_TEST(what_was_there_is_kept_and_ours_not_doubled)
{
	ck_assert_msg(strcmp(print_behind(olds[_i].old, "hash:/etc/np/transport"),
	    olds[_i].behind) == 0, "%s: %s", olds[_i].name,
	    print_behind(olds[_i].old, "hash:/etc/np/transport"));
}
END_TEST

#define INITIATOR SIX "milter { listen = \"unix:/run/m.sock\" "                \
	"stub_service = \"2587\" }\n"
#define LOCAL SIX "milter { local_submission = yes }\n"
#define GATEWAY SIX "agent { id = \"b\" listen = \"unix:/run/a.sock\" "        \
	"max_advert_size = 5M }\n"

static void
write_both(const struct print *print, struct buf *to)
{
	print_main(print, to);
	print_master(print, to);
}

/* Lines that must be there, and those that must not. */
static const struct {
	const char *config;
	void (*write)(const struct print *p, struct buf *out);
	bool gateway, there;
	const char *line;
} lines[] = {
    {INITIATOR, print_main, false, true,
        "\ntransport_maps = hash:/etc/np/transport\n"},
    {INITIATOR, print_main, false, true,
        "\nheader_checks = regexp:/etc/np/stub_checks\n"},
    {INITIATOR, print_main, false, true, "\nnested_header_checks = \n"},
    {INITIATOR, print_main, false, true, "\nsmtpd_recipient_restrictions = "
        "check_recipient_access regexp:/etc/np/recipient_access\n"},
    {INITIATOR, print_main, false, true,
        "\nnearsplit_destination_recipient_limit = 1\n"},
    {INITIATOR, print_master, false, true, "\n2587 inet n - n - - smtpd\n"},
    {INITIATOR, print_master, false, true, "\n  -o smtpd_milters=unix:/run/m"},
    {INITIATOR, print_master, false, true,
        "\n  -o milter_default_action=tempfail\n"},
    {INITIATOR, print_master, false, true,
        "\n  -o cleanup_service_name=cleanup-nearpost\n"},
    {INITIATOR, print_master, false, true, "\n  -o always_bcc=\n"},
    {INITIATOR, print_master, false, true, "\n  -o virtual_alias_maps=\n"},
    {INITIATOR, print_master, false, true, "\n  -o content_filter=\n"},
    {INITIATOR, print_master, false, true, "\nnearpost unix - - n - - smtp\n"},
    {INITIATOR, print_master, false, true, "\nnearsplit unix - - n - - smtp\n"},
    {INITIATOR, print_master, false, true,
        "\n  -o smtp_tls_security_level=secure\n"},
    {INITIATOR, print_master, false, true, "\n  -o smtp_fallback_relay=\n"},
    {INITIATOR, print_master, false, true,
        "\n  -o smtp_reply_filter=regexp:/etc/np/reply_filter\n"},
    {INITIATOR, print_master, false, true, "\n  -o smtp_tls_chain_files=\n"},
    {INITIATOR, print_master, false, true,
        "\n  -o tlsproxy_client_chain_files=\n"},
    {INITIATOR, print_master, false, false, "smtpd_sasl_auth_enable"},
    {SIX "milter { logins = {\"shop\"} }\n", print_master, false, true,
        "\n  -o smtpd_sasl_auth_enable=yes\n"},
    {GATEWAY, print_master, true, true, "\n  -o smtpd_tls_chain_files=\n"},
    {INITIATOR, print_master, false, false, "pickup"},
    {LOCAL, print_master, false, true, "\npickup unix n - n 60 1 pickup\n"},
    {LOCAL, print_master, false, true,
        "\n  -o cleanup_service_name=cleanup-nearpost-local\n"},
    {GATEWAY, print_main, true, true, "\nmessage_size_limit = 6291456\n"},
    {GATEWAY, print_main, true, true, "\nenable_long_queue_ids = yes\n"},
    {GATEWAY, print_main, true, true,
        "\ntransport_maps = hash:/etc/np/transport\n"},
    {GATEWAY, print_main, true, false, "smtpd_recipient_restrictions"},
    {GATEWAY, print_master, true, true, "\n2525 inet n - n - - smtpd\n"},
    {GATEWAY, print_master, true, true, "\n  -o smtpd_milters=unix:/run/a"},
    {GATEWAY, print_master, true, true,
        "\n  -o milter_default_action=tempfail\n"},
    {GATEWAY, print_master, true, true,
        "\n  -o smtpd_relay_restrictions=permit_tls_all_clientcerts,reject\n"},
    {GATEWAY, print_master, true, true,
        "\n  -o smtpd_reject_unlisted_recipient=no\n"},
    {GATEWAY, print_master, true, true,
        "\n  -o header_checks=regexp:/etc/np/received_checks\n"},
    {GATEWAY, print_master, true, false, "permit_mynetworks"},
};

START_TEST(the_mta_gets_the_lines_that_keep_stubs_in)
{
	load(lines[_i].config, lines[_i].gateway);
	buf_add_char(&out, '\n');
	lines[_i].write(&p, &out);
	ck_assert_msg((strstr(out.data, lines[_i].line) != NULL) ==
	    lines[_i].there, "%s%s\n%s", lines[_i].there ? "no " : "there is ",
	    lines[_i].line, out.data);
}
END_TEST

/* Name of the service that a -o line names: it must be in what is printed. */
static const struct {
	const char *config, *option;
	bool gateway;
} services[] = {
    {INITIATOR, "-o cleanup_service_name=", false},
    {INITIATOR, "-o tlsproxy_service_name=", false},
    {LOCAL, "-o cleanup_service_name=", false},
    {GATEWAY, "-o cleanup_service_name=", true},
};

START_TEST(every_service_that_is_named_is_printed_too)
{
	const char *at;

	load(services[_i].config, services[_i].gateway);
	print_master(&p, &out);
	at = strstr(out.data, services[_i].option);
	ck_assert_ptr_nonnull(at);
	for (; at; at = strstr(at + 1, services[_i].option)) {
		const char *name = at + strlen(services[_i].option);
		char *line = xasprintf("\n%.*s unix ", (int)strcspn(name, "\n"),
		    name);

		ck_assert_msg(strstr(out.data, line) != NULL, "no%s", line);
		free(line);
	}
}
END_TEST

START_TEST(nothing_is_set_twice)
{
	struct slice rest, line, name;
	struct buf seen = {0};

	load(_i ? GATEWAY : INITIATOR, _i);
	write_both(&p, &out);
	rest = slice_buf(&out);
	buf_add_str(&seen, "\n");
	while (slice_split(&rest, '\n', &line)) {
		char *mark;

		/* An option counts once for its service. */
		if (line.len && line.data[0] != ' ' && line.data[0] != '#' &&
		    memchr(line.data, '=', line.len) == NULL)
			buf_clear(&seen), buf_add_str(&seen, "\n");
		if (!line.len || line.data[0] == '#' ||
		    !memchr(line.data, '=', line.len) ||
		    !slice_split(&line, '=', &name))
			continue;
		name = slice_trim(name);
		mark = xasprintf("\n%.*s\n", (int)name.len, name.data);
		ck_assert_msg(!strstr(seen.data, mark), "twice:%s%s", mark,
		    out.data);
		buf_add_str(&seen, mark + 1);
		free(mark);
	}
	buf_free(&seen);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_print");
	TCase *t = tcase_create("ctl_print");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, transport_has_every_ordered_pair_with_fallbacks);
	ADD_ROWS(t, the_safety_net_comes_last, nets);
	tcase_add_test(t, one_gateway_has_two_lines);
	ADD_ROWS(t, what_was_there_is_kept_and_ours_not_doubled, olds);
	ADD_ROWS(t, the_mta_gets_the_lines_that_keep_stubs_in, lines);
	ADD_ROWS(t, every_service_that_is_named_is_printed_too, services);
	tcase_add_loop_test(t, nothing_is_set_twice, 0, 2);
	suite_add_tcase(s, t);
	return unit_main(s);
}
