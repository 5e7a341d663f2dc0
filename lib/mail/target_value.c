/* Texts as numbers and dates. */
#include "lib/base/text.h"
#include "lib/mail/target_node.h"

#define COUNT_MAX 100000

bool
target_blank(struct slice value)
{
	return slice_trim(value).len == 0;
}

static enum target_unit
unit_of(struct slice name)
{
	static const char *const names[] = {
	    [UNIT_MINUTE] = "minutes",
	    [UNIT_HOUR] = "hours",
	    [UNIT_DAY] = "days",
	    [UNIT_WEEK] = "weeks",
	    [UNIT_MONTH] = "months",
	    [UNIT_YEAR] = "years",
	};
	int u;

	for (u = UNIT_MINUTE; u <= UNIT_YEAR; u++) {
		size_t n = strlen(names[u]);

		if ((name.len == n || name.len == n - 1) &&
		    memcmp(name.data, names[u], name.len) == 0)
			return (enum target_unit)u;
	}
	return UNIT_NONE;
}

/* "30 days". */
static bool
read_span(struct slice s, struct target_date *out_r)
{
	struct slice number;

	if (!slice_split(&s, ' ', &number) ||
	    text_int(number, 0, COUNT_MAX, &out_r->count) != 0)
		return false;
	out_r->unit = unit_of(slice_trim(s));
	return out_r->unit != UNIT_NONE;
}

bool
target_date_read(struct slice text, struct target_date *out_r)
{
	static const char ago[] = " ago", in[] = "in ";
	const size_t n_ago = sizeof(ago) - 1, n_in = sizeof(in) - 1;
	struct slice s = slice_trim(text);

	*out_r = (struct target_date){.unit = UNIT_NONE};
	if (date_parse(s, &out_r->moment) == 0)
		return true;
	if (slice_eq_str(s, "today")) {
		out_r->unit = UNIT_DAY;
		return true;
	}
	if (s.len > n_in && memcmp(s.data, in, n_in) == 0)
		return read_span((struct slice){s.data + n_in, s.len - n_in},
		    out_r);
	if (s.len <= n_ago || memcmp(s.data + s.len - n_ago, ago, n_ago) != 0)
		return false;
	s.len -= n_ago;
	if (!read_span(s, out_r))
		return false;
	out_r->count = -out_r->count;
	return true;
}

struct moment
target_date_at(const struct target_date *d, int64_t now_ms)
{
	static const int64_t lengths[] = {
	    [UNIT_MINUTE] = 60 * 1000,
	    [UNIT_HOUR] = 60 * 60 * 1000,
	    [UNIT_DAY] = 1,
	    [UNIT_WEEK] = 7,
	    [UNIT_MONTH] = 1,
	    [UNIT_YEAR] = 12,
	};
	int64_t day = date_day_of_ms(now_ms), n;

	if (d->unit == UNIT_NONE)
		return d->moment;
	n = d->count * lengths[d->unit];
	if (d->unit < UNIT_DAY)
		return (struct moment){now_ms + n, false};
	day = d->unit < UNIT_MONTH ? day + n : date_add_months(day, n);
	return (struct moment){day * DATE_DAY_MS, true};
}

bool
target_value(enum target_type type, struct slice text, int64_t now_ms,
    struct target_value *out_r)
{
	struct slice s = slice_trim(text);
	int64_t today = date_day_of_ms(now_ms), born;

	*out_r = (struct target_value){.text = text};
	if (s.len == 0)
		return false;
	switch (type) {
	case TARGET_NUMBER:
		return text_double(s, -TARGET_NUMBER_MAX, TARGET_NUMBER_MAX,
		    &out_r->number) == 0;
	case TARGET_DATE:
		return date_parse(s, &out_r->moment) == 0;
	case TARGET_AGE:
		if (date_parse(s, &out_r->moment) != 0)
			return false;
		born = date_day_of_ms(out_r->moment.ms);
		out_r->number = (double)date_years(born, today);
		return born <= today;
	default:
		return true;
	}
}

bool
target_value_ok(enum target_type type, struct slice value, int64_t now_ms)
{
	struct target_value v;

	return target_value(type, value, now_ms, &v);
}
