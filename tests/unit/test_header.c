#include "tests/unit/unit.h"

#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/mail/header.h"

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define UE "\xc3\xbc"         /* u with diaeresis */
#define PARTY "\xf0\x9f\x8e\x89" /* party popper */
#define EURO "\xe2\x82\xac"
#define BAD "\xef\xbf\xbd"    /* replacement character */

static const struct {
	const char *name, *text, *field;
} texts[] = {
    {"plain", "Spring is here", "Subject: Spring is here\r\n"},
    {"empty", "", "Subject:\r\n"},
    {"one letter", "J" UE "rgen", "Subject: =?utf-8?q?J=C3=BCrgen?=\r\n"},
    {"plain words around stay", "Hi J" UE "rgen and all",
        "Subject: Hi =?utf-8?q?J=C3=BCrgen?= and all\r\n"},
    {"spaces between encoded words are encoded", UE " " UE,
        "Subject: =?utf-8?b?w7wgw7w=?=\r\n"},
    {"mostly ASCII is Q", UE " a big sale", "Subject: "
        "=?utf-8?q?=C3=BC?= a big sale\r\n"},
    {"no ASCII is B", PARTY PARTY, "Subject: =?utf-8?b?8J+OifCfjok=?=\r\n"},
    {"text that looks encoded stays text", "=?utf-8?q?x?=",
        "Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n"},
    {"an end of line is a space", "a\r\nBcc: x@y.z\r\n\r\nbody",
        "Subject: a Bcc: x@y.z body\r\n"},
    {"other controls too", "a\tb\033c\x7f" "d", "Subject: a b c d\r\n"},
    {"broken UTF-8 is shown as such", "a\xff" "b",
        "Subject: =?utf-8?q?a=EF=BF=BDb?=\r\n"},
    {"long text folds at spaces",
        X50 " " X10 " " X50, "Subject: " X50 " " X10 "\r\n " X50 "\r\n"},
    {"a long word stays whole", X50 X50,
        "Subject:\r\n " X50 X50 "\r\n"},
};

START_TEST(text_becomes_a_field)
{
	struct buf out = {0};

	header_add_text(&out, "Subject", slice_of(texts[_i].text));
	ck_assert_msg(strcmp(out.data, texts[_i].field) == 0, "%s: got %s",
	    texts[_i].name, out.data);
	buf_free(&out);
}
END_TEST

static void
check_lines(const struct buf *field, size_t max)
{
	struct slice rest = slice_buf(field), line;

	ck_assert(field->len > 2 &&
	    memcmp(field->data + field->len - 2, "\r\n", 2) == 0);
	while (slice_split(&rest, '\n', &line)) {
		ck_assert_msg(line.len <= max + 1, "%zu octets: %.*s", line.len,
		    (int)line.len, line.data);
		ck_assert_int_eq(line.data[line.len - 1], '\r');
		ck_assert(!memchr(line.data, '\r', line.len - 1));
		ck_assert(rest.len == 0 || rest.data[0] == ' ');
		ck_assert_uint_gt(
		    slice_trim((struct slice){line.data, line.len}).len, 0);
	}
}

/* Every encoded word at most 75 characters and, alone, whole UTF-8. */
static void
check_words(struct slice field)
{
	const char *start, *end;
	struct buf text = {0};

	while ((start = memmem(field.data, field.len, "=?utf-8?", 8))) {
		end = memmem(start + 10, field.len -
		    (size_t)(start + 10 - field.data), "?=", 2);
		ck_assert_ptr_nonnull(end);
		end += 2;
		ck_assert_int_le(end - start, 75);
		buf_clear(&text);
		header_decode(&text, (struct slice){start, (size_t)(end - start)});
		ck_assert_msg(!strstr(text.data, BAD), "cut character: %.*s",
		    (int)(end - start), start);
		field.len -= (size_t)(end - field.data);
		field.data = end;
	}
	buf_free(&text);
}

static const char *const round_trips[] = {
    "plain", "a b c", "J" UE "rgen", UE, UE " " UE, "a " UE " b " UE " c",
    PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY
    PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY
    PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY PARTY,
    "=?x", "a =?utf-8?q?b?= c", "100% = ?= =? _ \" \\ <x@y>",
    X50 " " X50 " " X50 " " X50 UE, UE X50 X50 X50 X50 X50 UE,
    X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50
    X50 X50 X50 X50 X50, /* 1200 octets without a place to fold */
    "M" UE "nchen M" UE "nchen M" UE "nchen M" UE "nchen M" UE "nchen M" UE
    "nchen M" UE "nchen M" UE "nchen M" UE "nchen",
};

START_TEST(what_is_written_is_read_back)
{
	static const char *const names[] = {"Subject", "X-A-Name-That-Is-Very-"
	    "Long-And-Leaves-No-Room-For-A-Word-On-Its-Line-Of-This-Mail"};
	struct buf out = {0}, back = {0};
	size_t i;

	for (i = 0; i < 2; i++) {
		buf_clear(&out);
		buf_clear(&back);
		header_add_text(&out, names[i], slice_of(round_trips[_i]));
		check_lines(&out, 998);
		check_words(slice_buf(&out));
		header_decode(&back, (struct slice){
		    out.data + strlen(names[i]) + 1,
		    out.len - strlen(names[i]) - 1});
		ck_assert_str_eq(back.data, round_trips[_i]);
	}
	buf_free(&out);
	buf_free(&back);
}
END_TEST

START_TEST(lines_with_encoded_words_are_short)
{
	struct buf text = {0}, out = {0};
	int i;

	for (i = 0; i < 300; i++)
		buf_add_str(&text, i % 7 ? UE "x" PARTY : " ");
	header_add_text(&out, "Subject", slice_buf(&text));
	check_lines(&out, 76);
	check_words(slice_buf(&out));
	buf_free(&text);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name, *first, *more; /* 100 times */
} paddings[] = {
    {"two octets each", "", UE},
    {"three", "", EURO},
    {"four", "", PARTY},
    {"three behind two: no place without padding", UE, EURO},
    {"three behind four", PARTY, EURO},
    {"some of each", "x", UE PARTY EURO},
};

/* Some readers join the words before they decode them, and stop at padding. */
START_TEST(no_word_but_the_last_ends_in_padding)
{
	struct buf text = {0}, out = {0}, back = {0};
	struct slice rest;
	const char *end;
	int i;

	buf_add_str(&text, paddings[_i].first);
	for (i = 0; i < 100; i++)
		buf_add_str(&text, paddings[_i].more);
	header_add_text(&out, "Subject", slice_buf(&text));
	rest = slice_buf(&out);
	while ((end = memmem(rest.data, rest.len, "?=\r\n =?", 8))) {
		ck_assert_msg(end[-1] != '=', "%s: %s", paddings[_i].name,
		    out.data);
		rest.len -= (size_t)(end + 2 - rest.data);
		rest.data = end + 2;
	}
	header_decode(&back, (struct slice){out.data + 8, out.len - 8});
	ck_assert_msg(slice_eq(slice_buf(&back), slice_buf(&text)), "%s: %s",
	    paddings[_i].name, out.data);
	buf_free(&text);
	buf_free(&out);
	buf_free(&back);
}
END_TEST

static const struct {
	const char *name, *list, *field;
} lists[] = {
    {"bare", "a@b.c", "From: a@b.c\r\n"},
    {"with a name", "Offers <offers@shop.example>",
        "From: Offers <offers@shop.example>\r\n"},
    {"a name beyond ASCII", "J" UE "rgen Shop <a@b.c>",
        "From: =?utf-8?q?J=C3=BCrgen_Shop?= <a@b.c>\r\n"},
    {"the same in quotes", "\"J" UE "rgen, Shop\" <a@b.c>",
        "From: =?utf-8?q?J=C3=BCrgen=2C_Shop?= <a@b.c>\r\n"},
    {"an escaped quote in it", "\"J" UE " \\\"x\\\"\" <a@b.c>",
        "From: =?utf-8?q?J=C3=BC_=22x=22?= <a@b.c>\r\n"},
    {"quotes stay", "\"Shop, Inc.\" <a@b.c>",
        "From: \"Shop, Inc.\" <a@b.c>\r\n"},
    {"specials get quotes", "shop.example <a@b.c>",
        "From: \"shop.example\" <a@b.c>\r\n"},
    {"a backslash cannot eat the closing quote", "a.b\\ <a@b.c>",
        "From: \"a.b\" <a@b.c>\r\n"},
    {"encoded words are written anew", "=?iso-8859-1?q?J=FCrgen?= <a@b.c>",
        "From: =?utf-8?q?J=C3=BCrgen?= <a@b.c>\r\n"},
    {"with the words beside them", "Dr. =?utf-8?q?J=C3=BCrgen?= X <a@b.c>",
        "From: =?utf-8?q?Dr=2E_J=C3=BCrgen_X?= <a@b.c>\r\n"},
    {"line ends in encoded words are spaces",
        "=?utf-8?q?Bob=0D=0ABcc:_x?= <a@b.c>",
        "From: =?utf-8?q?Bob_Bcc=3A_x?= <a@b.c>\r\n"},
    {"quotes and addresses in encoded words stay in them",
        "=?utf-8?q?=22a=22_=3Cx=40y=3E=2C_=22b=22?= <a@b.c>",
        "From: =?utf-8?q?=22a=22_=3Cx=40y=3E=2C_=22b=22?= <a@b.c>\r\n"},
    {"and in comments", "a@b.c (=?utf-8?q?Bob=0D=0ABcc:_x?=)",
        "From: a@b.c ( =?utf-8?q?Bob_Bcc=3A_x?=)\r\n"},
    {"beside letters beyond ASCII", UE UE UE " =?utf-8?q?b=C3=BC?= <a@b.c>",
        "From: =?utf-8?b?w7zDvMO8IGLDvA==?= <a@b.c>\r\n"},
    {"what looks encoded between quotes is text",
        "\"Bob =?utf-8?q?=0D=0ABcc?=\" <a@b.c>",
        "From: =?utf-8?q?Bob_=3D=3Futf-8=3Fq=3F=3D0D=3D0ABcc=3F=3D?= <a@b.c>"
        "\r\n"},
    {"several", "A <a@b.c>, \"B, C\" <d@e.f>,g@h.i",
        "From: A <a@b.c>, \"B, C\" <d@e.f>, g@h.i\r\n"},
    {"a quoted local part", "\"a b\"@c.d", "From: \"a b\"@c.d\r\n"},
    {"a comment", "a@b.c (A, B)", "From: a@b.c (A, B)\r\n"},
    {"no name", "<a@b.c>", "From: <a@b.c>\r\n"},
    {"another field cannot start", "A\r\nBcc: <a@b.c>",
        "From: \"A Bcc:\" <a@b.c>\r\n"},
    {"an open quote", "\"A <a@b.c>", "From: \"A <a@b.c>\r\n"},
    {"a domain beyond ASCII", "<a@b" UE "cher.example>",
        "From: <a@xn--bcher-kva.example>\r\n"},
    {"the same with blanks, a name and capitals",
        "B" UE "ro < Info@B" UE "cher.Example >",
        "From: =?utf-8?q?B=C3=BCro?= <Info@xn--bcher-kva.example>\r\n"},
    {"the same without brackets, the second of two", "a@b.c, d@b" UE "cher.e",
        "From: a@b.c, d@xn--bcher-kva.e\r\n"},
    {"a local part beyond ASCII stays", "J <j" UE "rgen@b" UE "cher.example>",
        "From: J <j" UE "rgen@xn--bcher-kva.example>\r\n"},
    {"a comment beyond ASCII", "a@b.c (K" UE "se (x) y) z@" UE ".e(c)",
        "From: a@b.c ( =?utf-8?q?K=C3=BCse_=28x=29_y?=) z@xn--tda.e (c)\r\n"},
    {"an open comment", "a@b.c (" UE,
        "From: a@b.c ( =?utf-8?q?=C3=BC?=)\r\n"},
    {"a group beyond ASCII", "W" UE ": a@b.c;",
        "From: =?utf-8?q?W=C3=BC=3A?= a@b.c;\r\n"},
    {"a domain that is none", "<a@" UE "..e>",
        "From: =?utf-8?b?PGFAw7wuLmU+?=\r\n"},
};

START_TEST(address_lists_keep_their_addresses)
{
	struct buf out = {0};

	header_add_addresses(&out, "From", slice_of(lists[_i].list));
	ck_assert_msg(strcmp(out.data, lists[_i].field) == 0, "%s: got %s",
	    lists[_i].name, out.data);
	buf_free(&out);
}
END_TEST

START_TEST(long_address_lists_fold_between_addresses)
{
	struct buf list = {0}, out = {0};
	int i;

	for (i = 0; i < 50; i++)
		buf_printf(&list, "%s\"Recipient, %d\" <recipient%d@b.c>",
		    i ? ", " : "", i, i);
	header_add_addresses(&out, "To", slice_buf(&list));
	check_lines(&out, 76);
	ck_assert_ptr_nonnull(strstr(out.data, "<recipient49@b.c>"));
	buf_free(&list);
	buf_free(&out);
}
END_TEST

START_TEST(a_long_name_is_not_cut_between_quotes)
{
	struct buf list = {0}, out = {0}, back = {0};
	struct slice name;
	int i;

	buf_add_char(&list, '"');
	for (i = 0; i < 1000; i++)
		buf_add_str(&list, "\\\"");
	buf_add_str(&list, "\" <a@b.c>");
	header_add_addresses(&out, "From", slice_buf(&list));
	check_lines(&out, 76);
	header_decode(&back, slice_of(out.data + sizeof("From:") - 1));
	name = slice_buf(&back);
	ck_assert_uint_eq(name.len, 1000 + strlen(" <a@b.c>"));
	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(name.data[i], '"');
	buf_free(&list);
	buf_free(&out);
	buf_free(&back);
}
END_TEST

START_TEST(raw_values_fold_at_white_space)
{
	struct buf out = {0};

	header_add_raw(&out, "List-Unsubscribe",
	    slice_of("<https://shop.example/" X50 ">,\r\n\t<mailto:u@x.y>"));
	ck_assert_str_eq(out.data, "List-Unsubscribe:\r\n <https://shop.example/"
	    X50 ">,\r\n <mailto:u@x.y>\r\n");
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name, *value, *param;
} params[] = {
    {"plain", "hero.png", "; filename=\"hero.png\""},
    {"quote and backslash", "a\"b\\c", "; filename=\"a\\\"b\\\\c\""},
    {"empty", "", "; filename=\"\""},
    {"a control is a space", "a\r\nb", "; filename=\"a  b\""},
    {"what looks like an encoded word", "=?utf-8?q?x?=",
        "; filename*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D"},
    {"beyond ASCII", UE "ber uns.png",
        "; filename*=utf-8''%C3%BCber%20uns.png"},
    {"long", X50 X10 "!",
        "; filename*0*=utf-8''" X50 X10 ";\r\n filename*1*=!"},
    {"long and beyond ASCII, no character is cut",
        PARTY PARTY PARTY PARTY PARTY PARTY,
        "; filename*0*=utf-8''%F0%9F%8E%89%F0%9F%8E%89%F0%9F%8E%89"
        "%F0%9F%8E%89%F0%9F%8E%89;\r\n filename*1*=%F0%9F%8E%89"},
};

START_TEST(parameters_follow_rfc_2231)
{
	struct buf out = {0};

	header_add_param(&out, "filename", slice_of(params[_i].value));
	ck_assert_msg(strcmp(out.data, params[_i].param) == 0, "%s: got %s",
	    params[_i].name, out.data);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name, *value, *text;
} decoded[] = {
    {"plain", " Spring is here ", "Spring is here"},
    {"folded", "Spring\r\n is\n\there", "Spring is here"},
    {"folded as libmilter gives it", "a\n\tb", "a b"},
    {"q", "=?utf-8?q?J=C3=BCrgen?=", "J" UE "rgen"},
    {"upper case", "=?UTF-8?Q?J=c3=bcrgen_x?=", "J" UE "rgen x"},
    {"b without padding", "=?utf-8?B?w7w?=", UE},
    {"language", "=?utf-8*de?q?=C3=BC?=", UE},
    {"space between words goes", "=?utf-8?q?a?=  =?utf-8?q?b?=", "ab"},
    {"fold between words goes", "=?utf-8?q?a?=\r\n =?utf-8?b?Yg==?=", "ab"},
    {"space beside text stays", "x =?utf-8?q?a?= y", "x a y"},
    {"text between words", "=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"},
    {"a character cut in two", "=?utf-8?q?=C3?= =?utf-8?q?=BC?=", UE},
    {"latin-1", "=?iso-8859-1?q?J=FCrgen?=", "J" UE "rgen"},
    {"windows-1252", "=?Windows-1252?Q?=80_5?=", "\xe2\x82\xac 5"},
    {"two charsets", "=?iso-8859-1?q?=FC?= =?utf-8?q?=C3=BC?=", UE UE},
    {"japanese", "=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=",
        "\xe6\x97\xa5\xe6\x9c\xac"},
    {"raw UTF-8", "J" UE "rgen", "J" UE "rgen"},
    {"raw latin-1", "J\xfcrgen", "J" UE "rgen"},
    {"unknown charset stays", "=?klingon?q?a?=", "=?klingon?q?a?="},
    {"iconv's own options are no charset", "=?utf-8//IGNORE?q?a?=",
        "=?utf-8//IGNORE?q?a?="},
    {"unknown encoding stays", "=?utf-8?x?a?=", "=?utf-8?x?a?="},
    {"broken q stays", "=?utf-8?q?=G1?=", "=?utf-8?q?=G1?="},
    {"broken b stays", "=?utf-8?b?****?=", "=?utf-8?b?****?="},
    {"no end stays", "=?utf-8?q?a", "=?utf-8?q?a"},
    {"no end, in pieces", "=?utf-8?q", "=?utf-8?q"},
    {"space in a word stays", "=?utf-8?q?a b?=", "=?utf-8?q?a b?="},
    {"broken UTF-8 in a word", "=?utf-8?q?a=FFb?=", "a" BAD "b"},
    {"UTF-8 as iconv alone knows it", "=?@utf-8?q?=FA=8C=8C=8C=8C?=",
        BAD BAD BAD BAD BAD},
    {"encoded line ends are spaces", "=?utf-8?q?a=0D=0Ab?=", "a  b"},
    {"encoded escape is a space", "=?utf-8?q?a=1Bb?=", "a b"},
    {"nothing", "", ""},
};

START_TEST(field_bodies_are_decoded)
{
	struct buf out = {0};

	header_decode(&out, slice_of(decoded[_i].value));
	buf_add_str(&out, "");
	ck_assert_msg(strcmp(out.data, decoded[_i].text) == 0, "%s: got %s",
	    decoded[_i].name, out.data);
	buf_free(&out);
}
END_TEST

START_TEST(every_prefix_decodes_to_one_clean_line)
{
	size_t len, i, max = strlen(decoded[_i].value);
	struct buf out = {0};
	char *copy;

	for (len = 0; len <= max; len++) {
		copy = xmalloc(len);
		memcpy(copy, decoded[_i].value, len);
		buf_clear(&out);
		header_decode(&out, (struct slice){copy, len});
		ck_assert(text_is_utf8(slice_buf(&out)));
		for (i = 0; i < out.len; i++)
			ck_assert((unsigned char)out.data[i] >= 0x20);
		free(copy);
	}
	buf_free(&out);
}
END_TEST

START_TEST(unfolding_keeps_words_apart)
{
	struct buf out = {0};

	header_unfold(&out, (struct slice){"a\r\n b\n\tc\r\n\r\nd\0e\rf\r\n", 19});
	ck_assert_str_eq(out.data, "a b\tc d e f");
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("header");
	TCase *t = tcase_create("header");

	ADD_ROWS(t, text_becomes_a_field, texts);
	ADD_ROWS(t, what_is_written_is_read_back, round_trips);
	tcase_add_test(t, lines_with_encoded_words_are_short);
	ADD_ROWS(t, no_word_but_the_last_ends_in_padding, paddings);
	ADD_ROWS(t, address_lists_keep_their_addresses, lists);
	tcase_add_test(t, long_address_lists_fold_between_addresses);
	tcase_add_test(t, a_long_name_is_not_cut_between_quotes);
	tcase_add_test(t, raw_values_fold_at_white_space);
	ADD_ROWS(t, parameters_follow_rfc_2231, params);
	ADD_ROWS(t, field_bodies_are_decoded, decoded);
	ADD_ROWS(t, every_prefix_decodes_to_one_clean_line, decoded);
	tcase_add_test(t, unfolding_keeps_words_apart);
	suite_add_tcase(s, t);
	return unit_main(s);
}
