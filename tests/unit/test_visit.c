/* Against a listening server of this process, on the same loop. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "gateway-agent/visit.h"

#define END_MS 5000 /* a test that hangs */
#define QUIT "QUIT\r\n"

static const struct visit_patience patience = {500, 300, 200};

/* The server: what it does, and what it heard. */
static struct {
	int listening, fd;
	const char *const *says; /* pieces, one every 50 ms; NULL ends them */
	bool closes;             /* then */
	bool answers_quit;
	struct watch *accepting, *reading;
	struct timer *speaking;
	char heard[100];
	size_t n_heard;
	bool heard_early; /* before all was said */
	bool reset;       /* the connection ended in one, or QUIT was lost */
	bool ended;
} server;

static struct {
	struct visit *visit;
	int rtts, overs;
	int64_t us;
	const char *why;
} client;
static struct loop *loop;
static struct timer *end;

static void
stop(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

static void
stop_soon(void)
{
	timer_free(&end);
	end = timer_new(loop, 20, false, stop, NULL);
}

static void
on_rtt(int64_t us, void *ctx)
{
	ck_assert_ptr_eq(ctx, &client);
	client.rtts++;
	client.us = us;
}

static void
on_over(const char *why, void *ctx)
{
	(void)ctx;
	client.overs++;
	client.why = why;
	visit_free(&client.visit);
}

static void
on_hearing(int fd, int what, void *ctx)
{
	ssize_t n = recv(fd, server.heard + server.n_heard,
	    sizeof(server.heard) - 1 - server.n_heard, 0);

	(void)what;
	(void)ctx;
	if (n > 0) {
		server.n_heard += (size_t)n;
		server.heard[server.n_heard] = '\0';
		server.heard_early = server.says && *server.says;
		if (server.answers_quit && strcmp(server.heard, QUIT) == 0)
			ck_assert_int_eq(
			    (int)send(fd, "221 2.0.0 bye\r\n", 15, 0), 15);
		if (!server.answers_quit || strcmp(server.heard, QUIT) != 0)
			return;
	}
	server.reset = n < 0;
	server.ended = true;
	watch_free(&server.reading);
	(void)close(fd);
	server.fd = -1;
	stop_soon();
}

static void
on_speaking(void *ctx)
{
	(void)ctx;
	if (server.fd < 0 || !*server.says) {
		timer_free(&server.speaking);
		return;
	}
	(void)send(server.fd, *server.says, strlen(*server.says), MSG_NOSIGNAL);
	server.says++;
	if (*server.says || !server.closes)
		return;
	watch_free(&server.reading);
	(void)close(server.fd);
	server.fd = -1;
	stop_soon();
}

static void
on_accepting(int fd, int what, void *ctx)
{
	(void)what;
	(void)ctx;
	server.fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(server.fd, 0);
	server.reading =
	    watch_new(loop, server.fd, WATCH_READ, on_hearing, NULL);
	if (server.says)
		server.speaking = timer_new(loop, 50, true, on_speaking, NULL);
}

static struct sockaddr_storage
listen_somewhere(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_storage at = {0};
	socklen_t len = sizeof(here);

	server.listening =
	    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(server.listening, (struct sockaddr *)&here, len), 0);
	ck_assert_int_eq(listen(server.listening, 5), 0);
	ck_assert_int_eq(
	    getsockname(server.listening, (struct sockaddr *)&here, &len), 0);
	memcpy(&at, &here, sizeof(here));
	return at;
}

static void
visit_it(const char *const *says)
{
	static const struct visit_ops callbacks = {on_rtt, on_over};
	struct sockaddr_storage at;
	const char *error = NULL;

	loop = loop_new();
	server.fd = -1;
	server.says = says;
	at = listen_somewhere();
	server.accepting = watch_new(
	    loop, server.listening, WATCH_READ, on_accepting, NULL);
	client.visit =
	    visit_new(loop, &at, &patience, &callbacks, &client, &error);
	ck_assert_msg(client.visit != NULL, "%s", error ? error : "");
	end = timer_new(loop, END_MS, false, stop, NULL);
}

static void
clean_up(void)
{
	visit_free(&client.visit);
	timer_free(&end);
	timer_free(&server.speaking);
	watch_free(&server.accepting);
	watch_free(&server.reading);
	if (server.fd >= 0)
		(void)close(server.fd);
	(void)close(server.listening);
	loop_free(&loop);
}

static const char *const mute[] = {NULL};
static const char *const plain[] = {"220 mx.test ESMTP\r\n", NULL};
static const char *const pieces[] = {
    "220-mx.te", "st\r\n220-no spam\r", "\n220 ES", "MTP\r\n", NULL};
static const char *const busy[] = {"554 5.7.1 go away\r\n", NULL};
static const char *const bare[] = {"220\r\n", NULL};
static const char *const noise[] = {"hm\r\n", NULL};
static const char *const half[] = {"220-mx.test\r\n", NULL};

/* answers: its server says 221 to QUIT; else it says nothing and waits. */
static const struct {
	const char *name;
	const char *const *says;
	bool answers;
} servers[] = {
    {"one that greets", plain, true},
    {"one that greets and does not answer QUIT", plain, false},
    {"one with a greeting of three lines in pieces", pieces, true},
    {"one that turns away with 554", busy, true},
    {"a greeting without text", bare, true},
    {"one that speaks something else", noise, false},
    {"one that never greets", mute, false},
    {"one that never greets and answers QUIT", mute, true},
    {"one that never ends its greeting", half, false},
};

START_TEST(every_server_hears_quit_and_nothing_else)
{
	const char *name = servers[_i].name;

	server.answers_quit = servers[_i].answers;
	visit_it(servers[_i].says);
	loop_run(loop);
	ck_assert_msg(client.rtts == 1 && client.us >= 1 &&
	    client.us < 1000000, "%s: %d round trips", name, client.rtts);
	ck_assert_msg(client.overs == 1 && client.why == NULL, "%s: %s", name,
	    client.why ? client.why : "not over");
	ck_assert_msg(strcmp(server.heard, QUIT) == 0, "%s heard \"%s\"",
	    name, server.heard);
	ck_assert_msg(!server.heard_early, "%s heard it too early", name);
	ck_assert_msg(server.ended && !server.reset, "%s: reset", name);
	clean_up();
}
END_TEST

START_TEST(who_closes_first_hears_nothing)
{
	static const char *const nothing[] = {"", NULL};

	server.closes = true;
	visit_it(nothing);
	loop_run(loop);
	ck_assert_int_eq(client.rtts, 1);
	ck_assert_int_eq(client.overs, 1);
	ck_assert_str_eq(client.why, "closed before its greeting");
	ck_assert_uint_eq(server.n_heard, 0);
	clean_up();
}
END_TEST

static void
free_it(void *ctx)
{
	(void)ctx;
	visit_free(&client.visit);
}

/* Milliseconds after which the visit is broken off, and by then the server has
 * said so much. */
static const struct {
	const char *name;
	const char *const *says;
	int64_t after_ms;
} breaks[] = {
    {"before the greeting", mute, 100},
    {"in its midst", half, 150},
    {"while QUIT waits for its answer", plain, 150},
};

START_TEST(a_visit_that_is_broken_off_says_quit_too)
{
	struct timer *t;

	visit_it(breaks[_i].says);
	t = timer_new(loop, breaks[_i].after_ms, false, free_it, NULL);
	loop_run(loop);
	ck_assert_int_eq(client.overs, 0);
	ck_assert_msg(strcmp(server.heard, QUIT) == 0, "%s: \"%s\"",
	    breaks[_i].name, server.heard);
	ck_assert_msg(server.ended && !server.reset, "%s", breaks[_i].name);
	timer_free(&t);
	clean_up();
}
END_TEST

/* The kernel has connected, this process does not know it yet. */
START_TEST(a_visit_that_is_just_connected_says_quit_too)
{
	visit_it(mute);
	(void)usleep(20000);
	visit_free(&client.visit);
	loop_run(loop);
	ck_assert_str_eq(server.heard, QUIT);
	ck_assert(server.ended && !server.reset);
	clean_up();
}
END_TEST

START_TEST(a_greeting_that_nobody_read_does_not_cost_the_quit)
{
	visit_it(mute);
	(void)usleep(20000);
	on_accepting(server.listening, WATCH_READ, NULL);
	ck_assert_int_eq((int)send(server.fd, "220 hi\r\n", 8, 0), 8);
	(void)usleep(20000);
	visit_free(&client.visit);
	loop_run(loop);
	ck_assert_str_eq(server.heard, QUIT);
	ck_assert(server.ended && !server.reset);
	clean_up();
}
END_TEST

START_TEST(who_refuses_is_told)
{
	static const struct visit_ops callbacks = {on_rtt, on_over};
	struct sockaddr_storage at = listen_somewhere();
	const char *error = NULL;

	(void)close(server.listening);
	loop = loop_new();
	client.visit =
	    visit_new(loop, &at, &patience, &callbacks, &client, &error);
	if (client.visit) {
		end = timer_new(loop, 300, false, stop, NULL);
		loop_run(loop);
		ck_assert_int_eq(client.overs, 1);
		ck_assert_str_eq(client.why, "Connection refused");
	} else {
		ck_assert_str_eq(error, "no connection");
	}
	ck_assert_int_eq(client.rtts, 0);
	timer_free(&end);
	loop_free(&loop);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("visit");
	TCase *t = tcase_create("visit");

	ADD_ROWS(t, every_server_hears_quit_and_nothing_else, servers);
	tcase_add_test(t, who_closes_first_hears_nothing);
	ADD_ROWS(t, a_visit_that_is_broken_off_says_quit_too, breaks);
	tcase_add_test(t, a_visit_that_is_just_connected_says_quit_too);
	tcase_add_test(
	    t, a_greeting_that_nobody_read_does_not_cost_the_quit);
	tcase_add_test(t, who_refuses_is_told);
	suite_add_tcase(s, t);
	return unit_main(s);
}
