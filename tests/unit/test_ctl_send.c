/* When a campaign is to begin. */
#include "ctl/send.h"

#include "tests/unit/unit.h"

#define NOW INT64_C(1764000000000) /* 2025-11-24 16:00:00 */

/* Of send_run.c, which needs a mail server. */
bool
send_stopped(void)
{
	return false;
}

static const struct {
	const char *name, *text;
	int64_t in_ms; /* -1: refused */
} times[] = {
    {"a time", "2025-11-24 16:00:01", 1000},
    {"with an offset", "2025-11-24T18:00:00+01:00", 3600000},
    {"a day is its beginning", "2025-11-25", 8 * 3600000},
    {"from now", "+2h", 2 * 3600000},
    {"now", "2025-11-24 16:00:00", -1},
    {"past", "2025-11-24 15:59:59", -1},
    {"the day that began", "2025-11-24", -1},
    {"in two years", "2027-11-24", -1},
    {"no unit", "+2", -1},
    {"no number", "+", -1},
    {"not at all", "+0s", -1},
    {"a word", "tomorrow", -1},
    {"nothing", "", -1},
    {"no such day", "2026-02-30 10:00:00", -1},
};

START_TEST(a_campaign_begins_at_a_time_to_come)
{
	int64_t at_ms = 0;
	int rc = send_when(slice_of(times[_i].text), NOW, &at_ms);

	ck_assert_msg((rc == 0) == (times[_i].in_ms >= 0), "%s",
	    times[_i].name);
	ck_assert_msg(rc != 0 || at_ms == NOW + times[_i].in_ms, "%s: %lld",
	    times[_i].name, (long long)(at_ms - NOW));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_send");
	TCase *t = tcase_create("ctl_send");

	ADD_ROWS(t, a_campaign_begins_at_a_time_to_come, times);
	suite_add_tcase(s, t);
	return unit_main(s);
}
