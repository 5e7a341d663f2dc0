#include "tests/unit/unit.h"

#include "ctl/ticket_arg.h"

#define ID "00112233445566778899aabbccddeeff"

static const struct {
	const char *text, *ticket;
} rows[] = {
    {ID, ID},
    {"bounces+" ID "@shop.example", ID},
    {"<b-" ID "@shop.example>", ID},
    {"<" ID "@shop.example>", ID},
    {ID "@shop.example", ID},
    {"4jYGJR5V0cz1bY48", "4jYGJR5V0cz1bY48"},
    {"alice@example.org", "alice@example.org"},
    {"@", "@"},
    {"", ""},
    {"bounces+" ID "x@shop.example", "bounces+" ID "x@shop.example"},
    {"bounces+0011223344556677889GAABBCCDDEEFF@shop.example",
        "bounces+0011223344556677889GAABBCCDDEEFF@shop.example"},
};

START_TEST(a_ticket_is_found_in_an_address)
{
	struct arena *arena = arena_new();

	ck_assert_str_eq(ticket_arg(arena, rows[_i].text), rows[_i].ticket);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_ticket_arg");
	TCase *t = tcase_create("ctl_ticket_arg");

	ADD_ROWS(t, a_ticket_is_found_in_an_address, rows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
