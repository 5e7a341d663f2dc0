#include "tests/unit/unit.h"

#include "lib/mail/policy.h"

#define MESSAGE                                                             \
	"request=nearpost_select\ncampaign=spring-2026\nrecipient=a@b.c\n"  \
	"empty=\nvalue=a=b=c\ndata.first_name=Zo\xc3\xab\nscore_ms=412\n"   \
	"cpu=0.25\ncampaign=second\n\n"

static int
parse(struct arena *arena, struct slice in, struct policy_message *m,
    size_t *used, const char **error)
{
	*error = NULL;
	*used = 0;
	return policy_parse(arena, in, m, used, error);
}

START_TEST(a_message_becomes_its_attributes)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error;
	size_t used;

	ck_assert_int_eq(
	    parse(arena, slice_of(MESSAGE "request=next\n"), &m, &used, &error),
	    1);
	ck_assert_uint_eq(used, sizeof(MESSAGE) - 1);
	ck_assert_uint_eq(m.n, 9);
	ck_assert(slice_eq_str(policy_get(&m, "request"), "nearpost_select"));
	ck_assert(slice_eq_str(policy_get(&m, "value"), "a=b=c"));
	ck_assert(slice_eq_str(policy_get(&m, "campaign"), "spring-2026"));
	ck_assert_str_eq(policy_get_str(arena, &m, "data.first_name"),
	    "Zo\xc3\xab");
	ck_assert_ptr_nonnull(policy_get(&m, "empty").data);
	ck_assert_ptr_null(policy_get(&m, "absent").data);
	ck_assert_str_eq(policy_get_str(arena, &m, "absent"), "");
	arena_free(&arena);
}
END_TEST

START_TEST(numbers_out_of_range_or_broken_give_the_fallback)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error;
	size_t used;

	ck_assert_int_eq(
	    parse(arena, slice_of(MESSAGE), &m, &used, &error), 1);
	ck_assert_int_eq(policy_get_int(&m, "score_ms", -1, 0, 1000), 412);
	ck_assert_int_eq(policy_get_int(&m, "score_ms", -1, 0, 411), -1);
	ck_assert_int_eq(policy_get_int(&m, "campaign", -1, 0, 411), -1);
	ck_assert_int_eq(policy_get_int(&m, "empty", -1, 0, 411), -1);
	ck_assert_int_eq(policy_get_int(&m, "absent", -1, 0, 411), -1);
	arena_free(&arena);
}
END_TEST

START_TEST(every_prefix_of_a_message_asks_for_more)
{
	const struct slice whole = slice_of(MESSAGE);
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error;
	size_t used, len;
	char *copy;

	for (len = 0; len < whole.len; len++) {
		/* A copy of its own size: the sanitizers see reads past it. */
		copy = xmalloc(len);
		memcpy(copy, whole.data, len);
		ck_assert_msg(parse(arena, (struct slice){copy, len}, &m, &used,
		                  &error) == 0,
		    "prefix of %zu octets: %s", len, error ? error : "taken");
		free(copy);
	}
	ck_assert_int_eq(parse(arena, (struct slice){NULL, 0}, &m, &used,
	                     &error), 0);
	arena_free(&arena);
}
END_TEST

START_TEST(lines_may_end_with_crlf)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error;
	size_t used;

	ck_assert_int_eq(parse(arena, slice_of("a=1\r\nb=2\r\n\r\n"), &m,
	                     &used, &error), 1);
	ck_assert_uint_eq(used, 12);
	ck_assert(slice_eq_str(policy_get(&m, "b"), "2"));
	arena_free(&arena);
}
END_TEST

#define SL(s) {s, sizeof(s) - 1}
static const struct {
	const char *name;
	struct slice in;
	const char *error; /* a word of it */
} bad[] = {
    {"an empty line alone", SL("\n"), "without attributes"},
    {"an empty line first", SL("\na=b\n\n"), "without attributes"},
    {"no equals sign", SL("a=b\nnonsense\n\n"), "name=value"},
    {"wrong line before the end of the message", SL("a=b\nx\n"), "name=value"},
    {"no name", SL("=b\n\n"), "name=value"},
    {"NUL in a value", SL("a=b\0c\n\n"), "NUL"},
    {"NUL in a name", SL("a\0=bc\n\n"), "NUL"},
    {"bare CR in a value", SL("a=b\rc\n\n"), "CR"},
    {"two CRs before LF", SL("a=b\r\r\n\n"), "CR"},
};

START_TEST(malformed_messages_are_refused_by_name)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error;
	size_t used;

	ck_assert_msg(parse(arena, bad[_i].in, &m, &used, &error) == -1,
	    "%s", bad[_i].name);
	ck_assert_msg(error && strstr(error, bad[_i].error), "%s: got %s",
	    bad[_i].name, error);
	arena_free(&arena);
}
END_TEST

/* `lines` lines of `len` octets each, LF included, and the empty line. */
static struct buf
long_message(size_t lines, size_t len, bool ended)
{
	struct buf b = {0};
	size_t i, k;

	for (i = 0; i < lines; i++) {
		buf_add_str(&b, "a=");
		for (k = 3; k < len; k++)
			buf_add_char(&b, 'x');
		buf_add_char(&b, '\n');
	}
	if (ended)
		policy_end(&b);
	return b;
}

static const struct {
	const char *name;
	size_t lines, len;
	bool ended;
	int want;
} limits[] = {
    {"the longest line", 1, POLICY_LINE_MAX + 1, true, 1},
    {"one octet more", 1, POLICY_LINE_MAX + 2, true, -1},
    {"the most attributes", POLICY_ATTRS_MAX, 4, true, 1},
    {"one attribute more", POLICY_ATTRS_MAX + 1, 4, true, -1},
    {"the longest message",
        POLICY_MESSAGE_MAX / 1024, 1024, false, 0},
    {"one octet more than the longest message",
        POLICY_MESSAGE_MAX / 1024, 1024, true, -1},
    {"more than the longest message, and no end",
        POLICY_MESSAGE_MAX / 1024 + 1, 1024, false, -1},
};

START_TEST(limits_hold_and_what_is_within_them_passes)
{
	struct buf b =
	    long_message(limits[_i].lines, limits[_i].len, limits[_i].ended);
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error;
	size_t used;

	ck_assert_msg(parse(arena, slice_buf(&b), &m, &used, &error) ==
	        limits[_i].want, "%s: %s", limits[_i].name,
	    error ? error : "no error");
	ck_assert((limits[_i].want < 0) == (error != NULL));
	buf_free(&b);
	arena_free(&arena);
}
END_TEST

START_TEST(an_endless_line_is_refused_before_it_ends)
{
	struct buf b = long_message(1, POLICY_LINE_MAX + 3, false);
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error;
	size_t used;

	b.len--; /* without its LF */
	ck_assert_int_eq(parse(arena, slice_buf(&b), &m, &used, &error), -1);
	buf_free(&b);
	arena_free(&arena);
}
END_TEST

START_TEST(answer_cannot_be_split_into_two_lines)
{
	struct buf b = {0};
	const struct slice nul = {"a\0b", 3};

	policy_add_str(&b, "action", "REJECT a\r\naction=RELAY\n\n");
	policy_add(&b, "nul", nul);
	policy_add_str(&b, "data.x=1\naction", "RELAY");
	policy_addf(&b, "text", "%d %s", 7, "x\ny");
	policy_end(&b);
	ck_assert_str_eq(b.data, "action=REJECT a  action=RELAY  \nnul=a b\n"
	                         "data.x_1_action=RELAY\ntext=7 x y\n\n");
	buf_free(&b);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
	struct arena *arena = arena_new();
	struct buf b = {0};
	struct policy_message m;
	const char *error;
	size_t used;

	policy_add_str(&b, "action", "OK");
	policy_add_str(&b, "empty", "");
	policy_addf(&b, "n", "%d", 42);
	policy_end(&b);
	ck_assert_int_eq(parse(arena, slice_buf(&b), &m, &used, &error), 1);
	ck_assert_uint_eq(used, b.len);
	ck_assert_uint_eq(m.n, 3);
	ck_assert_int_eq(policy_get_int(&m, "n", 0, 0, 100), 42);
	buf_free(&b);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("policy");

	tcase_add_test(t, a_message_becomes_its_attributes);
	tcase_add_test(t, numbers_out_of_range_or_broken_give_the_fallback);
	tcase_add_test(t, every_prefix_of_a_message_asks_for_more);
	tcase_add_test(t, lines_may_end_with_crlf);
	ADD_ROWS(t, malformed_messages_are_refused_by_name, bad);
	ADD_ROWS(t, limits_hold_and_what_is_within_them_passes, limits);
	tcase_add_test(t, an_endless_line_is_refused_before_it_ends);
	tcase_add_test(t, answer_cannot_be_split_into_two_lines);
	tcase_add_test(t, what_is_written_is_read_back);
	suite_add_tcase(s, t);
	return unit_main(s);
}
