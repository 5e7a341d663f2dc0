/* Calendar dates and times as data has them.  Gregorian throughout, UTC. */
#ifndef NEARPOST_BASE_DATE_H
#define NEARPOST_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define DATE_DAY_MS INT64_C(86400000)

/* A point in time, or a whole day. */
struct moment {
	int64_t ms; /* since 1970-01-01, of a whole day its beginning */
	bool whole_day;
};
struct date {
	int64_t year;
	int month, day; /* from 1 */
};

/* "2026-01-31" (ISO 8601) is a whole day, "2026-01-31T09:30:00+02:00" (RFC 3339)
 * a point in time; a blank may stand for the T, and without a zone it is UTC.
 * Years 0001 to 9999.  -1 for anything else, also for the 30th of February. */
int date_parse(struct slice s, struct moment *out_r);

/* Days are counted from 1970-01-01. */
int64_t date_day_of_ms(int64_t ms);
int64_t date_to_day(const struct date *d);
struct date date_of_day(int64_t day);
/* The same day of another month, or that month's last. */
int64_t date_add_months(int64_t day, int64_t months);
/* Whole years from one day to a later one: somebody's age.  Who was born on the
 * 29th of February is a year older on the 1st of March of other years. */
int64_t date_years(int64_t from_day, int64_t to_day);

#endif
