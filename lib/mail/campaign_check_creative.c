/* The creatives of a campaign: their names and files. */
#include "lib/mail/campaign_check.h"

#include "lib/base/text.h"

/* Inline parts are addressed as cid:NAME, where not every letter may stand. */
const char *
campaign_file_fault(const char *name, bool is_inline)
{
	size_t i;

	if (*name == '\0' || *name == '.' || strchr(name, '/') ||
	    strlen(name) > 200 || text_has_control(slice_of(name)) ||
	    strchr(name, '\t') || !text_is_utf8(slice_of(name)))
		return "is no plain file name; write one of the creative's own "
		       "directory";
	for (i = 0; is_inline && name[i]; i++) {
		char c = name[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
			return "cannot be written as cid:NAME; use letters, "
			       "digits, _ . and - only";
	}
	return NULL;
}

static char *
check_files(const struct campaign *c, struct campaign_place at,
    const struct setting_list *list, bool is_inline)
{
	const char *why;
	size_t k;

	for (; at.item < list->n; at.item++) {
		why = campaign_file_fault(list->items[at.item], is_inline);
		for (k = 0; k < at.item && !why; k++)
			if (strcmp(list->items[k], list->items[at.item]) == 0)
				why = "is there twice; take one out";
		if (why)
			return campaign_fault(c, at, "%s: \"%s\" %s", at.setting,
			    list->items[at.item], why);
	}
	return NULL;
}

static char *
check_text_files(const struct campaign *c, const struct creative *r)
{
	const char *const names[] = {r->html, r->text};
	struct campaign_place at = {"creative", r->name, NULL, 0};
	size_t i;

	if (*r->html == '\0' && *r->text == '\0')
		return campaign_fault(c, at, "there is no text; write html = "
		    "\"body.html\" and text = \"body.txt\"");
	at.setting = "inline";
	if (*r->html == '\0' && r->inline_parts.n)
		return campaign_fault(c, at, "there are inline files and no html "
		    "to show them; name them in attach");
	for (i = 0; i < 2; i++) {
		const char *why = *names[i] ? campaign_file_fault(names[i], false) : NULL;

		at.setting = i == 0 ? "html" : "text";
		if (why)
			return campaign_fault(c, at, "%s: \"%s\" %s", at.setting,
			    names[i], why);
	}
	return NULL;
}

/* Each for an inline file, once, in words. */
static const char *
alt_fault(const struct creative *r, size_t at)
{
	struct slice name, other, value;
	bool is_inline = false;
	size_t i;

	if (!campaign_pair(r->alt.items[at], &name, &value))
		return "is no \"file = words\"; write \"hero.jpg = A garden\", or "
		       "nothing behind the = for decoration";
	for (i = 0; i < r->inline_parts.n; i++)
		is_inline = is_inline || slice_eq_str(name,
		    r->inline_parts.items[i]);
	if (!is_inline)
		return "is for no inline file; name the file in inline, too";
	for (i = 0; i < at; i++)
		if (campaign_pair(r->alt.items[i], &other, &value) &&
		    slice_eq(other, name))
			return "is there twice; take one out";
	return strstr(r->alt.items[at], "{{")
	    ? "is no template; write it without {{ }}" : NULL;
}

static char *
check_alts(const struct campaign *c, const struct creative *r)
{
	struct campaign_place at = {"creative", r->name, "alt", 0};
	const char *why;

	for (; at.item < r->alt.n; at.item++) {
		why = alt_fault(r, at.item);
		if (why)
			return campaign_fault(c, at, "alt: \"%s\" %s",
			    r->alt.items[at.item], why);
	}
	return NULL;
}

static char *
check_creative(const struct campaign *c, struct creative *r)
{
	struct campaign_place at = {"creative", r->name, NULL, 0};
	char *fault;

	if (!campaign_name_ok(slice_of(r->name)))
		return campaign_fault(c, at, "a name is 1 to 64 letters, digits, "
		    ". _ and -, and does not begin with a dot");
	fault = check_text_files(c, r);
	at.setting = "inline";
	if (!fault)
		fault = check_files(c, at, &r->inline_parts, true);
	at.setting = "attach";
	if (!fault)
		fault = check_files(c, at, &r->attach, false);
	if (!fault)
		fault = check_alts(c, r);
	at.setting = "subject";
	if (!fault)
		fault = campaign_check_template(c, at, r->subject,
		    TEMPLATE_HEADER);
	return fault;
}

char *
campaign_check_creatives(struct campaign *c)
{
	const struct campaign_place all = {NULL, NULL, NULL, 0};
	struct creative *r = c->creatives.items;
	char *fault = NULL;
	size_t i;

	if (c->creatives.n == 0)
		return campaign_fault(c, all, "there is no creative; write "
		    "creative \"hero\" { html = \"body.html\" }");
	if (c->creatives.n > CAMPAIGN_CREATIVES_MAX)
		return campaign_fault(c, all, "there are more than %d creatives; "
		    "make two campaigns of it", CAMPAIGN_CREATIVES_MAX);
	for (i = 0; i < c->creatives.n && !fault; i++)
		fault = check_creative(c, &r[i]);
	return fault;
}
