/* What stays of a person who was erased. */
#include "lib/fleet/erase.h"

#include <stdio.h>

#include "tests/unit/unit.h"

#define ALICE \
	"7a64adf28737ea90719cbdf0b1a87a5effff3753b79c91d717f4f4153ead0498"

START_TEST(a_digest_is_that_of_the_address_in_lower_case)
{
	char one[ERASE_DIGEST_SIZE], two[ERASE_DIGEST_SIZE];

	/* printf %s alice@example.org | sha256sum */
	erase_digest(one, "alice@example.org");
	ck_assert_str_eq(one, "sha256:" ALICE);
	erase_digest(two, "Alice@EXAMPLE.org");
	ck_assert_str_eq(one, two);
	erase_digest(two, "alice@example.orh");
	ck_assert_str_ne(one, two);
	ck_assert(erase_is_digest(one));
}
END_TEST

static const struct {
	const char *name, *text;
	bool digest;
} names[] = {
    {"an address", "alice@example.org", false},
    {"an address that begins so", "sha256:a@b.test", false},
    {"too short", "sha256:00", false},
    {"capitals", "sha256:AB34567890123456789012345678901234567890123456789012"
	"345678901234", false},
    {"a digest", "sha256:ab34567890123456789012345678901234567890123456789012"
	"345678901234", true},
};

START_TEST(a_digest_is_told_from_an_address)
{
	ck_assert_msg(erase_is_digest(names[_i].text) == names[_i].digest,
	    "%s", names[_i].name);
}
END_TEST

static const struct {
	const char *name, *recipient, *text;
	const char *recipient_then, *text_then;
} events[] = {
    {"the words name nobody", "a@x.test", "250 ok", "@x.test", "250 ok"},
    {"they name the address", "al.ice@x.test", "550 <Al.Ice@x.test>: no",
	"@x.test", "550 <(erased)>: no"},
    {"twice", "al.ice@x.test", "al.ice@x.test AL.ICE@X.TEST", "@x.test",
	"(erased) (erased)"},
    {"it is shorter than what stands instead", "a@b.c", "550 <a@b.c>: no",
	"@b.c", "550 <"},
    {"a quoted local part", "\"a@b\"@x.test", "no", "@x.test", "no"},
    {"what stands instead", "(erased)", "550 (erased) (Erased): no", "",
	"550 (erased) (erased): no"},
    {"a part of what stands instead", "erased)@", "(erased)@ erased)@", "@",
	"((erased) (erased)"},
    {"no address", "nobody", "550 nobody", "", "550 "},
    {"nothing", "", "250 ok", "", "250 ok"},
};

START_TEST(an_event_keeps_the_domain_alone)
{
	struct delivery d = {0};

	(void)snprintf(d.recipient, sizeof(d.recipient), "%s",
	    events[_i].recipient);
	(void)snprintf(d.text, sizeof(d.text), "%s", events[_i].text);
	erase_from_delivery(&d);
	ck_assert_msg(strcmp(d.recipient, events[_i].recipient_then) == 0,
	    "%s: %s", events[_i].name, d.recipient);
	ck_assert_msg(strcmp(d.text, events[_i].text_then) == 0, "%s: %s",
	    events[_i].name, d.text);
}
END_TEST

START_TEST(who_is_suppressed_by_digest_is_suppressed)
{
	struct arena *arena = arena_new();
	struct reply items[] = {
	    {REPLY_TEXT, slice_of("reason"), 0, NULL, 0},
	    {REPLY_TEXT, slice_of("erased"), 0, NULL, 0},
	    {REPLY_TEXT, slice_of("since_ms"), 0, NULL, 0},
	    {REPLY_TEXT, slice_of("5"), 0, NULL, 0}};
	struct reply some = {REPLY_LIST, {NULL, 0}, 0, items, 4};
	struct reply none = {REPLY_LIST, {NULL, 0}, 0, NULL, 0};
	struct recipient r = {.reason = "", .by = ""};
	struct command c;

	schema_digest_lookup(&c, arena, "np:", "alice@example.org");
	ck_assert_str_eq(c.argv[1], "np:suppressed:{sha256:" ALICE "}");
	schema_digest_read(arena, &none, &r);
	ck_assert(!r.suppressed);
	schema_digest_read(arena, &some, &r);
	ck_assert(r.suppressed);
	ck_assert_str_eq(r.reason, "erased");
	ck_assert_int_eq(r.since_ms, 5);
	r.reason = "first";
	schema_digest_read(arena, &some, &r);
	ck_assert_str_eq(r.reason, "first");
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("erase");
	TCase *t = tcase_create("erase");

	tcase_add_test(t, a_digest_is_that_of_the_address_in_lower_case);
	ADD_ROWS(t, a_digest_is_told_from_an_address, names);
	ADD_ROWS(t, an_event_keeps_the_domain_alone, events);
	tcase_add_test(t, who_is_suppressed_by_digest_is_suppressed);
	suite_add_tcase(s, t);
	return unit_main(s);
}
