/* Campaigns that a gateway must not expand any more, as policyd tells them. */
#include "gateway-agent/halts.h"

#include "lib/fleet/report.h"
#include "tests/unit/unit.h"

static void
take(struct halts *h, struct arena *arena, const char *answer)
{
	struct policy_message m;
	const char *error;
	size_t used;

	ck_assert_int_eq(policy_parse(arena, slice_of(answer), &m, &used,
	    &error), 1);
	halts_take(h, &m);
}

static const struct {
	const char *name, *answer;
	enum hold_kind spring; /* HOLD_NONE: may be expanded */
} answers[] = {
    {"nothing held", "action=OK\n\n", HOLD_NONE},
    {"paused", "action=OK\nheld.0=spring paused 5 x\n\n", HOLD_PAUSED},
    {"cancelled", "action=OK\nheld.0=spring cancelled 5 \n\n", HOLD_CANCELLED},
    {"the second", "held.0=autumn paused 5 \nheld.1=spring paused 5 \n\n",
	HOLD_PAUSED},
    {"behind nonsense", "held.0=;; paused\nheld.1=spring paused 5 \n\n",
	HOLD_PAUSED},
    {"another one", "held.0=autumn paused 5 \n\n", HOLD_NONE},
    {"no such word", "held.0=spring stopped 5 \n\n", HOLD_NONE},
    {"behind a gap", "held.1=spring paused 5 \n\n", HOLD_NONE},
};

START_TEST(a_held_campaign_is_known)
{
	struct arena *arena = arena_new();
	struct halts *h = halts_new();
	const struct hold *found;

	take(h, arena, answers[_i].answer);
	found = halts_find(h, "spring");
	ck_assert_msg((found ? found->kind : HOLD_NONE) == answers[_i].spring,
	    "%s", answers[_i].name);
	halts_free(&h);
	arena_free(&arena);
}
END_TEST

START_TEST(the_last_answer_counts)
{
	struct arena *arena = arena_new();
	struct halts *h = halts_new();

	take(h, arena, "held.0=spring paused 5 a\nheld.1=autumn paused 5 \n\n");
	take(h, arena, "held.0=spring cancelled 6 b\n\n");
	ck_assert_int_eq(halts_find(h, "spring")->kind, HOLD_CANCELLED);
	ck_assert_str_eq(halts_find(h, "spring")->reason, "b");
	ck_assert_ptr_null(halts_find(h, "autumn"));
	take(h, arena, "action=OK\n\n");
	ck_assert_ptr_null(halts_find(h, "spring"));
	halts_free(&h);
	arena_free(&arena);
}
END_TEST

START_TEST(what_policyd_writes_is_read_again)
{
	struct arena *arena = arena_new();
	struct hold hold = {HOLD_PAUSED, 1764000000000, "price"};
	struct halts *h = halts_new();
	struct buf out = {0};

	report_held_write(&out, 0, slice_of("spring-2026"), &hold);
	policy_end(&out);
	take(h, arena, out.data);
	ck_assert_ptr_nonnull(halts_find(h, "spring-2026"));
	ck_assert_str_eq(halts_find(h, "spring-2026")->reason, "price");
	buf_free(&out);
	halts_free(&h);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("halts");
	TCase *t = tcase_create("halts");

	ADD_ROWS(t, a_held_campaign_is_known, answers);
	tcase_add_test(t, the_last_answer_counts);
	tcase_add_test(t, what_policyd_writes_is_read_again);
	suite_add_tcase(s, t);
	return unit_main(s);
}
