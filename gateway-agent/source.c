#include "gateway-agent/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "gateway-agent/follower.h"
#include "gateway-agent/journal.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define POLL_MS 1000
#define MISSING_WARN_MS 60000
#define POS_MAX 8192

struct source {
	struct loop *loop;
	char *path, *pos_path, *saved;
	struct follower *follower; /* one of these two */
	struct journal *journal;
	struct source_ops ops;
	struct timer *poll, *again;
	struct watch *watch;
	int inotify;
	struct log_limit missing_limit;
};

static void
save_mark(struct source *s)
{
	char mark[FOLLOWER_MARK_MAX];
	const char *now = mark;

	if (s->follower)
		follower_mark(s->follower, mark);
	else
		now = journal_mark(s->journal);
	if (*now == '\0' || strcmp(now, s->saved) == 0)
		return;
	if (file_write(s->pos_path, slice_of(now), 0600) != 0) {
		log_warn("file=%s cannot be written", s->pos_path);
		return;
	}
	free(s->saved);
	s->saved = xstrdup(now);
}

static void
on_line(struct slice line, void *ctx)
{
	struct source *s = ctx;
	struct maillog_event e;
	char mark[FOLLOWER_MARK_MAX];

	if (!maillog_parse(line, &e) || e.kind == MAILLOG_OTHER)
		return;
	follower_mark(s->follower, mark);
	s->ops.event(&e, mark, s->ops.ctx);
}

static void
on_journal(struct slice program, struct slice message, int64_t wall_ms,
    const char *mark, void *ctx)
{
	struct source *s = ctx;
	struct maillog_event e;

	if (!maillog_parse_message(program, message, &e) ||
	    e.kind == MAILLOG_OTHER)
		return;
	if (wall_ms > 0)
		e.logged_ms = wall_ms;
	s->ops.event(&e, mark, s->ops.ctx);
}

static void
read_file(void *ctx)
{
	struct source *s = ctx;

	timer_free(&s->again);
	switch (follower_read(s->follower, clock_wall_ms())) {
	case FOLLOWER_AT_END:
		break;
	case FOLLOWER_MORE:
		/* Others want a turn in between. */
		s->again = timer_new(s->loop, 0, false, read_file, s);
		break;
	case FOLLOWER_MISSING:
		if (log_may(&s->missing_limit, loop_mono_ms(s->loop),
		        MISSING_WARN_MS))
			log_warn("maillog=%s cannot be read: repeated stubs "
			    "have to wait, deliveries are not reported",
			    s->path);
		break;
	}
}

static void
on_poll(void *ctx)
{
	struct source *s = ctx;

	if (s->follower)
		read_file(s);
	save_mark(s);
}

/* The directory is watched: files come and go, and come again.  Only a change
 * of a name like ours matters. */
static void
on_inotify(int fd, int what, void *ctx)
{
	struct source *s = ctx;
	union {
		struct inotify_event event;
		char bytes[16384];
	} in;
	const char *slash = strrchr(s->path, '/');
	const char *name = slash ? slash + 1 : s->path;
	bool ours = false;
	ssize_t n, at = 0;

	(void)what;
	n = read(fd, in.bytes, sizeof(in.bytes));
	while (n - at >= (ssize_t)sizeof(struct inotify_event)) {
		struct inotify_event head;

		memcpy(&head, in.bytes + at, sizeof(head));
		if (head.len && strncmp(in.bytes + at + sizeof(head), name,
		        strlen(name)) == 0)
			ours = true;
		at += (ssize_t)(sizeof(head) + head.len);
	}
	if (ours)
		read_file(s);
}

/* Without inotify the poll still finds every line, within a second. */
static void
watch_directory(struct source *s)
{
	const char *slash = strrchr(s->path, '/');
	char *dir = slash ? xstrndup(s->path, (size_t)(slash - s->path) + 1) :
	    xstrdup(".");

	s->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (s->inotify < 0 || inotify_add_watch(s->inotify, dir,
	        IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		log_warn("inotify of %s: reading once a second", dir);
	else
		s->watch = watch_new(s->loop, s->inotify, WATCH_READ,
		    on_inotify, s);
	free(dir);
}

static char *
read_pos(const struct source *s)
{
	struct buf b = {0};

	if (file_read(s->pos_path, POS_MAX, &b) != 0 && errno != ENOENT)
		log_warn("file=%s cannot be read", s->pos_path);
	return buf_steal(&b);
}

struct source *
source_new(struct loop *loop, const char *maillog,
    const char *state_directory, const char *mark,
    const struct source_ops *ops)
{
	struct source *s = xcalloc(1, sizeof(*s));

	s->loop = loop;
	s->ops = *ops;
	s->inotify = -1;
	s->path = xstrdup(maillog);
	s->pos_path = xasprintf("%s/maillog.pos", state_directory);
	s->saved = read_pos(s);
	if (strcmp(maillog, SOURCE_JOURNAL) == 0) {
		s->journal = journal_new(loop,
		    journal_later(s->saved, mark), on_journal, s);
	} else {
		s->follower = follower_new(maillog,
		    follower_later(s->saved, mark), on_line, s);
		watch_directory(s);
		/* At once: the ticket table is waiting for what it missed. */
		s->again = timer_new(loop, 0, false, read_file, s);
	}
	s->poll = timer_new(loop, POLL_MS, true, on_poll, s);
	return s;
}

void
source_free(struct source **sp)
{
	struct source *s = *sp;

	if (!s)
		return;
	save_mark(s);
	timer_free(&s->poll);
	timer_free(&s->again);
	watch_free(&s->watch);
	if (s->inotify >= 0)
		(void)close(s->inotify);
	follower_free(&s->follower);
	journal_free(&s->journal);
	free(s->path);
	free(s->pos_path);
	free(s->saved);
	free(s);
	*sp = NULL;
}

int64_t
source_seen_ms(const struct source *s)
{
	return s->follower ? follower_seen_ms(s->follower) :
	    journal_seen_ms(s->journal);
}
