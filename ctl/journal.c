#include "config.h"

#include "ctl/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>

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

struct journal *
journal_open(const char *path, char **error_r)
{
	struct journal *j = xcalloc(1, sizeof(*j));
	struct buf text = {0};

	j->states = map_new();
	j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (j->fd < 0)
		*error_r = xasprintf("%s: %s", path, strerrordesc_np(errno));
	else if (flock(j->fd, LOCK_EX | LOCK_NB) < 0)
		*error_r = xasprintf("%s: another nearpostctl send of this "
		    "campaign is running", path);
	else if (file_read(path, JOURNAL_MAX, &text) < 0 ||
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
	int bad = write(j->fd, line, n) != (ssize_t)n;

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
		    file_write(path, slice_buf(&rest), 0600) < 0)
			found = -1;
	}
	if (found < 0)
		*error_r = xstrdup(strerrordesc_np(errno));
	buf_free(&text);
	buf_free(&rest);
	journal_close(&j);
	return found;
}
