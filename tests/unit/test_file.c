#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

static char dir[] = "test_file.XXXXXX";

static char *
in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

START_TEST(a_file_is_replaced_whole_and_leaves_no_temporary)
{
	char *path = in_dir("a"), *pattern = in_dir("a.*");
	struct buf b = {0};
	struct stat st;
	glob_t left;

	ck_assert_int_eq(file_write(path, slice_of("one"), 0640), 0);
	ck_assert_int_eq(file_write(path, slice_of("three"), 0600), 0);
	ck_assert_int_eq(file_read(path, 100, &b), 0);
	ck_assert_str_eq(b.data, "three");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(glob(pattern, 0, NULL, &left), GLOB_NOMATCH);
	buf_free(&b);
	free(path);
	free(pattern);
}
END_TEST

START_TEST(a_failed_write_says_why)
{
	char *path = in_dir("no/such/place");

	ck_assert_int_eq(file_write(path, slice_of("x"), 0600), -1);
	ck_assert_int_eq(errno, ENOENT);
	free(path);
}
END_TEST

START_TEST(a_file_past_the_limit_is_refused_and_the_buffer_kept)
{
	char *path = in_dir("big");
	struct buf b = {0};

	ck_assert_int_eq(file_write(path, slice_of("12345"), 0600), 0);
	buf_add_str(&b, "kept");
	ck_assert_int_eq(file_read(path, 4, &b), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_str_eq(b.data, "kept");
	ck_assert_int_eq(file_read(path, 5, &b), 0);
	ck_assert_str_eq(b.data, "kept12345");
	ck_assert_int_eq(file_read("/nonexistent", 5, &b), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(file_read("/", 5, &b), -1);
	ck_assert_int_eq(errno, EISDIR);
	buf_free(&b);
	free(path);
}
END_TEST

static const struct {
	const char *file, *line; /* NULL: ENODATA */
} firsts[] = {
    {"geheim", "geheim"}, {"geheim\n", "geheim"}, {"geheim\r\n", "geheim"},
    {"geheim\n# of the user nearpost\n", "geheim"},
    {" two words \n", " two words "}, {"\ngeheim\n", NULL}, {"", NULL},
};

START_TEST(the_first_line_is_the_password)
{
	const char *line = firsts[_i].line;
	char *path = in_dir("password");
	struct buf b = {0};

	buf_add_char(&b, '<');
	ck_assert_int_eq(
	    file_write(path, slice_of(firsts[_i].file), 0600), 0);
	ck_assert_int_eq(file_first_line(path, 100, &b), line ? 0 : -1);
	if (!line)
		ck_assert_int_eq(errno, ENODATA);
	ck_assert_str_eq(b.data + 1, line ? line : "");
	ck_assert_int_eq(file_first_line("/nonexistent", 100, &b), -1);
	ck_assert_int_eq(errno, ENOENT);
	buf_free(&b);
	free(path);
}
END_TEST

START_TEST(mkdirs_makes_every_level_and_refuses_files)
{
	char *deep = in_dir("x//y/z/"), *file = in_dir("f"), *below = in_dir("f/g");
	struct stat st;

	ck_assert_int_eq(file_mkdirs(deep, 0755), 0);
	ck_assert_int_eq(file_mkdirs(deep, 0755), 0);
	ck_assert_int_eq(stat(deep, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_int_eq(file_write(file, slice_of(""), 0600), 0);
	ck_assert_int_eq(file_mkdirs(file, 0755), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(file_mkdirs(below, 0755), -1);
	free(deep);
	free(file);
	free(below);
}
END_TEST

static const struct {
	const char *text, *path, *host;
	int port;
} endpoints[] = {
    {"unix:/run/x.sock", "/run/x.sock", NULL, 0},
    {"inet:127.0.0.1:25", NULL, "127.0.0.1", 25},
    {"inet:[::1]:4617", NULL, "::1", 4617},
    {"inet:*:4617", NULL, "*", 4617},
    {"inet:a.example:65535", NULL, "a.example", 65535},
    {"unix:relative", NULL, NULL, 0},
    {"unix:", NULL, NULL, 0},
    {"inet:host", NULL, NULL, 0},
    {"inet::25", NULL, NULL, 0},
    {"inet:[]:25", NULL, NULL, 0},
    {"inet:::1:25", NULL, NULL, 0},
    {"inet:h:0", NULL, NULL, 0},
    {"inet:h:65536", NULL, NULL, 0},
    {"inet:h:25x", NULL, NULL, 0},
    {"inet:h h:25", NULL, NULL, 0},
    {"/run/x.sock", NULL, NULL, 0},
    {"", NULL, NULL, 0},
};

START_TEST(endpoints_are_written_as_postfix_does)
{
	const char *error = NULL;
	struct endpoint e;
	int rc = endpoint_parse(endpoints[_i].text, &e, &error);

	if (!endpoints[_i].path && !endpoints[_i].host) {
		ck_assert_msg(rc == -1 && error, "%s", endpoints[_i].text);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", endpoints[_i].text, error);
	if (endpoints[_i].path)
		ck_assert_str_eq(e.path, endpoints[_i].path);
	else
		ck_assert_str_eq(e.host, endpoints[_i].host);
	ck_assert_int_eq(e.port, endpoints[_i].port);
	endpoint_free(&e);
}
END_TEST

START_TEST(connect_reaches_a_unix_socket)
{
	struct endpoint e = {in_dir("s"), NULL, 0};
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), c;

	ck_assert_int_eq(endpoint_connect(&e, 100), -1);
	ck_assert_int_eq(errno, ENOENT);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", e.path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(endpoint_connect(&e, 100), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	ck_assert_int_eq(listen(fd, 1), 0);
	c = endpoint_connect(&e, 100);
	ck_assert_int_ge(c, 0);
	ck_assert_int_ne(fcntl(c, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(c, F_GETFD) & FD_CLOEXEC, 0);
	close(c);
	close(fd);
	endpoint_free(&e);
}
END_TEST

/* A frozen server: its backlog is full and nobody accepts. */
START_TEST(connect_gives_up_at_the_deadline)
{
	struct endpoint e = {in_dir("full"), NULL, 0};
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), i, c;
	int64_t start;

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", e.path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	for (i = 0; i < 4; i++) {
		start = clock_mono_ms();
		c = endpoint_connect(&e, 150);
		if (c < 0)
			break;
	}
	ck_assert_int_eq(c, -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_ge(clock_mono_ms() - start, 145);
	ck_assert_int_le(clock_mono_ms() - start, 10000);
	close(fd);
	endpoint_free(&e);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("file");
	char *rm;
	int rc;

	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	tcase_add_test(t, a_file_is_replaced_whole_and_leaves_no_temporary);
	tcase_add_test(t, a_failed_write_says_why);
	tcase_add_test(t,
	    a_file_past_the_limit_is_refused_and_the_buffer_kept);
	ADD_ROWS(t, the_first_line_is_the_password, firsts);
	tcase_add_test(t, mkdirs_makes_every_level_and_refuses_files);
	ADD_ROWS(t, endpoints_are_written_as_postfix_does, endpoints);
	tcase_add_test(t, connect_reaches_a_unix_socket);
	tcase_add_test(t, connect_gives_up_at_the_deadline);
	suite_add_tcase(s, t);
	rc = unit_main(s);
	rm = xasprintf("rm -rf %s", dir);
	if (system(rm) != 0)
		rc = EXIT_FAILURE;
	free(rm);
	return rc;
}
