#include "tests/unit/unit.h"

#include "lib/mail/html_alt.h"

static bool
find(struct slice cid, struct slice *alt_r, void *ctx)
{
	(void)ctx;
	*alt_r = slice_of(slice_eq_str(cid, "none") ? "" : "A \"b\" & <c> d's");
	return slice_eq_str(cid, "a.jpg") || slice_eq_str(cid, "none");
}

#define ALT " alt=\"A &quot;b&quot; &amp; &lt;c&gt; d&#39;s\""

static const struct {
	const char *name, *html, *want; /* want NULL: the same */
} rows[] = {
    {"nothing", "", NULL},
    {"a picture without", "<p><img src=\"cid:a.jpg\"></p>",
        "<p><img" ALT " src=\"cid:a.jpg\"></p>"},
    {"two of them", "<img src=\"cid:a.jpg\"><img src=\"cid:a.jpg\">",
        "<img" ALT " src=\"cid:a.jpg\"><img" ALT " src=\"cid:a.jpg\">"},
    {"single quotes, capitals, a slash", "<IMG\n SRC='CID:a.jpg'/>",
        "<IMG" ALT "\n SRC='CID:a.jpg'/>"},
    {"no quotes", "<img width=3 src=cid:a.jpg>",
        "<img" ALT " width=3 src=cid:a.jpg>"},
    {"blanks round the =", "<img src = \"cid:a.jpg\" >",
        "<img" ALT " src = \"cid:a.jpg\" >"},
    {"an empty text", "<img src=\"cid:none\">",
        "<img alt=\"\" src=\"cid:none\">"},
    {"one that has its own", "<img src=\"cid:a.jpg\" alt=\"x\">", NULL},
    {"one that is decoration", "<img alt=\"\" src=\"cid:a.jpg\">", NULL},
    {"one whose alt has no value", "<img ALT src=\"cid:a.jpg\">", NULL},
    {"an alt in a section", "<img {{#x}}alt=\"{{x}}\"{{/x}} src=\"cid:a.jpg\">",
        NULL},
    {"an alt in another value", "<img title=\"alt=\" src=\"cid:a.jpg\">",
        "<img" ALT " title=\"alt=\" src=\"cid:a.jpg\">"},
    {"a name that only ends alike", "<img data-alt=\"\" src=\"cid:a.jpg\">",
        "<img" ALT " data-alt=\"\" src=\"cid:a.jpg\">"},
    {"a > within a value", "<img title=\"a > b\" src=\"cid:a.jpg\">",
        "<img" ALT " title=\"a > b\" src=\"cid:a.jpg\">"},
    {"quotes within a tag", "<img title=\"{{! \" }}\" src=\"cid:a.jpg\">",
        "<img" ALT " title=\"{{! \" }}\" src=\"cid:a.jpg\">"},
    {"a section before the attribute",
        "<img {{#w}}width=\"{{w}}\"{{/w}}src=\"cid:a.jpg\">",
        "<img" ALT " {{#w}}width=\"{{w}}\"{{/w}}src=\"cid:a.jpg\">"},
    {"a section right behind the name", "<img{{#w}} width=3{{/w}} src=cid:a.jpg>",
        "<img" ALT "{{#w}} width=3{{/w}} src=cid:a.jpg>"},
    {"a src in a section",
        "<img {{#x}}src=\"cid:a.jpg\"{{/x}}{{^x}}src=\"cid:b\"{{/x}}>", NULL},
    {"a src that a variable makes", "<img src=\"cid:{{x}}.jpg\">", NULL},
    {"a src that ends in a variable", "<img src=\"cid:a.jpg{{x}}\">", NULL},
    {"another picture", "<img src=\"cid:b.jpg\">", NULL},
    {"a picture from afar", "<img src=\"https://a.jpg\">", NULL},
    {"no src", "<img width=\"1\">", NULL},
    {"another element", "<image src=\"cid:a.jpg\"><source src=\"cid:a.jpg\">",
        NULL},
    {"an end tag", "</img src=\"cid:a.jpg\">", NULL},
    {"a comment", "<!-- <img src=\"cid:a.jpg\"> --><img src=\"cid:a.jpg\">",
        "<!-- <img src=\"cid:a.jpg\"> --><img" ALT " src=\"cid:a.jpg\">"},
    {"a conditional comment", "<!--[if mso]><img src=\"cid:a.jpg\"><![endif]-->",
        "<!--[if mso]><img" ALT " src=\"cid:a.jpg\"><![endif]-->"},
    {"a script", "<script>x = '<img src=\"cid:a.jpg\">';</script>", NULL},
    {"behind a style", "<style>p > a { }</style><img src=\"cid:a.jpg\">",
        "<style>p > a { }</style><img" ALT " src=\"cid:a.jpg\">"},
    {"in a value", "<p title='<img src=\"cid:a.jpg\">'>x</p>", NULL},
    {"a tag without an end", "<img src=\"cid:a.jpg\"", NULL},
    {"a value without an end", "<img src=\"cid:a.jpg> <img src=\"cid:a.jpg\">",
        NULL},
    {"less than", "1 < 2 <img src=\"cid:a.jpg\">",
        "1 < 2 <img" ALT " src=\"cid:a.jpg\">"},
    {"a heart", "I <3 > <img src=\"cid:a.jpg\"> <3",
        "I <3 > <img" ALT " src=\"cid:a.jpg\"> <3"},
    {"a declaration", "<!DOCTYPE html><img src=\"cid:a.jpg\">",
        "<!DOCTYPE html><img" ALT " src=\"cid:a.jpg\">"},
    {"other delimiters", "{{=<% %>=}}<%x%><img src=\"cid:a.jpg\">",
        "{{=<% %>=}}<%x%><img" ALT " src=\"cid:a.jpg\">"},
};

START_TEST(what_has_no_text_gets_one)
{
	struct buf out = {0};

	html_alt_fill(&out, slice_of(rows[_i].html), find, NULL);
	ck_assert_msg(slice_eq(slice_buf(&out),
	        slice_of(rows[_i].want ? rows[_i].want : rows[_i].html)),
	    "%s: got %s", rows[_i].name, out.data);
	buf_free(&out);
}
END_TEST

/* With the texts taken out again every prefix is what it was. */
START_TEST(nothing_else_is_touched)
{
	size_t len, full = strlen(rows[_i].html);
	struct buf out = {0}, back = {0};

	for (len = 0; len <= full; len++) {
		struct slice rest;
		const char *alt;

		buf_clear(&out);
		buf_clear(&back);
		html_alt_fill(&out, (struct slice){rows[_i].html, len}, find,
		    NULL);
		for (rest = slice_buf(&out);
		     rest.len && (alt = memmem(rest.data, rest.len, ALT,
		         strlen(ALT))) != NULL;) {
			buf_add(&back, rest.data, (size_t)(alt - rest.data));
			rest.len -= (size_t)(alt - rest.data) + strlen(ALT);
			rest.data = alt + strlen(ALT);
		}
		buf_add_slice(&back, rest);
		if (!strstr(rows[_i].html, "cid:none"))
			ck_assert(slice_eq(slice_buf(&back),
			    (struct slice){rows[_i].html, len}));
	}
	buf_free(&out);
	buf_free(&back);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("html_alt");
	TCase *t = tcase_create("html_alt");

	ADD_ROWS(t, what_has_no_text_gets_one, rows);
	ADD_ROWS(t, nothing_else_is_touched, rows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
