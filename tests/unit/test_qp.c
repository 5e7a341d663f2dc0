#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/mail/qp.h"

static const struct {
	const char *name, *in, *out;
} rows[] = {
	{"plain", "Hello, Ada!\n", "Hello, Ada!\r\n"},
	{"no_line_end", "Hello", "Hello\r\n"},
	{"crlf_stays_one", "a\r\nb\r\n", "a\r\nb\r\n"},
	{"empty_lines", "\n\n", "\r\n\r\n"},
	{"equals", "a=b\n", "a=3Db\r\n"},
	{"utf8", "J\xc3\xb6rg\n", "J=C3=B6rg\r\n"},
	{"space_before_the_end", "a \nb\t\n", "a=20\r\nb=09\r\n"},
	{"only_a_space", " \n", "=20\r\n"},
	{"a_dot_alone", ".\n", "=2E\r\n"},
	{"dots_inside", "..\n.a\n", "..\r\n.a\r\n"},
	{"from_at_the_start", "From me\n", "=46rom me\r\n"},
	{"nul_and_bare_cr", "a\rb\n", "a=0Db\r\n"},
};

START_TEST(every_row_is_encoded_as_it_should_be)
{
	struct buf out = {0};

	qp_encode(&out, slice_of(rows[_i].in));
	ck_assert_msg(slice_eq_str(slice_buf(&out), rows[_i].out),
	    "%s: got \"%s\"", rows[_i].name, out.data);
	buf_free(&out);
}
END_TEST

/* The way back, as any mail client goes it. */
static void
decode(struct slice in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		unsigned value;

		if (in.data[i] != '=') {
			buf_add_char(out, in.data[i]);
		} else if (in.data[i + 1] == '\r') {
			i += 2;
		} else {
			ck_assert_int_eq(sscanf(in.data + i + 1, "%2x", &value),
			    1);
			buf_add_char(out, (char)value);
			i += 2;
		}
	}
}

START_TEST(any_line_of_any_length_comes_back_and_no_line_is_over_76)
{
	unsigned seed = (unsigned)_i;
	size_t len = (size_t)_i * 7, start = 0;
	struct buf in = {0}, out = {0}, back = {0};

	for (size_t i = 0; i < len; i++) {
		char c = (char)rand_r(&seed);

		buf_add_char(&in, c == '\n' || c == '\r' ? '.' :
		    i % 3 ? c : (char)(' ' + (unsigned char)c % 95));
	}
	qp_encode(&out, slice_buf(&in));
	for (size_t i = 0; i + 1 < out.len; i++)
		if (out.data[i] == '\r') {
			ck_assert_uint_le(i - start, 76);
			ck_assert(out.data[i + 1] == '\n');
			start = i + 2;
		}
	decode(slice_buf(&out), &back);
	if (len)
		back.len -= 2;
	ck_assert_msg(slice_eq(slice_buf(&in), slice_buf(&back)), "row %d", _i);
	buf_free(&in);
	buf_free(&out);
	buf_free(&back);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("qp");
	TCase *t = tcase_create("qp");

	ADD_ROWS(t, every_row_is_encoded_as_it_should_be, rows);
	tcase_add_loop_test(t,
	    any_line_of_any_length_comes_back_and_no_line_is_over_76, 0, 200);
	suite_add_tcase(s, t);
	return unit_main(s);
}
