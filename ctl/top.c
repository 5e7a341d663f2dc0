/* nearpostctl top: the screen (curses gatekeeper).  Whatever ends it, the terminal
 * is as it was: signals only set a flag, and exit() runs endwin(). */
#include "config.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/top_frame.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

#define EVERY_MS 1000
#define EVERY_MAX_MS 3600000
#define PLAIN_COLUMNS 120

static volatile sig_atomic_t ended;

static void
on_end(int signo)
{
	ended = signo;
}

static int
usage(void)
{
	fputs("usage: nearpostctl top [--once] [--every 2s]\n"
	      "q quits, a blank looks again at once.\n", stderr);
	return EX_USAGE;
}

/* To something that is no terminal: one picture, as it is. */
static int
print_once(struct ctl *ctl)
{
	struct top_frame *f = xcalloc(1, sizeof(*f));
	struct overview o;
	int status;

	overview_take(ctl, &o);
	top_frame(&o, 0, PLAIN_COLUMNS, f);
	for (int i = 0; i < f->n; i++)
		puts(f->lines[i].text);
	status = o.answered ? EX_OK : EX_UNAVAILABLE;
	overview_free(&o);
	free(f);
	return status;
}

static void
end_screen(void)
{
	if (!isendwin())
		(void)endwin();
}

static bool
wants_colours(void)
{
	const char *no = getenv("NO_COLOR"); /* https://no-color.org */

	return (!no || !*no) && has_colors();
}

/* Its words on standard error would be in the picture. */
static SCREEN *
begin_screen(void)
{
	SCREEN *screen;

	(void)setlocale(LC_CTYPE, ""); /* UTF-8 in names of people */
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return NULL;
	(void)atexit(end_screen);
	(void)cbreak();
	(void)noecho();
	(void)keypad(stdscr, TRUE);
	(void)curs_set(0);
	if (wants_colours()) {
		(void)start_color();
		(void)use_default_colors();
		(void)init_pair(LOOK_GOOD, COLOR_GREEN, -1);
		(void)init_pair(LOOK_WARN, COLOR_YELLOW, -1);
		(void)init_pair(LOOK_BAD, COLOR_RED, -1);
	}
	return screen;
}

static attr_t
attributes(enum top_look look, bool colours)
{
	switch (look) {
	case LOOK_HEAD:
		return A_REVERSE;
	case LOOK_GOOD:
		return colours ? (attr_t)COLOR_PAIR(LOOK_GOOD) : A_NORMAL;
	case LOOK_WARN:
		return colours ? (attr_t)COLOR_PAIR(LOOK_WARN) : A_NORMAL;
	case LOOK_BAD:
		return A_BOLD |
		    (colours ? (attr_t)COLOR_PAIR(LOOK_BAD) : A_NORMAL);
	case LOOK_PLAIN:
		break;
	}
	return A_NORMAL;
}

static void
draw(struct ctl *ctl, struct top_frame *f, bool colours)
{
	struct overview o;

	overview_take(ctl, &o);
	top_frame(&o, LINES, COLS, f);
	(void)erase();
	for (int i = 0; i < f->n && i < LINES - 1; i++) {
		attr_t a = attributes(f->lines[i].look, colours);

		(void)attrset((int)a);
		(void)mvaddstr(i, 0, f->lines[i].text);
		/* The head is a bar across the screen. */
		for (int x = getcurx(stdscr); f->lines[i].look == LOOK_HEAD &&
		    x < COLS && getcury(stdscr) == i; x++)
			(void)mvaddch(i, x, ' ');
	}
	(void)attrset(A_NORMAL);
	(void)mvaddstr(LINES - 1, 0, "q quits");
	(void)refresh();
	overview_free(&o);
}

static int
show(struct ctl *ctl, int every_ms)
{
	struct top_frame *f = xcalloc(1, sizeof(*f));
	SCREEN *screen = begin_screen();
	bool colours;
	int key;

	if (!screen) {
		free(f);
		log_warnx("terminal \"%s\" is not known; top --once needs none",
		    getenv("TERM") ? getenv("TERM") : "");
		return EX_UNAVAILABLE;
	}
	colours = wants_colours();
	(void)signal(SIGINT, on_end);
	(void)signal(SIGTERM, on_end);
	(void)signal(SIGHUP, on_end);
	do {
		draw(ctl, f, colours);
		timeout(every_ms);
		key = getch(); /* KEY_RESIZE among them */
	} while (!ended && key != 'q' && key != 'Q');
	end_screen();
	delscreen(screen);
	free(f);
	return EX_OK;
}

int
top_command(struct ctl *ctl, int argc, char **argv)
{
	bool once = !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO);
	int64_t every_ms = EVERY_MS;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--once") == 0)
			once = true;
		else if (strcmp(argv[i], "--every") != 0 || i + 1 == argc ||
		    text_duration_ms(slice_of(argv[++i]), 100, EVERY_MAX_MS,
		    &every_ms) < 0)
			return usage();
	}
	return once ? print_once(ctl) : show(ctl, (int)every_ms);
}
