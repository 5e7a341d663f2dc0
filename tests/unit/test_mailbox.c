#include "tests/unit/unit.h"

#include "lib/mail/mailbox.h"

static const struct {
	const char *name, *list, *address; /* NULL: none */
} rows[] = {
    {"bare", "a@b.example", "a@b.example"},
    {"with a name", "Offers <a@b.example>", "a@b.example"},
    {"with blanks", "  Offers\t< a@b.example > ", "a@b.example"},
    {"with a quoted name", "\"Offers, <x@y.example>\" <a@b.example>",
        "a@b.example"},
    {"with a quote in the quotes", "\"a \\\" <x@y.example>\" <a@b.example>",
        "a@b.example"},
    {"with a comment", "(<x@y.example>) a@b.example (c)", "a@b.example"},
    {"with nested comments", "(a (b) <x@y.example>) <a@b.example>",
        "a@b.example"},
    {"the first of two", "a@b.example, c@d.example", "a@b.example"},
    {"the first with <> of two", "A <a@b.example>, C <c@d.example>",
        "a@b.example"},
    {"empty places are passed over", ", , a@b.example", "a@b.example"},
    {"the first of a group", "Us: a@b.example, c@d.example;", "a@b.example"},
    {"a quoted local part", "A <\"a b\"@c.example>", "\"a b\"@c.example"},
    {"an encoded name", "=?utf-8?q?J=C3=BC?= <a@b.example>", "a@b.example"},
    {"nothing", "", NULL},
    {"a name alone", "Offers", NULL},
    {"empty brackets", "Offers <>", NULL},
    {"an empty group", "undisclosed-recipients:;", NULL},
    {"a quote never closed", "\"Offers <a@b.example>", NULL},
    {"a comment never closed", "(Offers <a@b.example>", NULL},
};

START_TEST(the_first_address_is_found)
{
	struct arena *arena = arena_new();
	struct address a;
	const char *why = NULL;
	int r = mailbox_first(arena, slice_of(rows[_i].list), &a, &why);

	if (rows[_i].address) {
		ck_assert_msg(r == 0, "%s: %s", rows[_i].name, why);
		ck_assert_msg(strcmp(address_text(arena, &a),
		                  rows[_i].address) == 0, "%s: got %s",
		    rows[_i].name, address_text(arena, &a));
	} else {
		ck_assert_msg(r == -1 && why, "%s", rows[_i].name);
	}
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mailbox");
	TCase *t = tcase_create("mailbox");

	ADD_ROWS(t, the_first_address_is_found, rows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
