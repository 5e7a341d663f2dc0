/* Tags are found as HTML has it (WHATWG HTML, section 13.2.5), but a {{tag}} may
 * stand anywhere and is passed over whole. */
#include "lib/mail/html_alt.h"

#include <strings.h>

#include "lib/mail/escape.h"

struct scan {
	struct slice s;
	size_t i;
};
struct picture {
	bool has_alt;
	int n_src;
	struct slice src;
};

static bool
at(const struct scan *p, const char *what)
{
	size_t len = strlen(what);

	return p->s.len - p->i >= len &&
	    strncasecmp(p->s.data + p->i, what, len) == 0;
}

/* To the next one of these, and behind it; to the end when there is none. */
static void
skip_past(struct scan *p, const char *what)
{
	size_t len = strlen(what);

	for (; p->i < p->s.len; p->i++)
		if (at(p, what)) {
			p->i += len;
			return;
		}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
now(const struct scan *p)
{
	return p->i < p->s.len ? p->s.data[p->i] : '\0';
}

/* Up to one of the characters. */
static struct slice
take_until(struct scan *p, const char *stops)
{
	size_t start = p->i;

	while (p->i < p->s.len && !(now(p) && strchr(stops, now(p)))) {
		if (at(p, "{{"))
			skip_past(p, "}}");
		else
			p->i++;
	}
	return (struct slice){p->s.data + start, p->i - start};
}

static struct slice
take_value(struct scan *p)
{
	const char quote[2] = {now(p), '\0'};
	struct slice value;

	if (*quote != '"' && *quote != '\'')
		return take_until(p, " \t\r\n\f>");
	p->i++;
	value = take_until(p, quote);
	if (p->i < p->s.len)
		p->i++;
	return value;
}

static void
skip_spaces(struct scan *p)
{
	while (p->i < p->s.len && is_space(now(p)))
		p->i++;
}

static void
take_attribute(struct scan *p, struct picture *pic)
{
	size_t start = p->i;
	struct slice name, value = {NULL, 0};

	if (at(p, "{{")) { /* a section around attributes */
		skip_past(p, "}}");
		return;
	}
	p->i++; /* a name may begin with = */
	(void)take_until(p, " \t\r\n\f/>={");
	name = (struct slice){p->s.data + start, p->i - start};
	skip_spaces(p);
	if (now(p) == '=') {
		p->i++;
		skip_spaces(p);
		value = take_value(p);
	}
	if (slice_caseeq_str(name, "alt"))
		pic->has_alt = true;
	if (slice_caseeq_str(name, "src")) {
		pic->n_src++;
		pic->src = value;
	}
}

/* Past the > of the tag; false when there is none. */
static bool
take_tag(struct scan *p, struct picture *pic)
{
	*pic = (struct picture){.has_alt = false};
	while (p->i < p->s.len) {
		if (now(p) == '>') {
			p->i++;
			return true;
		}
		if (is_space(now(p)) || now(p) == '/')
			p->i++;
		else
			take_attribute(p, pic);
	}
	return false;
}

/* The content of these is no markup. */
static void
skip_raw(struct scan *p, struct slice name)
{
	static const char *const raw[] = {
	    "script", "style", "textarea", "title", "xmp"};
	char end[16];
	size_t i;

	for (i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		if (!slice_caseeq_str(name, raw[i]))
			continue;
		end[0] = '<';
		end[1] = '/';
		memcpy(end + 2, raw[i], strlen(raw[i]) + 1);
		skip_past(p, end);
	}
}

static void
fill_in(struct buf *out, const struct picture *pic, html_alt_fn find, void *ctx)
{
	struct slice cid = pic->src, alt;

	if (pic->has_alt || pic->n_src != 1 || cid.len <= 4 ||
	    !slice_caseeq_str((struct slice){cid.data, 4}, "cid:"))
		return;
	cid = (struct slice){cid.data + 4, cid.len - 4};
	if (!find(cid, &alt, ctx))
		return;
	buf_add_str(out, " alt=\"");
	escape_add(out, ESCAPE_HTML, alt);
	buf_add_char(out, '"');
}

void
html_alt_fill(struct buf *out, struct slice html, html_alt_fn find, void *ctx)
{
	struct scan p = {html, 0};
	struct picture pic;
	struct slice name;
	size_t done = 0, behind; /* copied up to here; behind "<img" */

	while (p.i < html.len) {
		if (at(&p, "<!--") && !at(&p, "<!--[")) {
			skip_past(&p, "-->");
			continue;
		}
		if (html.data[p.i++] != '<')
			continue;
		name = take_until(&p, " \t\r\n\f/>{<");
		behind = p.i;
		if (name.len == 0 || !is_letter(*name.data))
			continue; /* "1 < 2", an end tag, a declaration */
		if (!take_tag(&p, &pic))
			break; /* nor does any other one end */
		if (slice_caseeq_str(name, "img")) {
			buf_add(out, html.data + done, behind - done);
			fill_in(out, &pic, find, ctx);
			done = behind;
		}
		skip_raw(&p, name);
	}
	if (html.len)
		buf_add(out, html.data + done, html.len - done);
}
