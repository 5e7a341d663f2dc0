/* Taking a log line apart from its front, for maillog*.c. */
#ifndef NEARPOST_MAIL_MAILLOG_SCAN_H
#define NEARPOST_MAIL_MAILLOG_SCAN_H

#include <stdbool.h>
#include <string.h>

#include "lib/mail/maillog.h"

static inline bool
scan_cut(struct slice *s, size_t n)
{
	if (n > s->len)
		return false;
	s->data += n;
	s->len -= n;
	return true;
}

static inline bool
scan_starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.data, prefix, n) == 0;
}

static inline bool
scan_skip(struct slice *s, const char *prefix)
{
	return scan_starts(*s, prefix) && scan_cut(s, strlen(prefix));
}

/* Length of the part before `c`, or all of it. */
static inline size_t
scan_upto(struct slice s, char c)
{
	const char *at = s.len ? memchr(s.data, c, s.len) : NULL;

	return at ? (size_t)(at - s.data) : s.len;
}

static inline struct slice
scan_token(struct slice *s)
{
	struct slice t;

	while (s->len && *s->data == ' ')
		(void)scan_cut(s, 1);
	t = (struct slice){s->data, scan_upto(*s, ' ')};
	(void)scan_cut(s, t.len);
	return t;
}

static inline void
scan_copy(char *dst, size_t size, struct slice s)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;

	if (n)
		memcpy(dst, s.data, n);
	dst[n] = '\0';
}

static inline bool
scan_in_set(struct slice s, const char *set)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.data[i] == '\0' || !strchr(set, s.data[i]))
			return false;
	return true;
}

static inline int64_t
scan_number(struct slice s)
{
	int64_t n = 0;
	size_t i;

	if (s.len == 0 || s.len > 18)
		return -1;
	for (i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return -1;
		n = n * 10 + (s.data[i] - '0');
	}
	return n;
}

/* The end of an address that begins at s and stands in <>, s.len when there is
 * none.  A quoted local part may hold ">, status=sent" and anything else. */
static inline size_t
scan_address(struct slice s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (quoted && s.data[i] == '\\')
			i++;
		else if (s.data[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.data[i] == '>')
			break;
	}
	return i < s.len ? i : s.len;
}

#endif
