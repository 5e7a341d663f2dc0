/* Is the journal quick enough for the mail log?  What it drops no agent sees. */
#include "config.h"

#include <stdlib.h>

#include "ctl/doctor.h"
#include "lib/base/text.h"

#define SECOND_US INT64_C(1000000)
/* systemd's own, as in journald.conf(5). */
#define DEFAULT_INTERVAL_US (30 * SECOND_US)
#define DEFAULT_BURST 10000
/* Postfix writes some six lines of an advert; a gateway of two cores sends a good
 * hundred small ones a second, and more when a queue drains. */
#define LINES_PER_SECOND 1000

/* systemd.time(7), as far as such settings use it: "30s", "1min 30s", "500ms"; a
 * bare number is seconds. */
static bool
time_span(struct slice text, int64_t *us_r)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {
		{"", SECOND_US}, {"us", 1}, {"ms", 1000}, {"s", SECOND_US},
		{"sec", SECOND_US}, {"second", SECOND_US},
		{"seconds", SECOND_US}, {"m", 60 * SECOND_US},
		{"min", 60 * SECOND_US}, {"minute", 60 * SECOND_US},
		{"minutes", 60 * SECOND_US}, {"h", 3600 * SECOND_US},
		{"hr", 3600 * SECOND_US}, {"hour", 3600 * SECOND_US},
		{"hours", 3600 * SECOND_US},
	};
	struct slice word;
	bool any = false;

	*us_r = 0;
	while (slice_split(&text, ' ', &word)) {
		size_t digits = 0, i;
		int64_t n;

		if (word.len == 0)
			continue;
		while (digits < word.len && word.data[digits] >= '0' &&
		    word.data[digits] <= '9')
			digits++;
		if (text_int((struct slice){word.data, digits}, 0, INT32_MAX,
		    &n) != 0)
			return false;
		word.data += digits;
		word.len -= digits;
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (slice_eq_str(word, units[i].unit))
				break;
		if (i == sizeof(units) / sizeof(units[0]))
			return false;
		*us_r += n * units[i].us;
		any = true;
	}
	return any;
}

void
doctor_rate_of(struct slice conf, struct doctor_rate *r_r)
{
	struct slice line, name, value;
	int64_t n;

	*r_r = (struct doctor_rate){DEFAULT_INTERVAL_US, DEFAULT_BURST};
	while (slice_split(&conf, '\n', &line)) {
		value = slice_trim(line);
		if (!slice_split(&value, '=', &name) || name.len == 0 ||
		    name.data[0] == '#')
			continue;
		name = slice_trim(name);
		value = slice_trim(value);
		/* Empty: back to what it is without the line. */
		if (slice_eq_str(name, "RateLimitIntervalSec") ||
		    slice_eq_str(name, "RateLimitInterval")) {
			if (value.len == 0)
				r_r->interval_us = DEFAULT_INTERVAL_US;
			else if (time_span(value, &n))
				r_r->interval_us = n;
		} else if (slice_eq_str(name, "RateLimitBurst")) {
			if (value.len == 0)
				r_r->burst = DEFAULT_BURST;
			else if (text_int(value, 0, INT32_MAX, &n) == 0)
				r_r->burst = n;
		}
	}
}

void
doctor_judge_rate(struct doctor *d, const struct doctor_rate *r)
{
	static const char name[] = "journald rate limit";
	double per_s;

	if (r->interval_us == 0 || r->burst == 0) {
		doctor_say(d, FINDING_OK, name, "off");
		return;
	}
	per_s = (double)r->burst * (double)SECOND_US / (double)r->interval_us;
	if (per_s >= LINES_PER_SECOND)
		doctor_say(d, FINDING_OK, name, "%.0f lines a second", per_s);
	else
		doctor_say(d, FINDING_WARN, name, "more than %lld lines in %.0f s "
		    "are dropped (%.0f a second), and with them the agent loses "
		    "receipts; write [Journal] RateLimitIntervalSec=0 into "
		    "/etc/systemd/journald.conf.d/nearpost.conf and restart "
		    "systemd-journald", (long long)r->burst,
		    (double)r->interval_us / (double)SECOND_US, per_s);
}
