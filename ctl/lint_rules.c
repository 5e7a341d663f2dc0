/* The table of rules.  A row here is a paragraph in nearpost-lint(7) and a row,
 * or more, in tests/unit/lint_cases.h; tests hold all three together.
 *
 * error: it is refused, not shown, or against the law for most who read it.
 * warning: many see less, or something else, than was meant.
 * note: a habit worth having. */
#include "config.h"

#include "ctl/lint.h"

static const struct lint_rule rules[] = {
    {"accept", LINT_WARNING,
        "what is accepted for nothing hides what may come"},
    {"alt-long", LINT_WARNING,
        "a screen reader reads it in one go, nobody can stop and go back"},
    {"alt-missing", LINT_WARNING,
        "who does not see the picture hears the name of its file instead"},
    {"background-remote", LINT_WARNING,
        "most mail programs ask before they fetch anything, many never do"},
    {"cid-missing", LINT_ERROR,
        "a picture that is not in the mail is a broken frame in every one"},
    {"conf", LINT_ERROR,
        "no advert can be made with a faulty campaign.conf"},
    {"contrast", LINT_WARNING,
        "below 3:1 many cannot read it, nobody can in the sun (WCAG 1.4.3)"},
    {"css-support", LINT_WARNING,
        "mail programs keep the CSS they know and drop the rest"},
    {"external-css", LINT_WARNING,
        "style sheets elsewhere are not fetched, the advert is shown without"},
    {"file-missing", LINT_ERROR,
        "no set with this campaign can be built"},
    {"form", LINT_WARNING,
        "forms are dropped, do nothing, or bring up a warning"},
    {"from", LINT_ERROR,
        "receivers refuse mail whose From names no domain of the Internet"},
    {"from-missing", LINT_NOTE,
        "each stub brings its own From, so a slip in one shows to all"},
    {"html-charset", LINT_NOTE,
        "saved or forwarded, the text loses its accented letters"},
    {"html-lang", LINT_WARNING,
        "screen readers speak it in the wrong language, others translate it"},
    {"html-size", LINT_WARNING,
        "Gmail cuts the advert off, the unsubscribe link with it"},
    {"html-support", LINT_WARNING,
        "mail programs keep the elements they know and drop the rest"},
    {"html-title", LINT_WARNING,
        "screen readers and browsers name the advert by it"},
    {"html-viewport", LINT_NOTE,
        "some phones show the page for a desktop, too small to read"},
    {"id-duplicate", LINT_WARNING,
        "links and labels to an id lead to the first one only"},
    {"iframe", LINT_ERROR,
        "frames are dropped, and filters take the mail for an attack"},
    {"image-data", LINT_WARNING,
        "Gmail and others show nothing for a picture within the HTML"},
    {"image-file", LINT_ERROR,
        "mail programs go by the name and show a broken frame"},
    {"image-format", LINT_WARNING,
        "not every mail program knows every kind of picture"},
    {"image-pixels", LINT_WARNING,
        "pixels that nobody sees are paid for by every reader's line"},
    {"image-remote", LINT_WARNING,
        "most mail programs ask before they fetch anything, many never do"},
    {"image-size", LINT_WARNING,
        "without width and height Outlook shows its pixels, others jump"},
    {"images-heavy", LINT_WARNING,
        "phones load it slowly, some receivers refuse it"},
    {"inline-unused", LINT_WARNING,
        "it is sent to everybody, and shown as an odd attachment by some"},
    {"layout-table", LINT_NOTE,
        "screen readers read a table out cell by cell"},
    {"link-empty", LINT_WARNING,
        "a link that leads nowhere is taken for phishing by some filters"},
    {"link-insecure", LINT_WARNING,
        "others on the way can read and change what is behind http:"},
    {"link-scheme", LINT_ERROR,
        "mail programs follow https:, mailto: and tel:, and nothing else"},
    {"link-text", LINT_WARNING,
        "who goes from link to link hears it without the words around"},
    {"message-limit", LINT_ERROR,
        "no gateway makes an advert over its max_advert_size"},
    {"message-size", LINT_WARNING,
        "large mail is slow on a phone and looked at harder by filters"},
    {"picture-link", LINT_WARNING,
        "a link of a picture without words says nothing when it is not shown"},
    {"postal-address", LINT_WARNING,
        "CAN-SPAM and its like want the sender's postal address in adverts"},
    {"postal-address-unseen", LINT_ERROR,
        "CAN-SPAM and its like want the sender's postal address in adverts"},
    {"preheader", LINT_NOTE,
        "lists of mail show the first words beside the subject"},
    {"refused", LINT_ERROR,
        "the gateways would not make this advert"},
    {"script", LINT_ERROR,
        "scripts are dropped, and filters take the mail for an attack"},
    {"style-size", LINT_WARNING,
        "Gmail drops what of the style is past its limit"},
    {"subject-caps", LINT_WARNING,
        "filters and readers take capitals for shouting, and for spam"},
    {"subject-empty", LINT_WARNING,
        "mail without a subject is deleted unread, or filtered out"},
    {"subject-long", LINT_WARNING,
        "lists of mail cut it off, phones first"},
    {"template", LINT_ERROR,
        "no advert can be made of a faulty template"},
    {"text-line", LINT_WARNING,
        "lines of more than 998 octets are cut by old software (RFC 5322)"},
    {"text-missing", LINT_WARNING,
        "watches, screen readers and filters look for the plain text"},
    {"tracking-pixel", LINT_WARNING,
        "it is blocked by many, fetched by machines, and needs consent"},
    {"undeclared-variable", LINT_NOTE,
        "what the record does not have is an empty place in the advert"},
    {"unknown-variable", LINT_WARNING,
        "it never reaches the gateway: an empty place in every advert"},
    {"unsubscribe-mailto", LINT_NOTE,
        "not every mail program knows the one-click address"},
    {"unsubscribe-missing", LINT_ERROR,
        "Gmail and Yahoo refuse bulk mail without it, readers report spam"},
    {"unsubscribe-one-click", LINT_WARNING,
        "Gmail and Yahoo want one-click https in bulk mail (RFC 8058)"},
    {"unsubscribe-unseen", LINT_WARNING,
        "the law wants a way out that readers see; else they report spam"},
    {"unused-variable", LINT_WARNING,
        "personal data that no advert shows need not travel"},
    {"video-poster", LINT_WARNING,
        "most mail programs play no films and show the poster at best"},
};

const struct lint_rule *
lint_rules(size_t *n_r)
{
	*n_r = sizeof(rules) / sizeof(rules[0]);
	return rules;
}

static void
check_creative(struct lint *l, const struct lint_creative *c)
{
	const struct lint_text *const texts[] = {&c->html, &c->text};
	size_t i;

	for (i = 0; i < 2; i++)
		if (texts[i]->fault)
			lint_add(l->report, "template", texts[i]->fault_at,
			    "%s", texts[i]->fault);
	lint_size(l, c);
	lint_image(l, c);
	if (!c->html.tree)
		return;
	lint_html(l, c);
	lint_link(l, c);
	lint_client(l, c);
	lint_contrast(l, c);
}

void
lint_check(struct lint *l)
{
	size_t i;

	lint_campaign(l);
	lint_variables(l);
	for (i = 0; i < l->n_creatives; i++)
		check_creative(l, &l->creatives[i]);
	/* Only when no rule has said it better. */
	for (i = 0; i < l->n_creatives &&
	     lint_report_count(l->report, LINT_ERROR) == 0; i++)
		if (l->creatives[i].refused)
			lint_add(l->report, "refused",
			    l->creatives[i].refused_at.file
			        ? l->creatives[i].refused_at
			        : lint_conf_place(l, (struct campaign_place){
			              "creative",
			              l->creatives[i].creative->name, NULL, 0}),
			    "%s", l->creatives[i].refused);
	lint_accept(l);
}
