/* Names end up in headers, paths and Content-IDs, templates in every advert:
 * what is wrong with them is told to the one who writes the file, not to the
 * gateway that would send it. */
#include "lib/mail/campaign_check.h"

#include <stdlib.h>

#include "lib/base/text.h"
#include "lib/mail/mailbox.h"
#include "lib/mail/template.h"
#include "lib/mail/ticket.h"

bool
campaign_name_ok(struct slice name)
{
	/* The same names travel in tickets. */
	return ticket_name_ok(name);
}

static char *
check_template(const char *what, const char *text, enum template_place place)
{
	char *error = NULL, *fault = NULL;
	struct template *t = template_compile(what, slice_of(text), place, NULL,
	    NULL, &error);

	if (!t)
		fault = xasprintf("%s", error);
	free(error);
	template_free(&t);
	return fault;
}

static char *
check_addresses(const struct campaign *c)
{
	const struct {
		const char *name, *value;
	} lists[] = {{"from", c->from}, {"reply_to", c->reply_to}};
	struct arena *arena = arena_new();
	struct address a;
	const char *why;
	char *fault = NULL;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]) && !fault; i++)
		if (*lists[i].value && mailbox_first(arena,
		        slice_of(lists[i].value), &a, &why) == -1)
			fault = xasprintf("%s = \"%s\": %s; write Offers "
			    "<offers@shop.example>", lists[i].name,
			    lists[i].value, why);
	if (!fault && *c->bounce &&
	    address_parse(arena, slice_of(c->bounce), &a, &why) == -1)
		fault = xasprintf("bounce = \"%s\": %s; write "
		    "bounces@shop.example", c->bounce, why);
	arena_free(&arena);
	return fault;
}

static bool
begins(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

static char *
check_list_fields(const struct campaign *c)
{
	const char *open = strchr(c->list_id, '<');
	char *fault = NULL;
	size_t i;

	if (*c->list_id && (!open || open[1] == '>' ||
	                       c->list_id[strlen(c->list_id) - 1] != '>'))
		return xasprintf("list_id = \"%s\": the id is missing; write "
		    "Spring <spring.shop.example>", c->list_id);
	for (i = 0; i < c->list_unsubscribe.n && !fault; i++) {
		const char *url = c->list_unsubscribe.items[i];

		if (!begins(url, "https:") && !begins(url, "http:") &&
		    !begins(url, "mailto:") && !begins(url, "{{"))
			fault = xasprintf("list_unsubscribe: \"%s\" is no https: "
			    "or mailto: address", url);
		else
			fault = check_template("list_unsubscribe", url,
			    TEMPLATE_URL);
	}
	return fault;
}

static char *
check_names(const char *what, const struct setting_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!vars_name_ok(slice_of(list->items[i])))
			return xasprintf("%s: \"%s\" is no variable's name; names "
			    "are letters, digits, _ . and -", what,
			    list->items[i]);
	return NULL;
}

/* Inline parts are addressed as cid:NAME, where not every letter may stand. */
static const char *
file_fault(const char *name, bool is_inline)
{
	size_t i;

	if (*name == '\0' || *name == '.' || strchr(name, '/') ||
	    strlen(name) > 200 || text_has_control(slice_of(name)) ||
	    strchr(name, '\t') || !text_is_utf8(slice_of(name)))
		return "is no plain file name";
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
check_files(const struct creative *r, const char *what,
    const struct setting_list *list, bool is_inline)
{
	size_t i, k;

	for (i = 0; i < list->n; i++) {
		const char *why = file_fault(list->items[i], is_inline);

		for (k = 0; k < i && !why; k++)
			if (strcmp(list->items[k], list->items[i]) == 0)
				why = "is there twice";
		if (why)
			return xasprintf("creative \"%s\": %s \"%s\" %s", r->name,
			    what, list->items[i], why);
	}
	return NULL;
}

static char *
check_text_files(const struct creative *r)
{
	const char *const names[] = {r->html, r->text};
	size_t i;

	if (*r->html == '\0' && *r->text == '\0')
		return xasprintf("creative \"%s\" has no text; write html = "
		    "\"body.html\" and text = \"body.txt\"", r->name);
	if (*r->html == '\0' && r->inline_parts.n)
		return xasprintf("creative \"%s\" has inline files and no html to "
		    "show them; name them in attach", r->name);
	for (i = 0; i < 2; i++) {
		const char *why = *names[i] ? file_fault(names[i], false) : NULL;

		if (why)
			return xasprintf("creative \"%s\": \"%s\" %s", r->name,
			    names[i], why);
	}
	return NULL;
}

static char *
check_creative(struct creative *r)
{
	char *fault = NULL, *why = NULL;

	if (!campaign_name_ok(slice_of(r->name)))
		return xasprintf("creative \"%s\": a name is 1 to 64 letters, "
		    "digits, . _ and -, and does not begin with a dot", r->name);
	if (slice_trim(slice_of(r->when)).len) {
		r->target = target_parse(slice_of(r->when), &why);
		if (!r->target)
			fault = xasprintf("creative \"%s\": when: %s", r->name, why);
		free(why);
	}
	if (!fault)
		fault = check_text_files(r);
	if (!fault)
		fault = check_files(r, "inline file", &r->inline_parts, true);
	if (!fault)
		fault = check_files(r, "attached file", &r->attach, false);
	if (!fault && *r->subject)
		fault = check_template("subject", r->subject, TEMPLATE_HEADER);
	return fault;
}

char *
campaign_check(struct campaign *c)
{
	struct creative *creatives = c->creatives.items;
	char *fault = NULL;
	size_t i;

	if (c->creatives.n == 0)
		return xstrdup("there is no creative; write creative \"hero\" { "
		               "html = \"body.html\" }");
	if (c->creatives.n > CAMPAIGN_CREATIVES_MAX)
		return xasprintf("there are more than %d creatives",
		    CAMPAIGN_CREATIVES_MAX);
	fault = check_template("subject", c->subject, TEMPLATE_HEADER);
	if (!fault)
		fault = check_addresses(c);
	if (!fault)
		fault = check_list_fields(c);
	if (!fault)
		fault = check_names("required", &c->required);
	if (!fault)
		fault = check_names("record_fields", &c->record_fields);
	for (i = 0; i < c->creatives.n && !fault; i++)
		fault = check_creative(&creatives[i]);
	return fault;
}
