#include "gateway-agent/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

/* journald's own message when its rate limit dropped some (sd-messages.h) */
#define DROPPED_ID "a596d6fe7bfa4994828e72309e95d61e"
#define RESTART_MS 1000
#define ENDED_WARN_MS 60000
#define GAP_WARN_MS 1000
/* Silence this long after the start and between entries means: read up. */
#define SETTLE_MS 2000

struct journal {
	struct loop *loop;
	uint64_t count;
	char *cursor; /* "" = none yet */
	char *mark;
	bool expect_cursor; /* the next entry must be the one we know */
	bool unreadable;    /* the one we know cannot be read: start behind it */
	pid_t pid;
	int fd;
	struct watch *watch;
	struct timer *restart;
	struct buf input;
	int64_t quiet_since_ms; /* monotonic */
	int64_t entry_ms;
	struct log_limit ended_limit, gap_limit;
	void (*entry)(struct slice program, struct slice message,
	    int64_t wall_ms, const char *mark, void *ctx);
	void *ctx;
};

/* "NAME=value\n" or "NAME\n", 64 bit little endian length, value, "\n". */
static int
parse_field(struct slice in, struct slice *name_r, struct slice *value_r,
    size_t *used_r)
{
	const char *end = in.len ? memchr(in.data, '\n', in.len) : NULL;
	size_t line = end ? (size_t)(end - in.data) : 0, i;
	const char *eq = end ? memchr(in.data, '=', line) : NULL;
	uint64_t len = 0;

	if (!end)
		return in.len > JOURNAL_ENTRY_MAX ? -1 : 0;
	if (eq) {
		size_t n = (size_t)(eq - in.data);

		*name_r = (struct slice){in.data, n};
		*value_r = (struct slice){eq + 1, line - n - 1};
		*used_r = line + 1;
		return 1;
	}
	*name_r = (struct slice){in.data, line};
	if (in.len < line + 9)
		return 0;
	for (i = 8; i > 0; i--)
		len = len << 8 | (unsigned char)in.data[line + i];
	if (len > JOURNAL_ENTRY_MAX)
		return -1;
	if (in.len < line + 9 + len + 1)
		return 0;
	if (in.data[line + 9 + len] != '\n')
		return -1;
	*value_r = (struct slice){in.data + line + 9, (size_t)len};
	*used_r = line + 9 + (size_t)len + 1;
	return 1;
}

int
journal_parse(struct slice in, struct journal_entry *out_r, size_t *used_r)
{
	size_t at = 0;

	memset(out_r, 0, sizeof(*out_r));
	for (;;) {
		struct slice rest = {in.data + at, in.len - at};
		struct slice name, value;
		size_t used = 0;
		int64_t us;
		int rc;

		if (at > JOURNAL_ENTRY_MAX)
			return -1;
		if (rest.len && *rest.data == '\n') {
			*used_r = at + 1;
			return 1;
		}
		rc = parse_field(rest, &name, &value, &used);
		if (rc <= 0)
			return rc;
		at += used;
		if (slice_eq_str(name, "__CURSOR"))
			out_r->cursor = value;
		else if (slice_eq_str(name, "SYSLOG_IDENTIFIER"))
			out_r->program = value;
		else if (slice_eq_str(name, "MESSAGE"))
			out_r->message = value;
		else if (slice_eq_str(name, "MESSAGE_ID"))
			out_r->message_id = value;
		else if (slice_eq_str(name, "__REALTIME_TIMESTAMP") &&
		    text_int(value, 0, INT64_MAX, &us) == 0)
			out_r->wall_ms = us / 1000;
	}
}

static void
gap(struct journal *j, const char *why)
{
	if (log_may(&j->gap_limit, loop_mono_ms(j->loop), GAP_WARN_MS))
		log_warnx("maillog=journal gap=\"%s\": log lines may be lost",
		    why);
}

static bool
has_cursor(const struct journal_entry *e)
{
	return e->cursor.len > 0 && e->cursor.len <= JOURNAL_CURSOR_MAX;
}

/* false: it is the one we know. */
static bool
next_cursor(struct journal *j, const struct journal_entry *e)
{
	bool expected = j->expect_cursor;

	j->expect_cursor = false;
	if (expected && slice_eq_str(e->cursor, j->cursor))
		return false;
	if (expected)
		gap(j, "the journal does not know our cursor any more");
	free(j->cursor);
	j->cursor = xstrndup(e->cursor.data, e->cursor.len);
	j->count++;
	free(j->mark);
	j->mark = xasprintf("%llu:%s", (unsigned long long)j->count,
	    j->cursor);
	return true;
}

static void
take(struct journal *j, const struct journal_entry *e)
{
	if (!has_cursor(e))
		return;
	j->entry_ms = e->wall_ms;
	if (!next_cursor(j, e))
		return;
	if (slice_eq_str(e->message_id, DROPPED_ID))
		gap(j, "journald dropped messages (RateLimitBurst)");
	else
		j->entry(e->program, e->message, e->wall_ms, j->mark, j->ctx);
}

static void start(void *ctx);

static void
stop(struct journal *j)
{
	watch_free(&j->watch);
	if (j->fd >= 0)
		(void)close(j->fd);
	j->fd = -1;
	if (j->pid > 0) {
		(void)kill(j->pid, SIGKILL);
		while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	j->pid = 0;
	buf_clear(&j->input);
}

static void
start_later(struct journal *j)
{
	stop(j);
	timer_free(&j->restart);
	j->restart = timer_new(j->loop, RESTART_MS, false, start, j);
}

/* It would come again, and hold up for ever what is logged after it. */
static void
pass_over(struct journal *j, const struct journal_entry *e)
{
	if (!has_cursor(e)) {
		gap(j, "this is not the journal's export format");
		j->expect_cursor = false;
	} else if (next_cursor(j, e)) {
		gap(j, "an entry that is too long was passed over");
	}
	j->unreadable = has_cursor(e);
	start_later(j);
}

static void
on_readable(int fd, int what, void *ctx)
{
	struct journal *j = ctx;
	char chunk[65536];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	struct journal_entry e;
	size_t used = 0;
	int rc;

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (log_may(&j->ended_limit, loop_mono_ms(j->loop),
		        ENDED_WARN_MS))
			log_warnx("maillog=journal: journalctl ended; starting "
			    "it again");
		start_later(j);
		return;
	}
	j->quiet_since_ms = loop_mono_ms(j->loop);
	buf_add(&j->input, chunk, (size_t)n);
	for (;;) {
		struct slice rest = slice_buf(&j->input);
		size_t one;

		rest.data += used;
		rest.len -= used;
		rc = journal_parse(rest, &e, &one);
		if (rc <= 0)
			break;
		take(j, &e);
		used += one;
	}
	if (rc < 0)
		pass_over(j, &e);
	else
		buf_consume(&j->input, used);
}

static void
run_journalctl(const struct journal *j, int out)
{
	char where[JOURNAL_CURSOR_MAX + 16];
	const char *argv[] = {"journalctl", "--quiet", "--follow",
	    "--output=export",
	    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,MESSAGE_ID", NULL,
	    NULL, "SYSLOG_FACILITY=2", "+", "MESSAGE_ID=" DROPPED_ID, NULL};
	sigset_t none;

	if (*j->cursor) {
		(void)snprintf(where, sizeof(where), "--%s=%s",
		    j->unreadable ? "after-cursor" : "cursor", j->cursor);
		argv[5] = "--no-tail";
		argv[6] = where;
	} else {
		argv[5] = "--lines=0";
		argv[6] = "--no-pager";
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	/* execvp's prototype predates const. */
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void
start(void *ctx)
{
	struct journal *j = ctx;
	int p[2];

	timer_free(&j->restart);
	if (pipe2(p, O_CLOEXEC) != 0)
		fatal("pipe");
	j->pid = fork();
	if (j->pid == 0)
		run_journalctl(j, p[1]);
	(void)close(p[1]);
	if (j->pid < 0) {
		log_warn("fork");
		(void)close(p[0]);
		start_later(j);
		return;
	}
	j->fd = p[0];
	(void)fcntl(j->fd, F_SETFL, O_NONBLOCK);
	j->expect_cursor = *j->cursor != '\0' && !j->unreadable;
	j->unreadable = false;
	j->quiet_since_ms = loop_mono_ms(j->loop);
	j->watch = watch_new(j->loop, j->fd, WATCH_READ, on_readable, j);
}

static bool
parse_mark(const char *mark, int64_t *count_r, const char **cursor_r)
{
	const char *colon = strchr(mark, ':');

	if (!colon || colon[1] == '\0' ||
	    strlen(colon + 1) > JOURNAL_CURSOR_MAX ||
	    text_int((struct slice){mark, (size_t)(colon - mark)}, 0,
	        INT64_MAX, count_r) != 0)
		return false;
	*cursor_r = colon + 1;
	/* A cursor is a list of fields; a place in a file is not. */
	return strchr(*cursor_r, '=') != NULL;
}

struct journal *
journal_new(struct loop *loop, const char *mark,
    void (*entry)(struct slice program, struct slice message,
        int64_t wall_ms, const char *mark, void *ctx),
    void *ctx)
{
	struct journal *j = xcalloc(1, sizeof(*j));
	const char *cursor = "";
	int64_t count = 0;

	j->loop = loop;
	j->entry = entry;
	j->ctx = ctx;
	j->fd = -1;
	if (*mark && !parse_mark(mark, &count, &cursor)) {
		gap(j, "the kept cursor is unreadable");
		cursor = "";
	}
	j->cursor = xstrdup(cursor);
	j->count = (uint64_t)count;
	j->mark = xstrdup(*cursor ? mark : "");
	start(j);
	return j;
}

void
journal_free(struct journal **jp)
{
	struct journal *j = *jp;

	if (!j)
		return;
	stop(j);
	timer_free(&j->restart);
	buf_free(&j->input);
	free(j->cursor);
	free(j->mark);
	free(j);
	*jp = NULL;
}

const char *
journal_mark(const struct journal *j)
{
	return j->mark;
}

const char *
journal_later(const char *a, const char *b)
{
	const char *cursor;
	int64_t na, nb;

	if (!parse_mark(a, &na, &cursor))
		return *b ? b : a;
	if (!parse_mark(b, &nb, &cursor))
		return a;
	return nb > na ? b : a;
}

int64_t
journal_seen_ms(const struct journal *j)
{
	if (j->fd >= 0 &&
	    loop_mono_ms(j->loop) - j->quiet_since_ms >= SETTLE_MS)
		return clock_wall_ms() - SETTLE_MS;
	return j->entry_ms;
}
