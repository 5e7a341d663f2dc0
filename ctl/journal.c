#include "config.h"

#include "ctl/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#define JOURNAL_MAX (1024UL * 1024 * 1024)

struct journal {
	int fd;
	struct map *states; /* address -> (void *)state */
};

static const struct {
	const char *word;
	enum journal_state state;
} words[] = {
	{"try", JOURNAL_UNCERTAIN},
	{"done", JOURNAL_DONE},
	{"refused", JOURNAL_REFUSED},
	{"later", JOURNAL_NEW},
	{"again", JOURNAL_NEW},
};

/* The map holds pointers; the states are told apart by where they point. */
static const enum journal_state state_values[] = {JOURNAL_NEW,
    JOURNAL_UNCERTAIN, JOURNAL_DONE, JOURNAL_REFUSED};

static void
remember(struct journal *j, struct slice word, struct slice address)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq_str(word, words[i].word))
			(void)map_set(j->states, address,
			    (void *)(uintptr_t)&state_values[words[i].state]);
}

static void
replay(struct journal *j, struct slice text)
{
	struct slice line, word;

	while (slice_split(&text, '\n', &line))
		if (slice_split(&line, ' ', &word))
			remember(j, word, line);
}

/* A last line that was cut short may be another recipient's address by chance, so
 * it goes.  Its `try`, if it had one, still says that something was begun. */
static int
cut_torn_line(struct journal *j, struct buf *text)
{
	size_t whole = text->len;

	while (whole && text->data[whole - 1] != '\n')
		whole--;
	if (whole == text->len)
		return 0;
	text->len = whole;
	return ftruncate(j->fd, (off_t)whole);
}

/* A lock is on a file, not on its name: another may stand there by the time we
 * have it. */
static bool
is_at(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static int
open_and_lock(const char *path)
{
	int fd, saved;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			break;
		if (is_at(fd, path))
			return fd;
		(void)close(fd);
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

struct journal *
journal_open(const char *path, char **error_r)
{
	struct journal *j = xcalloc(1, sizeof(*j));
	struct buf text = {0};

	j->states = map_new();
	j->fd = open_and_lock(path);
	if (j->fd < 0 && errno == EWOULDBLOCK)
		*error_r = xasprintf("%s: another nearpostctl send of this "
		    "campaign is running", path);
	else if (j->fd < 0 || file_sync_directory_of(path) < 0 ||
	    file_read(path, JOURNAL_MAX, &text) < 0 ||
	    cut_torn_line(j, &text) < 0)
		*error_r = xasprintf("%s: %s", path, strerrordesc_np(errno));
	else {
		replay(j, slice_buf(&text));
		buf_free(&text);
		return j;
	}
	buf_free(&text);
	journal_close(&j);
	return NULL;
}

/* Locked until the new one is: two that begin anew at once have one of them told
 * that the other runs. */
int
journal_begin_anew(struct journal **j, const char *path, char **error_r)
{
	struct journal *old = *j;
	char *aside;
	struct stat st;
	int rc = 0;

	if (fstat(old->fd, &st) == 0 && st.st_size == 0)
		return 0;
	aside = xasprintf("%s.%lld", path, (long long)clock_wall_ms());
	if (rename(path, aside) < 0) {
		*error_r = xasprintf("%s cannot be renamed to %s: %s", path,
		    aside, strerrordesc_np(errno));
		rc = -1;
	} else {
		*j = journal_open(path, error_r);
		journal_close(&old);
		rc = *j ? 0 : -1;
	}
	free(aside);
	return rc;
}

void
journal_close(struct journal **j)
{
	if (*j && (*j)->fd >= 0)
		(void)close((*j)->fd);
	if (*j)
		map_free(&(*j)->states, NULL);
	free(*j);
	*j = NULL;
}

enum journal_state
journal_state(const struct journal *j, const char *address)
{
	const enum journal_state *s = map_get(j->states, slice_of(address));

	return s ? *s : JOURNAL_NEW;
}

int
journal_write(struct journal *j, const char *word, const char *address)
{
	char *line = xasprintf("%s %s\n", word, address);
	size_t n = strlen(line);
	bool begins = strcmp(word, "try") == 0;
	int bad = write(j->fd, line, n) != (ssize_t)n ||
	    (begins && fdatasync(j->fd) < 0);

	if (!bad)
		remember(j, slice_of(word), slice_of(address));
	free(line);
	return bad ? -1 : 0;
}

static bool
without(struct slice text, const char *address, struct buf *rest)
{
	struct slice line, left, word;
	bool found = false;

	buf_add_str(rest, "");
	while (slice_split(&text, '\n', &line)) {
		left = line;
		if (slice_split(&left, ' ', &word) &&
		    slice_caseeq_str(left, address)) {
			found = true;
			continue;
		}
		buf_add_slice(rest, line);
		buf_add_char(rest, '\n');
	}
	return found;
}

int
journal_forget(const char *path, const char *address, bool only_look,
    char **error_r)
{
	struct journal *j = journal_open(path, error_r);
	struct buf text = {0}, rest = {0};
	int found = -1;

	if (!j)
		return -1;
	if (file_read(path, JOURNAL_MAX, &text) == 0) {
		found = without(slice_buf(&text), address, &rest);
		if (found && !only_look &&
		    file_rewrite(path, slice_buf(&rest)) < 0)
			found = -1;
	}
	if (found < 0)
		*error_r = xstrdup(strerrordesc_np(errno));
	buf_free(&text);
	buf_free(&rest);
	journal_close(&j);
	return found;
}
