#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/fleet/reach.h"

static char dir[] = "/tmp/test_reach.XXXXXX";

/* What was printed; heap. */
static char *
printed(void (*what)(struct reach *r), int *status_r)
{
	struct reach r = {tmpfile(), 0};
	char *text = xcalloc(1, 4096);

	ck_assert_ptr_nonnull(r.to);
	what(&r);
	*status_r = reach_end(&r);
	rewind(r.to);
	(void)fread(text, 1, 4095, r.to);
	(void)fclose(r.to);
	return text;
}

static char *
listener(const char *name, bool really)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", dir, name);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (really)
		ck_assert_int_eq(listen(fd, 1), 0);
	return xasprintf("unix:%s", at.sun_path);
}

START_TEST(who_answers_is_reached)
{
	char *where = listener("here", true);

	ck_assert_ptr_null(reach_connect(where));
	free(where);
}
END_TEST

static const struct {
	const char *name, *where, *why;
} nobody_rows[] = {
    {"no such socket", "unix:/nonexistent/s", "no such socket"},
    {"no form", "pigeon:7", ""},
    {"a closed port", "inet:127.0.0.1:1", "nobody listens"},
    {"a closed port as MTAs write it", "inet:1@127.0.0.1", "nobody listens"},
};

START_TEST(who_does_not_is_told_with_the_reason)
{
	char *why = reach_connect(nobody_rows[_i].where);

	ck_assert_msg(why && strstr(why, nobody_rows[_i].why), "%s: %s",
	    nobody_rows[_i].name, why ? why : "reached");
	free(why);
}
END_TEST

START_TEST(a_socket_that_nobody_serves_is_no_answer)
{
	char *where = listener("dead", false), *why = reach_connect(where);

	ck_assert_ptr_nonnull(strstr(why, "nobody listens"));
	free(why);
	free(where);
}
END_TEST

static void
look_at_files(struct reach *r)
{
	char *listen = xasprintf("unix:%s/new.sock", dir);

	reach_file(r, "good_file", "/dev/null");
	reach_file(r, "no_file", "/nonexistent/f");
	reach_directory(r, "good_directory", dir, true);
	reach_directory(r, "no_directory", "/nonexistent", false);
	reach_listen(r, "good_listen", listen);
	reach_listen(r, "no_listen", "unix:/nonexistent/d/s");
	reach_listen(r, "inet_listen", "inet:*:4617");
	free(listen);
}

START_TEST(each_thing_has_a_line_and_one_fault_is_enough)
{
	int status;
	char *text = printed(look_at_files, &status);

	ck_assert_int_eq(status, EX_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(text, "ok      good_file = /dev/null\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, "FAILED  no_file = /nonexistent/f: No such file"));
	ck_assert_ptr_nonnull(strstr(text, "ok      good_directory = "));
	ck_assert_ptr_nonnull(strstr(text,
	    "FAILED  no_directory = /nonexistent: /nonexistent does not exist"));
	ck_assert_ptr_nonnull(strstr(text, "ok      good_listen = "));
	ck_assert_ptr_nonnull(strstr(text, "FAILED  no_listen = "));
	ck_assert_ptr_nonnull(strstr(text, "ok      inet_listen = "));
	ck_assert_ptr_nonnull(strstr(text, "3 of what it names"));
	free(text);
}
END_TEST

static void
look_at_nothing_bad(struct reach *r)
{
	reach_file(r, "file", "/dev/null");
}

START_TEST(all_well_is_said_and_is_zero)
{
	int status;
	char *text = printed(look_at_nothing_bad, &status);

	ck_assert_int_eq(status, EX_OK);
	ck_assert_ptr_nonnull(strstr(text, "all that it names is there"));
	free(text);
}
END_TEST

START_TEST(certificates_and_redis_that_are_missing_are_told)
{
	char cert[] = "/nonexistent/c.pem", key[] = "/nonexistent/k.pem";
	char ca[] = "/nonexistent/a.pem", none[] = "";
	char at[] = "unix:/nonexistent/redis.sock";
	struct config_tls tls = {cert, key, ca};
	struct config_policyd c = {.redis = at,
	    .redis_user = none, .redis_password_file = none,
	    .redis_timeout_ms = 100};
	struct reach r = {tmpfile(), 0};

	reach_tls(&r, "agent", &tls);
	ck_assert_uint_eq(r.failed, 2);
	reach_redis(&r, &c);
	ck_assert_uint_eq(r.failed, 3);
	(void)fclose(r.to);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reach");
	TCase *t = tcase_create("reach");
	char *command;
	int rc;

	if (!mkdtemp(dir))
		return 99;
	suite_add_tcase(s, t);
	tcase_add_test(t, who_answers_is_reached);
	ADD_ROWS(t, who_does_not_is_told_with_the_reason, nobody_rows);
	tcase_add_test(t, a_socket_that_nobody_serves_is_no_answer);
	tcase_add_test(t, each_thing_has_a_line_and_one_fault_is_enough);
	tcase_add_test(t, all_well_is_said_and_is_zero);
	tcase_add_test(t, certificates_and_redis_that_are_missing_are_told);
	rc = unit_main(s);
	command = xasprintf("rm -rf %s", dir);
	(void)system(command);
	free(command);
	return rc;
}
