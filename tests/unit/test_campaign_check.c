#include "tests/unit/unit.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/mail/campaign.h"

#define HERO "creative \"hero\" { html = \"body.html\" }\n"

/* The creative begins on line 3 of these. */
#define IN_HERO(settings)                                                      \
	"subject = \"x\"\n\ncreative \"hero\" {\n html = \"body.html\"\n" settings \
	"\n}\n"

/* So does the film on line 2. */
#define FILM(alt, more)                                                        \
	HERO "video \"f\" {\n\n poster = \"p.jpg\"\n" alt "\n" more "\n}\n"
#define ALT_A "alt = \"A\""

/* Every way to break a campaign.conf that we know of; each has its line. */
static const struct {
	const char *name, *text, *error;
} errors[] = {
    {"nothing", "", "1: there is no creative; write creative"},
    {"no creative", "# x\nsubject = \"x\"\n", "1: there is no creative; write"},
    {"an unknown setting", HERO "\nsubjekt = \"x\"\n",
        "3: unknown setting \"subjekt\"; did you mean \"subject\"?"},
    {"a creative's setting outside", "html = \"x\"\n" HERO,
        "1: unknown setting \"html\"; it belongs into creative { }"},
    {"a campaign's setting inside", IN_HERO("\nbounce = \"a@b.example\""),
        "6: unknown setting \"bounce\"; it belongs outside of creative { }"},
    {"a section within a section", IN_HERO("creative \"b\" { }"),
        "5: unknown setting \"creative\""},
    {"a list where a text is wanted", "\nsubject = {\"a\", \"b\"}\n" HERO,
        "2: unexpected token '{'; write name = \"value\""},
    {"a setting twice", "subject = \"a\"\nsubject = \"b\"\n" HERO,
        "2: subject is set a second time; keep one of the two"},
    {"a creative twice", HERO HERO, "2: found duplicate title 'hero'; give one"},
    {"a creative without a name", "\ncreative { html = \"x\" }",
        "2: missing title for section 'creative'; write it in quotes"},
    {"a creative with an empty name", "creative \"\" { html = \"x\" }",
        "1: creative needs a name: creative \"name\" { ... }"},
    {"a creative that is not closed", IN_HERO("") "creative \"b\" {\n",
        "8: at the end of the file a } is missing"},
    {"a } too many", HERO "}\n", "2: unexpected closing brace; take the } out"},
    {"a quote that is not closed", "\nsubject = \"x\n" HERO, "3: "},
    {"an = that is missing", "\nsubject \"x\"\n" HERO,
        "2: missing equal sign after option 'subject'; write it before"},
    {"another file", HERO "include(\"/etc/passwd\")\n",
        "2: unknown setting \"include\""},
    {"a variable of the environment", HERO "\nsubject = ${HOME}\n",
        "3: ${ stands outside of quotes; write"},
    {"no UTF-8", "\nsubject = \"caf\xe9\"\n" HERO,
        "2: subject: \"caf\xe9\" is not UTF-8: save the file as UTF-8"},
    {"another header field", "subject = \"x\\r\\nBcc: spy@b.example\"\n" HERO,
        "1: subject: \"x\r\nBcc: spy@b.example\" has a line break or another"},
    {"another header field in From",
        "\n\nfrom = \"A\nBcc: spy@b.example <a@b.example>\"\n" HERO,
        "4: from: \"A\nBcc: spy@b.example <a@b.example>\" has a line break"},
    {"another header field in an unsubscribe address",
        "list_unsubscribe = {\"https://b.example\",\n"
        "\"https://b.example/\\nBcc: x\"}\n" HERO,
        "2: list_unsubscribe: \"https://b.example/\nBcc: x\" has a line break"},
    {"a creative without a text",
        "\n\ncreative \"a\" {\n attach = {\"b\"}\n}\n",
        "3: creative \"a\": there is no text; write html = "},
    {"an empty creative", "creative \"a\" {\n\n}\n",
        "3: creative \"a\": there is no text; write html = "},
    {"inline files for nothing",
        "creative \"a\" {\n text = \"t\"\n inline = {\"b\"} }",
        "3: creative \"a\": there are inline files and no html to show them; "},
    {"a creative's name that is a path",
        "creative \"../a\" {\n text = \"t\" }",
        "1: creative \"../a\": a name is 1 to 64"},
    {"a hidden creative", "creative \".a\" { text = \"t\" }",
        "1: creative \".a\": a name is 1 to 64"},
    {"a file elsewhere", "creative \"a\" {\n text = \"../t\" }",
        "2: creative \"a\": text: \"../t\" is no plain file name; write"},
    {"an absolute path", IN_HERO("attach = {\"b\",\n\"/etc/passwd\"}"),
        "6: creative \"hero\": attach: \"/etc/passwd\" is no plain file name"},
    {"a hidden file", IN_HERO("text = \".t\""),
        "5: creative \"hero\": text: \".t\" is no plain file name"},
    {"an inline file that is no cid", IN_HERO("\ninline = {\"a b.png\"}"),
        "6: creative \"hero\": inline: \"a b.png\" cannot be written as cid:"},
    {"an attachment twice", IN_HERO("attach = {\"b\",\n\n\"b\"}"),
        "7: creative \"hero\": attach: \"b\" is there twice; take one out"},
    {"a condition that is none", IN_HERO("when = \"lang\""),
        "5:9: creative \"hero\": when: lang alone is no condition; write"},
    {"a weight that is too big", IN_HERO("weight = 1001"),
        "5: weight: \"1001\" is out of range: write a value from 0 to 1000"},
    {"a weight below nothing", IN_HERO("weight = -1"),
        "5: weight: \"-1\" is out of range"},
    {"a weight in words", IN_HERO("weight = much"),
        "5: weight: \"much\" is not a whole number"},
    {"a subject that is no template", "\nsubject = \"{{a\"\n" HERO,
        "2: subject: {{ is never closed; write }} behind the name"},
    {"a creative's subject that is none", IN_HERO("subject = \"{{#a}}\""),
        "5: creative \"hero\": subject: the section \"a\" is never closed"},
    {"a subject with a partial", "subject = \"{{> hero}}\"\n" HERO,
        "1: subject: there is no partial \"hero\""},
    {"a From without address", "\nfrom = \"Offers\"\n" HERO,
        "2: from = \"Offers\": there is no @; write Offers <"},
    {"a From that few take", "from = \"J\xc3\xbc <j\xc3\xbc@b.example>\"\n" HERO,
        "1: from = \"J\xc3\xbc <j\xc3\xbc@b.example>\": the part before the @"},
    {"a Reply-To without address", "reply_to = \"Offers\"\n" HERO,
        "1: reply_to = \"Offers\": "},
    {"a bounce address that is none", "\nbounce = \"Offers\"\n" HERO,
        "2: bounce = \"Offers\": there is no @; write bounces@shop.example"},
    {"a bounce address with a name", "bounce = \"A <a@b.example>\"\n" HERO,
        "1: bounce = \"A <a@b.example>\": "},
    {"a bounce address that few take", "bounce = \"j\xc3\xbc@b.example\"\n" HERO,
        "1: bounce = \"j\xc3\xbc@b.example\": the part before the @ has"},
    {"a list id without id", "\nlist_id = \"Spring\"\n" HERO,
        "2: list_id = \"Spring\": there is no id, labels with dots"},
    {"a list id with blanks", "list_id = \"A <spring shop.example>\"\n" HERO,
        "1: list_id = \"A <spring shop.example>\": there is no id"},
    {"a list id without dots", "list_id = \"<spring>\"\n" HERO,
        "1: list_id = \"<spring>\": there is no id"},
    {"an unsubscribe address that is none",
        "list_unsubscribe = {\"mailto:u@b.example\",\n"
        "\"shop.example/u\"}\n" HERO,
        "2: list_unsubscribe: \"shop.example/u\" is no https: or mailto:"},
    {"an unsubscribe address without TLS",
        "\nlist_unsubscribe = {\"http://shop.example/u\"}\n" HERO,
        "2: list_unsubscribe: \"http://shop.example/u\" is not safe from others "
        "on the way (RFC 8058 wants https); write https://"},
    {"an unsubscribe address without host",
        "list_unsubscribe = {\"https:///u\"}\n" HERO,
        "1: list_unsubscribe: \"https:///u\" names no host; write"},
    {"an unsubscribe address to nobody",
        "list_unsubscribe = {\"mailto:unsubscribe\"}\n" HERO,
        "1: list_unsubscribe: \"mailto:unsubscribe\" names no address; write"},
    {"an unsubscribe address with blanks",
        "list_unsubscribe = {\"https://b.example/a b\"}\n" HERO,
        "1: list_unsubscribe: \"https://b.example/a b\" has blanks, quotes or"},
    {"an unsubscribe address with a blank behind a tag",
        "list_unsubscribe = {\"https://b.example/{{ a }} b\"}\n" HERO,
        "1: list_unsubscribe: \"https://b.example/{{ a }} b\" has blanks, quotes"},
    {"an unsubscribe address that is no template",
        "list_unsubscribe = {\"https://b.example/{{x\"}\n" HERO,
        "1: list_unsubscribe: {{ is never closed"},
    {"a required variable that is none", "required = {\"a\",\n\"a b\"}\n" HERO,
        "2: required: \"a b\" is no variable's name; a name has"},
    {"a record field that is none", "\nrecord_fields = {\"9\"}\n" HERO,
        "2: record_fields: \"9\" is no variable's name"},
    {"a default without =", "defaults = {\"a=b\",\n\"city\"}\n" HERO,
        "2: defaults: \"city\" is no \"name = value\"; write"},
    {"a default without value", "defaults = {\"city =\"}\n" HERO,
        "1: defaults: \"city =\" has no value; write one behind the ="},
    {"a list that is none", "\nlists = {\"a..b\"}\n" HERO,
        "2: lists: \"a..b\" is no variable's name"},
    {"a default of what is no variable", "\ndefaults = {\"a b = c\"}\n" HERO,
        "2: defaults: \"a b = c\" variable \"a b\" has a name that is none"},
    {"a default twice", "defaults = {\"a=b\",\n\"b=c\",\n\"a = c\"}\n" HERO,
        "3: defaults: \"a = c\" is there twice; take one out"},
    {"a default of the campaign's own", "defaults = {\"postal_address = x\"}\n"
        HERO, "1: defaults: \"postal_address = x\" is the campaign's own; write"},
    {"a postal address with an empty line", "postal_address = {\"a\",\n\" \"}\n"
        HERO, "2: postal_address: \" \" is empty; write it, or take it out"},
    {"a postal address with tags", "postal_address = {\"{{a}}\"}\n" HERO,
        "1: postal_address: \"{{a}}\" is no template; write it without"},
    {"a feedback id of three", "\nfeedback_id = \"a:b:fernfield\"\n" HERO,
        "2: feedback_id = \"a:b:fernfield\": write campaign:customer:other:sender"},
    {"a feedback id whose sender is short", "feedback_id = \"a:b:c:ff\"\n" HERO,
        "1: feedback_id = \"a:b:c:ff\": "},
    {"a feedback id whose sender is long",
        "feedback_id = \"0123456789abcdef\"\n" HERO, "1: feedback_id = "},
    {"a feedback id without sender", "feedback_id = \"a:b:fernfield:\"\n" HERO,
        "1: feedback_id = \"a:b:fernfield:\": "},
    {"a feedback id with blanks", "feedback_id = \"a:b b:c:fernfield\"\n" HERO,
        "1: feedback_id = \"a:b b:c:fernfield\": "},
    {"a feedback id beyond ASCII", "feedback_id = \"j\xc3\xbc:::fernfield\"\n"
        HERO, "1: feedback_id = "},
    {"a beginning that is no date", "valid_from = \"1 March\"\n" HERO,
        "1: valid_from = \"1 March\" is no date; write 2026-03-01 or"},
    {"an end that is no date", "\nvalid_until = \"2026-02-30\"\n" HERO,
        "2: valid_until = \"2026-02-30\" is no date; write 2026-03-01 or"},
    {"an end before the beginning", "valid_until = \"2026-03-01\"\n\n"
        "valid_from = \"2026-03-02\"\n" HERO,
        "1: valid_until = \"2026-03-01\" is not after valid_from = "
        "\"2026-03-02\"; change one"},
    {"an end that is the beginning", "valid_from = \"2026-03-01T01:00:00Z\"\n"
        "valid_until = \"2026-03-01T02:00:00+01:00\"\n" HERO,
        "2: valid_until = \"2026-03-01T02:00:00+01:00\" is not after"},
    {"a bounce address with no room for an id",
        "bounce = \"bounces-of-the-spring-letter-2026@b.example\"\n" HERO,
        "1: bounce = \"bounces-of-the-spring-letter-2026@b.example\": with the "
        "advert's id of 32 characters the part before the @ is too long"},
    {"a bounce address in quotes", "bounce = '\"b b\"@b.example'\n" HERO,
        "1: bounce = \"\"b b\"@b.example\": quotes leave no room for the"},
    {"a delimiter that is none", "\nbounce_delimiter = \"#\"\n" HERO,
        "2: bounce_delimiter = \"#\": write one of + - = _ ."},
    {"a delimiter of two", "bounce_delimiter = \"--\"\n" HERO,
        "1: bounce_delimiter = \"--\": write one of"},
    {"no delimiter", "bounce_delimiter = \"\"\n" HERO,
        "1: bounce_delimiter = \"\": write one of"},
    {"a wish for bounces that is none", "verp = perhaps\n" HERO,
        "1: verp: \"perhaps\" is neither: write yes or no"},
    {"words for no file", IN_HERO("inline = {\"a.jpg\"}\nalt = {\"a.jpg = A\",\n"
        "\"b.jpg = B\"}"), "7: creative \"hero\": alt: \"b.jpg = B\" is for no "
        "inline file; name the file in inline, too"},
    {"words without file", IN_HERO("inline = {\"a.jpg\"}\nalt = {\"A\"}"),
        "6: creative \"hero\": alt: \"A\" is no \"file = words\"; write"},
    {"words twice", IN_HERO("inline = {\"a.jpg\"}\nalt = {\"a.jpg=A\", \"a.jpg=B\"}"),
        "6: creative \"hero\": alt: \"a.jpg=B\" is there twice; take one out"},
    {"words that are a template",
        IN_HERO("inline = {\"a.jpg\"}\nalt = {\"a.jpg={{x}}\"}"),
        "6: creative \"hero\": alt: \"a.jpg={{x}}\" is no template; write"},
    {"a film without words", HERO "video \"f\" {\n poster = \"p.jpg\" }\n",
        "2: alt is missing in video \"f\" { }; write alt = ... (what it is"},
    {"a film with empty words", FILM("alt = \"\"", "file = \"f.mp4\""),
        "5: video \"f\": alt = \"\" is empty; write it, or take it out"},
    {"a film from nowhere", FILM(ALT_A, ""),
        "2: video \"f\": url = \"\" is missing, and so is file; write"},
    {"a film whose file is none", FILM(ALT_A, "file = \"../f.mp4\""),
        "6: video \"f\": file = \"../f.mp4\" is no plain file name"},
    {"a film whose file is a template", FILM(ALT_A, "file = \"{{a}}.mp4\""),
        "6: video \"f\": file = \"{{a}}.mp4\" is no template; write it without"},
    {"a film that is a sound", FILM(ALT_A, "file = \"f.mp3\""),
        "6: video \"f\": file = \"f.mp3\" has no ending of a film; write one"},
    {"a sound that is a film", HERO "audio \"f\" { alt = \"A\"\nfile = \"f.mp4\" }",
        "3: audio \"f\": file = \"f.mp4\" has no ending of a sound; write one"},
    {"a film from an unsafe place", FILM(ALT_A, "url = \"http://b.example\""),
        "6: video \"f\": url = \"http://b.example\" is not safe from others"},
    {"a film by mail", FILM(ALT_A, "url = \"mailto:a@b.example\""),
        "6: video \"f\": url = \"mailto:a@b.example\" is no https: address"},
    {"a film from what is no template", FILM(ALT_A, "url = \"https://b.e/{{x\""),
        "6: video \"f\": url: {{ is never closed"},
    {"a film without poster", HERO "video \"f\" {\n alt = \"A\" file = \"f.mp4\" }",
        "2: video \"f\": poster = \"\" is missing; name an inline picture"},
    {"a film whose poster is none", HERO "video \"f\" { alt = \"A\"\n"
        "poster = \"f.mp4\" file = \"f.mp4\" }",
        "3: video \"f\": poster = \"f.mp4\" has no ending of a picture; write"},
    {"a film that is too wide", FILM(ALT_A, "width = 100000"),
        "6: width: \"100000\" is out of range"},
    {"a film whose name is a path", HERO "video \"../f\" { alt = \"A\" }",
        "2: video \"../f\": a name is 1 to 64 letters"},
};

START_TEST(what_is_wrong_is_named)
{
	char *error = NULL, *want = xasprintf("campaign.conf:%s", errors[_i].error);
	struct campaign *c =
	    campaign_parse("spring", slice_of(errors[_i].text), &error);

	ck_assert_msg(c == NULL, "%s", errors[_i].name);
	ck_assert_msg(strncmp(error, want, strlen(want)) == 0, "%s: got %s",
	    errors[_i].name, error);
	free(want);
	free(error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("campaign_check");
	TCase *t = tcase_create("campaign_check");

	ADD_ROWS(t, what_is_wrong_is_named, errors);
	suite_add_tcase(s, t);
	return unit_main(s);
}
