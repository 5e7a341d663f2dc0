/* Everything is cleaned first (UTF-8 made whole, controls made spaces), then cut
 * into tokens that are put one by one, each on this line or the next: so no
 * value, whatever is in it, can reach past its own field. */
#include "lib/mail/header_put.h"

#include <string.h>

#include "lib/base/codec.h"
#include "lib/base/text.h"
#include "lib/base/utf8.h"

#define LINE_GOAL 76    /* RFC 2047 section 2: lines with encoded words */
#define TOKEN_MAX 900   /* longer ones cannot stay in one piece: RFC 5322, 998 */
#define WORD_MAX 75     /* RFC 2047 section 2 */
#define WORD_FRAME 12   /* =?utf-8?q??= */
#define WORD_ROOM_MIN 30 /* with less room, start on a new line */
#define PARAM_MAX 60    /* octets of value in one parameter line */

void
header_clean(struct buf *out, struct slice s, bool squeeze)
{
	struct buf whole = {0};
	size_t i;
	char c;

	header_repair(&whole, s);
	for (i = 0; i < whole.len; i++) {
		c = whole.data[i];
		if ((unsigned char)c < 0x20 || c == 0x7f)
			c = ' ';
		if (squeeze && c == ' ' &&
		    (out->len == 0 || out->data[out->len - 1] == ' '))
			continue;
		buf_add_char(out, c);
	}
	while (squeeze && out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_free(&whole);
}

static size_t
column(const struct buf *out)
{
	const char *lf = out->len ? memrchr(out->data, '\n', out->len) : NULL;

	return lf ? out->len - (size_t)(lf + 1 - out->data) : out->len;
}

/* A space, or a fold where the next `len` octets do not fit into this line. */
static void
put_space(struct buf *out, size_t len)
{
	if (column(out) + 1 + len > LINE_GOAL && column(out) > 1)
		buf_add_str(out, "\r\n ");
	else
		buf_add_char(out, ' ');
}

static void
put_token(struct buf *out, struct slice token)
{
	size_t n;

	put_space(out, token.len > TOKEN_MAX ? TOKEN_MAX : token.len);
	while (token.len > TOKEN_MAX) {
		/* No text has such words; what is cut here was broken. */
		for (n = TOKEN_MAX; n > TOKEN_MAX - 4 &&
		    ((unsigned char)token.data[n] & 0xc0) == 0x80; n--)
			;
		buf_add(out, token.data, n);
		buf_add_str(out, "\r\n ");
		token.data += n;
		token.len -= n;
	}
	buf_add_slice(out, token);
}

void
header_put_tokens(struct buf *out, struct slice s)
{
	struct slice token;

	while (slice_split(&s, ' ', &token))
		if (token.len)
			put_token(out, token);
}

/* What an encoded word may show as it is, in a phrase too (RFC 2047 section 5
 * rule 3). */
static bool
q_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("!*+-/", c));
}

static size_t
q_len(struct slice s)
{
	size_t i, len = 0;

	for (i = 0; i < s.len; i++)
		len += q_safe(s.data[i]) || s.data[i] == ' ' ? 1 : 3;
	return len;
}

static void
q_encode(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] == ' ')
			buf_add_char(out, '_');
		else if (q_safe(s.data[i]))
			buf_add_char(out, s.data[i]);
		else
			buf_printf(out, "=%02X", (unsigned char)s.data[i]);
	}
}

static size_t
b_len(struct slice s)
{
	return (s.len + 2) / 3 * 4;
}

/* The most whole characters of *rest whose code fits into max octets. */
static struct slice
take_chars(struct slice *rest, size_t (*len_of)(struct slice), size_t max)
{
	struct slice taken = {rest->data, 0}, longer;
	size_t n;

	while (taken.len < rest->len) {
		n = utf8_sequence((const unsigned char *)rest->data + taken.len,
		    rest->len - taken.len);
		longer = (struct slice){taken.data, taken.len + (n ? n : 1)};
		if (taken.len && len_of(longer) > max)
			break;
		taken = longer;
	}
	rest->data += taken.len;
	rest->len -= taken.len;
	return taken;
}

/* The most whole characters of *rest whose base64 fits into max octets and needs
 * no "=", unless they are the last; none when there is no such place.  Some readers
 * (GMime is one) join words of base64 before they decode them, so that the first
 * that ends in "=" would be the last they show. */
static struct slice
take_groups(struct slice *rest, size_t max)
{
	const struct slice all = *rest;
	struct slice part = take_chars(rest, b_len, max);

	if (rest->len == 0)
		return part;
	while (part.len % 3 != 0)
		do
			part.len--;
		while (((unsigned char)part.data[part.len] & 0xc0) == 0x80);
	*rest = (struct slice){all.data + part.len, all.len - part.len};
	return part;
}

void
header_put_encoded(struct buf *out, struct slice text)
{
	/* Q can be read in the raw mail: worth half as much again. */
	const bool readable = q_len(text) * 2 <= b_len(text) * 3;
	size_t room = LINE_GOAL - 1;

	room -= column(out) < room ? column(out) : room;
	while (text.len) {
		struct slice part = {NULL, 0};
		bool q;

		if (room < WORD_ROOM_MIN) {
			buf_add_str(out, "\r\n ");
			room = WORD_MAX;
		} else {
			buf_add_char(out, ' ');
		}
		if (!readable)
			part = take_groups(&text, room - WORD_FRAME);
		q = part.len == 0;
		if (q)
			part = take_chars(&text, q_len, room - WORD_FRAME);
		buf_add_str(out, q ? "=?utf-8?q?" : "=?utf-8?b?");
		if (q)
			q_encode(out, part);
		else
			base64_encode(out, part.data, part.len);
		buf_add_str(out, "?=");
		room = 0;
	}
}

bool
header_has_word(struct slice s)
{
	return s.len > 1 && memmem(s.data, s.len, "=?", 2);
}

/* What stands in text as it is would be read as something else, or not fit. */
static bool
needs_encoding(struct slice word)
{
	return !text_is_ascii(word) || word.len > TOKEN_MAX ||
	    header_has_word(word);
}

/* Text from the first word that needs it to the last is encoded, so that no
 * space between two encoded words is lost. */
void
header_add_text(struct buf *out, const char *name, struct slice text)
{
	struct buf cleaned = {0};
	struct slice all, rest, word, run = {NULL, 0};

	header_clean(&cleaned, text, true);
	all = rest = slice_buf(&cleaned);
	while (slice_split(&rest, ' ', &word)) {
		if (!needs_encoding(word))
			continue;
		if (!run.data)
			run.data = word.data;
		run.len = (size_t)(word.data + word.len - run.data);
	}
	buf_printf(out, "%s:", name);
	if (run.data) {
		header_put_tokens(out,
		    (struct slice){all.data, (size_t)(run.data - all.data)});
		header_put_encoded(out, run);
		all.len -= (size_t)(run.data + run.len - all.data);
		all.data = run.data + run.len;
	}
	header_put_tokens(out, all);
	buf_add_str(out, "\r\n");
	buf_free(&cleaned);
}

void
header_add_raw(struct buf *out, const char *name, struct slice value)
{
	struct buf cleaned = {0};

	header_clean(&cleaned, value, true);
	buf_printf(out, "%s:", name);
	header_put_tokens(out, slice_buf(&cleaned));
	buf_add_str(out, "\r\n");
	buf_free(&cleaned);
}

/* RFC 5987 attr-char: safe in a parameter as it is. */
static size_t
percent_len(struct slice s)
{
	size_t i, len = 0;

	for (i = 0; i < s.len; i++)
		len += s.data[i] == '.' || s.data[i] == '_' ||
		    (q_safe(s.data[i]) && !strchr("*/", s.data[i])) ? 1 : 3;
	return len;
}

static void
percent_encode(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		struct slice c = {s.data + i, 1};

		if (percent_len(c) == 1)
			buf_add_slice(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.data[i]);
	}
}

static void
put_param(struct buf *out, struct buf *param)
{
	buf_add_char(out, ';');
	put_space(out, param->len + 1); /* and the next ";" */
	buf_add_slice(out, slice_buf(param));
	buf_clear(param);
}

void
header_add_param(struct buf *out, const char *name, struct slice value)
{
	struct buf cleaned = {0}, param = {0};
	struct slice rest;
	size_t i, n = 0;
	bool whole, word;

	header_clean(&cleaned, value, false);
	rest = slice_buf(&cleaned);
	/* Many readers decode encoded words within quotes, too. */
	word = rest.len && memmem(rest.data, rest.len, "=?", 2);
	if (text_is_ascii(rest) && rest.len <= PARAM_MAX && !word) {
		buf_printf(&param, "%s=\"", name);
		for (i = 0; i < rest.len; i++) {
			if (rest.data[i] == '"' || rest.data[i] == '\\')
				buf_add_char(&param, '\\');
			buf_add_char(&param, rest.data[i]);
		}
		buf_add_char(&param, '"');
		put_param(out, &param);
		rest.len = 0;
	}
	whole = percent_len(rest) <= PARAM_MAX;
	while (rest.len) {
		struct slice part = take_chars(&rest, percent_len, PARAM_MAX);

		/* name*=, or name*0*= name*1*= ... (RFC 2231 section 4.1) */
		buf_printf(&param, "%s*", name);
		if (!whole)
			buf_printf(&param, "%zu*", n);
		buf_add_str(&param, n == 0 ? "=utf-8''" : "=");
		percent_encode(&param, part);
		put_param(out, &param);
		n++;
	}
	buf_free(&param);
	buf_free(&cleaned);
}
