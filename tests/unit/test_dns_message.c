#include "tests/unit/unit.h"

#include <string.h>

#include "lib/base/dns_message.h"

/* One question for a.test; its name stands at offset 12. */
#define HEADER(answers, authority) \
	"\x12\x34\x81\x80\0\1\0" answers "\0" authority "\0\0" \
	"\1a\4test\0\0\x0f\0\1"
#define MX(ttl, len, rest) "\xc0\x0c\0\x0f\0\1" ttl "\0" len rest

static const char two[] =
    HEADER("\2", "\0")
    MX("\0\0\1\x2c", "\7", "\0\x14" "\2MX" "\xc0\x0c")
    MX("\0\0\0\x3c", "\x09", "\0\x0a" "\4mx-1" "\xc0\x0c");
static const char null_mx[] = HEADER("\1", "\0")
    MX("\0\0\0\x3c", "\3", "\0\0" "\0");
static const char loop[] = HEADER("\1", "\0")
    MX("\0\0\0\x3c", "\4", "\0\0" "\xc0\x26");
static const char odd[] = HEADER("\1", "\0")
    MX("\0\0\0\x3c", "\7", "\0\0" "\2a\n" "\xc0\x0c");
static const char dotted[] = HEADER("\1", "\0")
    MX("\0\0\0\x3c", "\x08", "\0\0" "\3a.b" "\xc0\x0c");
static const char far[] = HEADER("\1", "\0")
    MX("\0\0\0\x3c", "\4", "\0\0" "\xff\xff");
static const char none[] = HEADER("\0", "\1")
    "\xc0\x0c\0\6\0\1\0\0\7\x08\0\x16\0\0"
    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x2a";
static const char huge_ttl[] = HEADER("\1", "\0")
    MX("\x80\0\0\0", "\5", "\0\x0a" "\0" "xx");

static const struct {
	const char *name, *msg;
	size_t len;
	enum dns_status status;
	int n;
	uint32_t ttl_s;
	const char *first;
} cases[] = {
    {"two, sorted, in lower case", two, sizeof(two) - 1, DNS_OK, 2, 60,
        "mx-1.a.test"},
    {"the null MX", null_mx, sizeof(null_mx) - 1, DNS_OK, 1, 60, ""},
    {"a name that points at itself", loop, sizeof(loop) - 1, DNS_NO_DATA, 0,
        60, NULL},
    {"a name with a line break", odd, sizeof(odd) - 1, DNS_NO_DATA, 0, 60,
        NULL},
    {"a label with a dot", dotted, sizeof(dotted) - 1, DNS_NO_DATA, 0, 60,
        NULL},
    {"a name beyond the message", far, sizeof(far) - 1, DNS_NO_DATA, 0, 60,
        NULL},
    {"none, for as long as the SOA says", none, sizeof(none) - 1, DNS_NO_DATA,
        0, 42, NULL},
    {"a negative time to live is none", huge_ttl, sizeof(huge_ttl) - 1, DNS_OK,
        1, 0, ""},
    {"nothing", two, 0, DNS_FAILED, 0, DNS_TTL_MAX_S, NULL},
};

START_TEST(an_answer_is_read)
{
	struct dns_mx_answer a;

	memset(&a, 0, sizeof(a));
	dns_message_mx((const unsigned char *)cases[_i].msg, cases[_i].len, &a);
	ck_assert_msg(a.status == cases[_i].status, "%s: %d", cases[_i].name,
	    (int)a.status);
	ck_assert_msg(a.n == cases[_i].n, "%s: %d", cases[_i].name, a.n);
	ck_assert_msg(a.ttl_s == cases[_i].ttl_s, "%s: %u s", cases[_i].name,
	    (unsigned)a.ttl_s);
	if (cases[_i].first)
		ck_assert_msg(strcmp(a.mx[0].host, cases[_i].first) == 0,
		    "%s: %s", cases[_i].name, a.mx[0].host);
}
END_TEST

START_TEST(no_prefix_of_an_answer_is_taken_for_a_whole_one)
{
	struct dns_mx_answer a;
	unsigned char *copy;
	size_t len;

	for (len = 0; len < sizeof(two) - 1; len++) {
		/* On the heap, so that a sanitizer sees a byte too far. */
		copy = malloc(len ? len : 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, two, len);
		dns_message_mx(copy, len, &a);
		ck_assert_int_eq(a.status, DNS_FAILED);
		(void)dns_message_negative_ttl(copy, len);
		free(copy);
	}
}
END_TEST

/* One question for a.test of any type; records of type t. */
#define TEXT(type, len, rest) "\xc0\x0c\0" type "\0\1\0\0\0\x3c\0" len rest
static const char txt_two[] = HEADER("\2", "\0")
    TEXT("\x10", "\x0c", "\6v=spf1" "\4 -al")
    TEXT("\x10", "\3", "\2hi");
static const char txt_empty[] = HEADER("\1", "\0") TEXT("\x10", "\1", "\0");
static const char txt_broken[] = HEADER("\1", "\0")
    TEXT("\x10", "\3", "\5hi");
static const char txt_nul[] = HEADER("\1", "\0") TEXT("\x10", "\4", "\3a\0b");
static const char ptr_one[] = HEADER("\1", "\0")
    TEXT("\x0c", "\5", "\2GW" "\xc0\x0c");
static const char ptr_odd[] = HEADER("\1", "\0")
    TEXT("\x0c", "\5", "\2a\n" "\xc0\x0c");

static const struct {
	const char *name, *msg;
	size_t len;
	enum dns_status status;
	int n;
	const char *first;
} texts[] = {
    {"two, of several strings", txt_two, sizeof(txt_two) - 1, DNS_OK, 2,
        "v=spf1 -al"},
    {"an empty one", txt_empty, sizeof(txt_empty) - 1, DNS_OK, 1, ""},
    {"a string beyond its record", txt_broken, sizeof(txt_broken) - 1,
        DNS_NO_DATA, 0, NULL},
    {"with a NUL", txt_nul, sizeof(txt_nul) - 1, DNS_NO_DATA, 0, NULL},
    {"a name", ptr_one, sizeof(ptr_one) - 1, DNS_OK, 1, "gw.a.test"},
    {"a name with a line break", ptr_odd, sizeof(ptr_odd) - 1, DNS_NO_DATA, 0,
        NULL},
    {"an answer of MX", two, sizeof(two) - 1, DNS_NO_DATA, 0, NULL},
    {"nothing", txt_two, 0, DNS_FAILED, 0, NULL},
};

START_TEST(texts_and_names_are_read)
{
	struct arena *arena = arena_new();
	struct dns_text_answer a;

	dns_message_text((const unsigned char *)texts[_i].msg, texts[_i].len,
	    arena, &a);
	ck_assert_msg(a.status == texts[_i].status, "%s: %d", texts[_i].name,
	    (int)a.status);
	ck_assert_msg(a.n == texts[_i].n, "%s: %d", texts[_i].name, a.n);
	if (texts[_i].first)
		ck_assert_msg(strcmp(a.text[0], texts[_i].first) == 0,
		    "%s: %s", texts[_i].name, a.text[0]);
	arena_free(&arena);
}
END_TEST

START_TEST(no_prefix_of_texts_is_taken_for_a_whole_one)
{
	struct dns_text_answer a;
	size_t len;

	for (len = 0; len < sizeof(txt_two) - 1; len++) {
		struct arena *arena = arena_new();
		unsigned char *copy = malloc(len ? len : 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, txt_two, len);
		dns_message_text(copy, len, arena, &a);
		ck_assert_int_eq(a.status, DNS_FAILED);
		free(copy);
		arena_free(&arena);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dns_message");
	TCase *t = tcase_create("dns_message");

	ADD_ROWS(t, an_answer_is_read, cases);
	tcase_add_test(t, no_prefix_of_an_answer_is_taken_for_a_whole_one);
	ADD_ROWS(t, texts_and_names_are_read, texts);
	tcase_add_test(t, no_prefix_of_texts_is_taken_for_a_whole_one);
	suite_add_tcase(s, t);
	return unit_main(s);
}
