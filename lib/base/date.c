/* Not mktime() and strptime(): these know the host's time zone and locale, and
 * put right what is no date at all. */
#include "lib/base/date.h"

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
date_day_of_ms(int64_t ms)
{
	return floor_div(ms, DATE_DAY_MS);
}

/* March is the first month here, so that the leap day is a year's last.  As in
 * H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil. */
int64_t
date_to_day(const struct date *d)
{
	int64_t year = d->year - (d->month <= 2);
	int64_t era = floor_div(year, 400), year_of_era = year - era * 400;
	int64_t month = d->month + (d->month > 2 ? -3 : 9);
	int64_t day_of_year = (153 * month + 2) / 5 + d->day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - 719468;
}

struct date
date_of_day(int64_t day)
{
	int64_t shifted = day + 719468, era = floor_div(shifted, 146097);
	int64_t of_era = shifted - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 -
	    of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	struct date d;

	d.day = (int)(of_year - (153 * month + 2) / 5 + 1);
	d.month = (int)(month < 10 ? month + 3 : month - 9);
	d.year = year + era * 400 + (d.month <= 2);
	return d;
}

static int
days_in(int64_t year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

int64_t
date_add_months(int64_t day, int64_t months)
{
	struct date d = date_of_day(day);
	int64_t n = d.year * 12 + d.month - 1 + months;
	int last;

	d.year = floor_div(n, 12);
	d.month = (int)(n - d.year * 12) + 1;
	last = days_in(d.year, d.month);
	if (d.day > last)
		d.day = last;
	return date_to_day(&d);
}

int64_t
date_years(int64_t from_day, int64_t to_day)
{
	struct date from = date_of_day(from_day), to = date_of_day(to_day);
	bool before = to.month < from.month ||
	    (to.month == from.month && to.day < from.day);

	return to.year - from.year - before;
}

/* Exactly n digits off the front. */
static bool
digits(struct slice *s, size_t n, int min, int max, int *out_r)
{
	int v = 0;
	size_t i;

	if (s->len < n)
		return false;
	for (i = 0; i < n; i++) {
		if (s->data[i] < '0' || s->data[i] > '9')
			return false;
		v = v * 10 + (s->data[i] - '0');
	}
	s->data += n;
	s->len -= n;
	*out_r = v;
	return v >= min && v <= max;
}

/* One of these characters off the front. */
static bool
one_of(struct slice *s, const char *set)
{
	if (s->len == 0 || *s->data == '\0' || !strchr(set, *s->data))
		return false;
	s->data++;
	s->len--;
	return true;
}

/* ".123456" as milliseconds; what is finer is dropped. */
static bool
fraction(struct slice *s, int *ms_r)
{
	int scale = 100;

	*ms_r = 0;
	if (!one_of(s, "."))
		return true;
	if (s->len == 0 || *s->data < '0' || *s->data > '9')
		return false;
	for (; s->len && *s->data >= '0' && *s->data <= '9';
	     s->data++, s->len--) {
		*ms_r += (*s->data - '0') * scale;
		scale /= 10;
	}
	return true;
}

/* Minutes east of UTC. */
static bool
zone(struct slice *s, int *minutes_r)
{
	bool west = s->len && *s->data == '-';
	int hour, minute;

	*minutes_r = 0;
	if (s->len == 0 || one_of(s, "Zz"))
		return s->len == 0;
	if (!one_of(s, "+-") || !digits(s, 2, 0, 23, &hour) ||
	    !one_of(s, ":") || !digits(s, 2, 0, 59, &minute) || s->len)
		return false;
	*minutes_r = (west ? -1 : 1) * (hour * 60 + minute);
	return true;
}

int
date_parse(struct slice s, struct moment *out_r)
{
	int year, hour, minute, second, ms, east;
	struct date d;

	if (!digits(&s, 4, 1, 9999, &year) || !one_of(&s, "-") ||
	    !digits(&s, 2, 1, 12, &d.month) || !one_of(&s, "-") ||
	    !digits(&s, 2, 1, days_in(year, d.month), &d.day))
		return -1;
	d.year = year;
	out_r->ms = date_to_day(&d) * DATE_DAY_MS;
	out_r->whole_day = s.len == 0;
	if (out_r->whole_day)
		return 0;
	/* A leap second is the next minute's first. */
	if (!one_of(&s, "Tt ") || !digits(&s, 2, 0, 23, &hour) ||
	    !one_of(&s, ":") || !digits(&s, 2, 0, 59, &minute) ||
	    !one_of(&s, ":") || !digits(&s, 2, 0, 60, &second) ||
	    !fraction(&s, &ms) || !zone(&s, &east))
		return -1;
	out_r->ms +=
	    (((int64_t)hour * 60 + minute - east) * 60 + second) * 1000 + ms;
	return 0;
}
