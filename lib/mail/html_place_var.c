/* The other half: what a variable may be where it stands, and what two ways to
 * the same point have in common.  Where they differ, the one that leaves more
 * doubt goes on. */
#include "lib/mail/html_place.h"

static bool
is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static const char as_program[] =
    "a value inside this attribute would be read as program or markup; no "
    "variable may stand here";

/* Tags whose attributes say what another attribute becomes. */
static bool
attr_is_program(const struct html_place *p)
{
	static const char *const animations[] = {
	    "animate", "set", "animatetran", "animatemoti", NULL};

	return strncmp(p->attr, "on", 2) == 0 ||
	       strcmp(p->attr, "srcdoc") == 0 || p->program ||
	       (strcmp(p->tag, "meta") == 0 &&
		   strcmp(p->attr, "content") == 0) ||
	       is_one_of(p->tag, animations);
}

/* Tags that make what they load a part of the document. */
static bool
tag_loads(const char *tag)
{
	static const char *const loading[] = {"script", "iframe", "frame",
	    "embed", "object", "applet", "link", "base", "use", NULL};

	return is_one_of(tag, loading);
}

static int
value_var(struct html_place *p, enum escape *how_r, const char **error_r)
{
	if (attr_is_program(p)) {
		*error_r = as_program;
		return -1;
	}
	if (p->seen) {
		*error_r = "no variable may stand within &...;";
		return -1;
	}
	if (p->url && p->at_start && tag_loads(p->tag)) {
		*error_r = "the data would choose what is loaded into the "
			   "letter; write the address's beginning yourself";
		return -1;
	}
	if (strcmp(p->attr, "style") == 0)
		*how_r = ESCAPE_CSS;
	else if (!p->url)
		*how_r = ESCAPE_HTML;
	else
		*how_r = p->at_start ? ESCAPE_HTML_URL_START : ESCAPE_URL;
	p->at_start = false;
	p->var_in_scheme = p->var_in_scheme || p->in_scheme;
	return 0;
}

static int
judge(struct html_place *p, enum escape *how_r, const char **error_r)
{
	*how_r = ESCAPE_HTML;
	switch (p->state) {
	case HTML_COMMENT:
		if (p->seen == HTML_SEEN_FRESH || p->seen == HTML_SEEN_DOUBT) {
			*error_r = "a value right behind <!-- could be [if ...], "
				   "which Outlook obeys; write a blank between";
			return -1;
		}
		p->seen = 0;
		return 0;
	case HTML_DATA:
		return 0;
	case HTML_VALUE:
		return value_var(p, how_r, error_r);
	case HTML_RAW:
		if (html_place_raw_is_text(p->tag) && p->seen == 0)
			return 0;
		*error_r = "no variable may stand inside <script> or <style>; "
			   "use a style=\"...\" attribute for a colour or size";
		return -1;
	case HTML_BEFORE_VALUE:
	case HTML_VALUE_BARE:
		*error_r = "put quotes around this attribute's value: "
			   "name=\"{{variable}}\"";
		return -1;
	default:
		*error_r = "no variable may stand inside a tag but in a quoted "
			   "attribute value; for a bare < write &lt;";
		return -1;
	}
}

int
html_place_var(struct html_place *p, enum escape *how_r, const char **error_r)
{
	if (judge(p, how_r, error_r) == -1)
		return -1;
	p->after_var = true;
	p->dashes = 0;
	return 0;
}

static bool
may_end_in_tag(const struct html_place *p)
{
	return p->state == HTML_IN_TAG || p->state == HTML_AFTER_NAME ||
	       p->state == HTML_ATTR_NAME;
}

/* {{#x}}checked{{/x}} inside a tag.  Where a name may now be longer or another
 * than the one just read, it becomes one that bears no variable in its value.
 */
static bool
join_in_tag(struct html_place *p, const struct html_place *open)
{
	bool unclear =
	    open->state == HTML_ATTR_NAME && strcmp(open->attr, "on") == 0;

	if ((open->state != HTML_IN_TAG && open->state != HTML_AFTER_NAME &&
		open->state != HTML_TAG_NAME && !unclear) ||
	    !may_end_in_tag(p) || strcmp(p->tag, open->tag) != 0)
		return false;
	if (open->state == HTML_TAG_NAME || unclear)
		p->state = HTML_ATTR_NAME;
	else if (p->state == HTML_IN_TAG)
		p->state = open->state;
	if (p->state != HTML_IN_TAG)
		memcpy(p->attr, "on", sizeof("on"));
	return true;
}

static bool
same_spot(const struct html_place *a, const struct html_place *b)
{
	if (a->state != b->state)
		return false;
	switch (a->state) {
	case HTML_DATA:
	case HTML_COMMENT:
		return true;
	case HTML_DECLARATION:
		return a->seen == b->seen;
	case HTML_VALUE:
		if (a->seen != b->seen)
			return false;
		__attribute__((fallthrough));
	default:
		return strcmp(a->tag, b->tag) == 0 &&
		       strcmp(a->attr, b->attr) == 0 && a->quote == b->quote;
	}
}

/* Only where they say something: elsewhere they are what the last value, the
 * last comment left behind. */
static bool
may_close(const struct html_place *p)
{
	return p->outlook || p->state == HTML_COMMENT;
}

static void
join_values(struct html_place *p, const struct html_place *open)
{
	p->at_start = p->at_start && open->at_start;
	if (p->in_scheme && open->in_scheme &&
	    strcmp(p->scheme, open->scheme) != 0)
		memcpy(p->scheme, "?", sizeof("?"));
	else if (!p->in_scheme)
		memcpy(p->scheme, open->scheme, sizeof(p->scheme));
	p->var_in_scheme = (p->in_scheme && p->var_in_scheme) ||
	    (open->in_scheme && open->var_in_scheme);
	p->in_scheme = p->in_scheme || open->in_scheme;
	p->program = p->program || open->program;
	if (p->value_loops > open->value_loops)
		p->value_loops = open->value_loops;
}

static void
join_doubts(struct html_place *p, const struct html_place *open)
{
	if (p->state == HTML_VALUE)
		join_values(p, open);
	if (p->state == HTML_RAW && p->seen != open->seen)
		p->seen = 0; /* the end tag is not believed in */
	if (!may_close(p))
		return;
	p->after_var = p->after_var || open->after_var;
	if (p->dashes != open->dashes) {
		p->dashes = 0;
		p->after_var = true;
	}
	if (p->state == HTML_COMMENT && p->seen != open->seen) {
		p->seen = HTML_SEEN_DOUBT;
		p->after_var = true;
	}
}

int
html_place_join(
    struct html_place *p, const struct html_place *open, const char **error_r)
{
	if (p->outlook == open->outlook &&
	    (join_in_tag(p, open) || same_spot(p, open))) {
		join_doubts(p, open);
		return 0;
	}
	*error_r =
	    "the section ends in another place of the HTML than it began "
	    "(a tag, a comment or a quoted value is open); put both ends "
	    "outside, or both inside of it";
	return -1;
}

bool
html_place_same(const struct html_place *a, const struct html_place *b)
{
	if (!same_spot(a, b) || a->outlook != b->outlook)
		return false;
	if (a->state == HTML_VALUE &&
	    (a->in_scheme != b->in_scheme || a->program != b->program))
		return false;
	if (a->state == HTML_VALUE && a->in_scheme &&
	    (strcmp(a->scheme, b->scheme) != 0 ||
		a->var_in_scheme != b->var_in_scheme))
		return false;
	if ((a->state == HTML_RAW || a->state == HTML_COMMENT) &&
	    a->seen != b->seen)
		return false;
	return !may_close(a) ||
	       (a->dashes == b->dashes && a->after_var == b->after_var);
}

int
html_place_end(const struct html_place *p, const char **error_r)
{
	if (p->state == HTML_DATA || p->state == HTML_TAG_OPEN)
		return 0;
	*error_r =
	    "the HTML ends within a tag, a comment, a script or a style; "
	    "close it";
	return -1;
}
