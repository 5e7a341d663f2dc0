/* The log.  One write(2) or one syslog(3) per line, so that lines of several
 * threads and processes do not mix. */
#include "lib/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/utf8.h"

#define LINE_MAX_BYTES 4096

static struct {
	const char *name;
	enum log_dest dest;
	int debug;
	int stamp; /* nobody else stamps our lines */
} the_log = {"nearpost", LOG_TO_STDERR, 0, 1};

void
log_open(const char *name, enum log_dest dest, int debug)
{
	the_log.name = name;
	the_log.dest = LOG_TO_STDERR;
	the_log.debug = debug;
	the_log.stamp = getenv("JOURNAL_STREAM") == NULL;
	if (dest == LOG_TO_SYSLOG)
		log_to_syslog();
}

void
log_to_syslog(void)
{
	openlog(the_log.name, LOG_PID | LOG_NDELAY, LOG_MAIL);
	__atomic_store_n(&the_log.dest, LOG_TO_SYSLOG, __ATOMIC_RELEASE);
}

static const char *
level_name(int priority)
{
	switch (priority) {
	case LOG_DEBUG:
		return "debug";
	case LOG_INFO:
		return "info";
	case LOG_WARNING:
		return "warning";
	default:
		return "fatal";
	}
}

static size_t
time_stamp(char *dst, size_t size)
{
	struct timespec now;
	struct tm tm;
	int n;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    !gmtime_r(&now.tv_sec, &tm))
		return 0;
	n = snprintf(dst, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (int)(now.tv_nsec / 1000000));
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static void
to_stderr(int priority, const char *text)
{
	char line[LINE_MAX_BYTES + 256];
	size_t at = the_log.stamp ? time_stamp(line, sizeof(line)) : 0;
	int n = snprintf(line + at, sizeof(line) - at, "%s: %s: %s\n",
	    the_log.name, level_name(priority), text);
	ssize_t written;

	if (n < 0)
		return;
	at += (size_t)n;
	if (at >= sizeof(line)) {
		at = sizeof(line) - 1;
		line[at - 1] = '\n';
	}
	/* A log that cannot be written has nobody to tell. */
	written = write(STDERR_FILENO, line, at);
	(void)written;
}

/* err: errno to explain behind the text, or 0. */
static void __attribute__((format(printf, 3, 0)))
emit(int priority, int err, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES], why[128];
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	if (err)
		(void)snprintf(text + len, sizeof(text) - len, ": %s",
		    strerror_r(err, why, sizeof(why)));
	if (__atomic_load_n(&the_log.dest, __ATOMIC_ACQUIRE) == LOG_TO_SYSLOG)
		syslog(priority, "%s: %s", level_name(priority), text);
	else
		to_stderr(priority, text);
}

void
log_debug(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (!the_log.debug)
		return;
	va_start(ap, fmt);
	emit(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_info(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_INFO, 0, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_warn(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_WARNING, saved, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_warnx(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_WARNING, 0, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
fatal(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_CRIT, saved, fmt, ap);
	va_end(ap);
	exit(EX_TEMPFAIL);
}

void
fatalx(int exit_code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(exit_code);
}

static int
is_plain(const unsigned char *s, size_t n)
{
	if (n > 1)
		return !(n == 2 && s[0] == 0xc2 && s[1] < 0xa0); /* C1 */
	return s[0] >= 0x20 && s[0] != 0x7f && s[0] != '"' && s[0] != '\\';
}

const char *
log_safe(char *dst, size_t size, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t left = strlen(s), at = 0, whole = 0;

	if (size == 0)
		return dst;
	while (left) {
		const unsigned char *u = (const unsigned char *)s;
		size_t n = utf8_sequence(u, left);
		int plain = n > 0 && is_plain(u, n);
		size_t wide = plain ? n : 4;

		if (at + wide >= size)
			break;
		if (plain)
			memcpy(dst + at, s, n);
		else {
			n = 1;
			memcpy(dst + at, "\\x", 2);
			dst[at + 2] = hex[u[0] >> 4];
			dst[at + 3] = hex[u[0] & 15];
		}
		at += wide;
		/* The last place at which "..." still fits behind. */
		if (at + 3 < size)
			whole = at;
		s += n;
		left -= n;
	}
	if (left) {
		at = whole;
		for (int dots = 0; dots < 3 && at + 1 < size; dots++)
			dst[at++] = '.';
	}
	dst[at] = '\0';
	return dst;
}

/* Several threads of a milter share a limit; the rare double line that plain
 * loads would allow is avoided by taking the turn atomically. */
int
log_may(struct log_limit *limit, long long now_ms, long long interval_ms)
{
	long long next = __atomic_load_n(&limit->next_ms, __ATOMIC_RELAXED);
	unsigned long kept;

	if (now_ms < next ||
	    !__atomic_compare_exchange_n(&limit->next_ms, &next,
	        now_ms + interval_ms, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&limit->suppressed, 1, __ATOMIC_RELAXED);
		return 0;
	}
	kept = __atomic_exchange_n(&limit->suppressed, 0, __ATOMIC_RELAXED);
	if (kept)
		log_warnx("%lu more lines like the next were kept back", kept);
	return 1;
}
