/* One advert's story, told in the order of time. */
#include "ctl/story.h"

#include "tests/unit/unit.h"

#define T "0123456789abcdef0123456789abcdef"
#define DECISION \
	"decision=at_ms=1764000000000;campaign=spring;creative=hero;" \
	"site=one.test;size=1200000;reason=rtt;gateways=tyo,lon;eligible=3;" \
	"known=3;recipient=alice@one.test;queue_id=4abc\n"
/* Its clock is an hour ahead; ttr_ms is by the initiator's. */
#define DEFERRED \
	"event.0=gateway=tyo;status=deferred;conn_use=1;seq=1;ticket=" T \
	";queue_id=4xyz;campaign=spring;creative=hero;recipient=alice@one.test" \
	";relay_host=mx1.one.test;dsn=4.7.1;size_bytes=1200000;" \
	"requested_ms=1764000000000;received_ms=1764003601000;ttr_ms=1000;" \
	"a_us=0;b_us=10000;c_us=90000;d_us=100000;text=451 later%0a\n"
#define SENT \
	"event.1=gateway=tyo;status=sent;conn_use=1;seq=2;ticket=" T \
	";queue_id=4xyz;campaign=spring;creative=hero;recipient=alice@one.test" \
	";relay_host=mx1.one.test;dsn=2.0.0;size_bytes=1200000;" \
	"requested_ms=1764000000000;received_ms=1764003661500;ttr_ms=61500;" \
	"a_us=60000000;b_us=10000;c_us=90000;d_us=100000;text=250 ok\n"

static const struct {
	const char *name, *answer, *story;
} cases[] = {
    {"deferred, then sent", "ticket=" T "\n" DECISION DEFERRED SENT "\n",
	"ticket " T "\n"
	"2025-11-24 16:00 UTC  to alice@one.test  campaign: spring  creative: "
	"hero, 1.2 MB\n\n"
	"16:00:00.000     +0.00 s  initiator  queue id 4abc, decided by rtt: "
	"gateways: tyo,lon   site: one.test, 3 of 3 gateways could be chosen\n"
	"16:00:00.800     +0.80 s  tyo        stub taken and expanded, queue id "
	"4xyz\n"
	"16:00:01.000     +1.00 s  tyo        deferred at gateway tyo, queue id "
	"4xyz, server mx1.one.test (0.09 s to connect, 0.10 s to hand over)\n"
	"                                   4.7.1 451 later\\x0a\n"
	"16:01:01.500    +61.50 s  tyo        sent     at gateway tyo, queue id "
	"4xyz, server mx1.one.test, 61.50 s after the request (0.09 s to "
	"connect, 0.10 s to hand over)\n"
	"                                   2.0.0 250 ok\n"},
    {"nothing yet", "ticket=" T "\n" DECISION "\n",
	"ticket " T "\n"
	"2025-11-24 16:00 UTC  to alice@one.test  campaign: spring  creative: "
	"hero, 1.2 MB\n\n"
	"16:00:00.000     +0.00 s  initiator  queue id 4abc, decided by rtt: "
	"gateways: tyo,lon   site: one.test, 3 of 3 gateways could be chosen\n"
	"no gateway has told yet what became of it\n"},
    {"no decision kept", "ticket=" T "\n" DEFERRED "\n",
	"ticket " T "\n"
	"2025-11-24 16:00 UTC  to alice@one.test  campaign: spring  creative: "
	"hero, 1.2 MB\n\n"
	"16:00:00.800     +0.80 s  tyo        stub taken and expanded, queue id "
	"4xyz\n"
	"16:00:01.000     +1.00 s  tyo        deferred at gateway tyo, queue id "
	"4xyz, server mx1.one.test (0.09 s to connect, 0.10 s to hand over)\n"
	"                                   4.7.1 451 later\\x0a\n"
	"the decision is not kept any more, or its policyd was killed within a "
	"second of it\n"},
    {"an event that is none", "ticket=" T "\nevent.0=nonsense\n\n",
	"ticket " T "\n"
	"1970-01-01 00:00 UTC  to   campaign:   creative: , 0 B\n\n"
	"the decision is not kept any more, or its policyd was killed within a "
	"second of it\n"},
};

static void
parse(struct arena *arena, const char *text, struct policy_message *m)
{
	const char *error;
	size_t used;

	ck_assert_int_eq(
	    policy_parse(arena, slice_of(text), m, &used, &error), 1);
}

START_TEST(the_story_is_told_in_the_order_of_time)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	struct buf out = {0};

	parse(arena, cases[_i].answer, &m);
	story_write(&out, arena, &m);
	ck_assert_msg(strcmp(out.data, cases[_i].story) == 0, "%s:\n%s",
	    cases[_i].name, out.data);
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

START_TEST(programs_get_the_same)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	struct buf out = {0};

	parse(arena, cases[0].answer, &m);
	story_json(&out, arena, &m);
	ck_assert_ptr_nonnull(strstr(out.data, "\"decision\":{\"at_ms\":"
	    "1764000000000,\"campaign\":\"spring\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"queue_id\":\"4abc\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"at_ms\":1764000061500,"
	    "\"status\":\"sent\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"ttr_ms\":61500"));
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_story");
	TCase *t = tcase_create("ctl_story");

	ADD_ROWS(t, the_story_is_told_in_the_order_of_time, cases);
	tcase_add_test(t, programs_get_the_same);
	suite_add_tcase(s, t);
	return unit_main(s);
}
