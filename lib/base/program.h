/* How every daemon starts: the same options, the same exits, the same way into
 * the background.
 *
 *	-c FILE  configuration     -f  stay in the foreground, log to stderr
 *	-n       check and exit    -p FILE  write the process id there
 *	-e NAME  print a setting
 *	-v       debug messages    -V  version     -h  this help
 *
 *	struct program_options o;
 *	program_options(&program, argc, argv, &o);    may exit: -V, -h, 64
 *	... load and check the configuration; exit 78 when it is bad ...
 *	if (o.show) print it; if (o.check_only) say what is there and what is not
 *	program_start(&o);                            before any thread, socket, loop
 *	... open sockets; exit with a message when that fails ...
 *	program_ready();                              only now does the parent return
 *	... run ...
 *	program_end(&o);
 */
#ifndef NEARPOST_BASE_PROGRAM_H
#define NEARPOST_BASE_PROGRAM_H

#include <stdbool.h>

struct program {
	const char *name;        /* "nearpost-milter" */
	const char *summary;     /* one line for -h */
	const char *config_path; /* where -c points to by default */
};
struct program_options {
	const char *config_path, *pid_file; /* pid_file may be NULL */
	const char *show; /* the setting of -e; NULL: none */
	bool check_only, foreground, debug;
};

/* Reads the options and opens the log, on stderr so far.  Usage errors end the
 * process with EX_USAGE (64). */
void program_options(const struct program *p, int argc, char **argv,
    struct program_options *out_r);

/* Unless foreground: forks, and the parent waits until program_ready() or the
 * child's end, and exits with what became of it, so that "start" of an init
 * script tells the truth.  stderr stays open until program_ready(), for the
 * reasons why not.  The pid file is written; a daemon needs no controlling
 * terminal, stands in "/" and ignores SIGPIPE. */
void program_start(const struct program_options *o);
/* Listening: release the parent, log to syslog (foreground: stderr stays), and
 * tell systemd (Type=notify) by NOTIFY_SOCKET. */
void program_ready(void);
/* Another word to systemd: "RELOADING=1", "STOPPING=1", "STATUS=..."; nothing
 * without NOTIFY_SOCKET. */
void program_notify(const char *state);
/* Remove the pid file. */
void program_end(const struct program_options *o);

#endif
