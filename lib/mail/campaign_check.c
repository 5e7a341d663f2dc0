/* Names end up in headers, paths and Content-IDs, templates in every advert:
 * what is wrong with them is told to the one who writes the file, not to the
 * gateway that would send it. */
#include "lib/mail/campaign_check.h"

#include <stdlib.h>
#include <strings.h>

#include "lib/base/date.h"
#include "lib/mail/mailbox.h"
#include "lib/mail/ticket.h"

#define FEEDBACK_ID_MAX 200 /* octets: it stays on one line */

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

/* With the advert's id in it the local part must still fit (RFC 5321). */
static const char *
bounce_fault(struct arena *arena, const struct campaign *c)
{
	struct address a;
	const char *why;

	if (address_parse(arena, slice_of(c->bounce), &a, &why) == -1)
		return arena_printf(arena, "%s; write bounces@shop.example", why);
	why = address_fault(&a);
	if (why)
		return arena_printf(arena, "%s; write bounces@shop.example", why);
	if (c->verp && *a.local == '"')
		return "quotes leave no room for the advert's id; write "
		       "bounces@shop.example, or verp = no";
	if (c->verp && strlen(a.local) + strlen(c->bounce_delimiter) +
	        TICKET_ID_LEN > ADDRESS_LOCAL_MAX)
		return "with the advert's id of 32 characters the part before "
		       "the @ is too long; write a shorter one, or verp = no";
	return NULL;
}

static char *
check_bounce(const struct campaign *c)
{
	struct campaign_place at = {NULL, NULL, "bounce_delimiter", 0};
	const char *d = c->bounce_delimiter, *why;
	struct arena *arena;
	char *fault = NULL;

	if (*d == '\0' || !strchr("+-=_.", *d) || d[1])
		return campaign_fault(c, at, "bounce_delimiter = \"%s\": write one "
		    "of + - = _ . as the mail server that takes the bounces has it",
		    d);
	if (*c->bounce == '\0')
		return NULL;
	at.setting = "bounce";
	arena = arena_new();
	why = bounce_fault(arena, c);
	if (why)
		fault = campaign_fault(c, at, "bounce = \"%s\": %s", c->bounce,
		    why);
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

	for (s = url; *s; s++) {
		const char *end = begins(s, "{{") ? strstr(s, "}}") : NULL;

		if (end) /* a tag: {{ name }} */
			s = end + 1;
		else if (*s == ' ' || *s == '<' || *s == '>' || *s == '"')
			return "has blanks, quotes or angle brackets in it";
	}
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

/* Four fields, the last of 5 to 15 characters, as Gmail's feedback loop wants them;
 * or that one alone. */
static char *
check_feedback_id(const struct campaign *c)
{
	struct slice rest = slice_of(c->feedback_id), field = {NULL, 0};
	size_t i, n = 0;
	bool ok = rest.len <= FEEDBACK_ID_MAX;

	if (rest.len == 0)
		return NULL;
	for (i = 0; i < rest.len; i++)
		ok = ok && rest.data[i] > ' ' && rest.data[i] < 0x7f;
	while (slice_split(&rest, ':', &field))
		n++;
	if (c->feedback_id[strlen(c->feedback_id) - 1] == ':')
		field.len = 0;
	if (ok && (n == 1 || n == 4) && field.len >= 5 && field.len <= 15)
		return NULL;
	return campaign_fault(c, (struct campaign_place){NULL, NULL,
	    "feedback_id", 0}, "feedback_id = \"%s\": write campaign:customer:"
	    "other:sender, or the sender alone, which has 5 to 15 characters; no "
	    "blanks and nothing beyond ASCII", c->feedback_id);
}

static char *
check_date(const struct campaign *c, const char *setting, const char *text,
    struct moment *out_r)
{
	if (date_parse(slice_of(text), out_r) == 0)
		return NULL;
	return campaign_fault(c, (struct campaign_place){NULL, NULL, setting, 0},
	    "%s = \"%s\" is no date; write 2026-03-01 or "
	    "2026-03-01T08:00:00+01:00", setting, text);
}

static char *
check_dates(struct campaign *c)
{
	struct moment m;
	char *fault = NULL;

	c->from_ms = INT64_MIN;
	c->until_ms = INT64_MAX;
	if (*c->valid_from) {
		fault = check_date(c, "valid_from", c->valid_from, &m);
		if (!fault)
			c->from_ms = m.ms;
	}
	if (!fault && *c->valid_until) {
		fault = check_date(c, "valid_until", c->valid_until, &m);
		if (!fault)
			c->until_ms = m.ms + (m.whole_day ? DATE_DAY_MS : 0);
	}
	if (!fault && c->until_ms <= c->from_ms)
		fault = campaign_fault(c, (struct campaign_place){NULL, NULL,
		    "valid_until", 0}, "valid_until = \"%s\" is not after "
		    "valid_from = \"%s\"; change one of the two", c->valid_until,
		    c->valid_from);
	return fault;
}

static const char *
default_fault(struct vars *seen, const char *item)
{
	struct slice name, value;
	const char *why;

	if (!campaign_pair(item, &name, &value))
		return "is no \"name = value\"; write \"first_name = friend\"";
	if (value.len == 0)
		return "has no value; write one behind the =, or take it out";
	if (slice_eq_str(name, CAMPAIGN_POSTAL_ADDRESS))
		return "is the campaign's own; write postal_address = {...}";
	if (vars_get(seen, name))
		return "is there twice; take one out";
	return vars_set(seen, name, value, &why) == 0 ? NULL : why;
}

static char *
check_defaults(const struct campaign *c)
{
	struct campaign_place at = {NULL, NULL, "defaults", 0};
	struct arena *arena = arena_new();
	struct vars seen;
	char *fault = NULL;

	vars_init(&seen, arena);
	for (; at.item < c->defaults.n && !fault; at.item++) {
		const char *item = c->defaults.items[at.item];
		const char *why = default_fault(&seen, item);

		if (why)
			fault = campaign_fault(c, at, "defaults: \"%s\" %s", item,
			    why);
	}
	arena_free(&arena);
	return fault;
}

const char *
campaign_plain_fault(const char *text)
{
	if (slice_trim(slice_of(text)).len == 0)
		return "is empty; write it, or take it out";
	if (strstr(text, "{{"))
		return "is no template; write it without {{ }}";
	return NULL;
}

static char *
check_postal_address(const struct campaign *c)
{
	struct campaign_place at = {NULL, NULL, "postal_address", 0};

	for (; at.item < c->postal_address.n; at.item++) {
		const char *line = c->postal_address.items[at.item];
		const char *why = campaign_plain_fault(line);

		if (why)
			return campaign_fault(c, at, "postal_address: \"%s\" %s",
			    line, why);
	}
	return NULL;
}

static char *
check_names(const struct campaign *c, const char *setting,
    const struct setting_list *list)
{
	struct campaign_place at = {NULL, NULL, setting, 0};

	for (; at.item < list->n; at.item++)
		if (!vars_name_ok(slice_of(list->items[at.item])))
			return campaign_fault(c, at, "%s: \"%s\" is no variable's "
			    "name; a name has " VARS_NAME_RULE, setting,
			    list->items[at.item]);
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
		fault = check_feedback_id(c);
	if (!fault)
		fault = check_postal_address(c);
	if (!fault)
		fault = check_dates(c);
	if (!fault)
		fault = check_names(c, "required", &c->required);
	if (!fault)
		fault = check_defaults(c);
	if (!fault)
		fault = check_names(c, "record_fields", &c->record_fields);
	if (!fault)
		fault = check_names(c, "lists", &c->lists);
	if (!fault)
		fault = campaign_check_media(c);
	return fault ? fault : campaign_check_creatives(c);
}
