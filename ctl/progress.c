#include "config.h"

#include "ctl/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR 30
#define TERMINAL_EVERY_MS 100
#define LINE_EVERY_MS 5000
#define CLEAR "\033[K" /* what a longer line has left behind (ECMA-48 EL) */

static void
draw(const struct progress *p, size_t done, int64_t now_ms)
{
	size_t fill = p->total ? done * BAR / p->total : BAR;
	double seconds = (double)(now_ms - p->started_ms) / 1000;
	double rate = seconds > 0 ? (double)(done - p->start) / seconds : 0;
	long long left = rate > 0 ?
	    (long long)((double)(p->total - done) / rate) : 0;

	fprintf(stderr, "\r%s [", p->what);
	for (size_t i = 0; i < BAR; i++)
		(void)fputc(i < fill ? '#' : '.', stderr);
	fprintf(stderr, "] %zu/%zu %s  %.0f/s  %lld:%02lld left", done,
	    p->total, p->unit, rate, left / 60, left % 60);
	if (p->waiting)
		fprintf(stderr, ", %zu wait", p->waiting);
	fputs("  " CLEAR, stderr);
	(void)fflush(stderr);
}

void
progress_show(struct progress *p, size_t done, int64_t now_ms)
{
	int terminal = isatty(STDERR_FILENO);
	int64_t last_ms = p->shown_ms ? p->shown_ms : p->started_ms;

	p->done = done;
	if (now_ms - last_ms < (terminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS))
		return;
	p->shown_ms = now_ms;
	if (terminal) {
		draw(p, done, now_ms);
		return;
	}
	fprintf(stderr, "%s: %zu of %zu %s", p->what, done, p->total, p->unit);
	if (p->waiting)
		fprintf(stderr, ", %zu wait", p->waiting);
	(void)fputc('\n', stderr);
}

void
progress_end(struct progress *p, size_t done, int64_t now_ms)
{
	if (!p->shown_ms || !isatty(STDERR_FILENO))
		return;
	draw(p, done, now_ms);
	(void)fputc('\n', stderr);
}
