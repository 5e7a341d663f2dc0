/* The policy client against a small server whose every answer is written down:
 * silent, half, too much, garbage, gone. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "milter/ask.h"

#define TIMEOUT_MS 200
#define DOWN_MS 2000

/* One step per request that comes in.  "": silence; "-": hang up; else said as
 * it stands, and the connection stays open. */
struct server {
	int fd, connection; /* -1: none */
	char path[64];
	char name[80];
	const char *const *steps; /* NULL-terminated; the last one repeats */
	size_t step;
	int requests, connections;
	pthread_t thread;
};

static int
count(const int *n)
{
	return __atomic_load_n(n, __ATOMIC_RELAXED);
}

static void
serve(struct server *s, int fd)
{
	char text[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - len - 1)) > 0) {
		const char *step;
		char *end;

		len += (size_t)n;
		text[len] = '\0';
		while ((end = strstr(text, "\n\n")) != NULL) {
			len -= (size_t)(end + 2 - text);
			memmove(text, end + 2, len + 1);
			(void)__atomic_add_fetch(&s->requests, 1,
			    __ATOMIC_RELAXED);
			step = s->steps[s->step];
			if (s->steps[s->step + 1])
				s->step++;
			if (strcmp(step, "-") == 0)
				return;
			if (send(fd, step, strlen(step), MSG_NOSIGNAL) < 0)
				return;
		}
	}
}

static void *
run_server(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		(void)__atomic_add_fetch(&s->connections, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&s->connection, fd, __ATOMIC_RELEASE);
		serve(s, fd);
		__atomic_store_n(&s->connection, -1, __ATOMIC_RELEASE);
		(void)close(fd);
	}
	return NULL;
}

static void
server_open(struct server *s, const char *const *steps)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	memset(s, 0, sizeof(*s));
	s->steps = steps;
	s->connection = -1;
	(void)snprintf(s->path, sizeof(s->path), "/tmp/np-ask.%ld",
	    (long)getpid());
	(void)snprintf(s->name, sizeof(s->name), "unix:%s", s->path);
	(void)unlink(s->path);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(s->fd, 8), 0);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, run_server, s), 0);
}

static void
server_close(struct server *s)
{
	int fd = __atomic_load_n(&s->connection, __ATOMIC_ACQUIRE);

	(void)shutdown(s->fd, SHUT_RDWR);
	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
	(void)unlink(s->path);
}

static struct ask *
client(const struct server *s)
{
	const char *error;
	struct ask *a = ask_new(s->name, TIMEOUT_MS, DOWN_MS, &error);

	ck_assert_ptr_nonnull(a);
	return a;
}

/* n questions; the answers' actions joined by commas, or "! and the error". */
static const char *
ask_n(struct ask *a, size_t n)
{
	static char got[2048];
	struct slice questions[32];
	struct policy_message answers[32];
	struct arena *arena = arena_new();
	const char *error = NULL;
	size_t i, at = 0;

	for (i = 0; i < n; i++)
		questions[i] = slice_of("request=nearpost_select\n\n");
	got[0] = '\0';
	if (ask_all(a, arena, questions, n, answers, &error) != 0) {
		(void)snprintf(got, sizeof(got), "! %s", error);
	} else {
		for (i = 0; i < n; i++)
			at += (size_t)snprintf(got + at, sizeof(got) - at,
			    "%s%s", i ? "," : "",
			    policy_get_str(arena, &answers[i], "action"));
	}
	arena_free(&arena);
	return got;
}

#define OK "action=OK\n\n"

START_TEST(one_question_has_one_answer)
{
	static const char *const steps[] = {OK, NULL};
	struct server s;
	struct ask *a;

	server_open(&s, steps);
	a = client(&s);
	ck_assert_str_eq(ask_n(a, 1), "OK");
	ck_assert_str_eq(ask_n(a, 1), "OK");
	ck_assert_int_eq(count(&s.requests), 2);
	/* The connection was kept. */
	ck_assert_int_eq(count(&s.connections), 1);
	ask_free(&a);
	ck_assert_ptr_null(a);
	server_close(&s);
}
END_TEST

START_TEST(answers_come_in_the_order_of_the_questions)
{
	static const char *const steps[] = {"action=1\n\n", "action=2\n\n",
	    "action=3\n\n", "action=4\n\n", NULL};
	struct server s;
	struct ask *a;

	server_open(&s, steps);
	a = client(&s);
	ck_assert_str_eq(ask_n(a, 4), "1,2,3,4");
	ask_free(&a);
	server_close(&s);
}
END_TEST

START_TEST(an_answer_may_come_in_pieces)
{
	/* The second half comes with the next request's step. */
	static const char *const steps[] = {"action=1\nx=y", "z\n\nact", "ion=2\n",
	    "\naction=3\n\naction=4\n\n", NULL};
	struct server s;
	struct ask *a;

	server_open(&s, steps);
	a = client(&s);
	ck_assert_str_eq(ask_n(a, 4), "1,2,3,4");
	ask_free(&a);
	server_close(&s);
}
END_TEST

static const struct {
	const char *name, *steps[4], *says;
} failures[] = {
    {"silence", {""}, "! it does not answer in time"},
    {"half an answer, then silence", {"action=OK\n"},
        "! it does not answer in time"},
    {"one of two answers", {OK, ""}, "! it does not answer in time"},
    {"hang up", {"-"}, "! it closed the connection without an answer"},
    {"one answer, then hang up", {OK, "-"},
        "! it closed the connection without an answer"},
    {"garbage", {"HTTP/1.1 400 Bad Request\r\n\r\n"},
        "! a line is no name=value"},
    {"an empty answer", {"\n"}, "! a message without attributes"},
    {"more than was asked", {OK OK OK},
        "! it answers more than it was asked"},
};

START_TEST(a_failure_is_told_and_stays_for_a_while)
{
	struct server s;
	struct ask *a;
	int64_t begin, took;
	int requests;

	server_open(&s, failures[_i].steps);
	a = client(&s);
	begin = clock_mono_ms();
	ck_assert_msg(strcmp(ask_n(a, 2), failures[_i].says) == 0, "%s: %s",
	    failures[_i].name, ask_n(a, 2));
	took = clock_mono_ms() - begin;
	ck_assert_msg(took < 20 * TIMEOUT_MS, "%s took %d ms", failures[_i].name,
	    (int)took);
	requests = count(&s.requests);
	begin = clock_mono_ms();
	ck_assert_str_eq(ask_n(a, 1), failures[_i].says);
	ck_assert_int_lt(clock_mono_ms() - begin, TIMEOUT_MS / 2);
	ck_assert_int_eq(count(&s.requests), requests);
	ask_free(&a);
	server_close(&s);
}
END_TEST

START_TEST(nobody_there_is_told_at_once)
{
	const char *error;
	struct ask *a = ask_new("unix:/nonexistent/policyd.sock", 5000, DOWN_MS,
	    &error);
	int64_t begin = clock_mono_ms();

	ck_assert_str_eq(ask_n(a, 1), "! nobody listens there");
	ck_assert_int_lt(clock_mono_ms() - begin, 1000);
	ask_free(&a);
}
END_TEST

START_TEST(after_that_it_is_tried_again)
{
	static const char *const steps[] = {"-", OK, NULL};
	struct server s;
	struct ask *a;

	server_open(&s, steps);
	a = client(&s);
	ck_assert_str_eq(ask_n(a, 1),
	    "! it closed the connection without an answer");
	(void)usleep(DOWN_MS / 2 * 1000);
	ck_assert_str_eq(ask_n(a, 1),
	    "! it closed the connection without an answer");
	(void)usleep(DOWN_MS * 1000);
	ck_assert_str_eq(ask_n(a, 1), "OK");
	ask_free(&a);
	server_close(&s);
}
END_TEST

/* A policyd that was started again has closed the connections that were kept. */
START_TEST(a_kept_connection_that_ended_is_no_failure)
{
	static const char *const steps[] = {OK, OK, NULL};
	struct server s;
	struct ask *a;

	server_open(&s, steps);
	a = client(&s);
	ck_assert_str_eq(ask_n(a, 1), "OK");
	server_close(&s);
	server_open(&s, steps);
	ck_assert_str_eq(ask_n(a, 1), "OK");
	ask_free(&a);
	server_close(&s);
}
END_TEST

/* Neither is one that ends just when it is used again. */
START_TEST(a_kept_connection_that_ends_under_us_is_tried_afresh)
{
	static const char *const steps[] = {OK, "-", OK, NULL};
	struct server s;
	struct ask *a;

	server_open(&s, steps);
	a = client(&s);
	ck_assert_str_eq(ask_n(a, 1), "OK");
	ck_assert_str_eq(ask_n(a, 1), "OK");
	ck_assert_int_eq(count(&s.connections), 2);
	ask_free(&a);
	server_close(&s);
}
END_TEST

START_TEST(a_wrong_address_is_refused)
{
	const char *error = NULL;

	ck_assert_ptr_null(ask_new("/run/policyd.sock", 1000, DOWN_MS, &error));
	ck_assert_ptr_nonnull(error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ask");
	TCase *t = tcase_create("ask");

	tcase_set_timeout(t, 20);
	tcase_add_test(t, one_question_has_one_answer);
	tcase_add_test(t, answers_come_in_the_order_of_the_questions);
	tcase_add_test(t, an_answer_may_come_in_pieces);
	ADD_ROWS(t, a_failure_is_told_and_stays_for_a_while, failures);
	tcase_add_test(t, nobody_there_is_told_at_once);
	tcase_add_test(t, after_that_it_is_tried_again);
	tcase_add_test(t, a_kept_connection_that_ended_is_no_failure);
	tcase_add_test(t, a_kept_connection_that_ends_under_us_is_tried_afresh);
	tcase_add_test(t, a_wrong_address_is_refused);
	suite_add_tcase(s, t);
	return unit_main(s);
}
