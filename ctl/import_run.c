#include "config.h"

#include "ctl/import_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/progress.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

#define FLUSH_ROWS 500
#define SHOWN 20 /* complaints; the report has all */

struct state {
	const struct import_run *run;
	struct import_counts counts;
	FILE *report;
	struct progress bar;
	size_t columns;
	size_t refused_late; /* by put() */
	size_t told;
	size_t unsure_line; /* of the first row that may not be stored; 0 = none */
	size_t unflushed, flushed;
	bool store_failed;
};

static volatile sig_atomic_t stop;

static void
on_signal(int signo)
{
	(void)signo;
	stop = 1;
}

static void
complain(const char *text, void *ctx)
{
	struct state *s = ctx;

	if (s->told++ < SHOWN)
		log_warnx("%s", text);
	else if (s->told == SHOWN + 1)
		log_warnx("... and more; --refused FILE has them all");
}

static void
columns(const char *const *names, size_t n, void *ctx)
{
	struct state *s = ctx;
	struct buf line = {0};

	struct stat st;

	s->columns = n;
	if (!s->report || (fstat(fileno(s->report), &st) == 0 && st.st_size))
		return;
	buf_add_str(&line, IMPORT_REFUSED_HEADER);
	for (size_t i = 0; i < n; i++)
		if (!import_refused_column(names[i])) {
			buf_add_char(&line, ',');
			import_quote(&line, slice_of(names[i]));
		}
	fprintf(s->report, "%s\n", line.data);
	buf_free(&line);
}

static void
refused(size_t line, const char *why, const struct slice *fields, size_t n,
    void *ctx)
{
	struct state *s = ctx;
	struct buf text = {0};

	if (!s->report)
		return;
	buf_printf(&text, "%zu,", line);
	import_quote(&text, slice_of(why));
	for (size_t i = 0; i < n; i++) {
		buf_add_char(&text, ',');
		import_quote(&text, fields[i]);
	}
	fprintf(s->report, "%s\n", text.data);
	buf_free(&text);
}

static int
flush(struct state *s)
{
	if (store_sync_flush(s->run->store) < 0) {
		s->store_failed = true;
		return -1;
	}
	s->flushed += s->unflushed;
	s->unflushed = 0;
	s->unsure_line = 0;
	return 0;
}

/* A good row that may not be stored all the same. */
static void
refuse_late(struct state *s, const char *address, const char *why)
{
	struct buf text = {0};
	struct slice field = slice_of(address);

	buf_printf(&text, "line %zu: %s; it is passed over", s->counts.line,
	    why);
	complain(text.data, s);
	refused(s->counts.line, why, &field, 1, s);
	s->refused_late++;
	buf_free(&text);
}

static int
take(const char *address, const struct vars *record, void *ctx)
{
	struct state *s = ctx;
	const char *why = NULL;

	if (s->unsure_line == 0)
		s->unsure_line = s->counts.line;
	if (stop)
		return -1;
	if (s->run->put(address, record, &why, s->run->ctx) < 0) {
		s->store_failed = true;
		return -1;
	}
	if (why)
		refuse_late(s, address, why);
	else
		s->unflushed++;
	return s->unflushed >= FLUSH_ROWS ? flush(s) : 0;
}

static void
progress(size_t octets, void *ctx)
{
	struct state *s = ctx;

	if (s->bar.total)
		progress_show(&s->bar, octets / 1024, clock_mono_ms());
}

static bool
is_same_file(FILE *f, const char *path)
{
	struct stat a, b;

	return fstat(fileno(f), &a) == 0 && stat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The report of an import that goes on does so, too.  NULL when that was said. */
static FILE *
open_report(const struct import_run *run, FILE *input)
{
	int how = run->from_line > 1 ? O_APPEND : O_TRUNC, fd;

	if (is_same_file(input, run->refused)) {
		log_warnx("%s is the file that is imported; the report needs "
		    "another name", run->refused);
		return NULL;
	}
	fd = open(run->refused, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
	if (fd < 0) {
		log_warn("%s", run->refused);
		return NULL;
	}
	return fdopen(fd, "w");
}

static void
tell_counts(const struct state *s)
{
	size_t bad = s->counts.refused + s->refused_late;
	struct json *root;

	if (!s->run->ctl->json) {
		printf("%zu %s stored, %zu rows refused\n", s->flushed,
		    s->run->noun, bad);
		return;
	}
	root = json_begin();
	json_add_int(root, "stored", (int64_t)s->flushed);
	json_add_int(root, "refused", (int64_t)bad);
	if (s->unsure_line)
		json_add_int(root, "from_line", (int64_t)s->unsure_line);
	json_print(&root);
}

/* An argument as a shell reads it. */
static void
add_quoted(struct buf *out, const char *option, const char *word)
{
	buf_printf(out, " %s'", option);
	for (; *word; word++)
		if (*word == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *word);
	buf_add_char(out, '\'');
}

static void
tell_how_to_go_on(const struct import_run *run, size_t line)
{
	struct buf how = {0};

	buf_printf(&how, "nearpostctl %s", run->verb);
	add_quoted(&how, "", run->path);
	if (run->reason)
		add_quoted(&how, "--reason ", run->reason);
	if (run->refused)
		add_quoted(&how, "--refused ", run->refused);
	fprintf(stderr, "stopped; to go on:\n  %s --from-line %zu\n", how.data,
	    line ? line : 1);
	buf_free(&how);
}

/* What an import that ended early has stored stays stored. */
static int
finish(struct state *s, enum import_end end, bool *all_r)
{
	const struct import_run *run = s->run;
	size_t go_on = s->unsure_line;
	int status = EX_OK;
	bool stopped = end == IMPORT_STOPPED || end == IMPORT_UNREADABLE;

	if (!s->store_failed && flush(s) == 0 && stopped)
		go_on = s->counts.line;
	if (end == IMPORT_UNREADABLE)
		log_warnx("%s: line %zu or a later one: %s", run->path,
		    s->counts.line + 1, strerrordesc_np(s->counts.read_errno));
	if (s->store_failed)
		log_warnx("Redis: %s", store_sync_error(run->store));
	if (s->store_failed || stopped) {
		s->unsure_line = go_on;
		tell_how_to_go_on(run, go_on);
		status = end == IMPORT_UNREADABLE ? EX_IOERR : EX_TEMPFAIL;
	} else if (end == IMPORT_FAULTY ||
	    s->counts.refused + s->refused_late) {
		status = EX_DATAERR;
	}
	*all_r = end == IMPORT_DONE && !s->store_failed;
	tell_counts(s);
	return status;
}

int
import_run(const struct import_run *run, bool *all_r)
{
	FILE *f = strcmp(run->path, "-") == 0 ? stdin : fopen(run->path, "re");
	struct state s = {.run = run};
	struct import_to to = {.take = take, .complain = complain, .ctx = &s,
	    .columns = columns, .refused = refused, .key = run->key,
	    .progress = progress, .from_line = run->from_line,
	    .plain_list = run->plain_list};
	enum import_end end;
	struct stat st;

	*all_r = false;
	if (!f) {
		log_warn("%s", run->path);
		return EX_NOINPUT;
	}
	if (run->refused && !(s.report = open_report(run, f))) {
		if (f != stdin)
			(void)fclose(f);
		return EX_CANTCREAT;
	}
	s.bar = (struct progress){.what = "import", .unit = "KB",
	    .started_ms = clock_mono_ms()};
	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode))
		s.bar.total = (size_t)st.st_size / 1024;
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
	end = import_csv(f, &to, &s.counts);
	progress_end(&s.bar, end == IMPORT_DONE ? s.bar.total : s.bar.done,
	    clock_mono_ms());
	if (f != stdin)
		(void)fclose(f);
	if (s.report && fclose(s.report) != 0) {
		log_warn("%s", run->refused);
		(void)finish(&s, end, all_r);
		return EX_IOERR;
	}
	return finish(&s, end, all_r);
}

int
import_run_args(struct import_run *run, int argc, char **argv)
{
	int64_t line;

	for (int i = 0; i < argc; i++) {
		char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--refused") == 0 && next) {
			run->refused = next;
			i++;
		} else if (strcmp(argv[i], "--from-line") == 0 && next) {
			if (text_int(slice_of(next), 1, INT64_MAX, &line) < 0)
				return -1;
			run->from_line = (size_t)line;
			i++;
		} else if (!run->path && (argv[i][0] != '-' || !argv[i][1])) {
			run->path = argv[i];
		} else
			return -1;
	}
	return run->path ? 0 : -1;
}
