/* The picture fits the screen, whatever there is to show. */
#include "ctl/top_frame.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static struct top_frame frame;

static void
take(struct overview *o, int gateways, int silent)
{
	struct buf text = {0};
	const char *error;
	size_t used;

	*o = (struct overview){.arena = arena_new(), .answered = true,
	    .now_ms = 1764000000000, .policyd_at = "unix:/x"};
	for (int i = 0; i < gateways; i++)
		buf_printf(&text, "gateway.%d=id=gw%d;state=%s;assets=ok;"
		    "queue_messages=3;queue_bytes=4000000;minute_relayed=120;"
		    "minute_sent=118;minute_p50_ms=1200;minute_p99_ms=5400;"
		    "drain_bytes_per_s=12000000;cpu=0.31;ejections=%d;"
		    "ejected_ms=1764000000000;ejected_why=silent\n", i, i,
		    i < silent ? "silent" : "live", i < silent);
	buf_add_str(&text, "x=1\n\n");
	ck_assert_int_eq(policy_parse(o->arena, slice_of(arena_strdup(o->arena,
	    text.data)), &o->gateways, &used, &error), 1);
	ck_assert_int_eq(policy_parse(o->arena, slice_of("redis=ok\n"
	    "asset_digest=sha256:0\nrates=minute_relayed=7;minute_sent=5\n\n"),
	    &o->ping, &used, &error), 1);
	overview_judge(o);
	buf_free(&text);
}

static bool
has(const char *text)
{
	for (int i = 0; i < frame.n; i++)
		if (strstr(frame.lines[i].text, text))
			return true;
	return false;
}

static const struct {
	const char *name;
	int gateways, silent, rows, columns;
	const char *says;
} screens[] = {
    {"few, 80x24", 3, 1, 24, 80, "gw2 "},
    {"few, 120x40", 3, 1, 40, 120, "12.0 MB/s"},
    {"ejections", 3, 1, 24, 120, "silent 16:00"},
    {"many", 100, 0, 24, 80, "more: nearpostctl gateways"},
    {"many that are away", 100, 60, 24, 80, "more: nearpostctl status"},
    {"narrow", 3, 0, 24, 30, "nearpost OK"},
    {"very small", 3, 3, 6, 10, "nearpost"},
    {"one line", 3, 3, 1, 80, "nearpost CRITICAL"},
};

START_TEST(a_picture_fits_the_screen)
{
	struct overview o;

	take(&o, screens[_i].gateways, screens[_i].silent);
	top_frame(&o, screens[_i].rows, screens[_i].columns, &frame);
	for (int i = 0; i < frame.n; i++)
		ck_assert_msg(strlen(frame.lines[i].text) <=
		    (size_t)screens[_i].columns, "%s: %s", screens[_i].name,
		    frame.lines[i].text);
	ck_assert_msg(screens[_i].rows < 10 || frame.n < screens[_i].rows,
	    "%s: %d lines", screens[_i].name, frame.n);
	ck_assert_msg(has(screens[_i].says), "%s", screens[_i].name);
	overview_free(&o);
}
END_TEST

START_TEST(without_a_screen_all_is_there)
{
	struct overview o;

	take(&o, 100, 2);
	top_frame(&o, 0, 120, &frame);
	ck_assert(has("gw99 "));
	ck_assert(!has("more:"));
	overview_free(&o);
}
END_TEST

START_TEST(without_policyd_there_is_a_word_of_it)
{
	struct overview o = {.arena = arena_new(), .policyd_at = "unix:/x"};

	overview_judge(&o);
	top_frame(&o, 24, 80, &frame);
	ck_assert_int_eq(frame.n, 1);
	ck_assert_int_eq(frame.lines[0].look, LOOK_BAD);
	ck_assert(has("policyd does not answer at unix:/x"));
	overview_free(&o);
}
END_TEST

START_TEST(states_have_their_looks)
{
	struct overview o;
	int bad = 0;

	take(&o, 3, 1);
	top_frame(&o, 24, 80, &frame);
	ck_assert_int_eq(frame.lines[0].look, LOOK_WARN);
	for (int i = 0; i < frame.n; i++)
		bad += frame.lines[i].look == LOOK_BAD;
	ck_assert_int_eq(bad, 1);
	overview_free(&o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_top");
	TCase *t = tcase_create("ctl_top");

	ADD_ROWS(t, a_picture_fits_the_screen, screens);
	tcase_add_test(t, without_a_screen_all_is_there);
	tcase_add_test(t, without_policyd_there_is_a_word_of_it);
	tcase_add_test(t, states_have_their_looks);
	suite_add_tcase(s, t);
	return unit_main(s);
}
