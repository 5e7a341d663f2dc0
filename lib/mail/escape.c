/* A byte is copied in runs up to the next one that its place does not bear,
 * since most values hold none at all. */
#include "lib/mail/escape.h"

enum place {
	IN_HTML = 0,
	IN_HEADER,
	IN_URL,     /* unreserved, RFC 3986 section 2.3 */
	IN_ANY_URL, /* unreserved, reserved and %, but for ' ( ) , ; which are
	             * legal and yet end URLs in headers and plain text */
	IN_CSS
};

static inline bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

static inline bool
bears(enum place place, unsigned char c)
{
	switch (place) {
	case IN_HTML:
		return c != '&' && c != '<' && c != '>' && c != '"' &&
		    c != '\'';
	case IN_HEADER: /* 0xc2, 0xe2: what begins with it is looked at */
		return c >= 0x20 && c != 0x7f && c != 0xc2 && c != 0xe2;
	case IN_URL:
		return is_alnum(c) || (c && strchr("-._~", c));
	case IN_ANY_URL:
		return is_alnum(c) || (c && strchr("-._~:/?#[]@!$&*+=%", c));
	case IN_CSS:
		return is_alnum(c) || (c && strchr(" #.,%-_", c));
	}
	return false;
}

static void
add_html(struct buf *out, unsigned char c)
{
	switch (c) {
	case '&':
		buf_add(out, "&amp;", 5);
		break;
	case '<':
		buf_add(out, "&lt;", 4);
		break;
	case '>':
		buf_add(out, "&gt;", 4);
		break;
	case '"':
		buf_add(out, "&quot;", 6);
		break;
	default:
		buf_add(out, "&#39;", 5);
	}
}

static void
add_percent(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";
	char text[3] = {'%', digits[c >> 4], digits[c & 15]};

	buf_add(out, text, sizeof(text));
}

/* One character that may be more than an octet; its length.  C1 controls and line
 * separators are line ends to some readers.  U+202A to U+202E and U+2066 to
 * U+2069 turn the text behind them around, up to the end of the line: in a
 * subject they would make the sender's own words read otherwise.  The marks of
 * direction (U+200E, U+200F, U+061C) only say how the value itself is read. */
static size_t
add_header(struct buf *out, struct slice rest)
{
	const unsigned char *s = (const unsigned char *)rest.data;
	bool e2_80 = rest.len >= 3 && s[0] == 0xe2 && s[1] == 0x80;
	bool e2_81 = rest.len >= 3 && s[0] == 0xe2 && s[1] == 0x81;

	if ((e2_80 && s[2] >= 0xaa && s[2] <= 0xae) ||
	    (e2_81 && s[2] >= 0xa6 && s[2] <= 0xa9))
		return 3;
	if (e2_80 && (s[2] == 0xa8 || s[2] == 0xa9)) {
		buf_add_char(out, ' ');
		return 3;
	}
	if (rest.len >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f) {
		buf_add_char(out, ' ');
		return 2;
	}
	buf_add_char(out, s[0] < 0x80 ? ' ' : (char)s[0]);
	return 1;
}

static void
add_place(struct buf *out, enum place place, struct slice s)
{
	size_t i, run = 0;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (bears(place, c))
			continue;
		buf_add(out, s.data + run, i - run);
		if (place == IN_HTML)
			add_html(out, c);
		else if (place == IN_HEADER)
			i += add_header(out, (struct slice){s.data + i,
			    s.len - i}) - 1;
		else if (place != IN_CSS)
			add_percent(out, c);
		run = i + 1;
	}
	buf_add(out, s.data + run, s.len - run);
}

bool
escape_url_ok(struct slice url)
{
	static const char *const schemes[] = {
	    "http", "https", "mailto", "cid", "tel"};
	size_t i, k;

	for (i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.data[i];

		/* Browsers drop controls and leading blanks before they look
		 * for the scheme; we let neither come near it. */
		if (c <= ' ' || c == 0x7f)
			return false;
		if (strchr("/?#", c))
			return true;
		if (c != ':')
			continue;
		for (k = 0; k < sizeof(schemes) / sizeof(schemes[0]); k++)
			if (slice_caseeq_str((struct slice){url.data, i},
			        schemes[k]))
				return true;
		return false;
	}
	return true;
}

void
escape_add(struct buf *out, enum escape how, struct slice s)
{
	if (s.len == 0)
		return; /* data may be NULL, where even adding 0 is undefined */
	if ((how == ESCAPE_URL_START || how == ESCAPE_HTML_URL_START) &&
	    !escape_url_ok(s)) {
		buf_add_char(out, '#');
		return;
	}
	switch (how) {
	case ESCAPE_NONE:
		buf_add_slice(out, s);
		break;
	case ESCAPE_HTML:
	case ESCAPE_HTML_URL_START:
		add_place(out, IN_HTML, s);
		break;
	case ESCAPE_HEADER:
		add_place(out, IN_HEADER, s);
		break;
	case ESCAPE_URL:
		add_place(out, IN_URL, s);
		break;
	case ESCAPE_URL_START:
		add_place(out, IN_ANY_URL, s);
		break;
	case ESCAPE_CSS:
		add_place(out, IN_CSS, s);
		break;
	}
}
