/* libconfuse 3.3 counts up to two lines too many for each comment, so that every
 * error behind the first one names a wrong line, and takes none within a list.
 * Hence it gets to see no comments: here they become blanks. */
#include "lib/base/settings_hint.h"

/* What may stand in a word without quotes. */
static bool
in_word(char c)
{
	return !memchr(" \t\r\n#\"'={}()+,", c, sizeof(" \t\r\n#\"'={}()+,"));
}

/* Octets of the string in quotes that begins at s. */
static size_t
quoted(struct slice s)
{
	size_t i;

	for (i = 1; i < s.len && s.data[i] != s.data[0]; i++)
		if (s.data[i] == '\\')
			i++;
	return i < s.len ? i + 1 : s.len;
}

/* Octets of the comment that begins at s; 0 when there is none, SIZE_MAX when it
 * has no end.  A line's comment ends before the line break. */
static size_t
comment(struct slice s, bool within_word)
{
	bool slash = s.len > 1 && s.data[0] == '/' && !within_word;
	const char *end;

	if (slash && s.data[1] == '*') {
		end = memmem(s.data + 2, s.len - 2, "*/", 2);
		return end ? (size_t)(end - s.data) + 2 : SIZE_MAX;
	}
	if (s.data[0] != '#' && !(slash && s.data[1] == '/'))
		return 0;
	end = memchr(s.data, '\n', s.len);
	return end ? (size_t)(end - s.data) : s.len;
}

int
settings_uncomment(struct slice text, struct buf *out)
{
	bool within_word = false;
	size_t n, i;

	while (text.len) {
		n = comment(text, within_word);
		if (n == SIZE_MAX)
			return -1;
		for (i = 0; i < n; i++)
			buf_add_char(out, text.data[i] == '\n' ? '\n' : ' ');
		if (n == 0) {
			n = *text.data == '"' || *text.data == '\''
			    ? quoted(text) : 1;
			buf_add(out, text.data, n);
		}
		within_word = n == 1 && in_word(*text.data);
		text.data += n;
		text.len -= n;
	}
	return 0;
}
