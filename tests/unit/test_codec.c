#include "tests/unit/unit.h"

#include "lib/base/codec.h"

/* RFC 4648 section 10 and one that uses both special characters. */
static const struct {
	const char *plain, *base64, *url;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xfe?", "+//+Pw==", "-__-Pw"},
};

START_TEST(base64_follows_the_rfc_both_ways)
{
	struct slice in = slice_of(vectors[_i].plain);
	struct buf b = {0}, back = {0};

	base64_encode(&b, in.data, in.len);
	ck_assert_str_eq(b.data, vectors[_i].base64);
	ck_assert_int_eq(base64_decode(&back, slice_buf(&b)), 0);
	ck_assert(slice_eq(slice_buf(&back), in));
	buf_clear(&b);
	buf_clear(&back);
	base64url_encode(&b, in.data, in.len);
	ck_assert_str_eq(b.data, vectors[_i].url);
	ck_assert_int_eq(base64url_decode(&back, slice_buf(&b)), 0);
	ck_assert(slice_eq(slice_buf(&back), in));
	buf_free(&b);
	buf_free(&back);
}
END_TEST

static const struct {
	const char *name, *in;
} bad[] = {
    {"one character over", "Zm9vY"},
    {"a blank", "Zm9v Zm9v"},
    {"a line break", "Zm9v\r\n"},
    {"the other alphabet", "-__-Pw=="},
    {"a stray bit", "Zh=="},
    {"stray bits without padding", "Zm9"},
    {"padding in the middle", "Zg==Zg=="},
    {"padding alone", "="},
    {"nothing but padding", "===="},
    {"too much padding", "Zg==="},
    {"a high byte", "Zm9\xff"},
};

START_TEST(bad_base64_is_refused_and_leaves_the_buffer)
{
	struct buf b = {0};

	buf_add_str(&b, "kept");
	ck_assert_msg(base64_decode(&b, slice_of(bad[_i].in)) == -1, "%s",
	    bad[_i].name);
	ck_assert_str_eq(b.data, "kept");
	ck_assert_uint_eq(b.len, 4);
	buf_free(&b);
}
END_TEST

START_TEST(url_alphabet_refuses_the_other_one)
{
	struct buf b = {0};

	ck_assert_int_eq(base64url_decode(&b, slice_of("+//+Pw")), -1);
	ck_assert_int_eq(base64url_decode(&b, slice_of("Zg==")), 0);
	ck_assert_str_eq(b.data, "f");
	buf_free(&b);
}
END_TEST

/* Every length around the line and group boundaries, against base64_encode. */
START_TEST(mime_lines_have_76_characters_and_the_size_foretold)
{
	unsigned char data[400];
	size_t len, i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 37 + 11);
	for (len = 0; len <= sizeof(data); len++) {
		struct buf mime = {0}, flat = {0}, joined = {0};
		struct slice rest, line;

		base64_encode_mime(&mime, data, len);
		base64_encode(&flat, data, len);
		ck_assert_uint_eq(mime.len, base64_mime_size(len));
		rest = slice_buf(&mime);
		while (slice_split(&rest, '\n', &line)) {
			ck_assert_int_eq(line.data[line.len - 1], '\r');
			line.len--;
			ck_assert_uint_le(line.len, 76);
			ck_assert(line.len == 76 || rest.len == 0);
			buf_add_slice(&joined, line);
		}
		ck_assert(slice_eq(slice_buf(&joined), slice_buf(&flat)));
		buf_free(&mime);
		buf_free(&flat);
		buf_free(&joined);
	}
}
END_TEST

START_TEST(hex_goes_both_ways)
{
	struct buf b = {0}, back = {0};

	hex_encode(&b, "\x00\x7f\xff\n", 4);
	ck_assert_str_eq(b.data, "007fff0a");
	ck_assert_int_eq(hex_decode(&back, slice_of("007FfF0a")), 0);
	ck_assert(slice_eq(slice_buf(&back), (struct slice){"\0\x7f\xff\n", 4}));
	ck_assert_int_eq(hex_decode(&back, slice_of("0")), -1);
	ck_assert_int_eq(hex_decode(&back, slice_of("0g")), -1);
	ck_assert_uint_eq(back.len, 4);
	buf_free(&b);
	buf_free(&back);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("codec");
	TCase *t = tcase_create("codec");

	ADD_ROWS(t, base64_follows_the_rfc_both_ways, vectors);
	ADD_ROWS(t, bad_base64_is_refused_and_leaves_the_buffer, bad);
	tcase_add_test(t, url_alphabet_refuses_the_other_one);
	tcase_add_test(t, mime_lines_have_76_characters_and_the_size_foretold);
	tcase_add_test(t, hex_goes_both_ways);
	suite_add_tcase(s, t);
	return unit_main(s);
}
