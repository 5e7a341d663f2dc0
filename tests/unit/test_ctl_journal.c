#include "tests/unit/tree.h"

#include <glob.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "ctl/journal.h"

static char *dir, *path;
static const char *replaced_by; /* the file, before the next lock is had */
static int syncs;

/* In place of the C library's. */
int
flock(int fd, int how)
{
	const char *text = replaced_by;

	replaced_by = NULL;
	if (text)
		ck_assert_int_eq(file_write(path, slice_of(text), 0600), 0);
	return (int)syscall(SYS_flock, fd, how);
}

int
fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

static void
set_up(void)
{
	dir = tree_new();
	path = xasprintf("%s/spring.journal", dir);
}

static void
tear_down(void)
{
	free(path);
	tree_free(&dir);
}

static struct journal *
open_it(void)
{
	char *error = NULL;
	struct journal *j = journal_open(path, &error);

	ck_assert_msg(j != NULL, "%s", error);
	return j;
}

static void
check_file(const char *want)
{
	struct buf text = {0};

	ck_assert_int_eq(file_read(path, 100000, &text), 0);
	ck_assert_str_eq(text.data ? text.data : "", want);
	buf_free(&text);
}

static const struct {
	const char *name, *file;
	enum journal_state state; /* of alice@x.test */
} states[] = {
    {"an empty file", "", JOURNAL_NEW},
    {"somebody else", "try bob@x.test\ndone bob@x.test\n", JOURNAL_NEW},
    {"sent", "try alice@x.test\ndone alice@x.test\n", JOURNAL_DONE},
    {"refused", "try alice@x.test\nrefused alice@x.test\n",
        JOURNAL_REFUSED},
    {"put off: not sent", "try alice@x.test\nlater alice@x.test\n",
        JOURNAL_NEW},
    {"ended in between", "try alice@x.test\n", JOURNAL_UNCERTAIN},
    {"ended in between, others after it",
        "try alice@x.test\ntry bob@x.test\ndone bob@x.test\n",
        JOURNAL_UNCERTAIN},
    {"put off, then sent", "try alice@x.test\nlater alice@x.test\n"
        "try alice@x.test\ndone alice@x.test\n", JOURNAL_DONE},
    {"put off, then ended in between", "try alice@x.test\n"
        "later alice@x.test\ntry alice@x.test\n", JOURNAL_UNCERTAIN},
    {"a torn last line: begun, and no more is known",
        "try alice@x.test\ndone alice@x.te", JOURNAL_UNCERTAIN},
    {"a torn word", "try alice@x.test\ndon", JOURNAL_UNCERTAIN},
    {"torn before it was begun", "try alice@x.tes", JOURNAL_NEW},
    {"a torn line that looks like her", "try alice@x.test.example\n"
        "done alice@x.test", JOURNAL_NEW},
    {"a word of a later version", "paused alice@x.test\n", JOURNAL_NEW},
    {"no line at all", "\n\n \n", JOURNAL_NEW},
    {"a name with a blank", "try \"a b\"@x.test\ndone \"a b\"@x.test\n"
        "try alice@x.test\ndone alice@x.test\n", JOURNAL_DONE},
};

START_TEST(a_run_goes_on_where_the_last_one_ended)
{
	struct journal *j;

	tree_put_str(dir, "spring.journal", states[_i].file);
	j = open_it();
	ck_assert_msg(journal_state(j, "alice@x.test") == states[_i].state,
	    "%s: %d", states[_i].name, journal_state(j, "alice@x.test"));
	journal_close(&j);
	ck_assert_ptr_null(j);
}
END_TEST

START_TEST(what_is_written_is_there_after_an_interruption)
{
	struct journal *j = open_it();

	ck_assert_int_eq(journal_write(j, "try", "alice@x.test"), 0);
	ck_assert_int_eq(journal_state(j, "alice@x.test"), JOURNAL_UNCERTAIN);
	ck_assert_int_eq(journal_write(j, "done", "alice@x.test"), 0);
	ck_assert_int_eq(journal_state(j, "alice@x.test"), JOURNAL_DONE);
	ck_assert_int_eq(journal_write(j, "try", "bob@x.test"), 0);
	/* On disk before the stub is offered, not when the run ends. */
	check_file("try alice@x.test\ndone alice@x.test\ntry bob@x.test\n");
	journal_close(&j);
	j = open_it();
	ck_assert_int_eq(journal_state(j, "alice@x.test"), JOURNAL_DONE);
	ck_assert_int_eq(journal_state(j, "bob@x.test"), JOURNAL_UNCERTAIN);
	ck_assert_int_eq(journal_state(j, "carol@x.test"), JOURNAL_NEW);
	ck_assert_int_eq(journal_write(j, "done", "bob@x.test"), 0);
	journal_close(&j);
	check_file("try alice@x.test\ndone alice@x.test\ntry bob@x.test\n"
	    "done bob@x.test\n");
}
END_TEST

START_TEST(a_torn_line_does_not_run_into_the_next_one)
{
	struct journal *j;

	tree_put_str(dir, "spring.journal", "try alice@x.test\ndone ali");
	j = open_it();
	ck_assert_int_eq(journal_write(j, "try", "bob@x.test"), 0);
	journal_close(&j);
	check_file("try alice@x.test\ntry bob@x.test\n");
}
END_TEST

START_TEST(a_second_run_at_the_same_time_is_refused)
{
	struct journal *j = open_it();
	char *error = NULL;

	ck_assert_ptr_null(journal_open(path, &error));
	ck_assert_ptr_nonnull(strstr(error, "another nearpostctl send"));
	ck_assert_ptr_nonnull(strstr(error, path));
	free(error);
	journal_close(&j);
	j = open_it();
	journal_close(&j);
}
END_TEST

START_TEST(the_file_that_stands_there_is_the_one_that_is_locked)
{
	struct journal *j;

	tree_put_str(dir, "spring.journal", "done bob@x.test\ndone a@x.test\n");
	replaced_by = "done bob@x.test\n";
	j = open_it();
	ck_assert_int_eq(journal_state(j, "a@x.test"), JOURNAL_NEW);
	ck_assert_int_eq(journal_write(j, "try", "carol@x.test"), 0);
	journal_close(&j);
	check_file("done bob@x.test\ntry carol@x.test\n");
}
END_TEST

START_TEST(what_is_begun_is_on_the_disk)
{
	struct journal *j = open_it();

	syncs = 0;
	ck_assert_int_eq(journal_write(j, "try", "alice@x.test"), 0);
	ck_assert_int_eq(syncs, 1);
	ck_assert_int_eq(journal_write(j, "done", "alice@x.test"), 0);
	ck_assert_int_eq(syncs, 1);
	journal_close(&j);
}
END_TEST

static size_t
files(void)
{
	char *pattern = xasprintf("%s/*", dir);
	glob_t found;
	size_t n;

	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	n = found.gl_pathc;
	globfree(&found);
	free(pattern);
	return n;
}

START_TEST(a_new_round_keeps_the_journal_of_the_old)
{
	struct journal *j = open_it(), *second;
	char *error = NULL;

	ck_assert_int_eq(journal_begin_anew(&j, path, &error), 0);
	ck_assert_uint_eq(files(), 1); /* there was no old one */
	ck_assert_int_eq(journal_write(j, "try", "alice@x.test"), 0);
	ck_assert_int_eq(journal_write(j, "done", "alice@x.test"), 0);
	ck_assert_int_eq(journal_begin_anew(&j, path, &error), 0);
	ck_assert_uint_eq(files(), 2);
	ck_assert_int_eq(journal_state(j, "alice@x.test"), JOURNAL_NEW);
	check_file("");
	second = journal_open(path, &error);
	ck_assert_msg(!second && strstr(error, "is running"), "%s", error);
	free(error);
	journal_close(&j);
}
END_TEST

START_TEST(a_round_that_cannot_be_kept_is_not_ended)
{
	char name[251], *error = NULL;
	struct journal *j;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	free(path);
	path = xasprintf("%s/%s", dir, name);
	j = open_it();
	ck_assert_int_eq(journal_write(j, "done", "alice@x.test"), 0);
	ck_assert_int_eq(journal_begin_anew(&j, path, &error), -1);
	ck_assert_ptr_nonnull(strstr(error, "cannot be renamed"));
	free(error);
	ck_assert_int_eq(journal_state(j, "alice@x.test"), JOURNAL_DONE);
	journal_close(&j);
	check_file("done alice@x.test\n");
}
END_TEST

START_TEST(a_journal_that_cannot_be_opened_says_why)
{
	char *error = NULL, *nowhere = xasprintf("%s/no/such.journal", dir);

	ck_assert_ptr_null(journal_open(nowhere, &error));
	ck_assert_ptr_nonnull(strstr(error, nowhere));
	free(error);
	free(nowhere);
}
END_TEST

START_TEST(a_full_disk_is_told_before_the_stub_is_offered)
{
	struct rlimit room = {.rlim_cur = 5, .rlim_max = RLIM_INFINITY};
	struct journal *j = open_it();

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
	ck_assert_int_eq(journal_write(j, "try", "alice@x.test"), -1);
	ck_assert_int_eq(journal_state(j, "alice@x.test"), JOURNAL_NEW);
	journal_close(&j);
	check_file("try a");
	room.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
	j = open_it();
	ck_assert_int_eq(journal_write(j, "try", "alice@x.test"), 0);
	journal_close(&j);
	check_file("try alice@x.test\n");
}
END_TEST

START_TEST(an_erased_address_is_in_no_line)
{
	static const char text[] = "try a@x.test\ndone a@x.test\n"
	    "try ba@x.test\ndone ba@x.test\nlater A@x.test\n";
	char *error = NULL;
	struct journal *j;
	struct stat st;

	ck_assert_int_eq(file_write(path, slice_of(text), 0640), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 4711, 4712), 0);
	ck_assert_int_eq(journal_forget(path, "c@x.test", false, &error), 0);
	ck_assert_int_eq(journal_forget(path, "a@x.test", true, &error), 1);
	check_file(text);
	j = open_it();
	ck_assert_int_eq(journal_forget(path, "a@x.test", false, &error), -1);
	ck_assert_ptr_nonnull(strstr(error, "is running"));
	free(error);
	journal_close(&j);
	ck_assert_int_eq(journal_forget(path, "a@x.test", false, &error), 1);
	check_file("try ba@x.test\ndone ba@x.test\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	if (geteuid() == 0)
		ck_assert(st.st_uid == 4711 && st.st_gid == 4712);
	ck_assert_int_eq(journal_forget(path, "a@x.test", false, &error), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_journal");
	TCase *t = tcase_create("ctl_journal");

	tcase_add_checked_fixture(t, set_up, tear_down);
	ADD_ROWS(t, a_run_goes_on_where_the_last_one_ended, states);
	tcase_add_test(t, what_is_written_is_there_after_an_interruption);
	tcase_add_test(t, a_torn_line_does_not_run_into_the_next_one);
	tcase_add_test(t, a_second_run_at_the_same_time_is_refused);
	tcase_add_test(t, the_file_that_stands_there_is_the_one_that_is_locked);
	tcase_add_test(t, what_is_begun_is_on_the_disk);
	tcase_add_test(t, a_new_round_keeps_the_journal_of_the_old);
	tcase_add_test(t, a_round_that_cannot_be_kept_is_not_ended);
	tcase_add_test(t, a_journal_that_cannot_be_opened_says_why);
	tcase_add_test(t, a_full_disk_is_told_before_the_stub_is_offered);
	tcase_add_test(t, an_erased_address_is_in_no_line);
	suite_add_tcase(s, t);
	return unit_main(s);
}
