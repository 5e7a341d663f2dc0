/* A table says which octets stand for themselves; everything else is the exception.
 * Works line by line, since what needs care hangs on a line's beginning and end. */
#include "lib/mail/qp.h"

#define LINE_MAX_LEN 76

static const char hex[] = "0123456789ABCDEF";

static inline bool
is_plain(unsigned char c)
{
	return (c > ' ' && c < 0x7f && c != '=') || c == ' ' || c == '\t';
}

static char *
put_hex(char *to, unsigned char c)
{
	*to++ = '=';
	*to++ = hex[c >> 4];
	*to++ = hex[c & 15];
	return to;
}

/* Must the octet at i be written as =XX although it is plain? */
static bool
is_special(const char *line, size_t len, size_t i)
{
	if (i == 0)
		return (len >= 5 && memcmp(line, "From ", 5) == 0) ||
		    (len == 1 && line[0] == '.') ||
		    (len == 1 && (line[0] == ' ' || line[0] == '\t'));
	return i == len - 1 && (line[i] == ' ' || line[i] == '\t');
}

/* One line, without its end.  At most three characters for an octet, and a soft
 * break for every 73 of them. */
static void
encode_line(struct buf *out, const char *line, size_t len)
{
	char *start, *to;
	size_t column = 0;

	buf_reserve(out, len * 3 + (len * 3 / 72 + 2) * 3 + 2);
	start = to = out->data + out->len;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];
		bool plain = is_plain(c) && !is_special(line, len, i);
		size_t need = plain ? 1 : 3;

		/* The last column is the soft break's, unless the line ends. */
		if (column + need > LINE_MAX_LEN - (i + 1 < len ? 1u : 0u)) {
			*to++ = '=';
			*to++ = '\r';
			*to++ = '\n';
			column = 0;
			/* A soft break makes a line's start as well. */
			if (c == '.' || c == 'F') {
				plain = false;
				need = 3;
			}
		}
		if (plain)
			*to++ = (char)c;
		else
			to = put_hex(to, c);
		column += need;
	}
	*to++ = '\r';
	*to++ = '\n';
	out->len += (size_t)(to - start);
}

void
qp_encode(struct buf *out, struct slice text)
{
	while (text.len) {
		const char *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;
		size_t used = end ? len + 1 : len;

		if (len && text.data[len - 1] == '\r')
			len--;
		encode_line(out, text.data, len);
		text = (struct slice){text.data + used, text.len - used};
	}
}
