/* Address lists on their way out.  Nothing in them may need SMTPUTF8 but a local
 * part beyond ASCII, which nothing else can carry (RFC 6532): domains become
 * A-labels, names and comments encoded words. */
#include "lib/mail/header_put.h"

#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/mail/mailbox.h"

#define PHRASE_MAX 900 /* octets; a line has 998, and quotes bear no cut */

/* Where the first `stop` stands outside quotes, angle brackets and comments;
 * s.len when it does not. */
static size_t
find_outside(struct slice s, char stop)
{
	bool quoted = false, angle = false;
	int comment = 0;
	size_t i;

	for (i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (c == '\\' && (quoted || comment))
			i++;
		else if (c == '"' && !comment)
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == stop && !angle && !comment)
			return i;
		else if (c == '(')
			comment++;
		else if (c == ')' && comment)
			comment--;
		else if (comment)
			continue;
		else if (c == '<' || c == '>')
			angle = c == '<';
	}
	return s.len;
}

static bool
is_plain(struct slice s)
{
	return text_is_ascii(s) && !header_has_word(s);
}

/* Words that are encoded already may hold line ends, quotes or addresses, so they
 * are decoded and written anew. */
static void
put_anew(struct buf *out, struct slice s)
{
	struct buf decoded = {0}, cleaned = {0};

	header_decode(&decoded, s);
	header_clean(&cleaned, slice_buf(&decoded), true);
	header_put_encoded(out, slice_buf(&cleaned));
	buf_free(&decoded);
	buf_free(&cleaned);
}

/* A display name.  One with letters beyond ASCII is encoded whole: a part left
 * as it is would have to be quoted beside the encoded words.  Between quotes there
 * are no encoded words (RFC 2047 section 5), though many readers see some. */
static void
put_phrase(struct buf *out, struct slice phrase)
{
	const bool quoted = memchr(phrase.data, '"', phrase.len) != NULL;
	const bool plain = is_plain(phrase) && phrase.len <= PHRASE_MAX;
	bool escaped = false;
	struct buf text = {0};
	size_t i, n = phrase.len;

	if (!quoted && header_has_word(phrase)) {
		put_anew(out, phrase);
		return;
	}
	/* specials but the quote: they would have to stand in quotes */
	for (i = 0; plain && i < n && !strchr("()<>[]:;@\\,.", phrase.data[i]);
	     i++)
		;
	if (plain && (i == n || quoted)) {
		header_put_tokens(out, phrase);
		return;
	}
	if (plain)
		buf_add_char(&text, '"');
	for (i = 0; i < n; i++) {
		if (phrase.data[i] == '\\' && (plain || !escaped)) {
			escaped = true;
			continue;
		}
		if (escaped || phrase.data[i] != '"')
			buf_add_char(&text, phrase.data[i]);
		escaped = false;
	}
	if (plain)
		buf_add_char(&text, '"');
	(plain ? header_put_tokens : header_put_encoded)(out, slice_buf(&text));
	buf_free(&text);
}

/* With or without brackets.  What is no address can be anything, but not raw. */
static void
put_mailbox(struct buf *out, struct slice text)
{
	struct arena *arena = arena_new();
	bool angle = text.data[0] == '<' && text.data[text.len - 1] == '>';
	struct slice bare = angle ? (struct slice){text.data + 1, text.len - 2}
	                          : text;
	struct address a;
	const char *why;

	if (address_parse(arena, slice_trim(bare), &a, &why) == 0)
		header_put_tokens(out, slice_of(arena_printf(arena, "%s%s@%s%s",
		    angle ? "<" : "", a.local, a.domain, angle ? ">" : "")));
	else
		header_put_encoded(out, text);
	arena_free(&arena);
}

static void
put_comment(struct buf *out, struct slice comment)
{
	struct slice text = {comment.data + 1,
	    comment.len - 1 - (comment.data[comment.len - 1] == ')')};

	buf_add_str(out, " (");
	(header_has_word(text) ? put_anew : header_put_encoded)(out, text);
	buf_add_char(out, ')');
}

/* What stands behind a display name, or instead of one: an address, comments, a
 * group's name. */
static void
put_address(struct buf *out, struct slice s)
{
	struct slice piece;
	bool comment;

	if (is_plain(s)) {
		header_put_tokens(out, s);
		return;
	}
	for (s = slice_trim(s); s.len; s = slice_trim(s)) {
		comment = s.data[0] == '(';
		piece = (struct slice){s.data, comment ? mailbox_skip(s, 0) :
		    find_outside(s, ' ')};
		if (!comment)
			piece.len = find_outside(piece, '(');
		s = (struct slice){s.data + piece.len, s.len - piece.len};
		if (is_plain(piece))
			header_put_tokens(out, piece);
		else if (comment)
			put_comment(out, piece);
		else if (memchr(piece.data, '@', piece.len))
			put_mailbox(out, piece);
		else
			header_put_encoded(out, piece);
	}
}

void
header_add_addresses(struct buf *out, const char *name, struct slice list)
{
	struct buf cleaned = {0};
	struct slice rest, one, phrase;
	size_t n;

	header_clean(&cleaned, list, true);
	rest = slice_buf(&cleaned);
	buf_printf(out, "%s:", name);
	while (rest.len) {
		n = find_outside(rest, ',');
		one = slice_trim((struct slice){rest.data, n});
		rest.data += n < rest.len ? n + 1 : n;
		rest.len -= n < rest.len ? n + 1 : n;
		n = find_outside(one, '<');
		if (n < one.len) {
			phrase = slice_trim((struct slice){one.data, n});
			if (phrase.len)
				put_phrase(out, phrase);
			one.data += n;
			one.len -= n;
		}
		put_address(out, one);
		if (rest.len)
			buf_add_char(out, ',');
	}
	buf_add_str(out, "\r\n");
	buf_free(&cleaned);
}
