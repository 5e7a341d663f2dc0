#include "tests/unit/unit.h"

#include "lib/fleet/delivery.h"

static struct delivery
sample(void)
{
	struct delivery d = {
	    .seq = 1764000000000001,
	    .status = DELIVERY_DEFERRED,
	    .ticket = "00112233445566778899aabbccddeeff",
	    .queue_id = "4jYGr22XFCz1c9ZB",
	    .campaign = "spring-2026",
	    .creative = "hero-en",
	    .recipient = "a;b%c\xc3\xa4@example.com",
	    .relay_host = "mx1.example.com",
	    .relay_ip = "10.77.1.2",
	    .dsn = "4.7.1",
	    .text = "451 4.7.1 come later; please\n",
	    .conn_use = 3,
	    .size_bytes = 1000000,
	    .requested_ms = 1764000000000,
	    .received_ms = 1764000000500,
	    .ttr_ms = -5,
	    .delays_us = {1, 2, 3, -1},
	};
	return d;
}

START_TEST(what_is_written_is_read_back)
{
	struct delivery in = sample(), out;
	struct buf b = {0};
	const char *error = NULL;

	delivery_write(&b, &in);
	ck_assert_ptr_null(strchr(b.data, '\n'));
	ck_assert_uint_lt(b.len, DELIVERY_TEXT_MAX);
	ck_assert_int_eq(delivery_parse(slice_buf(&b), &out, &error), 0);
	ck_assert_int_eq(out.seq, in.seq);
	ck_assert_int_eq(out.status, in.status);
	ck_assert_str_eq(out.ticket, in.ticket);
	ck_assert_str_eq(out.recipient, in.recipient);
	ck_assert_str_eq(out.relay_host, in.relay_host);
	ck_assert_str_eq(out.relay_ip, in.relay_ip);
	ck_assert_str_eq(out.text, in.text);
	ck_assert_int_eq(out.conn_use, 3);
	ck_assert_int_eq(out.ttr_ms, -5);
	ck_assert_int_eq(memcmp(out.delays_us, in.delays_us,
	    sizeof(in.delays_us)), 0);
	buf_free(&b);
}
END_TEST

static const struct {
	const char *name, *text;
} bad[] = {
    {"nothing", ""},
    {"no ticket", "seq=1;status=sent"},
    {"no seq", "ticket=aa;status=sent"},
    {"no status", "seq=1;ticket=aa"},
    {"an unknown status", "seq=1;ticket=aa;status=gone"},
    {"a number with a tail", "seq=1x;ticket=aa;status=sent"},
    {"a cut escape", "seq=1;ticket=aa%3;status=sent"},
    {"a NUL", "seq=1;ticket=aa%00;status=sent"},
    {"a part without =", "seq=1;ticket=aa;status=sent;what"},
};

START_TEST(a_broken_event_is_refused_with_a_reason)
{
	struct delivery out;
	const char *error = NULL;

	ck_assert_msg(delivery_parse(slice_of(bad[_i].text), &out, &error) ==
	    -1, "%s", bad[_i].name);
	ck_assert_ptr_nonnull(error);
}
END_TEST

START_TEST(unknown_keys_are_ignored_and_long_ones_cut)
{
	char text[600] = "seq=1;status=sent;new=7;ticket=";
	struct delivery out;
	const char *error = NULL;

	memset(text + strlen(text), 'a', 500);
	ck_assert_int_eq(delivery_parse(slice_of(text), &out, &error), 0);
	ck_assert_uint_eq(strlen(out.ticket), 32);
}
END_TEST

START_TEST(every_prefix_is_read_safely)
{
	struct delivery in = sample(), out;
	struct buf b = {0};
	const char *error = NULL;
	size_t n;

	delivery_write(&b, &in);
	for (n = 0; n < b.len; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, b.data, n);
		(void)delivery_parse((struct slice){copy, n}, &out, &error);
		free(copy);
	}
	buf_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("delivery");
	TCase *t = tcase_create("delivery");

	tcase_add_test(t, what_is_written_is_read_back);
	ADD_ROWS(t, a_broken_event_is_refused_with_a_reason, bad);
	tcase_add_test(t, unknown_keys_are_ignored_and_long_ones_cut);
	tcase_add_test(t, every_prefix_is_read_safely);
	suite_add_tcase(s, t);
	return unit_main(s);
}
