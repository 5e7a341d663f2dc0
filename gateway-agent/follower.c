#include "gateway-agent/follower.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway-agent/place.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

struct follower {
	char *path, *dir;
	int fd;            /* -1: nothing open */
	struct place at;
	struct buf input;  /* read behind at.offset, without its newline yet */
	bool skipping;     /* the rest of a line too long */
	bool from_start;   /* a file that appears from now on is all news */
	bool known;        /* `at` names a file */
	bool check_due;    /* at.check belongs to an earlier offset */
	int64_t rotated_ms; /* when the rotation was noticed; 0 = it was not */
	int64_t seen_ms;
	unsigned gaps;
	char gap_text[160];
	void (*line)(struct slice line, void *ctx);
	void *ctx;
};

static void
gap(struct follower *f, const char *why)
{
	f->gaps++;
	(void)snprintf(f->gap_text, sizeof(f->gap_text), "%s at line %llu "
	    "offset %lld", why, (unsigned long long)f->at.count,
	    (long long)f->at.offset);
	log_warnx("maillog=%s gap=\"%s\": log lines may be lost", f->path,
	    f->gap_text);
}

static void
renew_check(struct follower *f)
{
	f->at.check = place_check(f->fd, f->at.offset);
	f->check_due = false;
}

void
follower_mark(struct follower *f, char mark_r[FOLLOWER_MARK_MAX])
{
	if (!f->known) {
		mark_r[0] = '\0';
		return;
	}
	if (f->check_due)
		renew_check(f);
	place_write(&f->at, mark_r, FOLLOWER_MARK_MAX);
}

static void
close_file(struct follower *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
	f->rotated_ms = 0;
	f->skipping = false;
	buf_clear(&f->input);
}

static void
take_place(struct follower *f, int fd, const struct stat *st, int64_t offset)
{
	f->fd = fd;
	f->known = true;
	f->at.dev = (uint64_t)st->st_dev;
	f->at.ino = (uint64_t)st->st_ino;
	f->at.offset = offset;
	renew_check(f);
}

/* Is the open file still the one that `at` speaks of, with nothing taken away
 * from its front? */
static bool
still_the_same(const struct follower *f, int fd, const struct stat *st)
{
	return (uint64_t)st->st_dev == f->at.dev &&
	    (uint64_t)st->st_ino == f->at.ino && st->st_size >= f->at.offset &&
	    place_check(fd, f->at.offset) == f->at.check;
}

static int
open_log(const char *path, struct stat *st_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0 && fstat(fd, st_r) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* The file we were in was renamed while nobody watched: find it by its inode
 * among its neighbours (mail.log.1, mail.log-20261123). */
static int
open_rotated(const struct follower *f, struct stat *st_r)
{
	char file[PATH_MAX + 256];
	DIR *d = opendir(f->dir);
	struct dirent *de;
	int fd = -1;

	if (!d)
		return -1;
	while (fd < 0 && (de = readdir(d))) {
		if ((uint64_t)de->d_ino != f->at.ino)
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", f->dir,
		    de->d_name);
		fd = open_log(file, st_r);
		if (fd >= 0 && !still_the_same(f, fd, st_r)) {
			(void)close(fd);
			fd = -1;
		}
	}
	(void)closedir(d);
	return fd;
}

/* Open the file to read next.  false with errno when there is none. */
static bool
open_file(struct follower *f)
{
	struct stat st, old;
	int fd = open_log(f->path, &st), why = errno, old_fd;

	if (f->known && fd >= 0 && still_the_same(f, fd, &st)) {
		take_place(f, fd, &st, f->at.offset);
		return true;
	}
	if (f->known && (old_fd = open_rotated(f, &old)) >= 0) {
		if (fd >= 0)
			(void)close(fd);
		take_place(f, old_fd, &old, f->at.offset);
		return true;
	}
	if (fd < 0) {
		f->from_start = true;
		errno = why;
		return false;
	}
	if (f->known)
		gap(f, (uint64_t)st.st_ino == f->at.ino ?
		    "the file was truncated" : "the rotated file is gone");
	take_place(f, fd, &st,
	    f->known || f->from_start ? 0 : (int64_t)st.st_size);
	return true;
}

struct follower *
follower_new(const char *path, const char *mark,
    void (*line)(struct slice line, void *ctx), void *ctx)
{
	struct follower *f = xcalloc(1, sizeof(*f));
	const char *slash = strrchr(path, '/');

	f->path = xstrdup(path);
	f->dir = slash ? xstrndup(path, (size_t)(slash - path) + 1) :
	    xstrdup(".");
	f->fd = -1;
	f->line = line;
	f->ctx = ctx;
	if (*mark) {
		f->known = place_parse(mark, &f->at);
		if (!f->known) {
			memset(&f->at, 0, sizeof(f->at));
			gap(f, "the kept place is unreadable");
		}
	}
	(void)open_file(f);
	return f;
}

void
follower_free(struct follower **fp)
{
	struct follower *f = *fp;

	if (!f)
		return;
	close_file(f);
	buf_free(&f->input);
	free(f->path);
	free(f->dir);
	free(f);
	*fp = NULL;
}

/* len octets of the file, the newline included, are done with. */
static void
hand_out(struct follower *f, struct slice line, size_t len)
{
	f->at.offset += (int64_t)len;
	f->check_due = true;
	f->at.count++;
	f->line(line, f->ctx);
}

static void
split_lines(struct follower *f)
{
	struct slice rest = slice_buf(&f->input);
	size_t used = 0;

	for (;;) {
		const char *end = rest.len ?
		    memchr(rest.data, '\n', rest.len) : NULL;
		size_t len = end ? (size_t)(end - rest.data) + 1 : 0;

		if (!end && (rest.len <= FOLLOWER_LINE_MAX || f->skipping))
			break;
		if (!end) {
			hand_out(f, (struct slice){rest.data,
			    FOLLOWER_LINE_MAX}, rest.len);
			used += rest.len;
			f->skipping = true;
			rest = (struct slice){rest.data + rest.len, 0};
			break;
		}
		if (f->skipping) {
			f->at.offset += (int64_t)len;
			f->skipping = false;
		} else
			hand_out(f, (struct slice){rest.data,
			    len - 1 < FOLLOWER_LINE_MAX ? len - 1 :
			    FOLLOWER_LINE_MAX}, len);
		used += len;
		rest.data += len;
		rest.len -= len;
	}
	if (f->skipping && rest.len) {
		f->at.offset += (int64_t)rest.len;
		used += rest.len;
	}
	buf_consume(&f->input, used);
	if (used)
		renew_check(f);
}

/* true: something was read. */
static bool
read_some(struct follower *f)
{
	char chunk[65536];
	ssize_t n = pread(f->fd, chunk, sizeof(chunk),
	    (off_t)(f->at.offset + (int64_t)f->input.len));

	if (n <= 0)
		return false;
	buf_add(&f->input, chunk, (size_t)n);
	split_lines(f);
	return true;
}

/* The end of the open file is reached: is it still the log?  true: another file
 * was opened, and there may be more to read. */
static bool
look_for_rotation(struct follower *f, int64_t now_ms)
{
	struct stat st, named;
	int fd;

	if (fstat(f->fd, &st) != 0)
		return false;
	if (!still_the_same(f, f->fd, &st)) {
		gap(f, "the file was truncated");
		buf_clear(&f->input);
		f->skipping = false;
		f->at.offset = 0;
		renew_check(f);
		return st.st_size > 0;
	}
	if (stat(f->path, &named) != 0 || (named.st_dev == st.st_dev &&
	        named.st_ino == st.st_ino)) {
		f->rotated_ms = 0;
		return false;
	}
	if (f->rotated_ms == 0) {
		f->rotated_ms = now_ms;
		return false;
	}
	if (now_ms - f->rotated_ms < FOLLOWER_GRACE_MS)
		return false;
	fd = open_log(f->path, &named);
	if (fd < 0)
		return false;
	if (f->input.len)
		gap(f, "the rotated file ends in half a line");
	close_file(f);
	take_place(f, fd, &named, 0);
	return true;
}

enum follower_state
follower_read(struct follower *f, int64_t now_ms)
{
	size_t step = 0;
	struct stat st;

	if (f->fd < 0 && !open_file(f))
		return FOLLOWER_MISSING;
	/* What follows a truncation must not be read as the old file's. */
	if (fstat(f->fd, &st) == 0 && !still_the_same(f, f->fd, &st))
		(void)look_for_rotation(f, now_ms);
	for (;;) {
		while (step < FOLLOWER_STEP && read_some(f))
			step += 65536;
		if (step >= FOLLOWER_STEP)
			return FOLLOWER_MORE;
		if (!look_for_rotation(f, now_ms))
			break;
	}
	/* In the rotated file nothing is certain about the new one. */
	if (f->fd >= 0 && f->rotated_ms == 0)
		f->seen_ms = now_ms;
	return f->fd < 0 ? FOLLOWER_MISSING : FOLLOWER_AT_END;
}

unsigned
follower_gaps(const struct follower *f)
{
	return f->gaps;
}

const char *
follower_gap_text(const struct follower *f)
{
	return f->gap_text;
}

int64_t
follower_seen_ms(const struct follower *f)
{
	return f->seen_ms;
}

const char *
follower_later(const char *a, const char *b)
{
	struct place pa, pb;

	/* One that cannot be read is for follower_new() to complain of. */
	if (!place_parse(a, &pa))
		return *b ? b : a;
	if (!place_parse(b, &pb))
		return a;
	return pb.count > pa.count ? b : a;
}
