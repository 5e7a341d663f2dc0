/* How much of it there is. */
#include "config.h"

#include "ctl/lint.h"
#include "lib/base/text.h"

#define LINE_MAX_OCTETS 998 /* RFC 5322 section 2.1.1 */

static const char *
human(char *dst, size_t size, int64_t bytes)
{
	text_human_bytes(dst, size, bytes);
	return dst;
}

static struct lint_place
creative_place(const struct lint *l, const struct lint_creative *c)
{
	return lint_conf_place(l, (struct campaign_place){"creative",
	    c->creative->name, NULL, 0});
}

static void
check_message(struct lint *l, const struct lint_creative *c)
{
	char size[32], limit[32];

	if (c->limit_bytes > l->message_limit)
		lint_add(l->report, "message-limit", creative_place(l, c),
		    "creative \"%s\": the message has %s, gateways make none "
		    "over %s (max_advert_size); link to the large files",
		    c->creative->name, human(size, sizeof(size),
		        c->limit_bytes), human(limit, sizeof(limit),
		        l->message_limit));
	else if (c->message_bytes > l->facts->message_max)
		lint_add(l->report, "message-size", creative_place(l, c),
		    "creative \"%s\": the message has %s, more than %s is "
		    "slow; save pictures smaller, link to films",
		    c->creative->name,
		    human(size, sizeof(size), c->message_bytes),
		    human(limit, sizeof(limit), l->facts->message_max));
}

void
lint_size(struct lint *l, const struct lint_creative *c)
{
	char size[32], limit[32];

	check_message(l, c);
	if (c->html_bytes > l->facts->html_max)
		lint_add(l->report, "html-size", c->html.at,
		    "with its variables the HTML has %s, Gmail cuts it off at "
		    "%s; make it shorter",
		    human(size, sizeof(size), c->html_bytes),
		    human(limit, sizeof(limit), l->facts->html_max));
	if (c->longest_line > LINE_MAX_OCTETS)
		lint_add(l->report, "text-line", c->text.at,
		    "the plain text has a line of %zu octets; break it, 72 "
		    "characters read well",
		    c->longest_line);
}
