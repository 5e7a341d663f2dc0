/* What Redis holds of a stopped campaign. */
#include "lib/fleet/hold.h"

#include "tests/unit/unit.h"

static const struct {
	const char *name, *text;
	enum hold_kind kind; /* HOLD_NONE: refused */
	int64_t since_ms;
	const char *reason;
} texts[] = {
    {"paused", "paused 1764000000000 typo in the price", HOLD_PAUSED,
	1764000000000, "typo in the price"},
    {"cancelled", "cancelled 5 x", HOLD_CANCELLED, 5, "x"},
    {"no reason", "paused 5 ", HOLD_PAUSED, 5, ""},
    {"no reason and no blank", "paused 5", HOLD_PAUSED, 5, ""},
    {"another word", "stopped 5 x", HOLD_NONE, 0, ""},
    {"no word", " 5 x", HOLD_NONE, 0, ""},
    {"no time", "paused", HOLD_NONE, 0, ""},
    {"time zero", "paused 0 x", HOLD_NONE, 0, ""},
    {"time is no number", "paused 5x x", HOLD_NONE, 0, ""},
    {"nothing", "", HOLD_NONE, 0, ""},
    {"a control in the reason", "paused 5 a\nb", HOLD_NONE, 0, ""},
    {"a semicolon in the reason", "paused 5 a;b", HOLD_NONE, 0, ""},
};

START_TEST(what_redis_holds_is_read_or_refused)
{
	struct hold h;
	int rc = hold_read(texts[_i].text, &h);

	ck_assert_msg((rc == 0) == (texts[_i].kind != HOLD_NONE), "%s",
	    texts[_i].name);
	ck_assert_msg(h.kind == texts[_i].kind, "%s", texts[_i].name);
	ck_assert_msg(h.since_ms == texts[_i].since_ms, "%s", texts[_i].name);
	ck_assert_str_eq(h.reason, texts[_i].reason);
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
	struct hold h = {HOLD_CANCELLED, 1764000000000, "wrong list"}, again;
	struct buf text = {0};

	hold_write(&text, &h);
	ck_assert_int_eq(hold_read(text.data, &again), 0);
	ck_assert_int_eq(again.kind, h.kind);
	ck_assert_int_eq(again.since_ms, h.since_ms);
	ck_assert_str_eq(again.reason, h.reason);
	buf_free(&text);
}
END_TEST

START_TEST(the_sender_is_told_what_since_when_and_why)
{
	struct hold h = {HOLD_PAUSED, 1764000000000, "typo"};
	struct buf text = {0};

	hold_tell(&text, "spring", &h);
	ck_assert_str_eq(text.data, "campaign spring was paused by an admin on "
	    "2025-11-24 16:00 UTC: typo");
	buf_clear(&text);
	h.reason[0] = '\0';
	hold_tell(&text, "spring", &h);
	ck_assert_str_eq(text.data, "campaign spring was paused by an admin on "
	    "2025-11-24 16:00 UTC");
	buf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hold");
	TCase *t = tcase_create("hold");

	ADD_ROWS(t, what_redis_holds_is_read_or_refused, texts);
	tcase_add_test(t, what_is_written_is_read_again);
	tcase_add_test(t, the_sender_is_told_what_since_when_and_why);
	suite_add_tcase(s, t);
	return unit_main(s);
}
