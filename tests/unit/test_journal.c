/* The journal export format; what was seen of journalctl 252. */
#include "tests/unit/unit.h"

#include "gateway-agent/journal.h"
#include "lib/base/mem.h"

#define TEXT_FIELD \
	"__CURSOR=s=6c7c;i=1;b=0f;m=1;t=2;x=3\n" \
	"__REALTIME_TIMESTAMP=1764000000123456\n" \
	"__MONOTONIC_TIMESTAMP=1\n" \
	"SYSLOG_IDENTIFIER=postfix/qmgr\n" \
	"MESSAGE=4jYGJR5V0cz1bY48: removed\n"
#define BINARY_FIELD \
	"__CURSOR=s=6c7c;i=2\n" \
	"MESSAGE\n\x05\0\0\0\0\0\0\0a\nb\xff=\n"

static const char two[] = TEXT_FIELD "\n" BINARY_FIELD "\n";

START_TEST(entries_come_one_by_one)
{
	struct slice in = {two, sizeof(two) - 1};
	struct journal_entry e;
	size_t used = 0;

	ck_assert_int_eq(journal_parse(in, &e, &used), 1);
	ck_assert(slice_eq_str(e.cursor, "s=6c7c;i=1;b=0f;m=1;t=2;x=3"));
	ck_assert(slice_eq_str(e.program, "postfix/qmgr"));
	ck_assert(slice_eq_str(e.message, "4jYGJR5V0cz1bY48: removed"));
	ck_assert_int_eq(e.wall_ms, 1764000000123);
	in.data += used;
	in.len -= used;
	ck_assert_int_eq(journal_parse(in, &e, &used), 1);
	ck_assert(slice_eq(e.message, (struct slice){"a\nb\xff=", 5}));
	ck_assert_uint_eq(used, in.len);
}
END_TEST

START_TEST(every_prefix_waits_for_more)
{
	size_t first = sizeof(TEXT_FIELD "\n") - 1, n;

	for (n = 0; n < sizeof(two) - 1; n++) {
		char *copy = xmalloc(n + 1);
		struct journal_entry e;
		size_t used = 0;

		memcpy(copy, two, n);
		ck_assert_int_eq(journal_parse((struct slice){copy, n}, &e,
		    &used), n >= first);
		free(copy);
	}
}
END_TEST

START_TEST(an_absurd_length_is_refused)
{
	static const char bad[] = "MESSAGE\n\0\0\0\0\0\0\0\x7f" "abc\n\n";
	static const char end[] = "MESSAGE\n\x01\0\0\0\0\0\0\0abc\n\n";
	struct journal_entry e;
	size_t used;

	ck_assert_int_eq(journal_parse((struct slice){bad, sizeof(bad) - 1},
	    &e, &used), -1);
	ck_assert_int_eq(journal_parse((struct slice){end, sizeof(end) - 1},
	    &e, &used), -1);
}
END_TEST

START_TEST(the_later_mark_has_seen_more_entries)
{
	const char *a = "9:s=1;i=2", *b = "10:s=1;i=1";

	ck_assert_str_eq(journal_later(a, b), b);
	ck_assert_str_eq(journal_later(b, a), b);
	ck_assert_str_eq(journal_later("", b), b);
	ck_assert_str_eq(journal_later("99:1:2:3:4", b), b);
	ck_assert_str_eq(journal_later("", ""), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("journal");

	tcase_add_test(t, entries_come_one_by_one);
	tcase_add_test(t, every_prefix_waits_for_more);
	tcase_add_test(t, an_absurd_length_is_refused);
	tcase_add_test(t, the_later_mark_has_seen_more_entries);
	suite_add_tcase(s, t);
	return unit_main(s);
}
