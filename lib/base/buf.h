/* Two kinds of bytes: struct slice borrows, struct buf owns. */
#ifndef NEARPOST_BASE_BUF_H
#define NEARPOST_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *data; /* not NUL-terminated; may hold NULs */
	size_t len;
};

/* Starts life as all zeroes: struct buf b = {0}; */
struct buf {
	char *data; /* NUL-terminated behind len once anything was added */
	size_t len;
	size_t cap;
};

static inline struct slice
slice_of(const char *s)
{
	return (struct slice){s, s ? strlen(s) : 0};
}

static inline struct slice
slice_buf(const struct buf *b)
{
	return (struct slice){b->data, b->len};
}

bool slice_eq(struct slice a, struct slice b);
bool slice_eq_str(struct slice a, const char *s);
/* ASCII case folded, as RFC 5322 field names are compared. */
bool slice_caseeq_str(struct slice a, const char *s);
/* Without leading and trailing SP, HTAB, CR and LF. */
struct slice slice_trim(struct slice s);
/* Cut the part before the first `sep` off *rest.  false when *rest is used up;
 * "a,,b" gives "a", "", "b"; an empty *rest gives nothing. */
bool slice_split(struct slice *rest, char sep, struct slice *part_r);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Make room for len more bytes. */
void buf_reserve(struct buf *b, size_t len);
/* Drop the first len bytes. */
void buf_consume(struct buf *b, size_t len);
void buf_clear(struct buf *b); /* keeps the memory */
void buf_free(struct buf *b);  /* leaves it all zeroes */
/* The owned string; the buf is empty afterwards and the caller frees. */
char *buf_steal(struct buf *b);

#endif
