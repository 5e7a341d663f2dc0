#include "tests/unit/unit.h"

#include <pthread.h>

#include "lib/mail/stub.h"

#define MAX_HEADERS 16
#define CAMPAIGN "Nearpost-Campaign: spring-2026\n"
#define ALTERNATIVE CAMPAIGN "MIME-Version: 1.0\n"                          \
	"Content-Type: multipart/alternative;\r\n\tboundary=\"b1\"\n"
#define PLAIN(params, encoding) CAMPAIGN "MIME-Version: 1.0\n"              \
	"Content-Type: text/plain" params "\n"                              \
	"Content-Transfer-Encoding: " encoding "\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"               \
	"<p>first_name: <b>Alice</b></p>\r\n"

/* "Name: value\n"...; a "\r\n" within a value is a fold. */
static size_t
split_headers(struct arena *arena, const char *text, struct header *headers)
{
	char *copy = arena_strdup(arena, text), *p = copy, *end, *colon;
	size_t n = 0;

	while (*p) {
		for (end = strchr(p, '\n'); end > p && end[-1] == '\r' &&
		    end[1] == '\t'; end = strchr(end + 1, '\n'))
			;
		*end = '\0';
		colon = strchr(p, ':');
		*colon = '\0';
		ck_assert_uint_lt(n, MAX_HEADERS);
		headers[n++] = (struct header){p, colon + 2};
		p = end + 1;
	}
	return n;
}

static const struct {
	const char *name, *headers;
	struct slice body;
	const char *vars; /* canonical */
} good[] = {
#define B(s) {s, sizeof(s) - 1}
    {"no MIME at all", CAMPAIGN, B("first_name: Alice\r\ncoupon: X7-99\r\n"),
        "coupon=5:X7-99\nfirst_name=5:Alice\n"},
    {"empty body", CAMPAIGN, B(""), ""},
    {"a body of empty lines", CAMPAIGN, B("\r\n\r\n  \r\n"), ""},
    {"bare LF", CAMPAIGN, B("a: 1\nb: 2"), "a=1:1\nb=1:2\n"},
    {"comments and blank lines", CAMPAIGN,
        B("# for Alice\r\n\r\na: 1\r\n  # more\r\nb: #2\r\n"),
        "a=1:1\nb=2:#2\n"},
    {"a signature ends it", CAMPAIGN,
        B("a: 1\r\n-- \r\nAlice, Offers Ltd.\r\n"), "a=1:1\n"},
    {"a signature without its space", CAMPAIGN, B("a: 1\r\n--\r\nx\r\n"),
        "a=1:1\n"},
    {"white space around", CAMPAIGN, B(" \ta \t: \t1 2 \t\r\n"), "a=3:1 2\n"},
    {"no-break space behind the colon", PLAIN("; charset=utf-8", "8bit"),
        B("a:\xc2\xa0 1\xc2\xa0\r\nb\xc2\xa0: 2\r\n"), "a=1:1\nb=1:2\n"},
    {"a colon in the value", CAMPAIGN, B("url: https://x.example/?a:b\r\n"),
        "url=22:https://x.example/?a:b\n"},
    {"an empty value", CAMPAIGN, B("a:\r\n"), "a=0:\n"},
    {"objects and lists", CAMPAIGN,
        B("order.total: 12.50\r\nitems.0.name: Fern\r\n"
          "items.10.name: Moss\r\nitems.9.name: Ivy\r\n"),
        "items.0.name=4:Fern\nitems.10.name=4:Moss\nitems.9.name=3:Ivy\n"
        "order.total=5:12.50\n"},
    {"raw UTF-8 without a charset", CAMPAIGN, B("a: Zo\xc3\xab\r\n"),
        "a=4:Zo\xc3\xab\n"},
    {"byte order mark", PLAIN("; charset=utf-8", "8bit"),
        B("\xef\xbb\xbf" "a: 1\r\n"), "a=1:1\n"},
    {"quoted-printable", PLAIN("; charset=UTF-8", "quoted-printable"),
        B("a: Zo=C3=AB is a very long na=\r\nme=20\r\nb=3A 2\r\n"),
        "a=24:Zo\xc3\xab is a very long name\nb=1:2\n"},
    {"base64", PLAIN("; charset=utf-8", "base64"),
        B("YTogWm/Dqw0KYjog\r\nMg0K\r\n"), "a=4:Zo\xc3\xab\nb=1:2\n"},
    {"iso-8859-1", PLAIN("; charset=iso-8859-1", "8bit"),
        B("a: Zo\xeb\r\n"), "a=4:Zo\xc3\xab\n"},
    {"what calls itself iso-8859-1", PLAIN("; charset=ISO-8859-1", "8bit"),
        B("price: 5\x80\r\n"), "price=4:5\xe2\x82\xac\n"},
    {"windows-1252", PLAIN("; charset=\"windows-1252\"", "quoted-printable"),
        B("price: 5=80\r\n"), "price=4:5\xe2\x82\xac\n"},
    {"iso-2022-jp", PLAIN("; charset=iso-2022-jp", "7bit"),
        B("a: \033$BF|K\\\033(B\r\n"), "a=6:\xe6\x97\xa5\xe6\x9c\xac\n"},
    {"utf-16 with byte order mark", PLAIN("; charset=utf-16", "base64"),
        B("//5hADoAIAAxAA0ACgA=\r\n"), "a=1:1\n"},
    {"us-ascii that is UTF-8", PLAIN("; charset=us-ascii", "8bit"),
        B("a: Zo\xc3\xab\r\n"), "a=4:Zo\xc3\xab\n"},
    {"flowed: lines go on", PLAIN("; charset=utf-8; format=flowed", "8bit"),
        B("a: one \r\ntwo \r\nthree\r\nb: 2\r\n"),
        "a=13:one two three\nb=1:2\n"},
    {"flowed: stuffed space", PLAIN("; format=flowed", "7bit"),
        B(" a: 1\r\n  b: 2\r\n"), "a=1:1\nb=1:2\n"},
    {"flowed with delsp", PLAIN("; format=flowed; delsp=yes", "7bit"),
        B("a: lo \r\nng\r\n"), "a=4:long\n"},
    {"flowed: a signature is no continuation", PLAIN("; format=flowed", "7bit"),
        B("a: 1 \r\n-- \r\nAlice: x\r\n"), "a=1:1\n"},
    {"not flowed: trailing space joins nothing", CAMPAIGN,
        B("a: 1 \r\nb: 2\r\n"), "a=1:1\nb=1:2\n"},
    {"Gmail", ALTERNATIVE,
        B("--b1\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n\r\n"
          "first_name: Alice\r\n\r\n--b1\r\n" HTML "\r\n--b1--\r\n"),
        "first_name=5:Alice\n"},
    {"Outlook", ALTERNATIVE,
        B("This is a multi-part message in MIME format.\r\n\r\n"
          "--b1\r\nContent-Type: text/plain;\r\n\tcharset=\"iso-8859-1\"\r\n"
          "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
          "first_name:=A0Zo=EB\r\n\r\n=A0\r\n\r\n--b1\r\n" HTML
          "\r\n--b1--\r\n"),
        "first_name=4:Zo\xc3\xab\n"},
    {"Apple Mail with a picture", ALTERNATIVE,
        B("\r\n--b1\r\nContent-Transfer-Encoding: 7bit\r\n"
          "Content-Type: text/plain;\r\n\tcharset=us-ascii\r\n\r\n"
          "a: 1\r\n\r\n--b1\r\nContent-Type: multipart/related;\r\n"
          "\ttype=\"text/html\"; boundary=\"b2\"\r\n\r\n\r\n--b2\r\n" HTML
          "\r\n--b2\r\nContent-Type: image/png\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\niVBORw0=\r\n--b2--\r\n"
          "\r\n--b1--\r\n"), "a=1:1\n"},
    {"the text inside mixed, alternative, behind an attachment", CAMPAIGN
        "Content-Type: multipart/mixed; boundary=b1\n",
        B("--b1\r\nContent-Type: text/plain\r\n"
          "Content-Disposition: attachment; filename=x.txt\r\n\r\nno\r\n"
          "--b1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n"
          "--b2\r\nContent-Type: text/plain\r\n\r\na: 1\r\n--b2--\r\n"
          "--b1--\r\n"), "a=1:1\n"},
    {"no closing boundary", ALTERNATIVE,
        B("--b1\r\nContent-Type: text/plain\r\n\r\na: 1\r\n"), "a=1:1\n"},
#undef B
};

static int
parse(struct arena *arena, const char *headers, struct slice body,
    struct stub *stub, const char **error)
{
	struct header list[MAX_HEADERS];
	size_t n = split_headers(arena, headers, list);

	*error = NULL;
	return stub_parse(arena, list, n, body, stub, error);
}

START_TEST(variables_are_read_whatever_client_wrote_them)
{
	struct arena *arena = arena_new();
	struct buf text = {0};
	struct stub stub;
	const char *error;

	stub_init();
	ck_assert_msg(parse(arena, good[_i].headers, good[_i].body, &stub,
	                  &error) == 0, "%s: %s", good[_i].name, error);
	ck_assert_str_eq(stub.campaign, "spring-2026");
	ck_assert_ptr_null(stub.creative);
	vars_canonical(&stub.vars, &text);
	ck_assert_msg(strcmp(text.data, good[_i].vars) == 0, "%s: got %s",
	    good[_i].name, text.data);
	buf_free(&text);
	arena_free(&arena);
}
END_TEST

START_TEST(every_prefix_is_read_or_refused_with_a_reason)
{
	struct arena *arena = arena_new();
	struct stub stub;
	const char *error;
	size_t len;
	char *copy;

	stub_init();
	for (len = 0; len <= good[_i].body.len; len++) {
		copy = xmalloc(len);
		memcpy(copy, good[_i].body.data, len);
		if (parse(arena, good[_i].headers, (struct slice){copy, len},
		        &stub, &error) < 0)
			ck_assert_ptr_nonnull(error);
		free(copy);
	}
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name, *headers;
	struct slice body;
	const char *error, *also; /* parts of it */
} bad[] = {
#define B(s) {s, sizeof(s) - 1}
    {"a line without a colon", CAMPAIGN, B("a: 1\r\n\r\nHello\r\n"), "line 3",
        "name: value"},
    {"a line with a bad name", CAMPAIGN, B("first name: 1\r\n"), "line 1",
        "name: value"},
    {"a name that is too long", CAMPAIGN,
        B("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:1"),
        "line 1", "name: value"},
    {"a variable twice", CAMPAIGN, B("a: 1\r\na: 2\r\n"), "line 2", "twice"},
    {"NUL", CAMPAIGN, B("a: 1\r\nname: x\0y\r\n"), "line 2", "name"},
    {"bare CR", CAMPAIGN, B("name: x\ry\r\n"), "line 1", "control"},
    {"bare CR at the end", CAMPAIGN, B("name: x\r\r\n"), "line 1", "control"},
    {"encoded CR LF is two lines", PLAIN("", "quoted-printable"),
        B("name: x=0D=0ABcc y\r\n"), "line 2", "name: value"},
    {"encoded bare CR", PLAIN("", "quoted-printable"),
        B("name: x=0DBcc: y\r\n"), "line 1", "\"name\" has control"},
    {"escape", CAMPAIGN, B("name: \033[2J\r\n"), "line 1", "control"},
    {"only HTML", CAMPAIGN "Content-Type: text/html\n", B("<p>a: 1</p>"),
        "only an HTML part", "plain text or multipart/alternative"},
    {"only HTML in alternative", ALTERNATIVE, B("--b1\r\n" HTML "--b1--\r\n"),
        "only an HTML part", ""},
    {"only a picture", CAMPAIGN "Content-Type: image/png\n", B("x"),
        "no text/plain part", ""},
    {"an empty multipart", ALTERNATIVE, B(""), "no text/plain part", ""},
    {"only an attachment", CAMPAIGN "Content-Type: multipart/mixed; "
        "boundary=b1\n", B("--b1\r\nContent-Type: text/plain\r\n"
        "Content-Disposition: attachment\r\n\r\na: 1\r\n--b1--\r\n"),
        "no text/plain part", ""},
    {"latin-1 without a charset", CAMPAIGN, B("a: Zo\xeb\r\n"), "UTF-8",
        "charset"},
    {"broken UTF-8", PLAIN("; charset=utf-8", "8bit"), B("a: \xc3(\r\n"),
        "UTF-8", ""},
    {"an unknown charset", PLAIN("; charset=klingon", "8bit"), B("a: 1\r\n"),
        "klingon", ""},
    {"UTF-8 as iconv alone knows it", PLAIN("; charset=\"@utf-8\"", "8bit"),
        B("a: \xfa\x8c\x8c\x8c\x8c\r\n"), "charset", "UTF-8"},
    {"half a character at the end", PLAIN("; charset=utf-16be", "base64"),
        B("AGEAOgAxAA==\r\n"), "utf-16be", ""},
    {"two campaigns", CAMPAIGN CAMPAIGN, B(""), "two Nearpost-Campaign", ""},
    {"two creatives", CAMPAIGN "Nearpost-Creative: a\nnearpost-creative: b\n",
        B(""), "two Nearpost-Creative", ""},
    {"a path for a campaign", "Nearpost-Campaign: ../x\n", B(""),
        "Nearpost-Campaign", "no name"},
    {"an empty campaign", "Nearpost-Campaign:  \n", B(""),
        "Nearpost-Campaign", "no name"},
    {"a creative with a space", CAMPAIGN "Nearpost-Creative: a b\n", B(""),
        "Nearpost-Creative", "\"a b\""},
#undef B
};

START_TEST(faults_are_named)
{
	struct arena *arena = arena_new();
	struct stub stub;
	const char *error;

	stub_init();
	ck_assert_msg(parse(arena, bad[_i].headers, bad[_i].body, &stub,
	                  &error) == -1, "%s", bad[_i].name);
	ck_assert_msg(strstr(error, bad[_i].error) &&
	    (!bad[_i].also || strstr(error, bad[_i].also)), "%s: %s",
	    bad[_i].name, error);
	arena_free(&arena);
}
END_TEST

START_TEST(headers_are_decoded)
{
	struct arena *arena = arena_new();
	struct stub stub;
	const char *error;

	stub_init();
	ck_assert_int_eq(parse(arena, "subject: =?utf-8?q?{{first=5Fname}}?=,\r\n"
	    "\tfr=?utf-8?q?=C3=BChling?=\n"
	    "From: Offers\r\n\t<offers@shop.example>\n"
	    "Reply-to: =?utf-8?q?J=C3=BC?=\r\n\t<jo@shop.example>, x@b.example\n"
	    "NEARPOST-campaign:  spring_2026.a \n"
	    "Nearpost-Creative: hero-en\n", slice_of(""), &stub, &error), 0);
	ck_assert_str_eq(stub.campaign, "spring_2026.a");
	ck_assert_str_eq(stub.creative, "hero-en");
	ck_assert_str_eq(stub.subject, "{{first_name}}, fr\xc3\xbchling");
	ck_assert_str_eq(stub.from, "Offers\t<offers@shop.example>");
	ck_assert_str_eq(stub.reply_to,
	    "=?utf-8?q?J=C3=BC?=\t<jo@shop.example>, x@b.example");
	ck_assert_int_eq(parse(arena, "X: y\n", slice_of(""), &stub, &error), 0);
	ck_assert_ptr_null(stub.campaign);
	ck_assert_str_eq(stub.subject, "");
	ck_assert_str_eq(stub.from, "");
	ck_assert_str_eq(stub.reply_to, "");
	arena_free(&arena);
}
END_TEST

START_TEST(a_stub_is_told_by_its_header)
{
	struct header h[] = {{"Subject", "Nearpost-Campaign: x"},
	    {"X-Nearpost-Campaign", "x"}, {"nearpost-CAMPAIGN", ""}};

	ck_assert(stub_recognise(h, 3));
	ck_assert(!stub_recognise(h, 2));
	ck_assert(!stub_recognise(NULL, 0));
	ck_assert(stub_is_ours("nearpost-Ticket") && stub_is_ours("Nearpost-"));
	ck_assert(!stub_is_ours("Nearpost") && !stub_is_ours("X-Nearpost-A"));
}
END_TEST

START_TEST(long_lines_are_fine_and_big_bodies_are_not)
{
	struct arena *arena = arena_new();
	struct buf body = {0};
	struct stub stub;
	const char *error;
	int i;

	stub_init();
	buf_add_str(&body, "story: ");
	for (i = 0; i < 991; i++)
		buf_add_char(&body, (char)('a' + i % 26));
	buf_add_str(&body, "\r\nb: 2\r\n");
	ck_assert_int_eq(
	    parse(arena, CAMPAIGN, slice_buf(&body), &stub, &error), 0);
	ck_assert_uint_eq(stub.vars.list[0].value.len, 991);
	while (body.len < 1024 * 1024)
		buf_add_str(&body, "\r\n# a comment that goes on and on and on");
	ck_assert_int_eq(
	    parse(arena, CAMPAIGN, slice_buf(&body), &stub, &error), -1);
	ck_assert_ptr_nonnull(strstr(error, "no stub"));
	buf_free(&body);
	arena_free(&arena);
}
END_TEST

START_TEST(too_many_variables_are_refused_by_line)
{
	struct arena *arena = arena_new();
	struct buf body = {0};
	struct stub stub;
	const char *error;
	int i;

	stub_init();
	for (i = 0; i < 201; i++)
		buf_printf(&body, "v%d: %d\r\n", i, i);
	ck_assert_int_eq(
	    parse(arena, CAMPAIGN, slice_buf(&body), &stub, &error), -1);
	ck_assert_msg(strstr(error, "line 201") && strstr(error, "200"), "%s",
	    error);
	buf_free(&body);
	arena_free(&arena);
}
END_TEST

START_TEST(deep_nesting_ends)
{
	struct arena *arena = arena_new();
	struct buf body = {0};
	struct stub stub;
	const char *error;
	int i;

	stub_init();
	for (i = 1; i < 500; i++)
		buf_printf(&body, "--b%d\r\nContent-Type: multipart/mixed; "
		    "boundary=b%d\r\n\r\n", i, i + 1);
	ck_assert_int_eq(
	    parse(arena, ALTERNATIVE, slice_buf(&body), &stub, &error), -1);
	ck_assert_ptr_nonnull(error);
	buf_free(&body);
	arena_free(&arena);
}
END_TEST

/* Whether all rows came out right; no assertions, this is not the main thread. */
static void *
parse_all(void *wrong)
{
	size_t round, i;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
			struct arena *arena = arena_new();
			struct header list[MAX_HEADERS];
			struct buf text = {0};
			struct stub stub;
			const char *error;
			size_t n = split_headers(arena, good[i].headers, list);

			if (stub_parse(arena, list, n, good[i].body, &stub,
			        &error) < 0) {
				*(bool *)wrong = true;
			} else {
				vars_canonical(&stub.vars, &text);
				if (strcmp(text.data, good[i].vars) != 0)
					*(bool *)wrong = true;
			}
			buf_free(&text);
			arena_free(&arena);
		}
	}
	return NULL;
}

START_TEST(eight_threads_parse_at_once)
{
	pthread_t threads[8];
	bool wrong[8] = {false};
	int i;

	stub_init();
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, parse_all,
		    &wrong[i]), 0);
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_msg(!wrong[i], "thread %d", i);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("stub");
	TCase *t = tcase_create("stub");

	tcase_set_timeout(t, 60);
	ADD_ROWS(t, variables_are_read_whatever_client_wrote_them, good);
	ADD_ROWS(t, every_prefix_is_read_or_refused_with_a_reason, good);
	ADD_ROWS(t, faults_are_named, bad);
	tcase_add_test(t, headers_are_decoded);
	tcase_add_test(t, a_stub_is_told_by_its_header);
	tcase_add_test(t, long_lines_are_fine_and_big_bodies_are_not);
	tcase_add_test(t, too_many_variables_are_refused_by_line);
	tcase_add_test(t, deep_nesting_ends);
	tcase_add_test(t, eight_threads_parse_at_once);
	suite_add_tcase(s, t);
	return unit_main(s);
}
