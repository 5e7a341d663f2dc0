/* Strict conversions, written out by hand: strtol and friends skip blanks,
 * accept signs where none belong and follow the locale. */
#include "lib/base/text.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/utf8.h"

#define NAMES_SHOWN 10

/* Digits at the front of *s, taken off it.  -1 when there are none or the
 * number does not fit. */
static int
take_digits(struct slice *s, int64_t *out_r)
{
	int64_t v = 0;
	size_t i = 0;

	for (; i < s->len && s->data[i] >= '0' && s->data[i] <= '9'; i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s->data[i] - '0', &v))
			return -1;
	if (i == 0)
		return -1;
	s->data += i;
	s->len -= i;
	*out_r = v;
	return 0;
}

static int
in_range(int64_t v, int64_t min, int64_t max, int64_t *out_r)
{
	if (v < min || v > max)
		return -1;
	*out_r = v;
	return 0;
}

int
text_int(struct slice s, int64_t min, int64_t max, int64_t *out_r)
{
	bool negative = s.len > 0 && s.data[0] == '-';
	int64_t v;

	if (negative) {
		s.data++;
		s.len--;
	}
	if (take_digits(&s, &v) < 0 || s.len != 0)
		return -1;
	return in_range(negative ? -v : v, min, max, out_r);
}

/* Only what a person writes: -12.5, 3, .5 is not.  No exponent, no nan, no
 * inf, no hexadecimal; strtod then does the rounding. */
int
text_double(struct slice s, double min, double max, double *out_r)
{
	char copy[64];
	size_t i = 0, digits = 0;
	double v;

	if (s.len == 0 || s.len >= sizeof(copy))
		return -1;
	if (s.data[0] == '-')
		i++;
	for (; i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++)
		digits++;
	if (digits == 0)
		return -1;
	if (i < s.len && s.data[i] == '.') {
		for (digits = 0, i++;
		     i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++)
			digits++;
		if (digits == 0)
			return -1;
	}
	if (i != s.len)
		return -1;
	memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	v = strtod(copy, NULL);
	if (!(v >= min && v <= max))
		return -1;
	*out_r = v;
	return 0;
}

struct unit {
	const char *name;
	int64_t factor;
};

static int
scaled(struct slice s, const struct unit *units, int64_t min, int64_t max,
    int64_t *out_r)
{
	int64_t v;

	if (take_digits(&s, &v) < 0)
		return -1;
	for (; units->name; units++)
		if (slice_eq_str(s, units->name))
			break;
	if (!units->name) {
		if (v != 0 || s.len != 0)
			return -1;
	} else if (__builtin_mul_overflow(v, units->factor, &v))
		return -1;
	return in_range(v, min, max, out_r);
}

int
text_duration_ms(struct slice s, int64_t min, int64_t max, int64_t *out_r)
{
	static const struct unit units[] = {
	    {"ms", 1},
	    {"s", 1000},
	    {"m", 60 * 1000},
	    {"h", 60 * 60 * 1000},
	    {"d", 24 * 60 * 60 * 1000},
	    {NULL, 0},
	};

	return scaled(s, units, min, max, out_r);
}

int
text_size(struct slice s, int64_t min, int64_t max, int64_t *out_r)
{
	static const struct unit units[] = {
	    {"", 1},
	    {"B", 1},
	    {"K", 1024},
	    {"KB", 1024},
	    {"M", 1024 * 1024},
	    {"MB", 1024 * 1024},
	    {"G", 1024 * 1024 * 1024},
	    {"GB", 1024 * 1024 * 1024},
	    {NULL, 0},
	};

	return scaled(s, units, min, max, out_r);
}

int
text_rate_per_h(struct slice s, int64_t min, int64_t max, int64_t *out_r)
{
	static const struct unit units[] = {
	    {"/s", 3600},
	    {"/m", 60},
	    {"/h", 1},
	    {NULL, 0},
	};

	return scaled(s, units, min, max, out_r);
}

bool
text_is_utf8(struct slice s)
{
	const unsigned char *u = (const unsigned char *)s.data;
	size_t n;

	for (; s.len; u += n, s.len -= n) {
		n = utf8_sequence(u, s.len);
		if (n == 0)
			return false;
	}
	return true;
}

bool
text_has_control(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

bool
text_is_ascii(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.data[i] > 0x7f)
			return false;
	return true;
}

void
text_place(struct slice s, size_t at, int *line_r, int *column_r)
{
	size_t i;

	*line_r = *column_r = 1;
	for (i = 0; i < at && i < s.len; i++) {
		if (s.data[i] == '\n') {
			++*line_r;
			*column_r = 1;
		} else if (((unsigned char)s.data[i] & 0xc0) != 0x80)
			++*column_r;
	}
}

void
text_human_bytes(char *dst, size_t size, int64_t bytes)
{
	static const char *const units[] = {"KB", "MB", "GB", "TB", "PB"};
	double v = (double)bytes / 1000;
	size_t i = 0;

	if (bytes > -1000 && bytes < 1000) {
		(void)snprintf(dst, size, "%d B", (int)bytes);
		return;
	}
	/* 999.95 and up would be printed as 1000.0. */
	while ((v >= 999.95 || v <= -999.95) &&
	    i + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1000;
		i++;
	}
	(void)snprintf(dst, size, "%.1f %s", v, units[i]);
}

void
text_human_rate(char *dst, size_t size, double per_s)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = {{"/s", 1}, {"/m", 60}, {"/h", 3600}};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double v = per_s * units[i].factor, least = v * 1e-9;
		int64_t whole = v < 1e15 ? (int64_t)(v + 0.5) : 0;
		double off = v - (double)whole;

		if (whole > 0 && off < least && off > -least) {
			(void)snprintf(dst, size, "%lld%s", (long long)whole,
			    units[i].name);
			return;
		}
	}
	i = per_s >= 1 ? 0 : per_s * 60 >= 1 ? 1 : 2;
	(void)snprintf(
	    dst, size, "%.3g%s", per_s * units[i].factor, units[i].name);
}

void
text_add_name(struct buf *out, size_t i, size_t n, const char *name)
{
	if (i < NAMES_SHOWN)
		buf_printf(out, "%s%s", i ? ", " : "", name);
	else if (i == NAMES_SHOWN)
		buf_printf(out, " and %zu more", n - i);
}
