/* Names end up in headers, paths and Content-IDs, templates in every advert:
 * what is wrong with them is told to the one who writes the file, not to the
 * gateway that would send it. */
#include "lib/mail/campaign_check.h"

#include <stdlib.h>
#include <strings.h>

#include "lib/mail/mailbox.h"
#include "lib/mail/ticket.h"

bool
campaign_name_ok(struct slice name)
{
	/* The same names travel in tickets. */
	return ticket_name_ok(name);
}

char *
campaign_check_template(const struct campaign *c, struct campaign_place at,
    const char *text, enum template_place place)
{
	char *error = NULL, *fault = NULL;
	struct template *t = template_compile("", slice_of(text), place, NULL,
	    NULL, &error);

	if (!t) /* ":1: what": a setting has one line, and the file's is told */
		fault = campaign_fault(c, at, "%s: %s", at.setting,
		    error + strlen(":1: "));
	free(error);
	template_free(&t);
	return fault;
}

/* An address that everybody's mail server takes: SMTPUTF8 is for recipients who
 * have no other. */
static const char *
address_fault(const struct address *a)
{
	return a->utf8_local ? "the part before the @ has letters beyond ASCII, "
	                       "which few mail servers take" : NULL;
}

static char *
check_mailbox(const struct campaign *c, const char *setting, const char *value)
{
	struct arena *arena = arena_new();
	struct address a;
	const char *why;
	char *fault = NULL;

	if (*value && mailbox_first(arena, slice_of(value), &a, &why) == 0)
		why = address_fault(&a);
	if (*value && why)
		fault = campaign_fault(c, (struct campaign_place){NULL, NULL,
		    setting, 0}, "%s = \"%s\": %s; write Offers "
		    "<offers@shop.example>", setting, value, why);
	arena_free(&arena);
	return fault;
}

static char *
check_bounce(const struct campaign *c)
{
	struct arena *arena = arena_new();
	struct address a;
	const char *why;
	char *fault = NULL;

	if (*c->bounce && address_parse(arena, slice_of(c->bounce), &a, &why) ==
	    0)
		why = address_fault(&a);
	if (*c->bounce && why)
		fault = campaign_fault(c, (struct campaign_place){NULL, NULL,
		    "bounce", 0}, "bounce = \"%s\": %s; write "
		    "bounces@shop.example", c->bounce, why);
	arena_free(&arena);
	return fault;
}

static bool
is_id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* "words <labels.with.dots>" (RFC 2919 section 2) */
static char *
check_list_id(const struct campaign *c)
{
	const char *open = strrchr(c->list_id, '<'), *s = open ? open + 1 : "";
	bool ok = open && is_id_char(*s), dot = false;

	for (; ok && *s && *s != '>'; s++) {
		dot = dot || *s == '.';
		ok = is_id_char(*s) || (*s == '.' && is_id_char(s[1]));
	}
	if (*c->list_id == '\0' || (ok && dot && strcmp(s, ">") == 0))
		return NULL;
	return campaign_fault(c, (struct campaign_place){NULL, NULL, "list_id", 0},
	    "list_id = \"%s\": there is no id, labels with dots between < and >; "
	    "write Spring <spring.shop.example>", c->list_id);
}

static bool
begins(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

static char *
check_unsubscribe(const struct campaign *c)
{
	struct campaign_place at = {NULL, NULL, "list_unsubscribe", 0};
	char *fault = NULL;

	for (; at.item < c->list_unsubscribe.n && !fault; at.item++) {
		const char *url = c->list_unsubscribe.items[at.item];
		const char *why = campaign_url_fault(url, true);

		fault = why ? campaign_fault(c, at, "list_unsubscribe: \"%s\" "
		    "%s; write https://shop.example/unsubscribe or "
		    "mailto:unsubscribe@shop.example", url, why)
		    : campaign_check_template(c, at, url, TEMPLATE_URL);
	}
	return fault;
}

const char *
campaign_url_fault(const char *url, bool mailto_ok)
{
	const char *s;

	for (s = url; *s; s++)
		if (*s == ' ' || *s == '<' || *s == '>' || *s == '"')
			return "has blanks, quotes or angle brackets in it";
	if (begins(url, "{{"))
		return NULL; /* gateways look at what it becomes */
	if (begins(url, "https://"))
		return url[8] && !strchr("/?#", url[8]) ? NULL
		    : "names no host";
	if (mailto_ok && begins(url, "mailto:"))
		return strchr(url, '@') || strstr(url, "{{") ? NULL
		    : "names no address";
	if (begins(url, "http:"))
		return "is not safe from others on the way (RFC 8058 wants https)";
	return mailto_ok ? "is no https: or mailto: address"
	                 : "is no https: address";
}

static char *
check_names(const struct campaign *c, const char *setting,
    const struct setting_list *list)
{
	struct campaign_place at = {NULL, NULL, setting, 0};

	for (; at.item < list->n; at.item++)
		if (!vars_name_ok(slice_of(list->items[at.item])))
			return campaign_fault(c, at, "%s: \"%s\" is no variable's "
			    "name; names are letters, digits, _ . and -, and begin "
			    "with a letter or _", setting, list->items[at.item]);
	return NULL;
}

char *
campaign_check(struct campaign *c)
{
	const struct campaign_place subject = {NULL, NULL, "subject", 0};
	char *fault = campaign_check_template(c, subject, c->subject,
	    TEMPLATE_HEADER);

	if (!fault)
		fault = check_mailbox(c, "from", c->from);
	if (!fault)
		fault = check_mailbox(c, "reply_to", c->reply_to);
	if (!fault)
		fault = check_bounce(c);
	if (!fault)
		fault = check_list_id(c);
	if (!fault)
		fault = check_unsubscribe(c);
	if (!fault)
		fault = check_names(c, "required", &c->required);
	if (!fault)
		fault = check_names(c, "record_fields", &c->record_fields);
	return fault ? fault : campaign_check_creatives(c);
}
