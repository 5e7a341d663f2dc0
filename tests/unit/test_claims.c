#include "tests/unit/unit.h"

#include <stdio.h>

#include "gateway-agent/claims.h"
#include "lib/base/mem.h"

#define T0 1764000000000LL
#define WEEK (7LL * 24 * 3600 * 1000)
#define HOUR (3600LL * 1000)

static struct buf journal;
static struct claims *table;

static void
record(struct slice line, void *ctx)
{
	(void)ctx;
	buf_add_slice(&journal, line);
	buf_add_char(&journal, '\n');
}

static void
set_up(void)
{
	table = claims_new(record, NULL);
}

static void
tear_down(void)
{
	claims_free(&table);
	buf_free(&journal);
}

static struct claim
stub(int ticket, const char *queue_id, int64_t eom_ms)
{
	struct claim n = {.eom_ms = eom_ms, .requested_ms = eom_ms - 500,
	    .expires_ms = T0 + WEEK, .size_bytes = 1000};

	(void)snprintf(n.ticket, sizeof(n.ticket), "%032x", (unsigned)ticket);
	(void)snprintf(n.queue_id, sizeof(n.queue_id), "%s", queue_id);
	(void)snprintf(n.campaign, sizeof(n.campaign), "spring-2026");
	(void)snprintf(n.creative, sizeof(n.creative), "hero-en");
	(void)snprintf(n.recipient, sizeof(n.recipient), "\"a b\"@x.test");
	return n;
}

static enum claim_answer
ask(int ticket, const char *queue_id, int64_t now_ms)
{
	struct claim n = stub(ticket, queue_id, now_ms);

	return claims_claim(table, &n);
}

static const struct claim *
in_queue(const char *queue_id)
{
	bool first;

	return claims_queued(table, queue_id, -1, &first);
}

static size_t
queued_now(void)
{
	struct claims_sum sum;

	claims_count(table, &sum);
	return sum.queued;
}

START_TEST(a_ticket_is_given_once_and_accepted_by_the_log_alone)
{
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 1000), CLAIM_PENDING);
	ck_assert_ptr_null(in_queue("QQQQ2"));
	ck_assert_ptr_nonnull(in_queue("QQQQ1"));
	ck_assert_int_eq(ask(1, "QQQQ3", T0 + 2000), CLAIM_ACCEPTED);
	ck_assert(claims_removed(table, "QQQQ1"));
	ck_assert_ptr_null(in_queue("QQQQ1"));
	ck_assert_int_eq(ask(1, "QQQQ4", T0 + 3000), CLAIM_ACCEPTED);
	ck_assert_int_eq(ask(2, "QQQQ4", T0 + 3000), CLAIM_NEW);
}
END_TEST

START_TEST(the_same_question_gets_the_same_answer)
{
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(1, "QQQQ1", T0 + 1), CLAIM_NEW);
}
END_TEST

START_TEST(a_refusal_in_the_log_frees_the_ticket_at_once)
{
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert(claims_rejected(table, "QQQQ1"));
	ck_assert(!claims_rejected(table, "QQQQ1"));
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 1), CLAIM_NEW);
	ck_assert_int_eq(ask(1, "QQQQ3", T0 + 2), CLAIM_PENDING);
}
END_TEST

START_TEST(only_its_own_holder_releases_a_ticket)
{
	char id[33];

	(void)snprintf(id, sizeof(id), "%032x", 1);
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert(!claims_release(table, id, "QQQQ2"));
	ck_assert(claims_release(table, id, "QQQQ1"));
	ck_assert_int_eq(ask(1, "QQQQ2", T0), CLAIM_NEW);
	ck_assert_ptr_nonnull(in_queue("QQQQ2"));
	ck_assert(!claims_release(table, id, "QQQQ2"));
}
END_TEST

START_TEST(silence_counts_only_when_the_log_has_been_read)
{
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_uint_eq(claims_tick(table, T0 + 59000, T0 + 59000), 0);
	ck_assert_uint_eq(claims_tick(table, T0 + 600000, T0 + 59000), 0);
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 600000), CLAIM_PENDING);
	ck_assert_uint_eq(claims_tick(table, T0 + 600000, T0 + 60000), 1);
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 600000), CLAIM_NEW);
}
END_TEST

static enum claim_place where;

static enum claim_place
place(const char *queue_id, void *ctx)
{
	(void)ctx;
	ck_assert_str_eq(queue_id, "QQQQ1");
	return where;
}

START_TEST(a_silent_log_is_believed_only_as_far_as_the_queue_agrees)
{
	claims_watch(table, place, NULL);
	where = CLAIM_PLACE_UNKNOWN;
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 1), CLAIM_PENDING);
	ck_assert_uint_eq(claims_tick(table, T0 + HOUR - 1, T0 + HOUR - 1), 0);
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 1), CLAIM_PENDING);
	where = CLAIM_PLACE_QUEUE;
	ck_assert_uint_eq(claims_tick(table, T0 + 60000, T0 + 60000), 0);
	where = CLAIM_PLACE_NONE;
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 1), CLAIM_ACCEPTED);
}
END_TEST

START_TEST(a_queue_that_nobody_can_see_frees_the_ticket_after_an_hour)
{
	claims_watch(table, place, NULL);
	where = CLAIM_PLACE_UNKNOWN;
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_uint_eq(claims_tick(table, T0 + HOUR, T0 + HOUR), 1);
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + HOUR), CLAIM_NEW);
}
END_TEST

START_TEST(a_lapsed_ticket_that_shows_up_late_is_accepted)
{
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_uint_eq(claims_tick(table, T0 + 70000, T0 + 70000), 1);
	ck_assert_ptr_nonnull(in_queue("QQQQ1"));
	ck_assert_int_eq(ask(1, "QQQQ2", T0 + 80000), CLAIM_ACCEPTED);
}
END_TEST

START_TEST(the_queue_is_counted_in_messages_and_bytes)
{
	struct claims_sum sum;
	bool first;

	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(2, "QQQQ2", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(3, "QQQQ3", T0), CLAIM_NEW);
	ck_assert_ptr_nonnull(claims_queued(table, "QQQQ1", 5000, &first));
	ck_assert(first);
	ck_assert_ptr_nonnull(claims_queued(table, "QQQQ1", -1, &first));
	ck_assert(!first);
	ck_assert_ptr_nonnull(in_queue("QQQQ2"));
	claims_count(table, &sum);
	ck_assert_uint_eq(sum.n, 3);
	ck_assert_uint_eq(sum.pending, 1);
	ck_assert_uint_eq(sum.queued, 2);
	ck_assert_int_eq(sum.queued_bytes, 6000);
	ck_assert(claims_removed(table, "QQQQ1"));
	claims_count(table, &sum);
	ck_assert_int_eq(sum.queued_bytes, 1000);
	ck_assert_int_eq(sum.accepted_bytes, 6000);
	ck_assert_int_eq(sum.removed_bytes, 5000);
}
END_TEST

static struct claims_queue
queue(int64_t before_ms)
{
	struct claims_queue q;

	claims_queue(table, before_ms, 2, &q);
	return q;
}

START_TEST(the_queue_is_what_has_reached_it_by_domain)
{
	static const char *const domains[] = {"a.test", "a.test", "a.test",
	    "b.test"};
	char id[32];
	int i;

	for (i = 0; i < 4; i++) {
		struct claim n = stub(i, "", T0 + i);

		(void)snprintf(id, sizeof(id), "QQQQ%d", i);
		memcpy(n.queue_id, id, sizeof(id));
		(void)snprintf(n.recipient, sizeof(n.recipient), "\"a@b\"@%s",
		    domains[i]);
		ck_assert_int_eq(claims_claim(table, &n), CLAIM_NEW);
		ck_assert_int_eq(queue(T0 + 9).n, i);
		ck_assert_ptr_nonnull(in_queue(id));
	}
	ck_assert_int_eq(queue(T0 + 9).n, 4);
	ck_assert_int_eq(queue(T0 + 9).bytes, 4000);
	ck_assert_int_eq(queue(T0 + 9).sessions, 3);
	ck_assert_int_eq(queue(T0 + 3).n, 3);
	ck_assert_int_eq(queue(T0 + 3).sessions, 2);
	claims_deferred(table, "QQQQ3", -1);
	ck_assert_int_eq(queue(T0 + 9).sessions, 2);
	ck_assert(claims_removed(table, "QQQQ0"));
	ck_assert(!claims_rejected(table, "QQQQ1"));
	ck_assert(claims_removed(table, "QQQQ1"));
	ck_assert_int_eq(queue(T0 + 9).n, 1);
	ck_assert_ptr_nonnull(in_queue("QQQQ3"));
	ck_assert_int_eq(queue(T0 + 9).n, 2);
}
END_TEST

START_TEST(deferred_adverts_do_not_count_as_queued)
{
	struct claims_sum sum;
	bool first;

	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_ptr_nonnull(in_queue("QQQQ1"));
	claims_deferred(table, "QQQQ1", 500000);
	claims_count(table, &sum);
	ck_assert_uint_eq(sum.queued, 0);
	ck_assert_int_eq(sum.queued_bytes, 0);
	ck_assert_uint_eq(sum.deferred, 1);
	ck_assert_int_eq(ask(1, "QQQQ2", T0), CLAIM_ACCEPTED);
	ck_assert_ptr_nonnull(claims_queued(table, "QQQQ1", 77, &first));
	ck_assert(!first);
	claims_count(table, &sum);
	ck_assert_uint_eq(sum.queued, 1);
	ck_assert_int_eq(sum.queued_bytes, 1000);
	ck_assert_uint_eq(sum.deferred, 0);
	ck_assert_int_eq(sum.accepted, 1);
}
END_TEST

START_TEST(tickets_are_forgotten_after_their_expiry)
{
	struct claims_sum sum;

	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_ptr_nonnull(in_queue("QQQQ1"));
	ck_assert(claims_removed(table, "QQQQ1"));
	(void)claims_tick(table, T0 + WEEK + HOUR, T0);
	claims_count(table, &sum);
	ck_assert_uint_eq(sum.n, 1);
	(void)claims_tick(table, T0 + WEEK + HOUR + 1, T0);
	claims_count(table, &sum);
	ck_assert_uint_eq(sum.n, 0);
}
END_TEST

static const struct {
	const char *name;
	size_t offset;
	const char *value;
} malformed[] = {
    {"a ticket too short", offsetof(struct claim, ticket), "abc"},
    {"a ticket that is no hex", offsetof(struct claim, ticket),
        "zz112233445566778899aabbccddeeff"},
    {"no queue id", offsetof(struct claim, queue_id), ""},
    {"a queue id with a blank", offsetof(struct claim, queue_id), "a b"},
    {"a campaign with a newline", offsetof(struct claim, campaign), "a\nb"},
    {"no creative", offsetof(struct claim, creative), ""},
    {"no recipient", offsetof(struct claim, recipient), ""},
    {"a recipient of two lines", offsetof(struct claim, recipient), "a\nb@c"},
};

START_TEST(a_malformed_claim_is_refused_and_not_recorded)
{
	struct claim n = stub(1, "QQQQ1", T0);

	(void)strcpy((char *)&n + malformed[_i].offset, malformed[_i].value);
	ck_assert_msg(claims_claim(table, &n) == CLAIM_REFUSED, "%s",
	    malformed[_i].name);
	ck_assert_uint_eq(journal.len, 0);
}
END_TEST

static struct claims *
replayed(struct slice lines)
{
	struct claims *c = claims_new(NULL, NULL);
	struct slice line;

	while (slice_split(&lines, '\n', &line))
		if (line.len)
			ck_assert_msg(claims_replay(c, line) == 0, "%.*s",
			    (int)line.len, line.data);
	return c;
}

/* Every state there is. */
static void
fill(void)
{
	ck_assert_int_eq(ask(1, "QQQQ1", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(2, "QQQQ2", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(3, "QQQQ3", T0), CLAIM_NEW);
	ck_assert_int_eq(ask(4, "QQQQ4", T0), CLAIM_NEW);
	ck_assert_ptr_nonnull(in_queue("QQQQ2"));
	ck_assert(claims_rejected(table, "QQQQ3"));
	ck_assert_ptr_nonnull(in_queue("QQQQ4"));
	ck_assert(claims_removed(table, "QQQQ4"));
	ck_assert_int_eq(ask(6, "QQQQ6", T0), CLAIM_NEW);
	ck_assert_ptr_nonnull(in_queue("QQQQ6"));
	claims_deferred(table, "QQQQ6", 500000);
	ck_assert_uint_eq(claims_tick(table, T0 + 60000, T0 + 60000), 1);
	ck_assert_int_eq(ask(5, "QQQQ5", T0 + 60000), CLAIM_NEW);
}

static void
check_filled(void)
{
	struct claims_sum sum;

	claims_count(table, &sum);
	ck_assert_uint_eq(sum.deferred, 1);
	ck_assert_uint_eq(queued_now(), 1);
	ck_assert_int_eq(ask(2, "X2", T0 + 60001), CLAIM_ACCEPTED);
	ck_assert_int_eq(ask(3, "X3", T0 + 60001), CLAIM_NEW);
	ck_assert_int_eq(ask(4, "X4", T0 + 60001), CLAIM_ACCEPTED);
	ck_assert_int_eq(ask(5, "X5", T0 + 60001), CLAIM_PENDING);
	ck_assert_str_eq(in_queue("QQQQ2")->recipient, "\"a b\"@x.test");
	ck_assert_int_eq(in_queue("QQQQ2")->requested_ms, T0 - 500);
	ck_assert_ptr_nonnull(in_queue("QQQQ1"));
	ck_assert_int_eq(in_queue("QQQQ6")->arrival_ms, T0 - 500);
}

START_TEST(the_journal_brings_every_state_back)
{
	struct claims *again;

	fill();
	again = replayed(slice_buf(&journal));
	claims_free(&table);
	table = again;
	check_filled();
}
END_TEST

START_TEST(the_dump_brings_every_state_back)
{
	struct claims *again;
	struct buf dump = {0};

	fill();
	claims_dump(table, &dump);
	again = replayed(slice_buf(&dump));
	buf_free(&dump);
	claims_free(&table);
	table = again;
	check_filled();
}
END_TEST

START_TEST(a_damaged_line_is_told_and_does_no_harm)
{
	static const char *const lines[] = {"", "P", "P ", "X y", "A ",
	    "A 00000000000000000000000000000001", "D x 1",
	    "P 00000000000000000000000000000001 Q 1 2 3 x c e r",
	    "P 00000000000000000000000000000001 Q 1 2 3 4 c e "};
	size_t i;
	struct claims_sum sum;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(claims_replay(table, slice_of(lines[i])) == -1,
		    "%s", lines[i]);
	claims_count(table, &sum);
	ck_assert_uint_eq(sum.n, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("claims");
	TCase *t = tcase_create("claims");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_ticket_is_given_once_and_accepted_by_the_log_alone);
	tcase_add_test(t, the_same_question_gets_the_same_answer);
	tcase_add_test(t, a_refusal_in_the_log_frees_the_ticket_at_once);
	tcase_add_test(t, only_its_own_holder_releases_a_ticket);
	tcase_add_test(t, silence_counts_only_when_the_log_has_been_read);
	tcase_add_test(t,
	    a_silent_log_is_believed_only_as_far_as_the_queue_agrees);
	tcase_add_test(t,
	    a_queue_that_nobody_can_see_frees_the_ticket_after_an_hour);
	tcase_add_test(t, a_lapsed_ticket_that_shows_up_late_is_accepted);
	tcase_add_test(t, the_queue_is_counted_in_messages_and_bytes);
	tcase_add_test(t, the_queue_is_what_has_reached_it_by_domain);
	tcase_add_test(t, deferred_adverts_do_not_count_as_queued);
	tcase_add_test(t, tickets_are_forgotten_after_their_expiry);
	ADD_ROWS(t, a_malformed_claim_is_refused_and_not_recorded, malformed);
	tcase_add_test(t, the_journal_brings_every_state_back);
	tcase_add_test(t, the_dump_brings_every_state_back);
	tcase_add_test(t, a_damaged_line_is_told_and_does_no_harm);
	suite_add_tcase(s, t);
	return unit_main(s);
}
