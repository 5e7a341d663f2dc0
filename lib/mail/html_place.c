/* Escaping alone does not keep data from becoming markup: &#39; is a quote again
 * inside onclick, and nothing helps inside <script>.  So the places where a
 * value is safe are listed here, and everywhere else is an error at load. */
#include "lib/mail/html_place.h"

#include <ctype.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
name_add(char *name, size_t size, char c)
{
	size_t len = strlen(name);

	if (len + 1 < size) {
		name[len] = (char)tolower((unsigned char)c);
		name[len + 1] = '\0';
	}
}

static bool
attr_is_url(const char *attr)
{
	static const char *const urls[] = {"href", "src", "action",
	    "formaction", "background", "poster", "cite", "longdesc", "srcset",
	    "data", "xlink:href"};
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (strcmp(attr, urls[i]) == 0)
			return true;
	return false;
}

static void
tag_end(struct html_place *p)
{
	bool raw = strcmp(p->tag, "script") == 0 || strcmp(p->tag, "style") == 0;

	p->state = raw ? HTML_RAW : HTML_DATA;
	p->seen = 0;
}

static void
value_begin(struct html_place *p)
{
	p->at_start = true;
	p->in_scheme = attr_is_url(p->attr);
	p->var_in_scheme = false;
}

static int
tag_char(struct html_place *p, char c, const char **error_r)
{
	switch (p->state) {
	case HTML_TAG_NAME:
		if (c == '>')
			tag_end(p);
		else if (is_blank(c) || (c == '/' && strcmp(p->tag, "/")))
			p->state = HTML_IN_TAG;
		else
			name_add(p->tag, sizeof(p->tag), c);
		return 0;
	case HTML_AFTER_NAME:
	case HTML_ATTR_NAME:
		if (c == '=') {
			p->state = HTML_BEFORE_VALUE;
			return 0;
		}
		if (is_blank(c)) {
			p->state = HTML_AFTER_NAME;
			return 0;
		}
		if (p->state == HTML_ATTR_NAME && c != '>' && c != '/') {
			name_add(p->attr, sizeof(p->attr), c);
			return 0;
		}
		__attribute__((fallthrough));
	case HTML_IN_TAG:
		p->attr[0] = '\0';
		if (c == '>') {
			tag_end(p);
		} else if (c == '=') {
			*error_r = "there is no attribute name before this =";
			return -1;
		} else if (!is_blank(c) && c != '/') {
			p->state = HTML_ATTR_NAME;
			name_add(p->attr, sizeof(p->attr), c);
		} else {
			p->state = HTML_IN_TAG;
		}
		return 0;
	default: /* HTML_BEFORE_VALUE */
		if (c == '>') {
			tag_end(p);
		} else if (!is_blank(c)) {
			p->state = c == '"' || c == '\'' ? HTML_VALUE
			                                 : HTML_VALUE_BARE;
			p->quote = c;
			value_begin(p);
		}
		return 0;
	}
}

static int
value_char(struct html_place *p, char c, const char **error_r)
{
	if (c == p->quote) {
		p->state = HTML_IN_TAG;
		p->attr[0] = '\0';
		return 0;
	}
	p->at_start = false;
	if (p->in_scheme && (c == ':' || c == '/' || c == '?' || c == '#')) {
		if (c == ':' && p->var_in_scheme) {
			*error_r = "a variable before the : would choose the "
			           "kind of link; write https: yourself, or "
			           "let the variable be the whole address";
			return -1;
		}
		p->in_scheme = false;
	}
	return 0;
}

static void
bare_char(struct html_place *p, char c)
{
	if (c == '>')
		tag_end(p);
	else if (is_blank(c))
		p->state = HTML_IN_TAG;
}

/* Comments end with --> or at once with <!-->; <!--[if mso]> ones are
 * transparent: Outlook reads what is in them as HTML, so we do too. */
static void
comment_char(struct html_place *p, char c)
{
	enum { FRESH = 3, NO_DASHES = 9 };

	if (p->state == HTML_DECLARATION) {
		if (c == '>')
			p->state = HTML_DATA;
		else if (c != '-' || p->seen >= 2)
			p->seen = NO_DASHES;
		else if (++p->seen == 2) {
			p->state = HTML_COMMENT;
			p->seen = FRESH;
		}
	} else if (c == '[' && p->seen == FRESH) {
		p->state = HTML_DECLARATION;
		p->seen = NO_DASHES;
	} else if (c == '>' && p->seen >= 2) {
		p->state = HTML_DATA;
	} else if (c == '-') {
		p->seen = p->seen >= 1 ? 2 : 1;
	} else {
		p->seen = 0;
	}
}

/* Only "</script" ends a script, whatever else is in it. */
static void
raw_char(struct html_place *p, char c)
{
	size_t len = strlen(p->tag);
	char wanted = p->seen == 0 ? '<' : p->seen == 1 ? '/'
	    : p->seen < len + 2 ? p->tag[p->seen - 2] : '\0';

	if (wanted && tolower((unsigned char)c) == wanted) {
		p->seen++;
	} else if (p->seen == len + 2 && (is_blank(c) || c == '/' || c == '>')) {
		memcpy(p->tag, "/", sizeof("/"));
		p->attr[0] = '\0';
		p->state = HTML_IN_TAG;
		if (c == '>')
			tag_end(p);
	} else {
		p->seen = c == '<';
	}
}

static void
open_char(struct html_place *p, char c)
{
	p->tag[0] = p->attr[0] = '\0';
	p->seen = 0;
	if (isalpha((unsigned char)c) || c == '/') {
		p->state = HTML_TAG_NAME;
		name_add(p->tag, sizeof(p->tag), c);
	} else if (c == '!' || c == '?') {
		p->state = HTML_DECLARATION;
	} else if (c != '<') {
		p->state = HTML_DATA; /* a < that opens nothing */
	}
}

int
html_place_text(struct html_place *p, struct slice text, size_t *at_r,
    const char **error_r)
{
	size_t i;
	int r = 0;

	for (i = 0; i < text.len && r == 0; i++) {
		char c = text.data[i];

		*at_r = i;
		switch (p->state) {
		case HTML_DATA:
			if (c == '<')
				p->state = HTML_TAG_OPEN;
			break;
		case HTML_TAG_OPEN:
			open_char(p, c);
			break;
		case HTML_VALUE:
			r = value_char(p, c, error_r);
			break;
		case HTML_VALUE_BARE:
			bare_char(p, c);
			break;
		case HTML_DECLARATION:
		case HTML_COMMENT:
			comment_char(p, c);
			break;
		case HTML_RAW:
			raw_char(p, c);
			break;
		default:
			r = tag_char(p, c, error_r);
		}
	}
	return r;
}

static int
value_var(struct html_place *p, enum escape *how_r, const char **error_r)
{
	if (strncmp(p->attr, "on", 2) == 0 || strcmp(p->attr, "srcdoc") == 0) {
		*error_r = "a value inside this attribute would be read as "
		           "program or markup; no variable may stand here";
		return -1;
	}
	if (strcmp(p->attr, "style") == 0)
		*how_r = ESCAPE_CSS;
	else if (!attr_is_url(p->attr))
		*how_r = ESCAPE_HTML;
	else
		*how_r = p->at_start ? ESCAPE_HTML_URL_START : ESCAPE_URL;
	p->at_start = false;
	p->var_in_scheme = p->var_in_scheme || p->in_scheme;
	return 0;
}

int
html_place_var(struct html_place *p, enum escape *how_r, const char **error_r)
{
	switch (p->state) {
	case HTML_DATA:
	case HTML_COMMENT:
		*how_r = ESCAPE_HTML;
		return 0;
	case HTML_VALUE:
		return value_var(p, how_r, error_r);
	case HTML_RAW:
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

/* {{#x}}checked{{/x}} inside a tag.  Where a name may now be longer or another
 * than the one just read, it becomes one that bears no variable in its value. */
static bool
join_in_tag(struct html_place *p, const struct html_place *open)
{
	if ((open->state != HTML_IN_TAG && open->state != HTML_AFTER_NAME &&
	        open->state != HTML_TAG_NAME) ||
	    (p->state != HTML_IN_TAG && p->state != HTML_AFTER_NAME &&
	        p->state != HTML_ATTR_NAME) ||
	    strcmp(p->tag, open->tag) != 0)
		return false;
	if (open->state == HTML_TAG_NAME)
		p->state = HTML_ATTR_NAME;
	else if (p->state == HTML_IN_TAG)
		p->state = open->state;
	if (p->state != HTML_IN_TAG)
		memcpy(p->attr, "on", sizeof("on"));
	return true;
}

int
html_place_join(struct html_place *p, const struct html_place *open,
    const char **error_r)
{
	if (join_in_tag(p, open))
		return 0;
	if (p->state != open->state ||
	    (p->state != HTML_DATA && p->state != HTML_COMMENT &&
	        (strcmp(p->tag, open->tag) || strcmp(p->attr, open->attr) ||
	            p->quote != open->quote))) {
		*error_r = "the section ends in another place of the HTML than "
		           "it began (a tag or a quoted value is open); put "
		           "both ends outside, or both inside of it";
		return -1;
	}
	/* Whichever way leaves more doubt. */
	p->at_start = p->at_start && open->at_start;
	p->in_scheme = p->in_scheme || open->in_scheme;
	p->var_in_scheme = p->var_in_scheme || open->var_in_scheme;
	p->seen = p->state == HTML_RAW || p->state == HTML_COMMENT ? 0 : p->seen;
	return 0;
}

int
html_place_end(const struct html_place *p, const char **error_r)
{
	if (p->state == HTML_DATA || p->state == HTML_TAG_OPEN)
		return 0;
	*error_r = "the HTML ends within a tag, a comment, a script or a style; "
	           "close it";
	return -1;
}
