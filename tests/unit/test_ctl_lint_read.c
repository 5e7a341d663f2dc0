/* What lint reads with: CSS, pictures, HTML. */
#include "tests/unit/unit.h"

#include "ctl/css_scan.h"
#include "ctl/html_tree.h"
#include "ctl/image_kind.h"

#define BYTES(s) {s, sizeof(s) - 1}

/* --- CSS */

static const struct {
	const char *name, *text, *items;
} sheets[] = {
    {"nothing", "", ""},
    {"a style attribute", "color: red; display :flex", "color=red|display=flex|"},
    {"a rule", "a:hover, b { color: red }", "color=red|"},
    {"rules in rules", "@media print { a { x: y; } } b { z: w }",
        "@media=print|x=y|z=w|"},
    {"an @import", "@import url(a;b.css); a{x:y}", "@import=url(a;b.css)|x=y|"},
    {"a string", "a { x: \"};\" ; y: z }", "x=\"};\"|y=z|"},
    {"a comment", "/* a { x: y } */ b { /* ; */ z: w }", "z=w|"},
    {"an address with ;", "a { x: url(data:image/png;base64,AA) }",
        "x=url(data:image/png;base64,AA)|"},
    {"a brace that is missing", "a { x: url( } b { y: z", "x=url(|y=z|"},
    {"a comment that is not closed", "a { x: y } /* b { z: w }", "x=y|"},
    {"a string that is not closed", "x: 'a\ny: z", "x='a\ny: z|"},
    {"a backslash at the end", "x: '\\", "x='\\|"},
};

static void
add_item(const struct css_item *item, void *ctx)
{
	buf_printf(ctx, "%.*s=%.*s|", (int)item->name.len, item->name.data,
	    (int)item->value.len, item->value.data);
}

START_TEST(declarations_are_found)
{
	struct buf out = {0};

	buf_add(&out, "", 0);
	css_scan(slice_of(sheets[_i].text), add_item, &out);
	ck_assert_msg(strcmp(out.data, sheets[_i].items) == 0, "%s: %s",
	    sheets[_i].name, out.data);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *text;
	long rgb;
} colours[] = {{"#fff", 0xffffff}, {"#1a2B3c !important", 0x1a2b3c},
    {"rgb(1, 2,255)", 0x0102ff}, {"Navy", 0x80}, {"rgb(1,2)", -1},
    {"rgb(1,2,3,4)", -1}, {"rgb(1,2,256)", -1}, {"#12", -1}, {"#1234567", -1},
    {"#ggg", -1}, {"", -1}, {"inherit", -1}, {"#", -1}};

START_TEST(colours_are_read)
{
	ck_assert_msg(css_colour(slice_of(colours[_i].text)) == colours[_i].rgb,
	    "%s: %lx", colours[_i].text, (unsigned long)css_colour(
	    slice_of(colours[_i].text)));
}
END_TEST

/* --- pictures */

static const struct {
	const char *name;
	struct slice head;
	const char *type;
	int64_t width, height;
} kinds[] = {
    {"PNG", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x2c\0\0\0\xc8"),
        "image/png", 300, 200},
    {"GIF", BYTES("GIF89a\x14\0\x14\0\0\0\0;"), "image/gif", 20, 20},
    {"JPEG", BYTES("\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x0b\x08\0\xc8\x03\x84\x01\0"),
        "image/jpeg", 900, 200},
    {"JPEG that ends", BYTES("\xff\xd8\xff\xe0\xff\xff"), "image/jpeg", 0, 0},
    {"WebP", BYTES("RIFF\x10\0\0\0WEBPVP8 "), "image/webp", 0, 0},
    {"AVIF", BYTES("\0\0\0\x1c" "ftypavif"), "image/avif", 0, 0},
    {"SVG", BYTES("<?xml version=\"1.0\"?><svg>"), "image/svg+xml", 0, 0},
    {"text", BYTES("hello"), "", 0, 0},
    {"nothing", BYTES(""), "", 0, 0},
};

START_TEST(pictures_are_known_by_their_octets)
{
	struct image_kind k = image_kind_of(kinds[_i].head);
	size_t n;

	ck_assert_msg(strcmp(k.type, kinds[_i].type) == 0 &&
	    k.width == kinds[_i].width && k.height == kinds[_i].height,
	    "%s: %s %d %d", kinds[_i].name, k.type, (int)k.width, (int)k.height);
	for (n = 0; n < kinds[_i].head.len; n++)
		(void)image_kind_of((struct slice){kinds[_i].head.data, n});
}
END_TEST

/* --- the tree */

static void
add_place(const struct html_tree *t, size_t i, struct buf *out)
{
	const struct html_node *n = &t->nodes[i];
	size_t k;

	if (n->text || n->implied)
		return;
	buf_printf(out, "%s@%zu", n->tag, n->at);
	for (k = 0; k < n->n_attrs; k++)
		buf_printf(out, " %s=%s@%zu", n->attrs[k].name,
		    n->attrs[k].value, n->attrs[k].at);
	buf_add_char(out, '|');
}

static const struct {
	const char *name, *html, *places;
} pages[] = {
    {"nothing", "", ""},
    {"text", "hello", ""},
    {"attributes", "<P ID=a\nclass = \"b&amp;c\" hidden>",
        "p@0 id=a@6 class=b&c@16 hidden=@26|"},
    {"within each other", "<div><i>a</i></div><b>c</b>",
        "div@0|i@5|b@19|"},
    {"a comment", "<!-- <i> --><b>", "b@12|"},
    {"for all but Outlook", "<!--[if !mso]><!--><a href=\"x\">y</a>"
        "<!--<![endif]-->", "a@19 href=x@27|"},
    {"a table whose rows are written alone", "<table><tr><td>a",
        "table@0|tr@7|td@11|"},
    {"an element of nobody's", "<o:P Q=1>", "o:p@0 q=1@7|"},
    {"formatting that goes on", "<b><p>a</b>c", "b@0|p@3|"},
    {"a drawing", "<svg><path d=\"M0\"/></svg>", "svg@0|path@5 d=M0@13|"},
};

START_TEST(elements_know_where_they_stand)
{
	struct arena *arena = arena_new();
	struct buf out = {0};
	const char *why;
	const struct html_tree *t = html_tree_parse(arena,
	    slice_of(pages[_i].html), &why);
	size_t i;

	ck_assert_ptr_nonnull(t);
	buf_add(&out, "", 0);
	for (i = 0; i < t->n; i++)
		add_place(t, i, &out);
	ck_assert_msg(strcmp(out.data, pages[_i].places) == 0, "%s: %s",
	    pages[_i].name, out.data);
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

START_TEST(what_is_within_ends_before_what_is_around)
{
	struct arena *arena = arena_new();
	const char *why;
	const struct html_tree *t = html_tree_parse(arena,
	    slice_of("<div><p>a<!-- --><i>b</i></p></div><hr>c"), &why);
	size_t div = html_find(t, 0, "div"), hr = html_find(t, div, "hr");
	size_t p = html_find(t, div, "p"), i = html_find(t, p, "i");

	ck_assert_uint_eq(t->nodes[div].end, hr);
	ck_assert_uint_eq(t->nodes[p].end, hr);
	ck_assert_uint_eq(t->nodes[p].parent, div);
	ck_assert_uint_eq(t->nodes[i].parent, p);
	ck_assert_str_eq(t->nodes[i + 1].text, "b");
	ck_assert_uint_eq(t->nodes[hr].parent, t->nodes[div].parent);
	ck_assert_uint_eq(t->nodes[0].end, t->n);
	ck_assert_uint_eq(html_find(t, 0, "b"), HTML_TREE_NONE);
	arena_free(&arena);
}
END_TEST

static const struct html_tree *
parse_nested(struct arena *arena, int n, const char **why)
{
	struct buf text = {0};
	const struct html_tree *t;

	for (; n > 0; n--)
		buf_add_str(&text, "<div>");
	t = html_tree_parse(arena, slice_buf(&text), why);
	buf_free(&text);
	return t;
}

START_TEST(tags_within_each_other_have_a_limit)
{
	struct arena *arena = arena_new();
	const char *why = "";
	const struct html_tree *t = parse_nested(arena, 1000, &why);

	ck_assert_ptr_nonnull(t);
	ck_assert_uint_gt(t->n, 1000);
	ck_assert_ptr_null(parse_nested(arena, 100000, &why));
	ck_assert_ptr_nonnull(strstr(why, "more than 1000 tags"));
	arena_free(&arena);
}
END_TEST

START_TEST(elements_that_become_many_are_an_error)
{
	struct arena *arena = arena_new();
	struct buf text = {0};
	const char *why = "";
	int i;

	/* Each p opens all the b anew. */
	buf_add_str(&text, "<p>");
	for (i = 0; i < 900; i++)
		buf_printf(&text, "<b a%d>", i);
	for (i = 0; i < 5000; i++)
		buf_add_str(&text, "</p><p>x");
	ck_assert_ptr_null(html_tree_parse(arena, slice_buf(&text), &why));
	ck_assert_str_eq(why, "has too many tags within each other; make it "
	    "simpler");
	buf_free(&text);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lint_read");
	TCase *t = tcase_create("lint_read");

	ADD_ROWS(t, declarations_are_found, sheets);
	ADD_ROWS(t, colours_are_read, colours);
	ADD_ROWS(t, pictures_are_known_by_their_octets, kinds);
	ADD_ROWS(t, elements_know_where_they_stand, pages);
	tcase_add_test(t, what_is_within_ends_before_what_is_around);
	tcase_add_test(t, tags_within_each_other_have_a_limit);
	tcase_add_test(t, elements_that_become_many_are_an_error);
	suite_add_tcase(suite, t);
	return unit_main(suite);
}
