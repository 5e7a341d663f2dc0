/* From the mail log to delivery events, and over kill -9 of the observer. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "gateway-agent/tracker.h"
#include "lib/base/log.h"
#include "lib/fleet/delivery.h"

#define T0 1764000000000LL
#define QUEUE_ID "4jYGJR5V0cz1bY48"
#define SMTP "Nov 23 19:14:31 gw1 postfix/smtp[123]: " QUEUE_ID ": "
#define QMGR "Nov 23 19:14:31 gw1 postfix/qmgr[123]: " QUEUE_ID ": "

static char dir[64];
static struct tracker *t;
static struct tracker *volatile killed; /* memory of a process that is no more */

static void
open_tracker(void)
{
	char *error = NULL;

	t = tracker_open(dir, &error);
	ck_assert_msg(t != NULL, "%s", error);
}

static void
set_up(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/np-tracker-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	open_tracker();
}

static void
tear_down(void)
{
	char path[128];

	tracker_close(&t);
	(void)snprintf(path, sizeof(path), "%s/tickets", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/events", dir);
	(void)unlink(path);
	(void)rmdir(dir);
}

static enum claim_answer
ask(const char *queue_id)
{
	struct claim n = {.ticket = "00112233445566778899aabbccddeeff",
	    .campaign = "spring", .creative = "hero", .recipient = "u@x.test",
	    .requested_ms = T0 - 700, .eom_ms = T0,
	    .expires_ms = T0 + 1000000000, .size_bytes = 5000};

	(void)snprintf(n.queue_id, sizeof(n.queue_id), "%s", queue_id);
	return tracker_claim(t, &n);
}

static bool
feed(const char *line, const char *mark)
{
	struct maillog_event e;

	ck_assert_msg(maillog_parse(slice_of(line), &e), "%s", line);
	return tracker_log(t, &e, mark, T0 * 1000);
}

/* The n-th event waiting, from 0. */
static struct delivery
event(size_t n)
{
	const void *pos = NULL;
	struct delivery d;
	struct slice text;
	const char *error = NULL;
	int64_t seq;

	do
		ck_assert(outbox_next(tracker_outbox(t), &pos, &seq, &text));
	while (n-- > 0);
	ck_assert_int_eq(delivery_parse(text, &d, &error), 0);
	ck_assert_int_eq(d.seq, seq);
	return d;
}

START_TEST(a_delivery_tells_the_time_from_request_to_receipt)
{
	struct delivery d;

	ck_assert_int_eq(ask(QUEUE_ID), CLAIM_NEW);
	ck_assert(!feed(QMGR "from=<o@s.test>, size=6000, nrcpt=1 (queue "
	    "active)", "1:m"));
	ck_assert_uint_eq(outbox_count(tracker_outbox(t)), 0);
	ck_assert(!feed(SMTP "to=<U@x.test>, relay=mx.x.test[10.0.0.1]:25, "
	    "delay=1.4, delays=0.5/0.1/0.3/0.2, dsn=2.0.0, status=sent (250 "
	    "ok)", "2:m"));
	d = event(0);
	ck_assert_int_eq(d.status, DELIVERY_SENT);
	ck_assert_str_eq(d.ticket, "00112233445566778899aabbccddeeff");
	ck_assert_str_eq(d.recipient, "u@x.test");
	ck_assert_str_eq(d.relay_host, "mx.x.test");
	ck_assert_int_eq(d.received_ms, T0 + 600);
	ck_assert_int_eq(d.ttr_ms, 1300);
	ck_assert_int_eq(d.size_bytes, 6000);
	ck_assert_str_eq(outbox_mark(tracker_outbox(t)), "2:m");
}
END_TEST

START_TEST(a_retry_counts_from_the_arrival_of_the_mail)
{
	struct delivery d;

	ck_assert_int_eq(ask(QUEUE_ID), CLAIM_NEW);
	ck_assert(feed(SMTP "to=<u@x.test>, relay=mx.x.test[10.0.0.1]:25, "
	    "delays=0.5/0/1/0, dsn=4.2.0, status=deferred (450 later)", "1:m"));
	ck_assert_int_eq(event(0).status, DELIVERY_DEFERRED);
	ck_assert_int_eq(event(0).received_ms, T0 + 1000);
	tracker_close(&t);
	open_tracker();
	ck_assert(!feed(SMTP "to=<u@x.test>, relay=mx.x.test[10.0.0.1]:25, "
	    "delays=300/0/1/0.5, dsn=2.0.0, status=sent (250 ok)", "2:m"));
	d = event(1);
	ck_assert_int_eq(d.received_ms, T0 - 500 + 301500);
	ck_assert_int_gt(d.seq, event(0).seq);
}
END_TEST

START_TEST(kill_and_restart_keep_tickets_events_and_mark)
{
	ck_assert_int_eq(ask(QUEUE_ID), CLAIM_NEW);
	ck_assert(!feed(SMTP "to=<u@x.test>, relay=none, delays=0/0/0/0, "
	    "dsn=5.1.1, status=bounced (no)", "7:m"));
	/* No close, no sync: what write(2) has taken must be enough. */
	killed = t;
	open_tracker();
	ck_assert_uint_eq(outbox_count(tracker_outbox(t)), 1);
	ck_assert_int_eq(event(0).status, DELIVERY_BOUNCED);
	ck_assert_str_eq(outbox_mark(tracker_outbox(t)), "7:m");
	ck_assert_int_eq(ask("4jYGJR5V0cz1bY49"), CLAIM_ACCEPTED);
}
END_TEST

START_TEST(other_mail_and_archive_copies_make_no_event)
{
	ck_assert_int_eq(ask("4jYGJR5V0cz1bY49"), CLAIM_NEW);
	ck_assert(!feed(SMTP "to=<u@x.test>, relay=none, delays=0/0/0/0, "
	    "dsn=4.1.1, status=deferred (no)", "1:m"));
	ck_assert_int_eq(ask("4jYGJR5V0cz1bY49"), CLAIM_NEW);
	ck_assert_int_eq(ask(QUEUE_ID), CLAIM_PENDING);
	ck_assert(!feed("Nov 23 19:14:31 gw1 postfix/smtp[1]: "
	    "4jYGJR5V0cz1bY49: to=<archive@here>, relay=none, "
	    "delays=0/0/0/0, dsn=2.0.0, status=sent (no)", "2:m"));
	ck_assert_uint_eq(outbox_count(tracker_outbox(t)), 0);
	ck_assert_int_eq(ask(QUEUE_ID), CLAIM_ACCEPTED);
}
END_TEST

START_TEST(a_refusal_by_another_milter_frees_the_ticket)
{
	ck_assert_int_eq(ask(QUEUE_ID), CLAIM_NEW);
	ck_assert(!feed("Nov 23 19:14:31 gw1 postfix/cleanup[1]: " QUEUE_ID
	    ": milter-reject: END-OF-MESSAGE from x[::1]: 4.7.1 later", "1:m"));
	ck_assert_int_eq(ask("4jYGJR5V0cz1bY49"), CLAIM_NEW);
}
END_TEST

#define SM_ID "6AQ5NXSs022065"
#define SM "2025-11-24T16:00:00.660283+00:00 gw1 sm-mta[22132]: " SM_ID ": "
#define SM_TO "to=<u@x.test>, delay=00:00:02, xdelay=00:00:00, mailer=esmtp, "

START_TEST(sendmail_tells_a_delivery_by_the_stamp_of_its_line)
{
	struct delivery d;

	ck_assert_int_eq(ask(SM_ID), CLAIM_NEW);
	ck_assert(!feed(SM "from=<o@s.test>, size=786, nrcpts=1", "1:m"));
	ck_assert_int_eq(ask("6AQ5NXSs022066"), CLAIM_PENDING);
	ck_assert(feed(SM SM_TO "pri=1, relay=mx.x.test. [10.0.0.1], dsn=4.2.0, "
	    "reply=450 later, stat=Deferred: 450 later", "2:m"));
	ck_assert_int_eq(event(0).status, DELIVERY_DEFERRED);
	ck_assert_str_eq(event(0).text, "450 later");
	ck_assert_int_eq(ask("6AQ5NXSs022066"), CLAIM_ACCEPTED);
	ck_assert(!feed(SM SM_TO "pri=1, relay=mx.x.test. [10.0.0.1], dsn=2.0.0, "
	    "stat=Sent (ok)", "3:m"));
	d = event(1);
	ck_assert_int_eq(d.status, DELIVERY_SENT);
	ck_assert_int_eq(d.received_ms, T0 + 660);
	ck_assert_int_eq(d.ttr_ms, 1360);
	ck_assert_int_eq(d.conn_use, 0);
	/* There is no line that says it was removed. */
	ck_assert(!feed(SM SM_TO "pri=1, relay=none, dsn=5.0.0, stat=x", "4:m"));
	ck_assert_uint_eq(outbox_count(tracker_outbox(t)), 2);
	ck_assert_int_eq(ask("6AQ5NXSs022067"), CLAIM_ACCEPTED);
}
END_TEST

START_TEST(sendmail_frees_the_ticket_of_a_mail_that_it_refused)
{
	ck_assert_int_eq(ask(SM_ID), CLAIM_NEW);
	ck_assert(!feed(SM "to=<u@x.test>, delay=00:00:00, pri=1, stat=Please "
	    "try again later", "1:m"));
	ck_assert_int_eq(ask("6AQ5NXSs022066"), CLAIM_NEW);
	/* Of one that is in the queue already it says nothing. */
	ck_assert(!feed("Nov 26 05:23:34 gw1 sm-mta[7]: 6AQ5NXSs022066: " SM_TO
	    "pri=1, stat=queued", "2:m"));
	ck_assert(!feed("Nov 26 05:23:34 gw1 sm-mta[7]: 6AQ5NXSs022066: "
	    "to=<u@x.test>, delay=00:00:00, pri=1, stat=no", "3:m"));
	ck_assert_int_eq(ask("6AQ5NXSs022067"), CLAIM_ACCEPTED);
}
END_TEST

/* Read a day late, the line of whole seconds was still written in time. */
START_TEST(a_line_read_late_was_written_when_its_delay_says)
{
	struct claim c = {.eom_ms = T0};
	struct maillog_event e;

	ck_assert(maillog_parse(slice_of("Nov 26 05:23:34 gw1 sm-mta[7]: " SM_ID
	    ": " SM_TO "dsn=2.0.0, stat=Sent"), &e));
	ck_assert_int_eq(tracker_received_ms(&c, &e, T0 + 86400000), T0 + 3000);
	ck_assert_int_eq(tracker_received_ms(&c, &e, T0 + 2400), T0 + 2400);
}
END_TEST

/* A minute of silence, while Sendmail tries a slow server. */
START_TEST(a_mail_in_sendmails_queue_is_accepted_before_it_was_tried)
{
	char path[128];

	tracker_watch(t, dir);
	ck_assert_int_eq(ask(SM_ID), CLAIM_NEW);
	ck_assert_int_eq(ask("6AQ5NXSs022066"), CLAIM_PENDING);
	(void)snprintf(path, sizeof(path), "%s/qf" SM_ID, dir);
	ck_assert_int_eq(close(creat(path, 0600)), 0);
	ck_assert_int_eq(ask("6AQ5NXSs022066"), CLAIM_ACCEPTED);
	(void)unlink(path);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tracker");
	TCase *tc = tcase_create("tracker");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_delivery_tells_the_time_from_request_to_receipt);
	tcase_add_test(tc, a_retry_counts_from_the_arrival_of_the_mail);
	tcase_add_test(tc, kill_and_restart_keep_tickets_events_and_mark);
	tcase_add_test(tc, other_mail_and_archive_copies_make_no_event);
	tcase_add_test(tc, a_refusal_by_another_milter_frees_the_ticket);
	tcase_add_test(tc, sendmail_tells_a_delivery_by_the_stamp_of_its_line);
	tcase_add_test(tc, sendmail_frees_the_ticket_of_a_mail_that_it_refused);
	tcase_add_test(tc, a_line_read_late_was_written_when_its_delay_says);
	tcase_add_test(tc,
	    a_mail_in_sendmails_queue_is_accepted_before_it_was_tried);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
