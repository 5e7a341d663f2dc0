#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "ctl/lineup.h"

#define LIMITED \
	"451 4.3.0 nearpost: every gateway is at its max_rate of 20/s for " \
	"site google.com; come back in 0.5 s (x@gmail.com)"
#define DOWN "451 4.3.0 nearpost: no gateway is alive"

static struct lineup *l;
static int64_t now_ms, wait_ms;

static void
setup(void)
{
	now_ms = 1000000;
	l = lineup_new(now_ms);
}

static void
teardown(void)
{
	lineup_free(&l);
	ck_assert_ptr_null(l);
}

static const char *
next(void)
{
	const char *who = lineup_next(l, now_ms, &wait_ms);

	return who ? who : "nobody";
}

static void
add(const char *const *who)
{
	for (; *who; who++)
		lineup_add(l, *who);
}

/* His turn, and what became of it. */
static void
taken(const char *who)
{
	ck_assert_str_eq(next(), who);
	lineup_settled(l, now_ms);
}

static void
put_off(const char *who, const char *reply)
{
	ck_assert_str_eq(next(), who);
	(void)lineup_put_off(l, reply, now_ms);
}

START_TEST(each_has_his_turn_and_then_there_is_nobody)
{
	add((const char *const[]){"a@x.test", "b@y.test", "c@x.test", NULL});
	ck_assert_uint_eq(lineup_left(l), 3);
	taken("a@x.test");
	taken("b@y.test");
	taken("c@x.test");
	ck_assert_str_eq(next(), "nobody");
	ck_assert_int_eq(wait_ms, -1);
	ck_assert_uint_eq(lineup_left(l), 0);
}
END_TEST

START_TEST(an_empty_lineup_has_nobody)
{
	ck_assert_str_eq(next(), "nobody");
	ck_assert_int_eq(wait_ms, -1);
}
END_TEST

/* Nobody of the site is tried in vain, and nobody else waits for it. */
START_TEST(a_site_that_is_full_lets_the_others_go_on)
{
	add((const char *const[]){"a@gmail.com", "b@gmail.com", "c@x.test",
	    "d@gmail.com", "e@y.test", NULL});
	ck_assert_str_eq(next(), "a@gmail.com");
	ck_assert_int_eq(lineup_put_off(l, LIMITED, now_ms),
	    LINEUP_SITE_WAITS_FIRST);
	taken("c@x.test");
	taken("e@y.test");
	ck_assert_str_eq(next(), "nobody");
	ck_assert_int_eq(wait_ms, 500);
	ck_assert_uint_eq(lineup_waiting(l), 3);
	now_ms += 499;
	ck_assert_str_eq(next(), "nobody");
	now_ms += 1;
	/* In their order, as many as there is room for. */
	taken("a@gmail.com");
	ck_assert_str_eq(next(), "b@gmail.com");
	ck_assert_int_eq(lineup_put_off(l, LIMITED, now_ms),
	    LINEUP_SITE_WAITS);
	ck_assert_str_eq(next(), "nobody");
	now_ms += 500;
	taken("b@gmail.com");
	taken("d@gmail.com");
	ck_assert_uint_eq(lineup_waiting(l), 0);
	ck_assert_uint_eq(lineup_left(l), 0);
}
END_TEST

/* What site a domain is at is learned from its first stub. */
START_TEST(two_domains_of_a_site_wait_together)
{
	add((const char *const[]){"a@gmail.com", "b@shop.example",
	    "c@shop.example", "d@gmail.com", NULL});
	put_off("a@gmail.com", LIMITED);
	put_off("b@shop.example", LIMITED);
	ck_assert_str_eq(next(), "nobody");
	now_ms += 500;
	taken("b@shop.example");
	taken("a@gmail.com");
	taken("c@shop.example");
	put_off("d@gmail.com", LIMITED);
	ck_assert_uint_eq(lineup_waiting(l), 1);
}
END_TEST

START_TEST(one_that_is_put_off_for_himself_comes_again_ever_later)
{
	int64_t after_ms;
	int i;

	add((const char *const[]){"a@x.test", "b@x.test", NULL});
	put_off("a@x.test", "450 4.2.0 greylisted");
	taken("b@x.test");
	for (i = 0, after_ms = 1000; i < 12; i++) {
		int64_t since_ms = now_ms;

		while (strcmp(next(), "nobody") == 0)
			now_ms += wait_ms;
		ck_assert_int_eq(now_ms - since_ms, after_ms);
		(void)lineup_put_off(l, "450 4.2.0 greylisted", now_ms);
		if (after_ms < 256000)
			after_ms *= 2;
	}
	ck_assert_uint_eq(lineup_waiting(l), 1);
}
END_TEST

/* Not everybody is tried while nothing is taken. */
START_TEST(when_nothing_is_taken_all_wait_and_then_go_on)
{
	char name[32];
	int i, tries = 0;
	int64_t began_ms = now_ms;

	for (i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "r%d@d%d.test", i, i);
		lineup_add(l, name);
	}
	while (now_ms < began_ms + 240000) {
		if (lineup_next(l, now_ms, &wait_ms)) {
			(void)lineup_put_off(l, DOWN, now_ms);
			tries++;
		} else {
			ck_assert_int_gt(wait_ms, 0);
			ck_assert_int_le(wait_ms, LINEUP_PAUSE_MAX_MS);
			now_ms += wait_ms;
		}
		ck_assert(!lineup_hopeless(l, now_ms));
	}
	ck_assert_int_le(tries, 20);
	ck_assert_int_ge(tries, 8);
	/* It is up again: all of them at once. */
	now_ms += LINEUP_PAUSE_MAX_MS;
	for (i = 0; i < 10000; i++) {
		if (!lineup_next(l, now_ms, &wait_ms)) {
			now_ms += wait_ms;
			i--;
			continue;
		}
		lineup_settled(l, now_ms);
	}
	ck_assert_uint_eq(lineup_left(l), 0);
	ck_assert_int_le(now_ms, began_ms + 600000);
}
END_TEST

static const struct {
	const char *name;
	bool taken_once;
	const char *reply;
	int64_t hopeless_after_ms;
} hopes[] = {
    {"nothing was ever taken", false, DOWN, LINEUP_PATIENCE_FIRST_MS},
    {"something was", true, DOWN, LINEUP_PATIENCE_MS},
    {"a limit's time is known", false,
	"a for site x; come back in 7200 s", 7200000 + LINEUP_PATIENCE_MS},
};

START_TEST(it_is_given_up_when_nothing_is_taken_for_long)
{
	add((const char *const[]){"a@x.test", "b@y.test", NULL});
	if (hopes[_i].taken_once)
		taken("a@x.test");
	ck_assert_str_ne(next(), "nobody");
	(void)lineup_put_off(l, hopes[_i].reply, now_ms);
	now_ms += hopes[_i].hopeless_after_ms;
	ck_assert_msg(!lineup_hopeless(l, now_ms), "%s", hopes[_i].name);
	ck_assert_msg(lineup_hopeless(l, now_ms + 1), "%s", hopes[_i].name);
}
END_TEST

/* A server that takes rate a second for one site and twice as many at once. */
static double
serve(int n, int rate, int other_every, int *vain_r, int64_t *others_ms_r)
{
	int64_t began_ms = now_ms;
	double tokens = 2 * rate, at_ms = (double)now_ms;
	char name[32], reply[200];
	const char *who;
	int i;

	*vain_r = 0;
	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "r%d@%s", i,
		    i % other_every ? "gmail.com" : "x.test");
		lineup_add(l, name);
	}
	while (lineup_left(l) > 0) {
		who = lineup_next(l, now_ms, &wait_ms);
		if (!who) {
			ck_assert_int_gt(wait_ms, 0);
			now_ms += wait_ms;
			continue;
		}
		now_ms += 5; /* a stub takes so long */
		tokens += ((double)now_ms - at_ms) / 1000 * rate;
		at_ms = (double)now_ms;
		if (tokens > 2 * rate)
			tokens = 2 * rate;
		if (strstr(who, "@x.test")) {
			*others_ms_r = now_ms - began_ms;
			lineup_settled(l, now_ms);
		} else if (tokens >= 1) {
			tokens--;
			lineup_settled(l, now_ms);
		} else {
			(void)snprintf(reply, sizeof(reply),
			    "451 x for site google.com; come back in %.1f s",
			    rate >= 2 ? 0.5 : 1.0 / rate);
			(void)lineup_put_off(l, reply, now_ms);
			++*vain_r;
		}
	}
	return (double)(now_ms - began_ms) / 1000;
}

START_TEST(a_campaign_goes_at_the_rate_that_is_allowed)
{
	int64_t others_ms = 0;
	int vain;
	double took_s = serve(1100, 40, 11, &vain, &others_ms);

	/* 1,000 at 40/s but for the 80 at once; and few in vain. */
	ck_assert_double_lt(took_s, 24.5);
	ck_assert_double_gt(took_s, 22.5);
	ck_assert_int_le(vain, 60);
	ck_assert_int_lt(others_ms, 1500);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_lineup");
	TCase *t = tcase_create("ctl_lineup");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_has_his_turn_and_then_there_is_nobody);
	tcase_add_test(t, an_empty_lineup_has_nobody);
	tcase_add_test(t, a_site_that_is_full_lets_the_others_go_on);
	tcase_add_test(t, two_domains_of_a_site_wait_together);
	tcase_add_test(t, one_that_is_put_off_for_himself_comes_again_ever_later);
	tcase_add_test(t, when_nothing_is_taken_all_wait_and_then_go_on);
	ADD_ROWS(t, it_is_given_up_when_nothing_is_taken_for_long, hopes);
	tcase_add_test(t, a_campaign_goes_at_the_rate_that_is_allowed);
	suite_add_tcase(s, t);
	return unit_main(s);
}
