/* The rows of campaign.conf, and the choice.  What a single row cannot see is in
 * campaign_check.c and campaign_when.c. */
#include "lib/mail/campaign.h"

#include <stdint.h>
#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/mail/campaign_check.h"
#include "lib/mail/campaign_partial.h"
#include "lib/mail/campaign_when.h"

#define STR(n, s, f, def, help)                                                \
	{n, SETTING_STRING, offsetof(s, f), def, 0, 0, NULL, help}
#define LIST(n, s, f, help)                                                    \
	{n, SETTING_LIST, offsetof(s, f), "", 0, 0, NULL, help}
#define INT(n, s, f, def, min, max, help)                                      \
	{n, SETTING_INT, offsetof(s, f), def, min, max, NULL, help}
#define BOOL(n, s, f, def, help)                                               \
	{n, SETTING_BOOL, offsetof(s, f), def, 0, 0, NULL, help}
#define END_OF_ROWS {NULL, SETTING_STRING, 0, NULL, 0, 0, NULL, NULL}

static const struct setting campaign_rows[] = {
    STR("subject", struct campaign, subject, "",
        "Mustache, when neither stub nor creative has one"),
    STR("from", struct campaign, from, "",
        "when the stub's From is to be replaced"),
    STR("bounce", struct campaign, bounce, "",
        "envelope sender of the advert; empty keeps the stub's"),
    {"verp", SETTING_BOOL, offsetof(struct campaign, verp), "yes", 0, 0, NULL,
        "a bounce address of its own for each advert"},
    STR("bounce_delimiter", struct campaign, bounce_delimiter, "+",
        "what stands before the advert's id in that address"),
    STR("reply_to", struct campaign, reply_to, "",
        "Reply-To of the advert; empty keeps the stub's"),
    STR("list_id", struct campaign, list_id, "", "List-Id (RFC 2919)"),
    STR("feedback_id", struct campaign, feedback_id, "",
        "Feedback-ID: a:b:c:sender, or the sender alone"),
    LIST("postal_address", struct campaign, postal_address,
        "its lines, for {{> postal_address}} and {{postal_address}}"),
    STR("valid_from", struct campaign, valid_from, "",
        "day or time from which it may be sent"),
    STR("valid_until", struct campaign, valid_until, "",
        "last day, or time from which it may not be sent any more"),
    LIST("required", struct campaign, required,
        "variables that must be there, in the stub or the record"),
    LIST("defaults", struct campaign, defaults,
        "\"name = value\" for variables that are missing or empty"),
    LIST("record_fields", struct campaign, record_fields,
        "record fields that travel to the gateway; empty = all"),
    LIST("lists", struct campaign, lists,
        "variables whose commas and semicolons separate a list's items"),
    LIST("list_unsubscribe", struct campaign, list_unsubscribe,
        "Mustache, https: and mailto: (RFC 2369, RFC 8058)"),
    LIST("lint_accept", struct campaign, lint_accept,
        "rules whose warnings and notes nearpostctl lint leaves out"),
    END_OF_ROWS,
};

static const struct setting creative_rows[] = {
    STR("when", struct creative, when, "", "condition; empty = always"),
    BOOL("fallback", struct creative, fallback, "no",
        "for all whom no other creative is for"),
    INT("weight", struct creative, weight, "1", 0, 1000,
        "share of a split among neighbours with the same when"),
    STR("subject", struct creative, subject, "", "empty = the campaign's"),
    STR("html", struct creative, html, "", "file of the HTML text, Mustache"),
    STR("text", struct creative, text, "", "file of the plain text, Mustache"),
    LIST("inline", struct creative, inline_parts,
        "files that the HTML shows as cid:NAME"),
    LIST("attach", struct creative, attach, "attached files"),
    LIST("alt", struct creative, alt,
        "\"file = words\" for inline files that the HTML gives no alt"),
    END_OF_ROWS,
};

static const struct setting medium_rows[] = {
    STR("file", struct medium, file, "",
        "name of the file, where a creative attaches it"),
    STR("poster", struct medium, poster, "",
        "inline file that is shown for it"),
    STR("url", struct medium, url, "",
        "Mustache, https: address of the file; empty = only attached"),
    STR("alt", struct medium, alt, NULL,
        "what it is, for those who do not see it"),
    STR("caption", struct medium, caption, "", "line below it"),
    {"width", SETTING_INT, offsetof(struct medium, width), "0", 0, 10000, NULL,
        "pixels as shown; 0 = not said"},
    {"height", SETTING_INT, offsetof(struct medium, height), "0", 0, 10000,
        NULL, "pixels as shown; 0 = not said"},
    END_OF_ROWS,
};

static const struct settings_section sections[] = {
    {NULL, false, campaign_rows, sizeof(struct campaign), 0},
    {"creative", true, creative_rows, sizeof(struct creative),
        offsetof(struct campaign, creatives)},
    {CAMPAIGN_VIDEO, true, medium_rows, sizeof(struct medium),
        offsetof(struct campaign, videos)},
    {CAMPAIGN_AUDIO, true, medium_rows, sizeof(struct medium),
        offsetof(struct campaign, audios)},
    {NULL, false, NULL, 0, 0},
};

void
campaign_free(struct campaign **c)
{
	struct creative *r;
	size_t i;

	if (!*c)
		return;
	r = (*c)->creatives.items;
	for (i = 0; i < (*c)->creatives.n; i++)
		target_free(&r[i].target);
	settings_free(sections, *c);
	map_free(&(*c)->lines, NULL);
	free((*c)->path);
	target_fields_free(&(*c)->fields);
	free((*c)->order);
	free((*c)->name);
	free(*c);
	*c = NULL;
}

struct campaign *
campaign_parse_as(const char *where, const char *name, struct slice text,
    char **error_r)
{
	struct campaign *c;

	if (!campaign_name_ok(slice_of(name))) {
		*error_r = xasprintf("%s: \"%s\" is no campaign's name; names are "
		    "1 to 64 letters, digits, . _ and -, and do not begin with a "
		    "dot", where, name);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	if (settings_parse_lines(where, text, sections, c, &c->lines,
	        error_r) == -1) {
		free(c);
		return NULL;
	}
	c->name = xstrdup(name);
	c->path = xstrdup(where);
	*error_r = campaign_check(c);
	if (!*error_r)
		*error_r = campaign_when(c, text);
	if (*error_r)
		campaign_free(&c);
	return c;
}

struct campaign *
campaign_parse(const char *name, struct slice text, char **error_r)
{
	return campaign_parse_as(CAMPAIGN_CONF, name, text, error_r);
}

static int
line_of(const struct campaign *c, struct campaign_place at)
{
	int line = 0;

	if (at.setting)
		line = settings_item_line(c->lines, at.section, at.title,
		    at.setting, at.item);
	if (!line && at.section)
		line = settings_item_line(c->lines, at.section, at.title, "", 0);
	return line;
}

char *
campaign_fault(const struct campaign *c, struct campaign_place at,
    const char *fmt, ...)
{
	struct buf out = {0};
	int line = line_of(c, at);
	va_list ap;

	/* What is missing is missing from the first line on. */
	buf_printf(&out, "%s:%d: ", c->path, line ? line : 1);
	if (at.section)
		buf_printf(&out, "%s \"%s\": ", at.section, at.title);
	va_start(ap, fmt);
	buf_vprintf(&out, fmt, ap);
	va_end(ap);
	return buf_steal(&out);
}

const struct creative *
campaign_creative(const struct campaign *c, const char *name)
{
	const struct creative *r = c->creatives.items;
	size_t i;

	for (i = 0; i < c->creatives.n; i++)
		if (strcmp(r[i].name, name) == 0)
			return &r[i];
	return NULL;
}

/* A number below `total` that is the same for this recipient every time, and
 * another one in another campaign. */
static uint64_t
draw(const char *campaign, const char *stable, uint64_t total)
{
	unsigned char digest[SHA256_SIZE];
	struct buf text = {0};
	uint64_t n = 0;
	int i;

	buf_printf(&text, "%s %s", campaign, stable);
	sha256(text.data, text.len, digest);
	buf_free(&text);
	for (i = 0; i < 8; i++)
		n = n << 8 | digest[i];
	return n % total;
}

static bool
same_condition(const struct creative *a, const struct creative *b)
{
	if (a->fallback != b->fallback || !a->target != !b->target)
		return false;
	return !a->target ||
	    strcmp(target_text(a->target), target_text(b->target)) == 0;
}

const struct creative *
campaign_choose(const struct campaign *c, const struct vars *data,
    const char *stable, int64_t now_ms)
{
	const struct creative **r = c->order;
	size_t first, end, i;

	for (first = 0; first < c->creatives.n; first = end) {
		uint64_t total = 0, at;

		for (end = first; end < c->creatives.n &&
		     same_condition(r[first], r[end]); end++)
			total += (uint64_t)r[end]->weight;
		if (total == 0 || (r[first]->target &&
		        !target_true(r[first]->target, data, now_ms)))
			continue;
		at = draw(c->name, stable, total);
		for (i = first; at >= (uint64_t)r[i]->weight; i++)
			at -= (uint64_t)r[i]->weight;
		return r[i];
	}
	return NULL;
}

bool
campaign_has_fallback(const struct campaign *c)
{
	size_t i;

	for (i = 0; i < c->creatives.n; i++)
		if (!c->order[i]->target && c->order[i]->weight > 0)
			return true;
	return false;
}

const char *
campaign_missing(const struct campaign *c, const struct vars *data)
{
	size_t i;

	for (i = 0; i < c->required.n; i++) {
		struct vars_node at = vars_below(data, vars_root(data),
		    slice_of(c->required.items[i]));

		if (!vars_node_there(data, at))
			return c->required.items[i];
	}
	return NULL;
}
