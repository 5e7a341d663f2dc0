#include "lib/base/clock.h"

#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "lib/base/log.h"

static int64_t
read_us(clockid_t which)
{
	struct timespec ts;

	if (clock_gettime(which, &ts) != 0)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_mono_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

static struct tm
broken_down(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		fatalx(EX_SOFTWARE, "no date of %lld", (long long)wall_ms);
	return tm;
}

/* Not strftime: day and month names must stay English in every locale. */
void
clock_rfc5322(char *dst, size_t size, int64_t wall_ms)
{
	static const char days[][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm = broken_down(wall_ms);

	(void)snprintf(dst, size, "%s, %d %s %d %02d:%02d:%02d +0000",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
clock_minute(char *dst, size_t size, int64_t wall_ms)
{
	struct tm tm = broken_down(wall_ms);

	(void)snprintf(dst, size, "%04d-%02d-%02d %02d:%02d",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min);
}

void
clock_milli(char *dst, size_t size, int64_t wall_ms)
{
	struct tm tm = broken_down(wall_ms);
	int ms = (int)(wall_ms % 1000);

	(void)snprintf(dst, size, "%04d-%02d-%02d %02d:%02d:%02d.%03d",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, ms < 0 ? ms + 1000 : ms);
}
