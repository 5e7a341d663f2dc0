/* Escaping alone does not keep data from becoming markup: &#39; is a quote
 * again inside onclick, and nothing helps inside <script>.  So the places where
 * a value is safe are listed here, and everywhere else is an error at load.
 * This half reads the template's text; html_place_var.c judges what stands in
 * it. */
#include "lib/mail/html_place.h"

#include <ctype.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
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
	    "data", "xlink:href", "ping", "dynsrc", "lowsrc", "imagesrcset",
	    "manifest", "codebase", "usemap"};
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (strcmp(attr, urls[i]) == 0)
			return true;
	return false;
}

bool
html_place_raw_is_text(const char *tag)
{
	return strcmp(tag, "title") == 0 || strcmp(tag, "textarea") == 0;
}

static bool
tag_is_raw(const char *tag)
{
	static const char *const raw[] = {
	    "script", "style", "xmp", "iframe", "noembed", "noframes"};
	size_t i;

	for (i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
		if (strcmp(tag, raw[i]) == 0)
			return true;
	return html_place_raw_is_text(tag);
}

static void
tag_end(struct html_place *p)
{
	p->state = tag_is_raw(p->tag) ? HTML_RAW : HTML_DATA;
	p->seen = 0;
}

static void
value_begin(struct html_place *p)
{
	p->at_start = true;
	p->url = p->in_scheme = attr_is_url(p->attr);
	p->var_in_scheme = p->program = false;
	p->scheme[0] = '\0';
	p->seen = 0;
	p->value_loops = p->loops;
}

static int
tag_char(struct html_place *p, char c, const char **error_r)
{
	switch (p->state) {
	case HTML_TAG_NAME:
		if (c == '>')
			tag_end(p);
		else if (is_blank(c) || c == '/')
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

static bool
runs_program(const char *scheme)
{
	return strcmp(scheme, "javascript") == 0 ||
	       strcmp(scheme, "vbscript") == 0 || strcmp(scheme, "data") == 0 ||
	       scheme[0] == '?';
}

/* Only &amp; is clear; &colon; and &#58; are colons as well. */
static int
reference_char(struct html_place *p, char c, const char **error_r)
{
	static const char wanted[] = "amp;";

	if (c == wanted[p->seen - 1]) {
		if (++p->seen == sizeof(wanted)) {
			p->seen = 0;
			p->in_scheme = false;
		}
		return 0;
	}
	p->seen = 0;
	p->program = true;
	if (!p->var_in_scheme)
		return 0;
	*error_r = "a variable before this & could choose the kind of link; "
		   "write &amp; for &, or write https: yourself";
	return -1;
}

static int
scheme_char(struct html_place *p, char c, const char **error_r)
{
	if (p->seen)
		return reference_char(p, c, error_r);
	if (c == '&' && p->quote) {
		p->seen = 1;
	} else if (strchr(":/?#&", c)) {
		if (c == ':' && p->var_in_scheme) {
			*error_r = "a variable before the : would choose the "
				   "kind of link; write https: yourself, or "
				   "let the variable be the whole address";
			return -1;
		}
		if (c == ':' && runs_program(p->scheme))
			p->program = true;
		p->in_scheme = false;
	} else if ((unsigned char)c > ' ') { /* browsers drop the others */
		name_add(p->scheme, sizeof(p->scheme), c);
	}
	return 0;
}

static int
value_char(struct html_place *p, char c, const char **error_r)
{
	if (c == p->quote) {
		p->state = HTML_IN_TAG;
		p->attr[0] = '\0';
		p->seen = 0;
		return 0;
	}
	p->at_start = false;
	return p->in_scheme ? scheme_char(p, c, error_r) : 0;
}

static void
bare_char(struct html_place *p, char c)
{
	if (c == '>')
		tag_end(p);
	else if (is_blank(c))
		p->state = HTML_IN_TAG;
}

static void
declaration_char(struct html_place *p, char c)
{
	if (c == '>') {
		p->state = HTML_DATA;
	} else if (c != '-' || p->seen >= 2) {
		p->seen = HTML_SEEN_NO_DASHES;
	} else if (++p->seen == 2) {
		p->state = HTML_COMMENT;
		p->seen = HTML_SEEN_FRESH;
	}
}

/* Comments end with -->, with --!> and, right at their beginning, with > and
 * ->;
 * <!--[if mso]> ones are transparent: Outlook reads what is in them as HTML, so
 * we do too. */
static int
comment_char(struct html_place *p, char c, const char **error_r)
{
	unsigned seen = p->seen;

	p->seen = 0;
	if (c == '[' && seen == HTML_SEEN_DOUBT) {
		*error_r =
		    "what stands before this [ may be left out, and then "
		    "<!--[ means something to Outlook; write a blank "
		    "between";
		return -1;
	}
	if (c == '[' && seen == HTML_SEEN_FRESH) {
		p->state = HTML_DECLARATION;
		p->seen = HTML_SEEN_NO_DASHES;
		p->outlook = true;
	} else if (c == '-' && seen == HTML_SEEN_FRESH) {
		p->seen = HTML_SEEN_START_DASH;
	} else if (c == '>' && (p->dashes >= 2 || seen == HTML_SEEN_FRESH ||
				   seen == HTML_SEEN_START_DASH)) {
		p->state = HTML_DATA;
	}
	return 0;
}

/* Only "</script" ends a script, whatever else is in it. */
static int
raw_char(struct html_place *p, char c, const char **error_r)
{
	size_t len = strlen(p->tag);
	char wanted = p->seen == 0        ? '<'
		      : p->seen == 1      ? '/'
		      : p->seen < len + 2 ? p->tag[p->seen - 2]
					  : '\0';

	if (p->seen == 1 && is_letter(c) && html_place_raw_is_text(p->tag)) {
		*error_r = "tags within <title> and <textarea> are shown as "
			   "text; take them out";
		return -1;
	}
	if (p->seen == 1 && c == '!' && strcmp(p->tag, "script") == 0) {
		*error_r = "<! within a script changes where it ends; take it "
			   "out";
		return -1;
	}
	if (wanted && tolower((unsigned char)c) == wanted) {
		p->seen++;
	} else if (p->seen == len + 2 &&
		   (is_blank(c) || c == '/' || c == '>')) {
		memcpy(p->tag, "/", sizeof("/"));
		p->attr[0] = '\0';
		p->state = HTML_IN_TAG;
		if (c == '>')
			tag_end(p);
	} else {
		p->seen = c == '<';
	}
	return 0;
}

static void
open_char(struct html_place *p, char c)
{
	if (p->tag[0] == '/' && !is_letter(c)) { /* </ and no name: a comment */
		p->state = c == '>' ? HTML_DATA : HTML_DECLARATION;
		p->seen = HTML_SEEN_NO_DASHES;
	} else if (is_letter(c)) {
		p->state = HTML_TAG_NAME;
		p->attr[0] = '\0';
		name_add(p->tag, sizeof(p->tag), c);
	} else if (c == '/') {
		name_add(p->tag, sizeof(p->tag), c);
	} else if (c == '!' || c == '?') {
		p->state = HTML_DECLARATION;
		p->seen = c == '!' ? 0 : HTML_SEEN_NO_DASHES;
	} else if (c != '<') {
		p->state = HTML_DATA; /* a < that opens nothing */
	}
}

/* What is a comment to browsers may end here. */
static int
check_end(const struct html_place *p, char c, const char **error_r)
{
	if (c != '>' || !p->after_var || p->dashes >= 2 ||
	    (!p->outlook && p->state != HTML_COMMENT))
		return 0;
	*error_r = "behind this variable or section a > may end the comment or "
		   "not; write a blank between";
	return -1;
}

static void
note_char(struct html_place *p, char c, bool in_comment)
{
	if (c == '>' &&
	    (p->dashes >= 2 || (in_comment && p->state != HTML_COMMENT)))
		p->outlook = false;
	p->after_var = p->after_var && (c == '-' || c == '!');
	if (c == '-')
		p->dashes = p->dashes == 0 || p->dashes == 3 ? 1 : 2;
	else
		p->dashes = c == '!' && p->dashes == 2 ? 3 : 0;
	if (p->state == HTML_COMMENT && p->seen == HTML_SEEN_FRESH)
		p->dashes = 0; /* those of <!-- do not end it */
}

static int
read_char(struct html_place *p, char c, const char **error_r)
{
	switch (p->state) {
	case HTML_DATA:
		if (c == '<') {
			p->state = HTML_TAG_OPEN;
			p->tag[0] = '\0';
		}
		return 0;
	case HTML_TAG_OPEN:
		open_char(p, c);
		return 0;
	case HTML_VALUE:
		return value_char(p, c, error_r);
	case HTML_VALUE_BARE:
		bare_char(p, c);
		return 0;
	case HTML_DECLARATION:
		declaration_char(p, c);
		return 0;
	case HTML_COMMENT:
		return comment_char(p, c, error_r);
	case HTML_RAW:
		return raw_char(p, c, error_r);
	default:
		return tag_char(p, c, error_r);
	}
}

int
html_place_text(
    struct html_place *p, struct slice text, size_t *at_r, const char **error_r)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		bool in_comment = p->state == HTML_COMMENT;

		*at_r = i;
		if (check_end(p, text.data[i], error_r) == -1 ||
		    read_char(p, text.data[i], error_r) == -1)
			return -1;
		note_char(p, text.data[i], in_comment);
	}
	return 0;
}
