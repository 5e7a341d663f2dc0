#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/mail/vars.h"

static struct arena *arena;
static struct vars v;

static void
setup(void)
{
	arena = arena_new();
	vars_init(&v, arena);
}

static void
teardown(void)
{
	arena_free(&arena);
}

static int
set(const char *name, const char *value)
{
	const char *error;

	return vars_set(&v, slice_of(name), slice_of(value), &error);
}

START_TEST(setting_again_replaces_the_value_and_keeps_the_place)
{
	ck_assert_int_eq(set("first_name", "Alice"), 0);
	ck_assert_int_eq(set("coupon", "X7"), 0);
	ck_assert_int_eq(set("first_name", "Zo\xc3\xab\t!"), 0);
	ck_assert_uint_eq(v.n, 2);
	ck_assert_str_eq(v.list[0].name, "first_name");
	ck_assert_str_eq(v.list[0].value.data, "Zo\xc3\xab\t!");
	ck_assert(slice_eq_str(vars_get(&v, slice_of("coupon"))->value, "X7"));
	ck_assert_ptr_null(vars_get(&v, slice_of("Coupon")));
	ck_assert_ptr_null(vars_get(&v, slice_of("")));
}
END_TEST

START_TEST(values_are_copied)
{
	char name[] = "name", value[] = "value";
	const char *error;

	ck_assert_int_eq(
	    vars_set(&v, slice_of(name), slice_of(value), &error), 0);
	memset(name, 'x', 4);
	memset(value, 'x', 5);
	ck_assert(slice_eq_str(vars_get(&v, slice_of("name"))->value, "value"));
}
END_TEST

#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8
static const struct {
	const char *name;
	bool ok;
} names[] = {
    {"a", true}, {"_", true}, {"first_name", true}, {"A9.b-c", true},
    {X64, true}, {"", false}, {"9a", false}, {".a", false}, {"-a", false},
    {"a b", false}, {"a=b", false}, {"a\n", false}, {"\xc3\xa4", false},
    {X64 "x", false},
    {"items.0.name", true}, {"a.-.9", true}, {"a.", false}, {"a..b", false},
    {"a.0.", false}, {"\xd0\xb8\xd0\xbc\xd1\x8f", false},
};

START_TEST(names_are_identifiers)
{
	ck_assert_msg(vars_name_ok(slice_of(names[_i].name)) == names[_i].ok,
	    "\"%s\"", names[_i].name);
	ck_assert_int_eq(set(names[_i].name, "x"), names[_i].ok ? 0 : -1);
}
END_TEST

static const struct {
	const char *name;
	struct slice value;
	const char *error; /* NULL: fine */
} values[] = {
    {"empty", {"", 0}, NULL},
    {"tab", {"a\tb", 3}, NULL},
    {"UTF-8", {"\xe7\x94\xa8", 3}, NULL},
    {"LF", {"a\nb", 3}, "control"},
    {"CR", {"a\rb", 3}, "control"},
    {"NUL", {"a\0b", 3}, "control"},
    {"ESC", {"\033[2J", 4}, "control"},
    {"DEL", {"\x7f", 1}, "control"},
    {"latin-1", {"\xe4", 1}, "UTF-8"},
};

START_TEST(values_are_clean_text)
{
	const char *error = NULL;
	int got =
	    vars_set(&v, slice_of("coupon"), values[_i].value, &error);

	ck_assert_msg((got == 0) == (values[_i].error == NULL), "%s",
	    values[_i].name);
	if (values[_i].error)
		ck_assert_msg(strstr(error, values[_i].error) &&
		    strstr(error, "coupon"), "%s: %s", values[_i].name, error);
}
END_TEST

START_TEST(an_error_shows_a_bad_name_harmlessly)
{
	const char *error = NULL;
	struct buf big = {0};

	ck_assert_int_eq(vars_set(&v, slice_of("a\r\nb"), slice_of(""), &error),
	    -1);
	ck_assert_ptr_null(strpbrk(error, "\r\n"));
	for (int i = 0; i < 100000; i++)
		buf_add_char(&big, '\x01');
	ck_assert_int_eq(vars_set(&v, slice_buf(&big), slice_of(""), &error),
	    -1);
	ck_assert_uint_lt(strlen(error), 500);
	buf_free(&big);
}
END_TEST

START_TEST(limits_hold)
{
	const char *error = NULL;
	struct buf big = {0};
	char name[16];
	int i;

	for (i = 0; i < VARS_VALUE_MAX; i++)
		buf_add_char(&big, 'x');
	ck_assert_int_eq(
	    vars_set(&v, slice_of("big"), slice_buf(&big), &error), 0);
	buf_add_char(&big, 'x');
	ck_assert_int_eq(
	    vars_set(&v, slice_of("big"), slice_buf(&big), &error), -1);
	buf_free(&big);
	for (i = 1; i < VARS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "v%d", i);
		ck_assert_int_eq(set(name, "x"), 0);
	}
	ck_assert_int_eq(
	    vars_set(&v, slice_of("more"), slice_of("x"), &error), -1);
	ck_assert_ptr_nonnull(strstr(error, "200"));
	ck_assert_int_eq(set("v7", "a known name may still change"), 0);
}
END_TEST

START_TEST(missing_ones_are_added_and_none_is_dropped)
{
	struct vars record;
	const char *error;
	char name[16];
	int i;

	vars_init(&record, arena);
	ck_assert_int_eq(set("first_name", "stub"), 0);
	ck_assert_int_eq(vars_set(&record, slice_of("first_name"),
	    slice_of("record"), &error), 0);
	for (i = 1; i < VARS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "r%d", i);
		ck_assert_int_eq(vars_set(&record, slice_of(name), slice_of(name),
		    &error), 0);
		(void)snprintf(name, sizeof(name), "s%d", i);
		ck_assert_int_eq(set(name, name), 0);
	}
	vars_add_missing(&v, &record);
	ck_assert_uint_eq(v.n, 2 * VARS_MAX - 1);
	ck_assert(slice_eq_str(
	    vars_get(&v, slice_of("first_name"))->value, "stub"));
	ck_assert(slice_eq_str(vars_get(&v, slice_of("r199"))->value, "r199"));
}
END_TEST

START_TEST(the_canonical_form_does_not_depend_on_order)
{
	struct buf out = {0};

	vars_canonical(&v, &out);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_eq(set("b", "x=1:y"), 0);
	ck_assert_int_eq(set("a", ""), 0);
	ck_assert_int_eq(set("B", "\xc3\xa4"), 0);
	vars_canonical(&v, &out);
	ck_assert_str_eq(out.data, "B=2:\xc3\xa4\na=0:\nb=5:x=1:y\n");
	buf_free(&out);
}
END_TEST

/* "name name": each gets its name as its value, "name=" an empty one. */
static void
fill(struct vars *to, const char *text)
{
	struct slice rest = slice_of(text), word, name;
	const char *error = "";

	vars_init(to, arena);
	while (slice_split(&rest, ' ', &word)) {
		struct slice value = word;

		if (word.data[word.len - 1] == '=') {
			ck_assert(slice_split(&value, '=', &name));
			word = name;
		}
		ck_assert_msg(vars_set(to, word, value, &error) == 0, "%s",
		    error);
	}
}

static const struct {
	const char *name, *a, *b;
} orders[] = {
    {"a name before what is below it", "a", "a.b"},
    {"what is below it before longer names", "a.b", "a-b"},
    {"all of it", "a.zzz.zzz", "a-"},
    {"bytes otherwise", "B", "a"},
    {"numbers before names", "a.7", "a.-"},
    {"numbers by their value", "a.9", "a.10"},
    {"numbers of one length by their digits", "a.19", "a.21"},
    {"what is below a number before the next one", "a.1.z", "a.2"},
    {"zero is a number", "a.0", "a.1"},
    {"zero before another digit makes a name", "a.99", "a.01"},
    {"long numbers are no other than short ones",
        "a.99999999999999999999", "a.100000000000000000000"},
};

START_TEST(names_have_the_order_of_the_tree)
{
	struct slice a = slice_of(orders[_i].a), b = slice_of(orders[_i].b);

	ck_assert_msg(vars_name_cmp(a, b) < 0, "%s", orders[_i].name);
	ck_assert_msg(vars_name_cmp(b, a) > 0, "%s", orders[_i].name);
	ck_assert_int_eq(vars_name_cmp(a, a), 0);
	ck_assert_int_eq(vars_name_cmp(b, b), 0);
}
END_TEST

/* Whatever the order in which they come. */
START_TEST(every_name_is_found_in_a_tree_of_any_shape)
{
	static const char *const parts[] = {"0", "1", "10", "2", "01", "a",
	    "ab", "a-b", "_", "-"};
	unsigned seed = (unsigned)_i;
	char name[64];
	int i;

	for (i = 0; i < 150; i++) {
		(void)snprintf(name, sizeof(name), "x.%s.%s.%s",
		    parts[rand_r(&seed) % 10], parts[rand_r(&seed) % 10],
		    parts[rand_r(&seed) % 10]);
		if (rand_r(&seed) % 4 == 0)
			*strrchr(name, '.') = '\0';
		ck_assert_int_eq(set(name, name), 0);
		ck_assert_str_eq(
		    vars_get(&v, slice_of(name))->value.data, name);
	}
	for (i = 0; i < (int)v.n; i++) {
		const struct var *var = &v.list[i];
		struct vars_node at =
		    vars_below(&v, vars_root(&v), slice_of(var->name));

		ck_assert_msg(vars_get(&v, slice_of(var->name)) == var,
		    "seed %d: %s", _i, var->name);
		ck_assert_msg(slice_eq(vars_node_value(&v, at), var->value),
		    "seed %d: %s", _i, var->name);
		for (uint32_t k = 0; k < v.n; k++)
			ck_assert_msg((k >= at.first && k < at.end) ==
			        vars_name_within(
			            slice_of(v.list[v.order[k]].name),
			            slice_of(var->name)),
			    "seed %d: %s, %s", _i, var->name,
			    v.list[v.order[k]].name);
	}
	ck_assert_ptr_null(vars_get(&v, slice_of("x")));
	ck_assert_ptr_null(vars_get(&v, slice_of("x.3")));
}
END_TEST

static const struct {
	const char *name, *over, *under, *both; /* names in order */
} overrides[] = {
    {"other names are added", "a", "b c.d", "a b c.d"},
    {"the same name is not", "a", "a b", "a b"},
    {"an object's values are taken one by one", "o.a", "o.a o.b", "o.a o.b"},
    {"a list is taken whole", "l.0", "l.0 l.1 l.2 m.0", "l.0 m.0"},
    {"a list of objects, too", "l.3.a", "l.0.a l.0.b l.1.a", "l.3.a"},
    {"a list that is added is added whole", "a", "l.0 l.1 l.2.x",
        "a l.0 l.1 l.2.x"},
    {"a list within an object", "o.l.0", "o.l.1 o.x", "o.l.0 o.x"},
    {"an object's list by an item of an item", "l.0.m.1", "l.0.m.2 l.1.m.0",
        "l.0.m.1"},
    {"an empty value stands for an empty list", "l=", "l.0 l.1 m", "l= m"},
    {"a list hides a plain value", "l.0", "l", "l.0"},
    {"a name that begins alike hides nothing", "l.0 la", "l-x.0 l_.1 lab.0",
        "l.0 la l-x.0 l_.1 lab.0"},
};

START_TEST(a_list_is_overridden_as_a_whole)
{
	struct vars over, under;
	struct buf got = {0};
	size_t i;

	fill(&over, overrides[_i].over);
	fill(&under, overrides[_i].under);
	vars_add_missing(&over, &under);
	for (i = 0; i < over.n; i++)
		buf_printf(&got, "%s%s%s", i ? " " : "", over.list[i].name,
		    over.list[i].value.len ? "" : "=");
	ck_assert_msg(strcmp(got.data, overrides[_i].both) == 0, "%s: got %s",
	    overrides[_i].name, got.data);
	buf_free(&got);
}
END_TEST

static const struct {
	const char *name, *text, *top;
	bool within;
} withins[] = {
    {"itself", "order", "order", true},
    {"what is below", "order.items.0", "order", true},
    {"what begins alike is not", "orders.total", "order", false},
    {"what is above is not", "order", "order.total", false},
};

START_TEST(a_name_is_within_another_part_by_part)
{
	ck_assert_msg(vars_name_within(slice_of(withins[_i].text),
	                  slice_of(withins[_i].top)) == withins[_i].within,
	    "%s", withins[_i].name);
}
END_TEST

static const struct {
	const char *name, *value, *list; /* each item in brackets */
} texts[] = {
    {"commas", "sports, music", "[sports][music]"},
    {"semicolons, and none is empty", ";a ; b;; ,c d,", "[a][b][c d]"},
    {"one", "x", "[x]"},
    {"nothing", "", ""},
    {"separators alone", " , ;\t", ""},
};

START_TEST(a_value_becomes_a_list_where_it_is_said_to_be_one)
{
	struct vars_node at, item = {0, 0, 0};
	struct buf got = {0};
	const char *error;

	ck_assert_int_eq(set("likes", texts[_i].value), 0);
	ck_assert_int_eq(set("likes-not", "a, b"), 0);
	ck_assert_int_eq(vars_make_list(&v, slice_of("likes"), &error), 0);
	ck_assert_int_eq(vars_make_list(&v, slice_of("missing"), &error), 0);
	at = vars_below(&v, vars_root(&v), slice_of("likes"));
	buf_add(&got, "", 0);
	while (vars_next_item(&v, at, &item)) {
		buf_add_char(&got, '[');
		buf_add_slice(&got, vars_node_value(&v, item));
		buf_add_char(&got, ']');
	}
	ck_assert_msg(strcmp(got.data, texts[_i].list) == 0, "%s: got %s",
	    texts[_i].name, got.data);
	ck_assert(slice_eq_str(vars_node_value(&v, at), texts[_i].value));
	buf_free(&got);
}
END_TEST

START_TEST(a_list_stays_as_it_is_and_has_a_limit)
{
	struct buf text = {0};
	const char *error = NULL;
	int i;

	ck_assert_int_eq(set("l", "x, y, z"), 0);
	ck_assert_int_eq(set("l.7", "a"), 0);
	ck_assert_int_eq(vars_make_list(&v, slice_of("l"), &error), 0);
	ck_assert_uint_eq(v.n, 2);
	for (i = 0; i < VARS_ITEMS_MAX; i++)
		buf_add_str(&text, "x,");
	ck_assert_int_eq(set("a", text.data), 0);
	buf_add_str(&text, "x");
	ck_assert_int_eq(set("b", text.data), 0);
	ck_assert_int_eq(vars_make_list(&v, slice_of("a"), &error), 0);
	ck_assert_int_eq(vars_make_list(&v, slice_of("b"), &error), -1);
	ck_assert_str_eq(error, "variable \"b\" has more than 200 items");
	buf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vars");
	TCase *t = tcase_create("vars");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, setting_again_replaces_the_value_and_keeps_the_place);
	tcase_add_test(t, values_are_copied);
	ADD_ROWS(t, names_are_identifiers, names);
	ADD_ROWS(t, values_are_clean_text, values);
	tcase_add_test(t, an_error_shows_a_bad_name_harmlessly);
	tcase_add_test(t, limits_hold);
	tcase_add_test(t, missing_ones_are_added_and_none_is_dropped);
	tcase_add_test(t, the_canonical_form_does_not_depend_on_order);
	ADD_ROWS(t, names_have_the_order_of_the_tree, orders);
	tcase_add_loop_test(
	    t, every_name_is_found_in_a_tree_of_any_shape, 0, 20);
	ADD_ROWS(t, a_list_is_overridden_as_a_whole, overrides);
	ADD_ROWS(t, a_name_is_within_another_part_by_part, withins);
	ADD_ROWS(t, a_value_becomes_a_list_where_it_is_said_to_be_one, texts);
	tcase_add_test(t, a_list_stays_as_it_is_and_has_a_limit);
	suite_add_tcase(s, t);
	return unit_main(s);
}
