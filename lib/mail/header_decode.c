/* Reading what mail clients wrote into a field.  Lenient: an encoded word that
 * cannot be decoded stays as it is, octets without a charset are taken for
 * windows-1252, a character cut in two between neighbouring words (old clients
 * do that) is put together again. */
#include "lib/mail/header.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <strings.h>

#include "lib/base/codec.h"
#include "lib/base/text.h"
#include "lib/base/utf8.h"

#define CHARSET_MAX 40

struct decoder {
	struct buf text;   /* UTF-8 so far */
	struct buf octets; /* of the encoded words since, in `charset` */
	char charset[CHARSET_MAX + 1];
};

void
header_repair(struct buf *out, struct slice s)
{
	size_t i, n;

	for (i = 0; i < s.len; i += n ? n : 1) {
		n = utf8_sequence((const unsigned char *)s.data + i, s.len - i);
		if (n)
			buf_add(out, s.data + i, n);
		else
			buf_add_str(out, "\xef\xbf\xbd"); /* U+FFFD */
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
header_unfold(struct buf *out, struct slice value)
{
	size_t i = 0, end;

	while (i < value.len) {
		if (value.data[i] == '\0') {
			buf_add_char(out, ' ');
			i++;
			continue;
		}
		if (value.data[i] != '\r' && value.data[i] != '\n') {
			buf_add_char(out, value.data[i++]);
			continue;
		}
		for (end = i; end < value.len && (value.data[end] == '\r' ||
		    value.data[end] == '\n'); end++)
			;
		/* A fold leaves its own white space; an end of line without
		 * any would glue two words together. */
		if (end < value.len && value.data[end] != ' ' &&
		    value.data[end] != '\t')
			buf_add_char(out, ' ');
		i = end;
	}
}

/* Octets of the charset as UTF-8, U+FFFD for what it does not have.  -1 when
 * nobody knows the charset. */
static int
convert(struct buf *out, const char *charset, struct slice in)
{
	iconv_t cd;
	char chunk[256], *from, *to;
	size_t left = in.len, room, got;
	struct buf copy = {0}, utf8 = {0};

	if (strcasecmp(charset, "utf-8") == 0 ||
	    strcasecmp(charset, "us-ascii") == 0) {
		header_repair(out, in);
		return 0;
	}
	cd = iconv_open("UTF-8", charset);
	if (cd == (iconv_t)-1)
		return -1;
	buf_add_slice(&copy, in); /* iconv(3) wants its input writable */
	from = copy.data;
	while (left) {
		to = chunk;
		room = sizeof(chunk);
		got = iconv(cd, &from, &left, &to, &room);
		buf_add(&utf8, chunk, sizeof(chunk) - room);
		if (got != (size_t)-1 || errno == E2BIG)
			continue;
		buf_add_str(&utf8, "\xef\xbf\xbd"); /* U+FFFD */
		from++;
		left--;
		(void)iconv(cd, NULL, NULL, NULL, NULL);
	}
	(void)iconv_close(cd);
	/* glibc takes "@utf-8" for the UTF-8 of old, of up to six octets. */
	header_repair(out, slice_buf(&utf8));
	buf_free(&copy);
	buf_free(&utf8);
	return 0;
}

static void
flush(struct decoder *d)
{
	if (d->octets.len)
		(void)convert(&d->text, d->charset, slice_buf(&d->octets));
	buf_clear(&d->octets);
	d->charset[0] = '\0';
}

static void
add_plain(struct decoder *d, struct slice s)
{
	flush(d);
	if (text_is_utf8(s) || convert(&d->text, "windows-1252", s) < 0)
		header_repair(&d->text, s);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
q_decode(struct buf *out, struct slice in)
{
	size_t i;
	int high, low;

	for (i = 0; i < in.len; i++) {
		if (in.data[i] == '=') {
			if (in.len - i < 3)
				return -1;
			high = hex_value(in.data[i + 1]);
			low = hex_value(in.data[i + 2]);
			if (high < 0 || low < 0)
				return -1;
			buf_add_char(out, (char)(high * 16 + low));
			i += 2;
		} else {
			buf_add_char(out, in.data[i] == '_' ? ' ' : in.data[i]);
		}
	}
	return 0;
}

/* The part of s up to '?', which it takes away, too. */
static bool
cut_part(struct slice *s, struct slice *part_r)
{
	size_t i;

	for (i = 0; i < s->len && s->data[i] != '?'; i++)
		if (is_blank(s->data[i]) || s->data[i] == '\0')
			return false;
	if (i == s->len)
		return false;
	*part_r = (struct slice){s->data, i};
	s->data += i + 1;
	s->len -= i + 1;
	return true;
}

static bool
charset_ok(struct slice name, char charset_r[CHARSET_MAX + 1])
{
	struct buf none = {0};
	const char *star = memchr(name.data, '*', name.len);
	size_t i;
	bool known;

	if (star) /* a language, RFC 2231 section 5 */
		name.len = (size_t)(star - name.data);
	if (name.len == 0 || name.len > CHARSET_MAX)
		return false;
	for (i = 0; i < name.len; i++)
		if (name.data[i] == '/' || name.data[i] < '!' ||
		    name.data[i] > '~') /* "//" has a meaning to iconv_open */
			return false;
	(void)snprintf(charset_r, CHARSET_MAX + 1, "%.*s", (int)name.len,
	    name.data);
	known = convert(&none, charset_r, slice_of("")) == 0;
	buf_free(&none);
	return known;
}

/* An encoded word at the start of s: its length, 0 when there is none that can
 * be decoded. */
static size_t
parse_word(struct slice s, char charset_r[CHARSET_MAX + 1], struct buf *octets)
{
	struct slice rest = s, name, how, text;
	bool ok;

	if (s.len < 8 || memcmp(s.data, "=?", 2) != 0)
		return 0;
	rest.data += 2;
	rest.len -= 2;
	if (!cut_part(&rest, &name) || !cut_part(&rest, &how) ||
	    !cut_part(&rest, &text) || rest.len == 0 || rest.data[0] != '=' ||
	    !charset_ok(name, charset_r))
		return 0;
	buf_clear(octets);
	if (slice_caseeq_str(how, "q"))
		ok = q_decode(octets, text) == 0;
	else
		ok = slice_caseeq_str(how, "b") &&
		    base64_decode(octets, text) == 0;
	return ok ? (size_t)(rest.data + 1 - s.data) : 0;
}

static void
decode_words(struct decoder *d, struct slice s)
{
	char charset[CHARSET_MAX + 1];
	struct buf octets = {0};
	struct slice gap = {s.data, 0};
	bool after_word = false;
	size_t n;

	while (s.len) {
		n = parse_word(s, charset, &octets);
		if (n == 0) {
			gap.len++;
			n = 1;
		} else {
			/* White space between two encoded words is theirs. */
			if (!after_word || slice_trim(gap).len)
				add_plain(d, gap);
			if (strcasecmp(charset, d->charset) != 0)
				flush(d);
			memcpy(d->charset, charset, sizeof(charset));
			buf_add_slice(&d->octets, slice_buf(&octets));
			after_word = true;
			gap = (struct slice){s.data + n, 0};
		}
		s.data += n;
		s.len -= n;
	}
	add_plain(d, gap);
	buf_free(&octets);
}

void
header_decode(struct buf *out, struct slice value)
{
	struct decoder d = {0};
	struct buf whole = {0};
	struct slice text;
	size_t i;

	header_unfold(&whole, value);
	decode_words(&d, slice_trim(slice_buf(&whole)));
	text = slice_trim(slice_buf(&d.text));
	for (i = 0; i < text.len; i++)
		buf_add_char(out, (unsigned char)text.data[i] < 0x20 ||
		    text.data[i] == 0x7f ? ' ' : text.data[i]);
	buf_free(&d.text);
	buf_free(&d.octets);
	buf_free(&whole);
}
