/* Growing byte strings.  The NUL behind len is kept at all times so that a buf
 * with text can be handed to C functions without a copy. */
#include "lib/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
slice_eq_str(struct slice a, const char *s)
{
	return slice_eq(a, slice_of(s));
}

static unsigned char
ascii_lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

/* Not strncasecmp: that follows the locale and stops at NUL. */
bool
slice_caseeq_str(struct slice a, const char *s)
{
	struct slice b = slice_of(s);
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_split(struct slice *rest, char sep, struct slice *part_r)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->data, sep, rest->len);
	part_r->data = rest->data;
	if (!end) {
		part_r->len = rest->len;
		rest->data += rest->len;
		rest->len = 0;
		return true;
	}
	part_r->len = (size_t)(end - rest->data);
	rest->len -= part_r->len + 1;
	rest->data = end + 1;
	return true;
}

void
buf_reserve(struct buf *b, size_t len)
{
	size_t cap = b->cap ? b->cap : 64;

	if (len > SIZE_MAX / 2 - b->len)
		fatalx(EX_SOFTWARE, "buffer of %zu + %zu bytes", b->len, len);
	if (b->data && b->cap - b->len > len)
		return;
	while (cap - b->len <= len)
		cap *= 2;
	b->data = xrealloc(b->data, cap);
	b->cap = cap;
	b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (len == 0 && b->data)
		return;
	buf_reserve(b, len);
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.data, s.len);
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	buf_reserve(b, 80);
	va_copy(again, ap);
	n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, again);
	va_end(again);
	if (n < 0)
		fatalx(EX_SOFTWARE, "buf_printf cannot format \"%s\"", fmt);
	if ((size_t)n >= b->cap - b->len) {
		buf_reserve(b, (size_t)n);
		(void)vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
	}
	b->len += (size_t)n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_consume(struct buf *b, size_t len)
{
	if (len > b->len)
		fatalx(EX_SOFTWARE, "buf_consume %zu of %zu", len, b->len);
	if (len == 0)
		return;
	b->len -= len;
	memmove(b->data, b->data + len, b->len);
	b->data[b->len] = '\0';
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

char *
buf_steal(struct buf *b)
{
	char *s;

	buf_add(b, "", 0);
	s = b->data;
	*b = (struct buf){0};
	return s;
}
