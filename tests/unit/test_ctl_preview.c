#include "tests/unit/tree.h"

#include "ctl/preview.h"

#define MARCH_1 INT64_C(1772323200000) /* 2026-03-01 00:00 UTC, in ms */

/* "a b c" as argv; returns argc. */
static int
split(const char *text, char **argv, char *copy, size_t size)
{
	char *rest = copy, *word;
	int n = 0;

	(void)snprintf(copy, size, "preview %s", text);
	while ((word = strsep(&rest, " ")) != NULL && n < 300)
		if (*word)
			argv[n++] = word;
	argv[n] = NULL;
	return n;
}

static int
parse(const char *text, struct preview_args *a, const char **error_r)
{
	static char copy[4000];
	char *argv[301];
	int argc = split(text, argv, copy, sizeof(copy));

	memset(a, 0, sizeof(*a));
	return preview_parse(a, argc, argv, error_r);
}

static const struct {
	const char *args, *error; /* "" : the usage; NULL: they are right */
	enum preview_form terminal, pipe;
} lines[] = {
    {"spring --to a@x.test", NULL, PREVIEW_SUMMARY, PREVIEW_EML},
    {"--creative hero spring", NULL, PREVIEW_SUMMARY, PREVIEW_EML},
    {"spring --to a@x.test --eml", NULL, PREVIEW_EML, PREVIEW_EML},
    {"spring --to a@x.test -o x", NULL, PREVIEW_EML, PREVIEW_EML},
    {"spring --to a@x.test -o x.eml", NULL, PREVIEW_EML, PREVIEW_EML},
    {"spring --to a@x.test -o x.html", NULL, PREVIEW_HTML, PREVIEW_HTML},
    {"spring --to a@x.test -o x.txt", NULL, PREVIEW_TEXT, PREVIEW_TEXT},
    {"spring --to a@x.test -o x.png", NULL, PREVIEW_PNG, PREVIEW_PNG},
    {"spring --to a@x.test -o x.png --dark", NULL, PREVIEW_PNG, PREVIEW_PNG},
    {"spring --to a@x.test -o x.txt --html", NULL, PREVIEW_HTML, PREVIEW_HTML},
    {"spring --to a@x.test --text --text", NULL, PREVIEW_TEXT, PREVIEW_TEXT},
    {"", "", 0, 0},
    {"--to a@x.test", "", 0, 0},
    {"spring autumn --to a@x.test", "", 0, 0},
    {"spring --to", "", 0, 0},
    {"spring --to a@x.test --pdf", "", 0, 0},
    {"spring", "for whom?", 0, 0},
    {"spring --to a@x.test --png --html", "one of --eml", 0, 0},
    {"spring --to a@x.test --dark", "--dark is for", 0, 0},
    {"spring --to a@x.test --html --dark", "--dark is for", 0, 0},
};

START_TEST(a_command_line_says_what_to_show)
{
	struct preview_args a;
	const char *error, *name = lines[_i].args;
	int rc = parse(name, &a, &error);

	if (!lines[_i].error) {
		ck_assert_msg(rc == 0, "%s: %s", name, error);
		ck_assert_str_eq(a.campaign, "spring");
		ck_assert_msg(preview_form(&a, true) == lines[_i].terminal, "%s",
		    name);
		ck_assert_msg(preview_form(&a, false) == lines[_i].pipe, "%s",
		    name);
		return;
	}
	ck_assert_msg(rc == -1, "%s", name);
	ck_assert_msg(*lines[_i].error ? strncmp(error, lines[_i].error,
	    strlen(lines[_i].error)) == 0 : *error == '\0', "%s: %s", name,
	    error);
}
END_TEST

START_TEST(every_value_lands_where_it_belongs)
{
	struct preview_args a;
	const char *error;

	ck_assert_int_eq(parse("spring --to t --creative c --assets d --from f "
	    "--reply-to r --subject s --ticket i --at w -o o --var a=1 --var b=2",
	    &a, &error), 0);
	ck_assert_str_eq(a.to, "t");
	ck_assert_str_eq(a.creative, "c");
	ck_assert_str_eq(a.assets, "d");
	ck_assert_str_eq(a.from, "f");
	ck_assert_str_eq(a.reply_to, "r");
	ck_assert_str_eq(a.subject, "s");
	ck_assert_str_eq(a.ticket, "i");
	ck_assert_str_eq(a.at, "w");
	ck_assert_str_eq(a.out, "o");
	ck_assert_uint_eq(a.n_vars, 2);
	ck_assert_str_eq(a.vars[1], "b=2");
}
END_TEST

START_TEST(more_variables_than_there_is_room_for_are_refused)
{
	struct preview_args a;
	struct buf line = {0};
	const char *error;

	buf_add_str(&line, "spring --to t");
	for (int i = 0; i < PREVIEW_VARS_MAX; i++)
		buf_printf(&line, " --var a%d=1", i);
	ck_assert_int_eq(parse(line.data, &a, &error), 0);
	buf_add_str(&line, " --var b=1");
	ck_assert_int_eq(parse(line.data, &a, &error), -1);
	ck_assert_str_eq(error, "more than 100 times --var");
	buf_free(&line);
}
END_TEST

static const struct {
	const char *out;
	bool dark;
	const char *name;
} pictures[] = {
    {NULL, false, "spring-hero-phone.png"},
    {NULL, true, "spring-hero-phone-dark.png"},
    {"/tmp/x.png", false, "/tmp/x-phone.png"},
    {"x", true, "x-phone-dark.png"},
};

START_TEST(pictures_are_named_by_device)
{
	struct preview_args a = {.campaign = "spring", .out = pictures[_i].out,
	    .dark = pictures[_i].dark};
	char *name = preview_png_name(&a, "hero", "phone");

	ck_assert_str_eq(name, pictures[_i].name);
	free(name);
}
END_TEST

static struct asset_part parts[] = {
    {"a.png", "image/png", {"", 0}, {"QUJD\r\nREVG\r\n", 12}},
    {"a.png.gif", "image/gif", {"", 0}, {"R0lG\r\n", 6}},
};

static const struct {
	const char *name, *html, *page;
} pages[] = {
    {"nothing", "", ""},
    {"no picture", "<p>x</p>", "<p>x</p>"},
    {"an attribute", "<img src=\"cid:a.png\" alt=\"\">",
        "<img src=\"data:image/png;base64,QUJDREVG\" alt=\"\">"},
    {"the longer name", "<img src='cid:a.png.gif'>",
        "<img src='data:image/gif;base64,R0lG'>"},
    {"a style", "url(cid:a.png)", "url(data:image/png;base64,QUJDREVG)"},
    {"twice", "cid:a.png cid:a.png",
        "data:image/png;base64,QUJDREVG data:image/png;base64,QUJDREVG"},
    {"one that is not there", "<img src=\"cid:b.png\">x",
        "<img src=\"cid:b.png\">x"},
    {"the end of a word", "placid:a.png", "placid:a.png"},
    {"no name", "cid: cid:", "cid: cid:"},
    {"at the end", "cid:a.pn", "cid:a.pn"},
};

START_TEST(pictures_of_the_mail_are_in_the_page)
{
	const struct asset_creative c = {.inlined = parts, .n_inlined = 2};
	struct buf out = {0};

	preview_page(&c, slice_of(pages[_i].html), &out);
	ck_assert_msg(slice_eq_str(slice_buf(&out), pages[_i].page), "%s: %s",
	    pages[_i].name, out.data);
	buf_free(&out);
}
END_TEST

/* As somebody who works on a directory has it: never built, never signed. */
START_TEST(a_summary_names_who_what_why_and_the_parts)
{
	struct arena *arena = arena_new();
	char *dir = tree_new(), *error = NULL;
	struct assets *set;
	const struct preview_args args = {.campaign = "spring"};
	struct preview p = {.args = &args};
	struct ticket t = {.campaign = "spring", .creative = "b"};
	struct stub stub = {.from = "", .reply_to = "", .subject = ""};
	struct address to = {"zo\xc3\xab", "x.test", true};
	const char *why = "";
	struct vars record;
	struct buf out = {0};
	size_t n;

	tree_put_str(dir, "spring/campaign.conf", "subject = \"Z\xc3\xab!\"\n"
	    "from = \"Sh\xc3\xb6p <o@shop.test>\"\nbounce = \"b@shop.test\"\n"
	    "creative \"a\" { when = \"x == 'y'\" html = \"h\" weight = 1 }\n"
	    "creative \"b\" { when = \"x  ==  'y'\" html = \"h\" weight = 3\n"
	    " text = \"t\" inline = {\"p.png\"} attach = {\"f.pdf\"} }\n");
	tree_put_str(dir, "spring/a/h", "x");
	tree_put_str(dir, "spring/b/h", "<img src=\"cid:p.png\" alt=\"\">");
	tree_put_str(dir, "spring/b/t", "hello");
	tree_put_str(dir, "spring/b/p.png", "123");
	tree_put_str(dir, "spring/b/f.pdf", "123456");
	set = assets_load_unbuilt(dir, &error);
	ck_assert_msg(set != NULL, "%s", error);
	vars_init(&stub.vars, arena);
	vars_init(&record, arena);
	memset(t.id, '7', TICKET_ID_LEN);
	ck_assert_int_eq(grow(arena, &(struct grow_input){.assets = set,
	    .ticket = &t, .stub = &stub, .record = &record, .recipient = &to,
	    .max_size = 100000, .now_ms = MARCH_1, .text = &p.text,
	    .html = &p.html}, &p.advert, &why), GROW_OK);
	p.campaign = assets_campaigns(set, &n)[0];
	ck_assert_uint_eq(n, 1);
	p.parts = assets_find(set, "spring", "b");
	p.creative = p.parts->creative;
	preview_summary(&p, &out);
	ck_assert_str_eq(out.data,
	    "Date      Sun, 1 Mar 2026 00:00:00 +0000\n"
	    "From      Sh\xc3\xb6p <o@shop.test>\n"
	    "To        <zo\xc3\xab@x.test>\n"
	    "Subject   Z\xc3\xab!\n"
	    "Bounces   b+77777777777777777777777777777777@shop.test\n"
	    "Creative  b, when x  ==  'y', one of 2 by weight: 3 of 4\n"
	    "Size      1.1 KB\n"
	    "  text       text/plain                       5 B  t\n"
	    "  html       text/html                       28 B  h\n"
	    "  inline     image/png                        6 B  p.png\n"
	    "  attached   application/pdf                 10 B  f.pdf\n");
	buf_free(&p.text);
	buf_free(&p.html);
	buf_free(&out);
	assets_unref(&set);
	tree_free(&dir);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_preview");
	TCase *t = tcase_create("ctl_preview");

	ADD_ROWS(t, a_command_line_says_what_to_show, lines);
	tcase_add_test(t, every_value_lands_where_it_belongs);
	tcase_add_test(t, more_variables_than_there_is_room_for_are_refused);
	ADD_ROWS(t, pictures_are_named_by_device, pictures);
	ADD_ROWS(t, pictures_of_the_mail_are_in_the_page, pages);
	tcase_add_test(t, a_summary_names_who_what_why_and_the_parts);
	suite_add_tcase(s, t);
	return unit_main(s);
}
