#include "tests/unit/unit.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/mail/campaign_partial.h"

#define STYLE(max)                                                             \
	" style=\"display:block; width:100%;" max                                \
	" height:auto; margin:0 auto; border:0;\""
#define SOUND(max)                                                             \
	" style=\"display:block; width:90%;" max " margin:10px auto 0;\""
#define LINE                                                                   \
	"<div style=\"padding:10px 0 0; font-size:16px; line-height:24px; "       \
	"text-align:center;\">"
#define URL "https://shop.example/f.mp4?a=1&amp;c={{coupon}}"

static const char conf[] =
    "postal_address = {\"Fern & Field\", \"1 Lane\"}\n"
    "video \"film\" { file = \"film.mp4\" poster = \"p.jpg\" alt = \"A \\\"film\\\"\"\n"
    " url = \"https://shop.example/f.mp4?a=1&c={{coupon}}\"\n"
    " width = 600 height = 338 }\n"
    "video \"attached\" { file = \"film.mp4\" poster = \"p.jpg\" alt = \"A film\" }\n"
    "video \"said\" { file = \"film.mp4\" poster = \"p.jpg\" alt = \"A film\"\n"
    " caption = \"It <is> attached\" width = 10 }\n"
    "video \"far\" { poster = \"p.jpg\" alt = \"A film\"\n"
    " url = \"https://b.example/watch\" caption = \"See & hear\" }\n"
    "video \"lost\" {\n file = \"other.mp4\" poster = \"p.jpg\" alt = \"A film\" }\n"
    "audio \"tune\" { file = \"t.mp3\" alt = \"A tune\"\n"
    " url = \"https://b.example/t.ogg\" }\n"
    "audio \"shown\" { file = \"t.mp3\" poster = \"p.jpg\" alt = \"A tune\"\n"
    " url = \"https://b.example/t\" width = 300 }\n"
    "audio \"attached\" { file = \"t.mp3\" alt = \"A tune\" }\n"
    "creative \"hero\" { html = \"h\" inline = {\"p.jpg\", \"q.jpg\"}\n"
    " attach = {\"film.mp4\", \"t.mp3\"} }\n"
    "creative \"held\" { html = \"h\" inline = {\"p.jpg\"}\n"
    " alt = {\"p.jpg = Ein 'Film'\"} attach = {\"film.mp4\"} }\n";

static const struct {
	const char *name, *creative, *partial;
	bool html;
	const char *text, *error; /* neither: there is none */
} rows[] = {
    {"an address", "hero", "postal_address", true,
        "Fern &amp; Field<br>\n1 Lane\n", NULL},
    {"an address in plain text", "hero", "postal_address", false,
        "Fern & Field\n1 Lane\n", NULL},
    {"a film", "hero", "video.film", true,
        "<video controls preload=\"none\" aria-label=\"A &quot;film&quot;\" "
        "playsinline poster=\"cid:p.jpg\" width=\"600\" height=\"338\""
        STYLE(" max-width:600px;") "><source src=\"" URL "\" type=\"video/mp4\">\n"
        "<a href=\"" URL "\" style=\"color:inherit; text-decoration:none;\">"
        "<img src=\"cid:p.jpg\" alt=\"A &quot;film&quot;\" width=\"600\" "
        "height=\"338\"" STYLE(" max-width:600px;") "></a>\n</video>\n", NULL},
    {"a film in plain text", "hero", "video.film", false,
        "A \"film\"\nhttps://shop.example/f.mp4?a=1&c={{coupon}}\n", NULL},
    {"a film in the words of its creative", "held", "video.film", false,
        "Ein 'Film'\nhttps://shop.example/f.mp4?a=1&c={{coupon}}\n", NULL},
    {"a film that is attached", "hero", "video.attached", true,
        "<img src=\"cid:p.jpg\" alt=\"A film\"" STYLE("") ">\n"
        LINE "\xf0\x9f\x93\x8e film.mp4</div>\n", NULL},
    {"the same in plain text", "hero", "video.attached", false,
        "A film\n\xf0\x9f\x93\x8e film.mp4\n", NULL},
    {"a film with a line of its own", "held", "video.said", true,
        "<img src=\"cid:p.jpg\" alt=\"Ein &#39;Film&#39;\" width=\"10\""
        STYLE(" max-width:10px;") ">\n"
        LINE "It &lt;is&gt; attached</div>\n", NULL},
    {"the same in plain text", "held", "video.said", false,
        "Ein 'Film'\nIt <is> attached\n", NULL},
    {"a film of unknown type, with a line below", "hero", "video.far", true,
        "<video controls preload=\"none\" aria-label=\"A film\" playsinline "
        "poster=\"cid:p.jpg\"" STYLE("") "><source "
        "src=\"https://b.example/watch\">\n<a href=\"https://b.example/watch\" "
        "style=\"color:inherit; text-decoration:none;\"><img src=\"cid:p.jpg\" alt=\"A film\""
        STYLE("") "></a>\n</video>\n"
        LINE "<a href=\"https://b.example/watch\" style=\"color:inherit;\">See &amp; hear"
        "</a></div>\n", NULL},
    {"a film that nobody could see", "hero", "video.lost", true, NULL,
        "campaign.conf:10: video \"lost\": creative \"hero\" does not attach "
        "\"other.mp4\", and there is no url; write url = "},
    {"a sound", "hero", "audio.tune", true,
        "<audio controls preload=\"none\" aria-label=\"A tune\"" SOUND("")
        "><source src=\"https://b.example/t.ogg\" type=\"audio/ogg\">\n"
        LINE "<a href=\"https://b.example/t.ogg\" style=\"color:inherit;\">A tune"
        "</a></div>\n"
        "</audio>\n", NULL},
    {"a sound with a picture", "hero", "audio.shown", true,
        "<a href=\"https://b.example/t\" style=\"color:inherit; text-decoration:none;\">"
        "<img src=\"cid:p.jpg\" alt=\"A tune\" width=\"300\""
        STYLE(" max-width:300px;") "></a>\n"
        "<audio controls preload=\"none\" aria-label=\"A tune\"" SOUND(" max-width:270px;") "><source src=\"https://b.example/t\" "
        "type=\"audio/mpeg\">\n"
        LINE "<a href=\"https://b.example/t\" style=\"color:inherit;\">A tune</a>"
        "</div>\n"
        "</audio>\n", NULL},
    {"a sound that is attached", "hero", "audio.attached", true,
        LINE "A tune<br>\xf0\x9f\x93\x8e t.mp3</div>\n", NULL},
    {"a sound that another creative attaches", "held", "audio.attached", true,
        NULL, "campaign.conf:1"},
    {"a film nobody knows", "hero", "video.other", true, NULL, NULL},
    {"a sound that is a film", "hero", "audio.film", true, NULL, NULL},
    {"no name", "hero", "video.", true, NULL, NULL},
    {"another partial", "hero", "footer", true, NULL, NULL},
};

START_TEST(a_campaign_brings_its_partials)
{
	char *error = NULL;
	struct campaign *c = campaign_parse("spring", slice_of(conf), &error);
	struct buf out = {0};
	bool found;

	ck_assert_msg(c != NULL, "%s", error);
	found = campaign_partial(c, campaign_creative(c, rows[_i].creative),
	    rows[_i].partial, rows[_i].html, &out, &error);
	ck_assert_msg(found == (rows[_i].text != NULL), "%s: %s", rows[_i].name,
	    error);
	if (found)
		ck_assert_msg(slice_eq_str(slice_buf(&out), rows[_i].text),
		    "%s: got %s", rows[_i].name, out.data);
	ck_assert_msg(!error == !rows[_i].error &&
	        (!error || strncmp(error, rows[_i].error,
	                       strlen(rows[_i].error)) == 0),
	    "%s: got %s", rows[_i].name, error);
	free(error);
	buf_free(&out);
	campaign_free(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("campaign_partial");
	TCase *t = tcase_create("campaign_partial");

	ADD_ROWS(t, a_campaign_brings_its_partials, rows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
