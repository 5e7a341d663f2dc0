/* Against a real dnsmasq on a high port of loopback, started by this test. */
#include "tests/unit/dnsmasq.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/dns.h"
#include "lib/base/mem.h"

struct result {
	struct loop *loop;
	struct dns *dns;
	struct dns_mx_answer mx;
	struct dns_addr_answer addr;
	enum dns_status status;
	char text[1024]; /* the texts, each with a line's end */
	int n;
	bool free_inside;
};

static void
got_mx(const struct dns_mx_answer *a, void *ctx)
{
	struct result *r = ctx;

	r->mx = *a;
	r->n++;
	if (r->free_inside)
		dns_free(&r->dns);
	loop_stop(r->loop);
}

static void
got_addr(const struct dns_addr_answer *a, void *ctx)
{
	struct result *r = ctx;

	r->addr = *a;
	r->n++;
	loop_stop(r->loop);
}

static void
got_text(const struct dns_text_answer *a, void *ctx)
{
	struct result *r = ctx;
	int i;

	r->status = a->status;
	r->text[0] = '\0';
	for (i = 0; i < a->n; i++) {
		(void)strncat(r->text, a->text[i],
		    sizeof(r->text) - strlen(r->text) - 2);
		(void)strcat(r->text, "\n");
	}
	r->n++;
	loop_stop(r->loop);
}

static void
open_dns(struct result *r, const char *where, int timeout_ms)
{
	char *error = NULL;

	*r = (struct result){.loop = loop_new()};
	r->dns = dns_new(r->loop, where, timeout_ms, &error);
	ck_assert_msg(r->dns != NULL, "%s", error);
}

static void
close_dns(struct result *r)
{
	dns_free(&r->dns);
	loop_free(&r->loop);
}

START_TEST(mx_hosts_come_sorted_and_in_lower_case)
{
	struct result r;

	open_dns(&r, servers, 3000);
	dns_mx(r.dns, "Many.test", got_mx, &r);
	ck_assert_int_eq(r.n, 0);
	loop_run(r.loop);
	ck_assert_int_eq(r.mx.status, DNS_OK);
	ck_assert_int_eq(r.mx.n, 3);
	ck_assert_str_eq(r.mx.mx[0].host, "mx1.many.test");
	ck_assert_int_eq(r.mx.mx[0].preference, 10);
	ck_assert_str_eq(r.mx.mx[1].host, "mx0.many.test");
	ck_assert_str_eq(r.mx.mx[2].host, "mx2.many.test");
	ck_assert_uint_eq(r.mx.ttl_s, 77);
	close_dns(&r);
}
END_TEST

START_TEST(the_null_mx_has_an_empty_name)
{
	struct result r;

	open_dns(&r, servers, 3000);
	dns_mx(r.dns, "null.test", got_mx, &r);
	loop_run(r.loop);
	ck_assert_int_eq(r.mx.status, DNS_OK);
	ck_assert_int_eq(r.mx.n, 1);
	ck_assert_str_eq(r.mx.mx[0].host, "");
	ck_assert_int_eq(r.mx.mx[0].preference, 0);
	close_dns(&r);
}
END_TEST

static const struct {
	const char *domain;
	enum dns_status status;
} negatives[] = {
    {"missing.test", DNS_NO_NAME},
    {"nomx.test", DNS_NO_DATA},
    {"elsewhere.example", DNS_FAILED}, /* dnsmasq refuses: no upstream */
    {"a..b", DNS_FAILED},
    {"", DNS_FAILED},
};

START_TEST(no_name_no_data_and_no_answer_are_three_things)
{
	struct result r;

	open_dns(&r, servers, 3000);
	dns_mx(r.dns, negatives[_i].domain, got_mx, &r);
	ck_assert_int_eq(r.n, 0);
	loop_run(r.loop);
	ck_assert_msg(r.mx.status == negatives[_i].status ||
	        (!*negatives[_i].domain && r.mx.status != DNS_OK),
	    "%s: %d", negatives[_i].domain, (int)r.mx.status);
	ck_assert_int_eq(r.mx.n, 0);
	close_dns(&r);
}
END_TEST

START_TEST(addresses_come_with_ipv4_first)
{
	const struct sockaddr_in *in4;
	struct result r;
	char text[INET6_ADDRSTRLEN];

	open_dns(&r, servers, 3000);
	dns_addr(r.dns, "mx1.many.test", got_addr, &r);
	loop_run(r.loop);
	ck_assert_int_eq(r.addr.status, DNS_OK);
	ck_assert_int_eq(r.addr.n, 2);
	in4 = (const void *)&r.addr.addr[0];
	ck_assert_int_eq(in4->sin_family, AF_INET);
	ck_assert_int_eq(in4->sin_port, 0);
	ck_assert_str_eq(inet_ntop(AF_INET, &in4->sin_addr, text, sizeof(text)),
	    "192.0.2.1");
	ck_assert_int_eq(r.addr.addr[1].ss_family, AF_INET6);
	ck_assert_uint_eq(r.addr.ttl_s, 77);
	close_dns(&r);
}
END_TEST

START_TEST(a_name_with_one_family_is_enough)
{
	struct result r;

	open_dns(&r, servers, 3000);
	dns_addr(r.dns, "four.test", got_addr, &r);
	loop_run(r.loop);
	ck_assert_int_eq(r.addr.status, DNS_OK);
	ck_assert_int_eq(r.addr.n, 1);
	dns_addr(r.dns, "missing.test", got_addr, &r);
	loop_run(r.loop);
	ck_assert_int_eq(r.addr.status, DNS_NO_NAME);
	close_dns(&r);
}
END_TEST

static const struct {
	const char *name;
	enum dns_status status;
	const char *text;
} texts[] = {
    {"nomx.test", DNS_OK, "here\n"},
    {"spf.test", DNS_OK, "v=spf1 -all\n"}, /* two strings of one record */
    {"four.test", DNS_NO_DATA, ""},
    {"missing.test", DNS_NO_NAME, ""},
    {"elsewhere.example", DNS_FAILED, ""},
};

START_TEST(texts_come_whole)
{
	struct result r;

	open_dns(&r, servers, 3000);
	dns_txt(r.dns, texts[_i].name, got_text, &r);
	ck_assert_int_eq(r.n, 0);
	loop_run(r.loop);
	ck_assert_msg(r.status == texts[_i].status, "%s: %d", texts[_i].name,
	    (int)r.status);
	ck_assert_str_eq(r.text, texts[_i].text);
	close_dns(&r);
}
END_TEST

static const struct {
	const char *address;
	enum dns_status status;
	const char *text;
} names[] = {
    {"192.0.2.1", DNS_OK, "mx1.many.test\n"},
    {"2001:db8::1", DNS_OK, "mx1.many.test\n"},
    {"192.0.2.99", DNS_FAILED, ""}, /* dnsmasq refuses: no upstream */
};

START_TEST(an_address_has_a_name)
{
	bool six = strchr(names[_i].address, ':') != NULL;
	struct sockaddr_storage a = {.ss_family = six ? AF_INET6 : AF_INET};
	struct sockaddr_in *in4 = (void *)&a;
	struct sockaddr_in6 *in6 = (void *)&a;
	struct result r;

	ck_assert_int_eq(inet_pton(a.ss_family, names[_i].address,
	    six ? (void *)&in6->sin6_addr : (void *)&in4->sin_addr), 1);
	open_dns(&r, servers, 3000);
	dns_ptr(r.dns, &a, got_text, &r);
	loop_run(r.loop);
	ck_assert_msg(r.status == names[_i].status, "%s: %d",
	    names[_i].address, (int)r.status);
	ck_assert_str_eq(r.text, names[_i].text);
	close_dns(&r);
}
END_TEST

/* A socket that takes questions and never answers. */
START_TEST(silence_is_failure_at_the_deadline)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int64_t start = clock_mono_ms();
	socklen_t len = sizeof(sin);
	char mute[32];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct result r;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	(void)snprintf(mute, sizeof(mute), "127.0.0.1:%d", ntohs(sin.sin_port));
	open_dns(&r, mute, 300);
	dns_mx(r.dns, "many.test", got_mx, &r);
	loop_run(r.loop);
	ck_assert_int_eq(r.mx.status, DNS_FAILED);
	ck_assert_int_ge(clock_mono_ms() - start, 250);
	ck_assert_int_le(clock_mono_ms() - start, 1500);
	close_dns(&r);
	close(fd);
}
END_TEST

START_TEST(freeing_answers_what_is_pending)
{
	struct result r;

	open_dns(&r, servers, 3000);
	dns_mx(r.dns, "many.test", got_mx, &r);
	dns_addr(r.dns, "four.test", got_addr, &r);
	dns_mx(r.dns, "a..b", got_mx, &r);
	dns_free(&r.dns);
	ck_assert_int_eq(r.n, 3);
	ck_assert_int_eq(r.mx.status, DNS_FAILED);
	ck_assert_int_eq(r.addr.status, DNS_FAILED);
	close_dns(&r);
}
END_TEST

START_TEST(freeing_within_a_callback_is_fine)
{
	struct result r;

	open_dns(&r, servers, 3000);
	r.free_inside = true;
	dns_mx(r.dns, "many.test", got_mx, &r);
	dns_mx(r.dns, "missing.test", got_mx, &r);
	loop_run(r.loop);
	ck_assert_ptr_null(r.dns);
	ck_assert_int_eq(r.n, 2);
	close_dns(&r);
}
END_TEST

START_TEST(many_questions_at_once_are_all_answered)
{
	struct result r;
	int i;

	open_dns(&r, servers, 3000);
	for (i = 0; i < 200; i++)
		dns_mx(r.dns, i % 2 ? "many.test" : "missing.test", got_mx, &r);
	while (r.n < 200)
		loop_run(r.loop);
	ck_assert_int_eq(r.n, 200);
	close_dns(&r);
}
END_TEST

START_TEST(bad_server_lists_are_refused)
{
	struct loop *loop = loop_new();
	char *error = NULL;

	ck_assert_ptr_null(dns_new(loop, "not-an-address", 1000, &error));
	ck_assert_ptr_nonnull(strstr(error, "not-an-address"));
	free(error);
	loop_free(&loop);
}
END_TEST

/* Up to two seconds, until it answers. */
static bool
dnsmasq_answers(void)
{
	struct result r;
	char *error = NULL;
	int i;

	for (i = 0; i < 20; i++) {
		r = (struct result){.loop = loop_new()};
		r.dns = dns_new(r.loop, servers, 100, &error);
		if (!r.dns)
			return false;
		dns_mx(r.dns, "many.test", got_mx, &r);
		loop_run(r.loop);
		close_dns(&r);
		if (r.mx.status == DNS_OK)
			return true;
		(void)usleep(100000);
	}
	return false;
}

int
main(void)
{
	Suite *s = suite_create("dns");
	TCase *t = tcase_create("dns");
	pid_t pid;
	int rc;

	port = free_port();
	(void)snprintf(servers, sizeof(servers), "127.0.0.1:%d", port);
	pid = start_dnsmasq();
	if (pid < 0 || !dnsmasq_answers()) {
		(void)printf("Bail out! dnsmasq does not answer at %s; "
			     "apt-get install dnsmasq-base\n", servers);
		rc = EXIT_FAILURE;
		goto out;
	}
	tcase_set_timeout(t, 20);
	tcase_add_test(t, mx_hosts_come_sorted_and_in_lower_case);
	tcase_add_test(t, the_null_mx_has_an_empty_name);
	ADD_ROWS(t, no_name_no_data_and_no_answer_are_three_things, negatives);
	tcase_add_test(t, addresses_come_with_ipv4_first);
	tcase_add_test(t, a_name_with_one_family_is_enough);
	ADD_ROWS(t, texts_come_whole, texts);
	ADD_ROWS(t, an_address_has_a_name, names);
	tcase_add_test(t, silence_is_failure_at_the_deadline);
	tcase_add_test(t, freeing_answers_what_is_pending);
	tcase_add_test(t, freeing_within_a_callback_is_fine);
	tcase_add_test(t, many_questions_at_once_are_all_answered);
	tcase_add_test(t, bad_server_lists_are_refused);
	suite_add_tcase(s, t);
	rc = unit_main(s);
out:
	if (pid > 0) {
		(void)kill(pid, SIGTERM);
		(void)waitpid(pid, NULL, 0);
	}
	return rc;
}
