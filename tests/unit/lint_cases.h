/* A small campaign in which lint finds nothing, and faults to put into it: one a
 * row.  To add one, add a row: the name; the file, what in it to replace and by
 * what (NULL: write the whole file; both NULL: remove it), at most three times;
 * the rule that is to be found, and where. */
#ifndef NEARPOST_TESTS_LINT_CASES_H
#define NEARPOST_TESTS_LINT_CASES_H

#include "lib/base/buf.h"

#define CONF "spring/campaign.conf"
#define HTML "spring/hero/body.html"
#define TEXT "spring/hero/body.txt"
#define HERO "spring/hero/hero.png"
#define MARK "spring/hero/mark.gif"
#define FOOT "partials/foot.mustache"

/* 300 times 200 pixels, 20 times 20, 4000 times 200. */
#define PNG(width) "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0" width "\0\0\0\xc8"
#define PNG_300 PNG("\x01\x2c")
#define PNG_4000 PNG("\x0f\xa0")
#define GIF_20 "GIF89a\x14\0\x14\0\0\0\0;"
#define JPEG_900 "\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x0b\x08\0\xc8\x03\x84\x01\0"
#define WEBP_ANY "RIFF\x10\0\0\0WEBPVP8 "
#define BYTES(s) {s, sizeof(s) - 1}
#define TO(s) BYTES(s), 0
#define FILLED(s, octets) BYTES(s), octets /* "x x x " behind it */
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X100 X50 X50
#define X300 X100 X100 X100
#define C5 "{{coupon}}{{coupon}}{{coupon}}{{coupon}}{{coupon}}"
#define C10 C5 C5

static const struct {
	const char *path;
	struct slice content;
} clean[] = {
    {CONF, BYTES(
         "subject = \"{{first_name}}, spring is here\"\n" /* 1 */
         "from = \"Offers <offers@shop.example>\"\n"      /* 2 */
         "required = {\"first_name\"}\n"                  /* 3 */
         "defaults = {\"city = your town\"}\n"            /* 4 */
         "record_fields = {\"city\",\n"                   /* 5 */
         "\t\"coupon\"}\n"                                /* 6 */
         "list_unsubscribe = {\"https://shop.example/u\",\n" /* 7 */
         "\t\"mailto:u@shop.example\"}\n"                 /* 8 */
         "postal_address = {\"Shop Ltd\", \"1 Street\"}\n" /* 9 */
         "creative \"hero\" {\n"                          /* 10 */
         "\thtml = \"body.html\"\n"                       /* 11 */
         "\ttext = \"body.txt\"\n"                        /* 12 */
         "\tinline = {\"hero.png\",\n"                    /* 13 */
         "\t\t\"mark.gif\"}\n"                            /* 14 */
         "}\n")},                                         /* 15 */
    {HTML, BYTES(
         "<!DOCTYPE html>\n"                              /* 1 */
         "<html lang=\"en\">\n"                           /* 2 */
         "<head>\n"                                       /* 3 */
         "<meta charset=\"utf-8\">\n"                     /* 4 */
         "<meta name=\"viewport\" content=\"width=device-width\">\n" /* 5 */
         "<title>Spring</title>\n"                        /* 6 */
         "<style>\n"                                      /* 7 */
         ".a { color: #000000; }\n"                       /* 8 */
         "</style>\n"                                     /* 9 */
         "</head>\n"                                      /* 10 */
         "<body>\n"                                       /* 11 */
         "<div style=\"display:none\">Seeds and a trowel</div>\n" /* 12 */
         "<table role=\"presentation\"><tr><td bgcolor=\"#ffffff\">\n" /* 13 */
         "<p id=\"a\" style=\"color:#222222\">Hello {{first_name}} in {{city}}"
         "</p>\n"                                         /* 14 */
         "<a href=\"https://shop.example/book\">Open the book</a>\n" /* 15 */
         "<img src=\"cid:hero.png\" width=\"300\" height=\"200\""
         " alt=\"Tulips\">\n"                             /* 16 */
         "<img src=\"cid:mark.gif\" width=\"20\" height=\"20\" alt=\"\">\n"
         "{{#coupon}}\n"                                  /* 18 */
         "<p id=\"b\">Code {{coupon}}</p>\n"              /* 19 */
         "{{/coupon}}\n"                                  /* 20 */
         "{{^coupon}}<p id=\"b\">No code</p>{{/coupon}}\n" /* 21 */
         "</td></tr></table>\n"                           /* 22 */
         "{{> foot}}\n"                                   /* 23 */
         "</body>\n"                                      /* 24 */
         "</html>\n")},                                   /* 25 */
    {TEXT, BYTES(
         "Hello {{first_name}} in {{city}}\n"             /* 1 */
         "{{#coupon}}Code {{coupon}}{{/coupon}}\n"        /* 2 */
         "{{> foot}}\n")},                                /* 3 */
    {FOOT, BYTES(
         "<p>\n"                                          /* 1 */
         "<b>Shop</b> <a href=\"https://shop.example/u\">Leave us</a>\n" /* 2 */
         "{{> postal_address}}\n"                         /* 3 */
         "</p>\n")},                                      /* 4 */
    {"partials/foot.txt.mustache",
        BYTES("{{> postal_address}}\nLeave us: https://shop.example/u\n")},
    {HERO, BYTES(PNG_300)},
    {MARK, BYTES(GIF_20)},
};

struct edit {
	const char *path, *from;
	struct slice to;
	size_t fill; /* octets of "x x x " behind `to` */
};
static const struct lint_case {
	const char *name;
	struct edit edits[3];
	const char *rule, *at;
} cases[] = {
    /* campaign.conf */
    {"a setting that there is none", {{CONF, "subject =", TO("subjekt =")}},
        "conf", CONF ":1"},
    {"a From without an address", {{CONF, "Offers <offers@shop.example>",
        TO("Offers")}}, "conf", CONF ":2"},
    {"no From", {{CONF, "from = \"Offers <offers@shop.example>\"", TO("")}},
        "from-missing", CONF ":1"},
    {"a From that is a template", {{CONF, "\"Offers <", TO("\"{{city}} <")}},
        "from", CONF ":2"},
    {"a From without a domain", {{CONF, "@shop.example>\"", TO("@mail>\"")}},
        "from", CONF ":2"},
    {"a long subject", {{CONF, "spring is here", TO("spring is here with seeds"
        " and a trowel and many other things to do in the garden")}},
        "subject-long", CONF ":1"},
    {"a subject in capitals", {{CONF, "spring is here", TO("SPRING IS HERE")}},
        "subject-caps", CONF ":1"},
    {"a subject that may be empty", {{CONF, "{{first_name}}, spring is here",
        TO("{{coupon}}")}}, "subject-empty", CONF ":1"},
    {"no subject", {{CONF, "subject = \"{{first_name}}, spring is here\"",
        TO("")}}, "subject-empty", CONF ":1"},
    {"nowhere to unsubscribe", {{CONF, "list_unsubscribe = "
        "{\"https://shop.example/u\",\n\t\"mailto:u@shop.example\"}",
        TO("\n")}, {FOOT, "Leave us", TO("Unsubscribe")},
        {"partials/foot.txt.mustache", "Leave us", TO("Unsubscribe")}},
        "unsubscribe-missing", CONF ":1"},
    {"no one-click", {{CONF, "\"https://shop.example/u\"",
        TO("\"mailto:v@shop.example\"")},
        {FOOT, "Leave us", TO("Unsubscribe")},
        {"partials/foot.txt.mustache", "Leave us", TO("Unsubscribe")}},
        "unsubscribe-one-click",
        CONF ":7"},
    {"no mailto:", {{CONF, "mailto:u@shop.example",
        TO("https://shop.example/v")}}, "unsubscribe-mailto", CONF ":7"},
    {"no postal address", {{CONF, "postal_address = "
        "{\"Shop Ltd\", \"1 Street\"}", TO("")},
        {FOOT, "{{> postal_address}}", TO("")},
        {"partials/foot.txt.mustache", "{{> postal_address}}", TO("Shop")}},
        "postal-address", CONF ":1"},
    {"a postal address shown that there is not", {{CONF, "postal_address = "
        "{\"Shop Ltd\", \"1 Street\"}", TO("lint_accept = "
        "{\"postal-address\"}")}, {FOOT, "{{> postal_address}}", TO("")}},
        "template", "partials/foot.txt.mustache:1"},
    {"no way out in the HTML", {{FOOT, "https://shop.example/u",
        TO("https://shop.example/")}}, "unsubscribe-unseen", HTML ":1"},
    {"no way out in the plain text", {{"partials/foot.txt.mustache",
        "Leave us: https://shop.example/u", TO("Bye")}}, "unsubscribe-unseen",
        TEXT ":1"},
    {"a way out in words", {{FOOT, "https://shop.example/u\">Leave us",
        TO("https://shop.example/away\">Unsubscribe")}}, NULL, ""},
    {"a postal address that no text shows",
        {{"partials/foot.txt.mustache", "{{> postal_address}}", TO("Shop")}},
        "postal-address-unseen", TEXT ":1"},
    {"a postal address that no HTML shows",
        {{FOOT, "{{> postal_address}}", TO("")}},
        "postal-address-unseen", HTML ":1"},
    {"no plain text", {{CONF, "\ttext = \"body.txt\"", TO("")}},
        "text-missing", CONF ":10"},
    {"a warning accepted for nothing", {{CONF, "required =",
        TO("lint_accept = {\"alt-long\"} required =")}}, "accept", CONF ":3"},
    {"an error accepted", {{CONF, "required =",
        TO("lint_accept = {\"script\"} required =")}}, "accept", CONF ":3"},
    {"a rule accepted that is none", {{CONF, "required =",
        TO("lint_accept = {\"alt-lnog\"} required =")}}, "accept", CONF ":3"},

    /* variables */
    {"an unknown variable", {{HTML, "Hello {{first_name}}",
        TO("{{last_name}}, hello {{first_name}}")}}, "unknown-variable",
        HTML ":14"},
    {"an unknown variable in the plain text", {{TEXT, "Hello {{first_name}}",
        TO("\n{{last_name}}, hello {{first_name}}")}}, "unknown-variable",
        TEXT ":2"},
    {"an unknown variable in a partial", {{FOOT, "Shop<", TO("{{shop}}<")}},
        "unknown-variable", FOOT ":2"},
    {"an unknown variable in the subject", {{CONF, "spring is here",
        TO("{{greeting}}")}}, "unknown-variable", CONF ":1"},
    {"a misspelt variable in its own section",
        {{HTML, "Code {{coupon}}", TO("Code {{cupon}}")}},
        "unknown-variable", HTML ":19"},
    {"a field that no advert shows", {{CONF, "\"coupon\"}",
        TO("\"coupon\", \"age\"}")}}, "unused-variable", CONF ":6"},
    {"a default that no advert shows", {{CONF, "\"city = your town\"",
        TO("\"city = your town\",\n\"street = yours\"")}}, "unused-variable",
        CONF ":5"},
    {"a variable that nobody is sure to have", {{CONF, "record_fields = "
        "{\"city\",\n\t\"coupon\"}", TO("defaults += {\"coupon = X\"}\n")},
        {HTML, "Hello {{first_name}}",
        TO("{{last_name}}, hello {{first_name}}")}}, "undeclared-variable",
        HTML ":14"},

    {"a variable that is asked for", {{CONF, "record_fields = "
        "{\"city\",\n\t\"coupon\"}", TO("defaults += {\"coupon = X\"}\n")},
        {HTML, "Hello {{first_name}}",
        TO("{{#age}}{{age}} years{{/age}}, hello {{first_name}} {{email}}")}},
        NULL, ""},
    {"a variable of a list's items", {{CONF, "\"coupon\"}",
        TO("\"coupon\", \"items\"}")}, {HTML, "Hello {{first_name}}",
        TO("{{#items}}{{label}}{{/items}}, hello {{first_name}}")}}, NULL, ""},

    /* the template */
    {"a section that is not closed", {{HTML, "{{/coupon}}\n{{^", TO("\n{{^")}},
        "template", HTML ":18"},
    {"a partial that is not closed", {{FOOT, "<b>", TO("{{#city}}<b>")}},
        "template", FOOT ":2"},
    {"no such partial", {{HTML, "{{> foot}}", TO("\n{{> feet}}")}},
        "template", HTML ":24"},
    {"an empty text", {{TEXT, NULL, TO("")}}, "template", TEXT ":1"},

    /* the page */
    {"no language", {{HTML, " lang=\"en\"", TO("")}}, "html-lang", HTML ":2"},
    {"an empty language", {{HTML, "lang=\"en\"", TO("lang=\"\"")}},
        "html-lang", HTML ":2"},
    {"no title", {{HTML, "<title>Spring</title>", TO("")}}, "html-title",
        HTML ":1"},
    {"an empty title", {{HTML, "<title>Spring", TO("<title> ")}},
        "html-title", HTML ":6"},
    {"no character set", {{HTML, "<meta charset=\"utf-8\">", TO("")}},
        "html-charset", HTML ":1"},
    {"no viewport", {{HTML, "name=\"viewport\"", TO("name=\"x\"")}},
        "html-viewport", HTML ":1"},
    {"no preheader", {{HTML, "<div style=\"display:none\">Seeds and a trowel</div>",
        TO("")}}, "preheader", HTML ":14"},
    {"an id twice", {{HTML, "<p id=\"a\"", TO("<i id=\"a\">x</i>\n<p id=\"a\"")}},
        "id-duplicate", HTML ":15"},
    {"an id twice, once in a section", {{HTML, "{{^coupon}}<p id=\"b\"",
        TO("{{^coupon}}<p id=\"a\"")}}, "id-duplicate", HTML ":21"},
    {"a table for the layout", {{HTML, "<table role=\"presentation\">",
        TO("<table>")}}, "layout-table", HTML ":13"},
    {"a large style block", {{HTML, ".a {", FILLED(".a, ", 17000)},
        {HTML, "color: #000000; }", TO("{ color: #000000; }")}}, "style-size",
        HTML ":7"},
    {"large HTML", {{HTML, "No code", FILLED("No ", 103000)}}, "html-size",
        HTML ":1"},
    {"HTML that is just not large", {{FOOT, "Shop<", FILLED("Shop ", 100500)},
        {FOOT, "/b>", TO("</b>")}, {HTML, "Code {{coupon}}", TO("Code")}}, NULL,
        ""},
    {"HTML that is large by its variables", {{FOOT, "Shop<",
        FILLED("Shop ", 100500)}, {FOOT, "/b>", TO("</b>")},
        {HTML, "Code {{coupon}}", TO(C10 C10 C10)}}, "html-size", HTML ":1"},

    /* pictures */
    {"no alt", {{HTML, " alt=\"Tulips\"", TO("")}}, "alt-missing",
        HTML ":16"},
    {"no alt, but in campaign.conf", {{HTML, " alt=\"Tulips\"", TO("")},
        {CONF, "\"mark.gif\"}", TO("\"mark.gif\"} alt = {\"hero.png = Tulips\"}"
        )}}, NULL, ""},
    {"a long alt", {{HTML, "alt=\"Tulips", TO("alt=\"Tulips" X100 "xxxxxxxxxxx"
        "xxxx")}}, "alt-long", HTML ":16"},
    {"no width", {{HTML, " width=\"300\"", TO("")}}, "image-size",
        HTML ":16"},
    {"no height", {{HTML, "height=\"200\"", TO("")}}, "image-size",
        HTML ":16"},
    {"a picture elsewhere", {{HTML, "<p id=\"a\"", TO("<img alt=\"A\" "
        "width=\"9\" height=\"9\"\nsrc=\"https://shop.example/a.png\"><p id=\"a\""
        )}}, "image-remote", HTML ":15"},
    {"a tracking pixel", {{HTML, "<p id=\"a\"", TO("<img alt=\"\" width=\"1\" "
        "height=\"1\" src=\"https://shop.example/{{coupon}}\"><p id=\"a\"")}},
        "tracking-pixel", HTML ":14"},
    {"a data: picture", {{HTML, "<p id=\"a\"", TO("<img alt=\"A\" width=\"9\" "
        "height=\"9\" src=\"data:image/png;base64,AA==\"><p id=\"a\"")}},
        "image-data", HTML ":14"},
    {"a picture that is not there", {{HTML, "<p id=\"a\"", TO("<img alt=\"A\" "
        "width=\"9\" height=\"9\" src=\"cid:a.png\"><p id=\"a\"")}},
        "cid-missing", HTML ":14"},
    {"a picture that is not there, in a partial", {{FOOT, "<b>", TO("<img "
        "alt=\"A\" width=\"9\" height=\"9\" src=\"cid:a.png\"><b>")}},
        "cid-missing", FOOT ":2"},
    {"a background elsewhere", {{HTML, "<td bgcolor", TO("<td background="
        "\"https://shop.example/a.png\" bgcolor")}}, "image-remote",
        HTML ":13"},
    {"an inline file that nothing shows", {{HTML, "<img src=\"cid:mark.gif\" "
        "width=\"20\" height=\"20\" alt=\"\">", TO("")}}, "inline-unused",
        CONF ":14"},
    {"a file that is not on disk", {{HERO, NULL, {NULL, 0}, 0}}, "file-missing",
        CONF ":13"},
    {"a text that is not on disk", {{TEXT, NULL, {NULL, 0}, 0}}, "file-missing",
        CONF ":12"},
    {"a JPEG called PNG", {{HERO, NULL, TO(JPEG_900)},
        {HTML, "width=\"300\"", TO("width=\"900\"")}}, "image-file",
        HERO ":1"},
    {"a text called GIF", {{MARK, NULL, TO("hello")}}, "image-file",
        MARK ":1"},
    {"an empty picture", {{MARK, NULL, TO("")}}, "image-file", MARK ":1"},
    {"a WebP", {{"spring/hero/a.webp", NULL, TO(WEBP_ANY)},
        {CONF, "\"mark.gif\"}", TO("\"mark.gif\",\n\"a.webp\"}")},
        {HTML, "cid:mark.gif", TO("cid:a.webp\" width=\"20\" height=\"20\" "
        "alt=\"\"><img src=\"cid:mark.gif")}}, "image-format", CONF ":15"},
    {"an SVG", {{"spring/hero/a.svg", NULL, TO("<svg></svg>")},
        {CONF, "\"mark.gif\"}", TO("\"mark.gif\",\n\"a.svg\"}")},
        {HTML, "cid:mark.gif", TO("cid:a.svg\" width=\"20\" height=\"20\" "
        "alt=\"\"><img src=\"cid:mark.gif")}}, "image-format", CONF ":15"},
    {"a picture of too many pixels", {{HERO, NULL, TO(PNG_4000)}},
        "image-pixels", HTML ":16"},
    {"heavy pictures", {{HERO, NULL, FILLED(PNG_300, 2200000)},
        {CONF, "required =", TO("lint_accept = {\"message-size\"} required ="
        )}}, "images-heavy", CONF ":13"},

    /* links */
    {"a link without https", {{HTML, "https://shop.example/book",
        TO("http://shop.example/book")}}, "link-insecure", HTML ":15"},
    {"a link without a scheme", {{HTML, "https://shop.example/book",
        TO("www.shop.example")}}, "link-scheme", HTML ":15"},
    {"a link that runs", {{HTML, "https://shop.example/book",
        TO("javascript:alert(1)")}}, "link-scheme", HTML ":15"},
    {"an empty link", {{HTML, "https://shop.example/book", TO("")}},
        "link-empty", HTML ":15"},
    {"a link to #", {{HTML, "https://shop.example/book", TO("#")}},
        "link-empty", HTML ":15"},
    {"a link that is a variable", {{HTML, "https://shop.example/book",
        TO("{{coupon}}")}}, NULL, ""},
    {"a link that says nothing", {{HTML, "Open the book", TO("Click here")}},
        "link-text", HTML ":15"},
    {"a link of a picture that says nothing", {{HTML, "Open the book",
        TO("<img src=\"cid:mark.gif\" width=\"20\" height=\"20\" alt=\"\">")}},
        "picture-link", HTML ":15"},

    /* what mail programs drop */
    {"a script", {{HTML, "<p id=\"a\"", TO("<script>x</script><p id=\"a\"")}},
        "script", HTML ":14"},
    {"a form", {{HTML, "<p id=\"a\"", TO("<form><input name=\"q\"></form><p "
        "id=\"a\"")}}, "form", HTML ":14"},
    {"a frame", {{HTML, "<p id=\"a\"", TO("<iframe src=\"https://a.example/\">"
        "</iframe><p id=\"a\"")}}, "iframe", HTML ":14"},
    {"a drawing", {{HTML, "<p id=\"a\"", TO("<svg><path d=\"M0 0\"/></svg><p "
        "id=\"a\"")}}, "html-support", HTML ":14"},
    {"a film without a stand-in", {{HTML, "<p id=\"a\"", TO("<video poster="
        "\"cid:hero.png\" src=\"https://a.example/f.mp4\"></video><p id=\"a\"")}},
        "html-support", HTML ":14"},
    {"a sound without a stand-in", {{HTML, "<p id=\"a\"", TO("<audio src="
        "\"https://a.example/f.mp3\"></audio><p id=\"a\"")}}, "html-support",
        HTML ":14"},
    {"a film and a sound of campaign.conf", {{CONF, "creative \"hero\"",
        TO("video \"f\" { url = \"https://a.example/f.mp4\" alt = \"F\" poster = "
        "\"hero.png\" width = 300 height = 200 } audio \"f\" { url = "
        "\"https://a.example/f.mp3\" alt = \"F\" } creative \"hero\"")},
        {HTML, "<p id=\"a\"", TO("{{> video.f}}{{> audio.f}}<p id=\"a\"")}},
        NULL, ""},
    {"a fault in what campaign.conf makes", {{CONF, "creative \"hero\"",
        TO("video \"f\" { url = \"https://a.example/f.mp4\" alt = \"F\" poster = "
        "\"hero.png\" } creative \"hero\"")},
        {HTML, "<p id=\"a\"", TO("\n{{> video.f}}<p id=\"a\"")}},
        "image-size", HTML ":15"},
    {"a film without a poster", {{HTML, "<p id=\"a\"", TO("<video src="
        "\"https://a.example/f.mp4\"></video><p id=\"a\"")}}, "video-poster",
        HTML ":14"},
    {"a style sheet elsewhere", {{HTML, "<title>", TO("<link rel=\"stylesheet\""
        " href=\"https://a.example/a.css\"><title>")}}, "external-css",
        HTML ":6"},
    {"an @import", {{HTML, ".a {", TO("\n@import url(a.css);\n.a {")}},
        "external-css", HTML ":9"},
    {"a typeface of one's own", {{HTML, ".a {", TO("@font-face { font-family: "
        "A; src: url(https://a.example/a); }\n.a {")}}, "css-support", HTML ":8"},
    {"a flex layout", {{HTML, "<p id=\"a\" style=\"", TO("<p id=\"a\" "
        "style=\"display:flex;")}}, "css-support", HTML ":14"},
    {"a grid in a style block", {{HTML, "color: #000000;", TO("color: red;\n"
        "display: grid;")}}, "css-support", HTML ":9"},
    {"something positioned", {{HTML, "<p id=\"a\" style=\"", TO("<p id=\"a\" "
        "style=\"x: y;\nposition: absolute;")}}, "css-support", HTML ":15"},
    {"a background picture", {{HTML, "color:#222222", TO("background-image: "
        "url('cid:hero.png')")}}, "css-support", HTML ":14"},
    {"a list's picture from elsewhere", {{HTML, "color:#222222",
        TO("list-style-image: url(https://a.example/a.png)")}},
        "background-remote", HTML ":14"},
    {"a list's data: picture", {{HTML, "color:#222222",
        TO("list-style-image: url('data:image/png;base64,AA==')")}},
        "image-data", HTML ":14"},
    {"a property in a comment", {{HTML, ".a {", TO("/* display: flex; */ .a {")
        }}, NULL, ""},
    {"dark on dark", {{HTML, "bgcolor=\"#ffffff\"", TO("bgcolor=\"#111111\"")}},
        "contrast", HTML ":14"},

    /* sizes */
    {"a large message", {{CONF, "\"mark.gif\"}", TO("\"mark.gif\"} attach = "
        "{\"a.mp4\"}")}, {"spring/hero/a.mp4", NULL, FILLED("x", 400000)}},
        "message-size", CONF ":10"},
    {"a message over the limit", {{CONF, "\"mark.gif\"}", TO("\"mark.gif\"} "
        "attach = {\"a.mp4\"}")}, {"spring/hero/a.mp4", NULL, FILLED("x",
        6000000)}}, "message-limit", CONF ":10"},
    {"a large message that is meant", {{CONF, "\"mark.gif\"}", TO("\"mark.gif\""
        "} attach = {\"a.mp4\"}")}, {CONF, "required =", TO("lint_accept = "
        "{\"message-size\"} required =")}, {"spring/hero/a.mp4", NULL,
        FILLED("x", 400000)}}, NULL, ""},
    {"a long line in the plain text", {{TEXT, "Hello ", FILLED("Hello ", 1000)}},
        "text-line", TEXT ":1"},
    {"what only the gateway knows", {{CONF, "https://shop.example/u",
        TO("https://shop.example/u?" X300 X300 X300)}}, "refused", CONF ":10"},
};

#endif
