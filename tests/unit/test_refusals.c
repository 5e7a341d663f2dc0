/* What is refused is told once, and not lost while nobody hears it. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "milter/refusals.h"

#define GATHER_MS 20
#define RETRY_MS 30

static struct {
	pthread_mutex_t lock;
	char said[8][256];
	int n, deaf; /* so many tellings fail */
} policyd = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct refusals *r;

static int
hear(void *ctx, struct slice request)
{
	int rc = 0;

	(void)ctx;
	(void)pthread_mutex_lock(&policyd.lock);
	if (policyd.deaf > 0) {
		policyd.deaf--;
		rc = -1;
	} else if (policyd.n < 8) {
		(void)snprintf(policyd.said[policyd.n++], 256, "%.*s",
		    (int)request.len, request.data);
	}
	(void)pthread_mutex_unlock(&policyd.lock);
	return rc;
}

static int
heard(void)
{
	int n;

	(void)pthread_mutex_lock(&policyd.lock);
	n = policyd.n;
	(void)pthread_mutex_unlock(&policyd.lock);
	return n;
}

static void
nap(int64_t ms)
{
	const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL);
}

static void
await(int n)
{
	int64_t until_ms = clock_mono_ms() + 10000;

	while (heard() < n && clock_mono_ms() < until_ms)
		nap(5);
	ck_assert_int_eq(heard(), n);
}

#define SAID(lines) \
	"request=nearpost_admin\nverb=turned_away\n" lines "\n"

static void
setup(void)
{
	policyd.n = policyd.deaf = 0;
	r = refusals_new(hear, NULL, GATHER_MS, RETRY_MS);
}

START_TEST(causes_are_told_together_and_once)
{
	refusals_count(r, REFUSAL_CLIENT, 1);
	refusals_count(r, REFUSAL_POLICYD, 3);
	refusals_count(r, REFUSAL_CLIENT, 2);
	await(1);
	ck_assert_str_eq(policyd.said[0], SAID("rejected.client=3\n"
	    "deferred.policyd=3\n"));
	nap(3 * GATHER_MS);
	ck_assert_int_eq(heard(), 1);
	refusals_count(r, REFUSAL_SIZE, 1);
	await(2);
	ck_assert_str_eq(policyd.said[1], SAID("rejected.size=1\n"));
	refusals_end(r);
	ck_assert_int_eq(heard(), 2);
}
END_TEST

START_TEST(what_policyd_did_not_hear_is_told_again)
{
	policyd.deaf = 2;
	refusals_count(r, REFUSAL_SYNTAX, 5);
	nap(GATHER_MS + RETRY_MS / 2);
	refusals_count(r, REFUSAL_SYNTAX, 1);
	await(1);
	ck_assert_str_eq(policyd.said[0], SAID("rejected.syntax=6\n"));
	refusals_end(r);
}
END_TEST

START_TEST(the_end_tells_the_rest_and_waits_for_nothing)
{
	int64_t began_ms = clock_mono_ms();
	static struct refusals *slow; /* which stays */

	slow = refusals_new(hear, NULL, 60000, 60000);
	refusals_count(slow, REFUSAL_TICKET, 1);
	refusals_end(slow);
	ck_assert_int_lt(clock_mono_ms() - began_ms, 30000);
	ck_assert_str_eq(policyd.said[0], SAID("rejected.ticket=1\n"));
	refusals_count(slow, REFUSAL_TICKET, 1);
	refusals_count(NULL, REFUSAL_TICKET, 1);
	refusals_end(r);
	ck_assert_int_eq(heard(), 1);
}
END_TEST

START_TEST(policyds_own_refusals_are_not_told_it)
{
	refusals_count(r, REFUSAL_NONE, 7);
	refusals_end(r);
	ck_assert_int_eq(heard(), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refusals");
	TCase *tc = tcase_create("refusals");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, causes_are_told_together_and_once);
	tcase_add_test(tc, what_policyd_did_not_hear_is_told_again);
	tcase_add_test(tc, the_end_tells_the_rest_and_waits_for_nothing);
	tcase_add_test(tc, policyds_own_refusals_are_not_told_it);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
