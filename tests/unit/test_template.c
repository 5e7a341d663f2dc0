#include "tests/unit/unit.h"

#include "lib/mail/mustache.h"
#include "lib/mail/template.h"

/* "name=value|name=value" */
static void
fill(struct vars *v, struct arena *arena, const char *text)
{
	struct slice rest = slice_of(text), pair, name;
	const char *error = "";

	vars_init(v, arena);
	while (slice_split(&rest, '|', &pair)) {
		ck_assert(slice_split(&pair, '=', &name));
		ck_assert_msg(vars_set(v, name, pair, &error) == 0, "%s", error);
	}
}

static const struct {
	const char *name, *text;
} partials[] = {
    {"hello", "Hello {{name}}!"},
    {"lines", "|\n{{x}}\n|\n"},
    {"brackets", "[{{x}}]"},
    {"dot", "<{{.}}>"},
    {"self", "a{{>self}}"},
    {"node", "{{text}}{{#nodes}}({{>node}}){{/nodes}}"},
    {"loop", "{{#x}}{{>loop}}{{/x}}"},
    {"unless", "{{^x}}{{>unless}}{{/x}}"},
    {"ping", "{{#x}}{{>pong}}{{/x}}"},
    {"pong", "{{>ping}}"},
    {"round", "{{>about}}"},
    {"about", "{{>round}}"},
    {"many", "{{#x}}{{>many}}{{>many}}{{>more}}{{>more}}{{/x}}"},
    {"more", "{{#x}}{{>many}}{{>many}}{{>more}}{{>more}}{{/x}}"},
    {"open", "{{#x}}"},
    {"close", "{{/x}}"},
    {"bad", "line\n{{"},
};

static bool
partial(const char *name, struct slice *text_r, void *ctx)
{
	int i;

	(void)ctx;
	for (i = 0; i < N_ROWS(partials); i++) {
		if (strcmp(partials[i].name, name) == 0) {
			*text_r = slice_of(partials[i].text);
			return true;
		}
	}
	return false;
}

static const struct {
	const char *name;
	enum template_place place;
	const char *text, *vars, *out;
} renders[] = {
#define H TEMPLATE_HTML
#define T TEMPLATE_TEXT
#define S TEMPLATE_HEADER
#define U TEMPLATE_URL
    {"text stays as it is", T, "a\n b } {\n", "", "a\n b } {\n"},
    {"nothing renders as nothing", T, "", "x=1", ""},
    {"a variable is put in", T, "Hi {{name}}.", "name=Ann", "Hi Ann."},
    {"blanks around a name do not matter", T, "{{ name }}{{\tname\n}}",
        "name=A", "AA"},
    {"a missing variable is nothing", T, "[{{x}}]", "y=1", "[]"},
    {"a dotted name leads into the record", T, "{{a.b}}", "a.b=1", "1"},
    {"so does a section", T, "{{#a}}{{b}}{{/a}}", "a.b=1", "1"},
    {"both, mixed", T, "{{#a.b}}{{c.d}}{{/a.b}}", "a.b.c.d=1", "1"},
    {"a name is looked for outwards", T, "{{#a}}{{b}}{{c}}{{/a}}",
        "a.b=1|b=2|c=3", "13"},
    {"of a dotted name only the first part is", T, "{{#a}}{{b.c}}{{/a}}",
        "a.b.d=1|b.c=2", ""},
    {"what is there and empty hides what is further out", T,
        "{{#a}}{{b}}{{/a}}", "a.b=|a.c=1|b=2", ""},
    {"an object may have a value, too", T, "{{a}}{{#a}}{{.}}{{b}}{{/a}}",
        "a=1|a.b=2", "112"},
    {"an object without a value is nothing when shown", T, "[{{a}}]", "a.b=1",
        "[]"},
    {"an object of empty values is not there", T,
        "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "a.b=|a.c.d=", "no"},
    {"a name is not taken for the beginning of another", T,
        "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "ab=1|a-b.c=1|a_=1", "no"},
    {"a list of objects", T, "{{#a}}{{b}}{{c}} {{/a}}",
        "a.0.b=1|a.0.c=2|a.1.b=3|a.1.c=4", "12 34 "},
    {"a list of texts", T, "{{#a}}<{{.}}>{{/a}}", "a.0=x|a.1=y", "<x><y>"},
    {"items stand in the numbers' order", T, "{{#a}}{{.}}{{/a}}",
        "a.10=d|a.9=c|a.2=b|a.0=a", "abcd"},
    {"a list may begin with any number and miss some", T,
        "{{#a}}{{.}}{{/a}}", "a.1=a|a.7=b|a.300=c", "abc"},
    {"empty items are left out", T, "{{#a}}<{{b}}>{{/a}}",
        "a.0.b=|a.0.c=|a.1.b=x|a.2.b=", "<x>"},
    {"a list of empty items is not there", T,
        "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "a.0.b=|a.1.b=", "no"},
    {"a list is there once for an inverted section", T,
        "{{^a}}no{{/a}}{{#a}}{{.}}{{/a}}", "a.0=1|a.1=2", "12"},
    {"an item may be named", T, "{{a.1}}{{a.0.b}}", "a.0.b=1|a.1=2", "21"},
    {"numbers with leading zeros make no list", T, "{{#a}}[{{.}}{{b}}]{{/a}}",
        "a.01=x|a.b=y", "[y]"},
    {"lists within lists", T, "{{#a}}{{n}}:{{#b}}{{.}}{{/b}};{{/a}}",
        "a.0.n=1|a.0.b.0=x|a.0.b.1=y|a.1.n=2|a.1.b.0=z", "1:xy;2:z;"},
    {"lists of lists", T, "{{#a}}({{#.}}{{.}}{{/.}}){{/a}}",
        "a.0.0=1|a.0.1=2|a.1.0=3", "(12)(3)"},
    {"beside a list's items other names are an object's", T,
        "{{a.title}}{{#a}}{{title}}{{.}}{{/a}}", "a.title=t|a.0=1|a.1=2",
        "t12"},
    {"an item's name before the record's", T, "{{#a}}{{n}}{{/a}}{{n}}",
        "n=0|a.0.n=1|a.1.m=x", "100"},
    {"a plain value is one, whatever commas are in it", T,
        "{{#a}}<{{.}}>{{/a}}", "a=x, y; z", "<x, y; z>"},
    {"a partial may include itself as deep as the data is", T, "{{>node}}",
        "text=a|nodes.0.text=b|nodes.0.nodes.0.text=c|nodes.1.text=d|"
        "nodes.0.nodes.0.nodes=|nodes.1.nodes=", "a(b(c))(d)"},
    {"a partial that would include itself for ever need not", T,
        "{{>loop}}{{>ping}}", "y=1", ""},
    {"a section shows when its variable has a value", T,
        "{{#x}}yes{{/x}}", "x=0", "yes"},
    {"a section is left out when the variable is empty", T,
        "a{{#x}}yes{{/x}}b", "x=", "ab"},
    {"a section is left out when there is no variable", T,
        "a{{#x}}yes{{/x}}b", "", "ab"},
    {"a dot is the section's own value", T, "{{#x}}[{{.}}]{{/x}}", "x=v",
        "[v]"},
    {"the dot of the innermost section counts", T,
        "{{#x}}{{#y}}{{.}}{{/y}}{{.}}{{^z}}{{.}}{{/z}}{{/x}}", "x=1|y=2",
        "211"},
    {"a section over the dot shows", T, "{{#x}}{{#.}}{{.}}{{/.}}{{/x}}",
        "x=1", "1"},
    {"an inverted section shows without a value", T, "{{^x}}no{{/x}}", "",
        "no"},
    {"an inverted section is left out with one", T, "a{{^x}}no{{/x}}b",
        "x=1", "ab"},
    {"sections nest, and the same name may nest in itself", T,
        "{{#a}}1{{#a}}2{{/a}}3{{/a}}{{^a}}4{{/a}}", "a=x", "123"},
    {"text beside a jump is not lost", T, "a{{#x}}b{{/x}}c{{#x}}d{{/x}}e",
        "", "ace"},
    {"a comment is nothing", T, "12{{! a {{b }}34", "", "1234"},
    {"a comment may have lines", T, "a\n{{!\n x\n}}\nb", "", "a\nb"},
    {"a line with a comment alone vanishes", T, "a\n  {{! x }}  \nb", "",
        "a\nb"},
    {"with CRLF too", T, "|\r\n{{! x }}\r\n|", "", "|\r\n|"},
    {"at the beginning of the text", T, "  {{! x }}\nb", "", "b"},
    {"at the end of the text without a newline", T, "a\n  {{! x }}", "",
        "a\n"},
    {"a comment beside text stays in its line", T, "  12 {{! 34 }}\n", "",
        "  12 \n"},
    {"lines with a section's tags alone vanish", T,
        "| This Is\n{{#x}}\n|\n{{/x}}\n| A Line\n", "x=1",
        "| This Is\n|\n| A Line\n"},
    {"indented tags alone vanish with their blanks", T,
        "|\n  {{#x}}\n|\n  {{/x}}\n|", "x=1", "|\n|\n|"},
    {"a section within a line keeps the line", T,
        " | {{#x}}\t|\t{{/x}} | \n", "x=1", " | \t|\t | \n"},
    {"two tags on a line keep it", T, "{{#x}}{{/x}}\nb", "x=1", "\nb"},
    {"a variable alone on a line keeps it", T, " {{x}}\n", "x=1", " 1\n"},
    {"delimiters change", T, "{{=<% %>=}}(<%x%>){{x}}", "x=1", "(1){{x}}"},
    {"delimiters change back", T, "{{=| |=}}|x||={{ }}=|{{x}}", "x=1", "11"},
    {"blanks around new delimiters do not matter", T,
        "{{= |   | =}}(|x|)", "x=1", "(1)"},
    {"a line with new delimiters alone vanishes", T,
        "a\n {{=@ @=}} \n@x@", "x=1", "a\n1"},
    {"triple braces work with other delimiters", T, "{{=<% %>=}}<%{x}%>",
        "x=&", "&"},
    {"a partial is put in", T, "{{>hello}} {{> hello }}", "name=A",
        "Hello A! Hello A!"},
    {"a partial alone on a line is indented as a whole", T,
        "\\\n {{>lines}}\n/\n", "x=<\t>", "\\\n |\n <\t>\n |\n/\n"},
    {"a partial within a line is not", T, "  {{x}}  {{> brackets}}\n", "x=1",
        "  1  [1]\n"},
    {"a partial has the usual delimiters", T,
        "{{=| |=}}|>brackets||x|", "x=1", "[1]1"},
    {"a partial knows the section it is in", T, "{{#x}}{{>dot}}{{/x}}",
        "x=1", "<1>"},

    {"HTML is escaped", H, "<p>{{x}}</p>", "x=&<>\"'",
        "<p>&amp;&lt;&gt;&quot;&#39;</p>"},
    {"a missing variable is nothing there as well", H, "<p>{{x}}</p>", "",
        "<p></p>"},
    {"with three braces too: data is never markup", H, "{{{x}}}", "x=<b>",
        "&lt;b&gt;"},
    {"and with an ampersand", H, "{{& x}}", "x=<b>", "&lt;b&gt;"},
    {"UTF-8 passes", H, "{{x}}", "x=J\xc3\xbcrgen \xe2\x80\x8f",
        "J\xc3\xbcrgen \xe2\x80\x8f"},
    {"an attribute is escaped", H, "<p title=\"{{x}}\">", "x=\" onload=\"a",
        "<p title=\"&quot; onload=&quot;a\">"},
    {"text is not escaped", T, "{{x}}", "x=<b>&", "<b>&"},
    {"a header shows controls as spaces", S, "{{x}}", "x=a\tb", "a b"},

    {"a link may be a whole address", H, "<a href=\"{{x}}\">",
        "x=https://a.example/?a=1&b=2",
        "<a href=\"https://a.example/?a=1&amp;b=2\">"},
    {"a link may be relative", H, "<a href='{{x}}'>", "x=a/b:c?d",
        "<a href='a/b:c?d'>"},
    {"a link may be to an inline part", H, "<img src=\"{{x}}\">",
        "x=CID:hero.png", "<img src=\"CID:hero.png\">"},
    {"a link that runs a program becomes #", H, "<a href=\"{{x}}\">",
        "x=javascript:alert(1)", "<a href=\"#\">"},
    {"whatever its case", H, "<a HREF=\"{{x}}\">", "x=JaVaScript:alert(1)",
        "<a HREF=\"#\">"},
    {"and with blanks in it", H, "<a href=\"{{x}}\">",
        "x=java\tscript:alert(1)", "<a href=\"#\">"},
    {"and blanks before it", H, "<a href=\"{{x}}\">", "x= javascript:a",
        "<a href=\"#\">"},
    {"data: becomes #", H, "<img src='{{x}}'>", "x=data:text/html,x",
        "<img src='#'>"},
    {"later in a link a value is percent-encoded", H,
        "<a href=\"https://a.example/{{x}}?q={{x}}\">", "x=a/b &\"\xc3\xa4",
        "<a href=\"https://a.example/a%2Fb%20%26%22%C3%A4?q="
        "a%2Fb%20%26%22%C3%A4\">"},
    {"a second value cannot make a scheme", H, "<a href=\"{{a}}{{b}}\">",
        "a=|b=javascript:x", "<a href=\"javascript%3Ax\">"},
    {"the else of a link may be an address as well", H,
        "<a href=\"{{#a}}{{a}}{{/a}}{{^a}}{{b}}{{/a}}\">",
        "b=https://b.example/", "<a href=\"https://b.example/\">"},
    {"behind an address that may be missing a value is encoded", H,
        "<a href=\"{{#a}}https://a.example/{{/a}}{{b}}\">",
        "b=javascript:x", "<a href=\"javascript%3Ax\">"},
    {"style takes no more than plain values", H,
        "<p style=\"color: {{x}}\">", "x=#fff;background:url(//a)\"",
        "<p style=\"color: #fffbackgroundurla\">"},
    {"a comment is escaped", H, "<!-- {{x}} -->", "x=--><b>",
        "<!-- --&gt;&lt;b&gt; -->"},
    {"Outlook's comments are read as HTML", H,
        "<!--[if mso]><a href=\"{{x}}\"><![endif]-->", "x=javascript:a",
        "<!--[if mso]><a href=\"#\"><![endif]-->"},
    {"a bare < in text does no harm", H, "a < b {{x}}", "x=1", "a < b 1"},
    {"a section may hold an attribute", H,
        "<td{{#x}} class=\"{{x}}\"{{/x}} title=\"{{x}}\">", "x=1",
        "<td class=\"1\" title=\"1\">"},
    {"a script's text is left alone", H,
        "<style>a > b { x: \"<p {{! c }}\" }</style>{{x}}", "x=<",
        "<style>a > b { x: \"<p \" }</style>&lt;"},

    {"a colon behind a / makes no scheme", H,
        "<a href=\"{{#x}}{{x}}/{{/x}}:b\">", "x=javascript",
        "<a href=\"javascript/:b\">"},
    {"a link's later items are no beginnings", H,
        "<a href=\"{{#x}}{{.}}{{/x}}\">", "x.0=https://a/|x.1=?b&c:",
        "<a href=\"https://a/%3Fb%26c%3A\">"},
    {"a link for each item begins anew", H,
        "{{#x}}<a href=\"{{.}}\">{{/x}}", "x.0=https://a/|x.1=javascript:b",
        "<a href=\"https://a/\"><a href=\"#\">"},
    {"an attribute for each item", H,
        "<td{{#x}} class=\"{{.}}\"{{/x}} title=\"{{y}}\">",
        "x.0=a|x.1=\"|y=b",
        "<td class=\"a\" class=\"&quot;\" title=\"b\">"},
    {"a link's rest may have an ampersand", H, "<a href=\"{{x}}&amp;b={{y}}\">",
        "x=https://a/?a=1|y=:", "<a href=\"https://a/?a=1&amp;b=%3A\">"},
    {"a title is text", H, "<title>{{x}} < 1</title><b>{{x}}</b>", "x=</title>",
        "<title>&lt;/title&gt; < 1</title><b>&lt;/title&gt;</b>"},
    {"a comment's dashes behind a value end it for sure", H,
        "<!-- {{x}}--><p>{{x}}", "x=-", "<!-- ---><p>-"},
    {"</ and no name is a comment", H, "</ a=\"> {{x}} \">", "x=\"",
        "</ a=\"> &quot; \">"},

    {"a header drops what turns the text around", S, "{{x}}!",
        "x=a\xe2\x80\xae" "b\xe2\x81\xa7" "c\xe2\x80\x8f", "abc\xe2\x80\x8f!"},
    {"and shows line separators and C1 controls as spaces", S, "{{x}}",
        "x=a\xe2\x80\xa8" "b\xe2\x80\xa9" "c\xc2\x85" "d\xc2\xa0",
        "a b c d\xc2\xa0"},

    {"a URL's parts are percent-encoded", U,
        "https://a.example/u?c={{x}}", "x=a&b c", "https://a.example/u?c=a%26b%20c"},
    {"a URL's beginning may be the whole of it", U, "{{x}}",
        "x=https://a.example/?a=1&b=<,>",
        "https://a.example/?a=1&b=%3C%2C%3E"},
    {"but not one that runs a program", U, "{{x}}", "x=javascript:x", "#"},
    {"a URL's second item is encoded", U, "{{#x}}{{.}}{{/x}}",
        "x.0=https://a/|x.1=https://b", "https://a/https%3A%2F%2Fb"},
    {"a URL has plain ampersands", U, "{{x}}&y={{y}}", "x=https://a?|y=&",
        "https://a?&y=%26"},
};

START_TEST(a_template_renders)
{
	struct arena *arena = arena_new();
	struct buf out = {0};
	struct vars vars;
	const char *why;
	char *error = NULL;
	struct template *t = template_compile("t", slice_of(renders[_i].text),
	    renders[_i].place, partial, NULL, &error);

	ck_assert_msg(t != NULL, "%s: %s", renders[_i].name, error);
	fill(&vars, arena, renders[_i].vars);
	ck_assert_int_eq(template_render(t, &vars, &out, &why), 0);
	buf_add(&out, "", 0);
	ck_assert_msg(strcmp(out.data, renders[_i].out) == 0, "%s: got %s",
	    renders[_i].name, out.data);
	template_free(&t);
	ck_assert_ptr_null(t);
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name;
	enum template_place place;
	const char *text, *error; /* how it begins */
} errors[] = {
    {"a tag is never closed", T, "a\nb {{x}",
        "t:2: {{ is never closed; write }} behind the name"},
    {"a triple tag is never closed", T, "{{{x}}",
        "t:1: {{{ is never closed; write }}} behind the name"},
    {"a section is never closed", T, "\n\n{{#x}}\n\n",
        "t:3: the section \"x\" is never closed; write {{/x}}"},
    {"a section is closed by another's name", T, "{{#x}}\n{{/y}}",
        "t:2: {{/y}} stands where the section \"x\" is open; write {{/x}}"},
    {"a section was never opened", T, "{{/y}}", "t:1: {{/y}} closes no section"},
    {"a name has a blank in it", T, "{{a b}}", "t:1: \"a b\" is no variable"},
    {"there is no name", T, "{{}}", "t:1: \"\" is no variable"},
    {"a lambda or parent is wanted", T, "{{<x}}", "t:1: \"<x\" is no variable"},
    {"a dot stands in no section", T, "{{.}}", "t:1: {{.}} stands in no section"},
    {"there is no such partial", T, "\n{{>nope}}",
        "t:2: there is no partial \"nope\"; put it into partials/"},
    {"a partial's name leads elsewhere", T, "{{>../x}}",
        "t:1: \"../x\" is no partial's name"},
    {"a partial includes itself", T, "{{>self}}",
        "self:1: the partial \"self\" includes itself without end; put"},
    {"two partials include each other", T, "{{#x}}{{>round}}{{/x}}",
        "about:1: the partial \"round\" includes itself without end"},
    {"partials include each other in too many ways", T, "{{>many}}",
        "many:1: the template and its partials, each use counted, pass"},
    {"a list's round would begin elsewhere", H,
        "<a href=\"{{#l}}{{^f}}:{{/f}}{{.}}{{/l}}\">",
        "t:1: a variable before the : would choose"},
    {"a scheme that ends in a character reference", H,
        "<a href=\"{{x}}&colon;b\">", "t:1: a variable before this & could"},
    {"a scheme's colon as a number", H, "<a href=\"{{x}}&#58;b\">",
        "t:1: a variable before this & could"},
    {"a reference made of a value", H, "<a href=\"a&{{x}}\">",
        "t:1: {{x}}: no variable may stand within &...;"},
    {"a reference cut by a section", H, "<a href=\"a&{{#x}}am{{/x}}p;\">",
        "t:1: the section ends in another"},
    {"a program in a link", H, "<a href=\"JavaScript:f('{{x}}')\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a program in a link, with line ends in its name", H,
        "<a href=\" java\n\tscript:f('{{x}}')\">",
        "t:2: {{x}}: a value inside this attribute"},
    {"a program in a link, spelt otherwise", H,
        "<a href=\"j&#97;vascript:f('{{x}}')\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a program in a link when a section is there", H,
        "<a href=\"{{#a}}javascript:{{/a}}f('{{x}}')\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a program in a link, its name in parts", H,
        "<a href=\"java{{#a}}script{{/a}}:f('{{x}}')\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"data as a document", H, "<img src=\"data:text/html,{{x}}\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a program from where the data says", H, "<script src=\"{{x}}\"></script>",
        "t:1: {{x}}: the data would choose what is loaded"},
    {"a refresh", H, "<meta http-equiv=\"refresh\" content=\"0;{{x}}\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"an animated attribute", H,
        "<animate attributename=\"href\" values=\"{{x}}\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a tag within a title", H, "<title><b></title>",
        "t:1: tags within <title>"},
    {"a title's end tag with a value in it", H, "<title></ti{{x}}tle>",
        "t:1: {{x}}: no variable may stand inside"},
    {"a comment within a script", H, "<script><!-- a --></script>",
        "t:1: <! within a script changes"},
    {"a > right behind a comment's value", H, "<!-- {{x}}>",
        "t:1: behind this variable or section a > may end"},
    {"a -> behind a comment's value", H, "<!-- {{x}}->",
        "t:1: behind this variable or section a > may end"},
    {"a !> behind a comment's value", H, "<!-- {{x}}!>",
        "t:1: behind this variable or section a > may end"},
    {"a > that closes a comment unless a section is there", H,
        "<!--{{#x}}a{{/x}}>", "t:1: behind this variable or section a > may"},
    {"dashes that are there or not", H, "<!-- {{#x}}-{{/x}}->",
        "t:1: behind this variable or section a > may"},
    {"a comment's beginning", H, "<!--{{x}} -->",
        "t:1: {{x}}: a value right behind <!-- could be"},
    {"a comment's beginning, or not", H, "<!--{{#x}}a{{/x}}{{y}} -->",
        "t:1: {{y}}: a value right behind <!-- could be"},
    {"a comment for Outlook, or not", H, "<!--{{#x}}a{{/x}}[if mso]>",
        "t:1: what stands before this [ may be left out"},
    {"a > that ends Outlook's comment for others", H,
        "<!--[if mso]><b title=\"--{{x}}>\"><![endif]-->",
        "t:1: behind this variable or section a > may"},
    {"a comment that ends with --!>", H, "<!-- --!><a href={{x}}> -->",
        "t:1: {{x}}: put quotes around"},
    {"a comment that is an empty one", H, "<!---><a href={{x}}> -->",
        "t:1: {{x}}: put quotes around"},
    {"a comment that has not ended", H, "<!---!> <a href='{{x}}'>",
        "t:1: the HTML ends within a tag, a comment"},
    {"Outlook's comment ends in a section", H,
        "<!--[if mso]>{{#x}}<![endif]-->{{/x}}",
        "t:1: the section ends in another place"},
    {"a section ends in another file", T, "{{>open}}{{/x}}",
        "open:1: the section \"x\" is never closed"},
    {"a section is closed by a partial", T, "{{#x}}{{>close}}",
        "close:1: {{/x}} closes no section"},
    {"a partial's error names both files", T, "{{>bad}}",
        "bad:2: {{ is never closed; write }} behind the name (partial of t)"},
    {"delimiters are one word only", T, "{{=x=}}",
        "t:1: new delimiters are written {{=<% %>=}}"},
    {"delimiters hold an =", T, "{{==x y=}}", "t:1: new delimiters"},
    {"the text is no UTF-8", T, "a\xff", "t:1: this is no UTF-8"},
    {"a value without quotes", H, "<a href={{x}}>",
        "t:1: {{x}}: put quotes around"},
    {"a value without quotes, later", H, "<a href=a{{x}}>",
        "t:1: {{x}}: put quotes around"},
    {"an attribute's name", H, "<a {{x}}=\"1\">", "t:1: {{x}}: no variable may"},
    {"a tag's name", H, "<{{x}}>", "t:1: {{x}}: no variable may stand inside"},
    {"the end of a tag's name", H, "<h{{x}}>", "t:1: {{x}}: no variable may"},
    {"a script", H, "<script>\nvar a = '{{x}}';</script>",
        "t:2: {{x}}: no variable may stand inside <script>"},
    {"a script that was not ended by its text", H,
        "<SCRIPT>'</scrip' </ script>{{x}}</script>",
        "t:1: {{x}}: no variable may stand inside <script>"},
    {"a style sheet", H, "<style type=\"x\">p {{x}}</style>",
        "t:1: {{x}}: no variable may stand inside <script> or <style>"},
    {"an event handler", H, "<a onClick=\"f('{{x}}')\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a document in an attribute", H, "<iframe srcdoc=\"{{x}}\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a variable before the colon", H, "<a href=\"{{x}}:{{y}}\">",
        "t:1: a variable before the : would choose"},
    {"a variable within the scheme", H, "<a href=\"java{{x}}\n:b\">",
        "t:2: a variable before the : would choose"},
    {"a variable that may be before the colon", H,
        "<a href=\"{{#x}}{{x}}{{/x}}:b\">",
        "t:1: a variable before the : would choose"},
    {"an attribute opened in a section", H,
        "<a {{#x}}href=\"{{/x}}{{x}}\">", "t:1: the section ends in another"},
    {"a tag opened in a section", H, "{{#x}}<a {{/x}}>",
        "t:1: the section ends in another place"},
    {"a name made in a section", H, "<a {{#x}}data-{{/x}}href=\"{{x}}\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a name cut by a section", H, "<a {{#x}}hr{{/x}}ef=\"{{x}}\">",
        "t:1: {{x}}: a value inside this attribute"},
    {"a script opened in a section", H, "{{#x}}<script>{{/x}}",
        "t:1: the section ends in another place"},
    {"HTML that ends within a tag", H, "<p>\n<a href=\"",
        "t:2: the HTML ends within a tag"},
    {"a URL's scheme made by a variable", U, "{{x}}:{{y}}",
        "t:1: a variable before the : would choose"},
};

START_TEST(an_error_names_file_line_and_remedy)
{
	char *error = NULL;
	struct template *t = template_compile("t", slice_of(errors[_i].text),
	    errors[_i].place, partial, NULL, &error);

	ck_assert_msg(t == NULL, "%s: compiled", errors[_i].name);
	ck_assert_msg(error && strncmp(error, errors[_i].error,
	                           strlen(errors[_i].error)) == 0,
	    "%s: got %s", errors[_i].name, error);
	free(error);
}
END_TEST

START_TEST(no_prefix_of_a_template_does_harm)
{
	size_t len, full = strlen(renders[_i].text);
	struct arena *arena = arena_new();
	struct vars vars;
	const char *why;

	fill(&vars, arena, renders[_i].vars);
	for (len = 0; len <= full; len++) {
		char *copy = strndup(renders[_i].text, len), *error = NULL;
		struct buf out = {0};
		struct template *t = template_compile("t", slice_of(copy),
		    renders[_i].place, partial, NULL, &error);

		ck_assert_msg((t == NULL) == (error != NULL), "%s",
		    renders[_i].name);
		if (t)
			ck_assert_int_eq(template_render(t, &vars, &out, &why), 0);
		template_free(&t);
		buf_free(&out);
		free(error);
		free(copy);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(a_text_of_nothing_is_a_template)
{
	struct buf out = {0};
	struct vars vars = {0};
	const char *why;
	char *error = NULL;
	struct template *t = template_compile("t", (struct slice){NULL, 0}, H,
	    NULL, NULL, &error);

	ck_assert_msg(t != NULL, "%s", error);
	ck_assert_int_eq(template_render(t, &vars, &out, &why), 0);
	ck_assert_uint_eq(out.len, 0);
	template_free(&t);
	buf_free(&out);
}
END_TEST

static void
collect(const char *name, void *ctx)
{
	buf_printf(ctx, "%s,", name);
}

START_TEST(every_name_is_told_once)
{
	char *error;
	struct buf names = {0};
	struct template *t = template_compile("t",
	    slice_of("{{b}}{{#a}}{{.}}{{b}}{{/a}}{{>hello}}"), T, partial, NULL,
	    &error);

	template_names(t, collect, &names);
	ck_assert_str_eq(names.data, "b,a,name,");
	buf_free(&names);
	template_free(&t);
}
END_TEST

START_TEST(output_past_the_limit_is_refused_and_leaves_nothing)
{
	struct arena *arena = arena_new();
	struct buf text = {0}, out = {0};
	struct vars vars;
	struct template *t;
	const char *why;
	char *error, *big = calloc(1, VARS_VALUE_MAX);
	int i;

	memset(big, '&', VARS_VALUE_MAX);
	for (i = 0; i < 205; i++) /* times 16 K times 5 */
		buf_add_str(&text, "{{x}}");
	vars_init(&vars, arena);
	ck_assert_int_eq(vars_set(&vars, slice_of("x"),
	                     (struct slice){big, VARS_VALUE_MAX}, &why), 0);
	t = template_compile("t", slice_buf(&text), H, NULL, NULL, &error);
	buf_add_str(&out, "before");
	ck_assert_int_eq(template_render(t, &vars, &out, &why), -1);
	ck_assert_str_eq(out.data, "before");
	ck_assert_str_eq(why, "passes 16 MB with these variables");
	template_free(&t);
	buf_free(&text);
	buf_free(&out);
	free(big);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *name, *text, *vars, *why; /* how it begins */
} failures[] = {
    {"a partial includes itself with these variables", "{{>loop}}", "x=1",
        "has a partial that includes itself more than 8 times"},
    {"a partial includes itself while a variable is missing", "{{>unless}}",
        "y=1", "has a partial that includes itself more than 8 times"},
    {"two partials include each other", "{{>ping}}", "x=1",
        "has a partial that includes itself more than 8 times"},
    {"data is deeper than partials go", "{{>node}}",
        "nodes.1.nodes.1.nodes.1.nodes.1.nodes.1.nodes.1.nodes.1.nodes.1=x",
        "has a partial that includes itself more than 8 times"},
    {"a list in itself many times over",
        "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}"
        "{{/a}}{{/a}}{{/a}}",
        "a.0=1|a.1=1|a.2=1|a.3=1|a.4=1|a.5=1|a.6=1|a.7=1|a.8=1|a.9=1",
        "repeats lists within lists more than a million times"},
};

START_TEST(what_only_the_data_makes_endless_ends_in_an_error)
{
	struct arena *arena = arena_new();
	struct buf out = {0};
	struct vars vars;
	const char *why;
	char *error = NULL;
	struct template *t = template_compile("t", slice_of(failures[_i].text),
	    T, partial, NULL, &error);

	ck_assert_msg(t != NULL, "%s: %s", failures[_i].name, error);
	fill(&vars, arena, failures[_i].vars);
	buf_add_str(&out, "before");
	ck_assert_msg(template_render(t, &vars, &out, &why) == -1, "%s",
	    failures[_i].name);
	ck_assert_msg(strncmp(why, failures[_i].why,
	                  strlen(failures[_i].why)) == 0, "%s: got %s",
	    failures[_i].name, why);
	ck_assert_str_eq(out.data, "before");
	template_free(&t);
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

static void
repeat(struct buf *out, const char *text, size_t n)
{
	while (n-- > 0)
		buf_add_str(out, text);
}

/* A text that just keeps within a limit compiles, and with one more it does not
 * and says so. */
static void
check_limit(const char *before, const char *part, const char *after, size_t max,
    const char *wanted)
{
	int more;

	for (more = 0; more < 2; more++) {
		struct buf text = {0};
		char *error = NULL;
		struct template *t;

		repeat(&text, before, max + (size_t)more);
		buf_add_str(&text, part);
		repeat(&text, after, max + (size_t)more);
		t = template_compile("t", slice_buf(&text), H, partial, NULL,
		    &error);
		ck_assert_msg((t == NULL) == (more == 1), "%s: %s", wanted,
		    error ? error : "compiled");
		if (!t)
			ck_assert_msg(strstr(error, wanted) != NULL, "%s", error);
		template_free(&t);
		free(error);
		buf_free(&text);
	}
}

START_TEST(limits_are_told_by_name)
{
	struct buf text = {0};
	char *error = NULL;
	int i;

	check_limit("{{#a}}", "x", "{{/a}}", TEMPLATE_DEPTH_MAX,
	    "sections and partials are nested more than 64 deep");
	check_limit("x", "", "", TEMPLATE_SOURCE_MAX,
	    "t:1: the template and its partials, each use counted, pass "
	    "4194304 octets; make them smaller");
	for (i = 0; i <= TEMPLATE_NAMES_MAX; i++)
		buf_printf(&text, "{{n%d}}\n", i);
	ck_assert_ptr_null(template_compile("t", slice_buf(&text), T, NULL,
	    NULL, &error));
	ck_assert_str_eq(error,
	    "t:257: more than 256 different variables; use fewer");
	free(error);
	buf_free(&text);
}
END_TEST

START_TEST(a_partial_behind_many_blanks_does_not_grow_past_the_limit)
{
	struct buf blanks = {0}, lines = {0}, out = {0};

	repeat(&blanks, " ", 2000000);
	repeat(&lines, "\n", 1000000);
	ck_assert_int_eq(mustache_indent(&out, slice_buf(&lines),
	    slice_buf(&blanks), TEMPLATE_SOURCE_MAX), -1);
	ck_assert_uint_eq(out.len, 0);
	buf_free(&blanks);
	buf_free(&lines);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("template");
	TCase *t = tcase_create("template");

	ADD_ROWS(t, a_template_renders, renders);
	ADD_ROWS(t, an_error_names_file_line_and_remedy, errors);
	ADD_ROWS(t, no_prefix_of_a_template_does_harm, renders);
	tcase_add_test(t, a_text_of_nothing_is_a_template);
	tcase_add_test(t, every_name_is_told_once);
	tcase_add_test(t, output_past_the_limit_is_refused_and_leaves_nothing);
	ADD_ROWS(t, what_only_the_data_makes_endless_ends_in_an_error, failures);
	tcase_add_test(t, limits_are_told_by_name);
	tcase_add_test(t,
	    a_partial_behind_many_blanks_does_not_grow_past_the_limit);
	suite_add_tcase(s, t);
	return unit_main(s);
}
