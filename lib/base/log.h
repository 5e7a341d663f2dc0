/* The log: the one global of every program.
 *
 * One event, one line, key=value, the queue id first.  Text that came from
 * outside goes through log_safe().  Thread-safe after log_open(). */
#ifndef NEARPOST_BASE_LOG_H
#define NEARPOST_BASE_LOG_H

#include <stddef.h>

enum log_dest {
	LOG_TO_STDERR = 0, /* "<name>: <level>: text", with a time when not under a journal */
	LOG_TO_SYSLOG      /* facility mail */
};

/* name is kept, not copied.  debug: whether log_debug() prints. */
void log_open(const char *name, enum log_dest dest, int debug);
/* From now on, also while other threads log: a daemon that serves already lets
 * go of the terminal. */
void log_to_syslog(void);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* log_warn adds strerror(errno), log_warnx does not. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Log and end the process with EX_TEMPFAIL (75), or with the code given. */
void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));
void fatalx(int exit_code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* s with controls, DEL, quotes, backslashes and broken UTF-8 as \xNN, cut at
 * size-1 bytes with "..." at the end.  Returns dst. */
const char *log_safe(char *dst, size_t size, const char *s);

/* At most one line of a kind in `interval_ms`; says how many were kept back.
 * Returns 1 when this one may be printed. */
struct log_limit {
	long long next_ms;
	unsigned long suppressed;
};
int log_may(struct log_limit *limit, long long now_ms, long long interval_ms);

#endif
