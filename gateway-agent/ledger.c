#include "gateway-agent/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define LEDGER_SIZE_MAX ((size_t)4 << 30)
#define LEDGER_MODE 0600

struct ledger {
	char *path;
	int fd;
	size_t lines;
	bool dirty;
	struct buf line;
};

/* Length of what ends with a newline; the rest was cut by a crash. */
static size_t
replay_all(struct ledger *l, struct slice text,
    int (*replay)(struct slice line, void *ctx), void *ctx)
{
	size_t whole = text.len, bad = 0;
	struct slice line;

	while (whole > 0 && text.data[whole - 1] != '\n')
		whole--;
	text.len = whole;
	while (slice_split(&text, '\n', &line)) {
		if (line.len == 0)
			continue;
		l->lines++;
		if (replay(line, ctx) != 0)
			bad++;
	}
	if (bad)
		log_warnx("file=%s damaged_lines=%zu passed over", l->path,
		    bad);
	return whole;
}

struct ledger *
ledger_open(const char *path, int (*replay)(struct slice line, void *ctx),
    void *ctx)
{
	struct ledger *l = xcalloc(1, sizeof(*l));
	struct buf text = {0};
	size_t whole;
	int saved;

	l->path = xstrdup(path);
	l->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC,
	    LEDGER_MODE);
	if (l->fd < 0 || file_read(path, LEDGER_SIZE_MAX, &text) != 0)
		goto fail;
	whole = replay_all(l, slice_buf(&text), replay, ctx);
	if (whole < text.len && ftruncate(l->fd, (off_t)whole) != 0)
		goto fail;
	buf_free(&text);
	return l;
fail:
	saved = errno;
	buf_free(&text);
	ledger_close(&l);
	errno = saved;
	return NULL;
}

void
ledger_close(struct ledger **lp)
{
	struct ledger *l = *lp;

	if (!l)
		return;
	ledger_sync(l);
	if (l->fd >= 0)
		(void)close(l->fd);
	buf_free(&l->line);
	free(l->path);
	free(l);
	*lp = NULL;
}

void
ledger_append(struct ledger *l, struct slice line)
{
	ssize_t n;

	buf_clear(&l->line);
	buf_add_slice(&l->line, line);
	buf_add_char(&l->line, '\n');
	do
		n = write(l->fd, l->line.data, l->line.len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		fatal("file=%s cannot be written", l->path);
	if ((size_t)n != l->line.len)
		fatalx(75, "file=%s cannot be written: disk full", l->path);
	l->lines++;
	l->dirty = true;
}

void
ledger_sync(struct ledger *l)
{
	if (!l->dirty)
		return;
	/* What it did not write it may have dropped: a second try says nothing. */
	if (fdatasync(l->fd) != 0)
		fatal("file=%s fdatasync", l->path);
	l->dirty = false;
}

size_t
ledger_lines(const struct ledger *l)
{
	return l->lines;
}

int
ledger_rewrite(struct ledger *l, void (*fill)(struct buf *out, void *ctx),
    void *ctx)
{
	struct buf text = {0};
	size_t lines = 0, i;
	int fd, rc = -1;

	buf_add_str(&text, "");
	fill(&text, ctx);
	for (i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	if (file_write(l->path, slice_buf(&text), LEDGER_MODE) != 0)
		goto out;
	fd = open(l->path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (fd < 0) /* the old descriptor's file has no name any more */
		fatal("file=%s cannot be opened again", l->path);
	(void)close(l->fd);
	l->fd = fd;
	l->lines = lines;
	l->dirty = false;
	rc = 0;
out:
	buf_free(&text);
	return rc;
}
