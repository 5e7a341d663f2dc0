/* The two clocks.  Nothing below the programs reads a clock by itself: time is
 * an argument, so that tests own it. */
#ifndef NEARPOST_BASE_CLOCK_H
#define NEARPOST_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_wall_ms(void); /* since 1970-01-01 UTC; may jump */
int64_t clock_mono_ms(void); /* CLOCK_MONOTONIC; for deadlines */
int64_t clock_mono_us(void);

/* "Mon, 23 Nov 2026 10:00:00 +0000" (RFC 5322 date-time, always UTC).
 * size >= 32. */
void clock_rfc5322(char *dst, size_t size, int64_t wall_ms);

/* "2026-11-23 10:00", for people; UTC.  size >= 32. */
void clock_minute(char *dst, size_t size, int64_t wall_ms);
/* "2026-11-23 10:00:03.250" */
void clock_milli(char *dst, size_t size, int64_t wall_ms);

#endif
