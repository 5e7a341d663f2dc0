/* Strict conversions: the whole text must fit, nothing is guessed. */
#ifndef NEARPOST_BASE_TEXT_H
#define NEARPOST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* All return 0, or -1 when the text is empty, has anything behind the number,
 * or is out of [min, max].  Decimal only. */
int text_int(struct slice s, int64_t min, int64_t max, int64_t *out_r);
int text_double(struct slice s, double min, double max, double *out_r);
/* "200ms", "2s", "5m", "6h", "7d"; a unit is required, 0 alone is allowed. */
int text_duration_ms(struct slice s, int64_t min, int64_t max, int64_t *out_r);
/* "512", "64K", "20M", "1G", 1024 based, also with a B behind ("20MB"). */
int text_size(struct slice s, int64_t min, int64_t max, int64_t *out_r);
/* "20/s", "600/m", "5000/h", as so many an hour; the unit is required. */
int text_rate_per_h(struct slice s, int64_t min, int64_t max, int64_t *out_r);

bool text_is_utf8(struct slice s); /* RFC 3629: no overlong, no surrogates */
/* Any byte below 0x20 but HTAB, or 0x7f. */
bool text_has_control(struct slice s);
bool text_is_ascii(struct slice s);

/* Line and column of an octet of s, both from 1; a column is a character. */
void text_place(struct slice s, size_t at, int *line_r, int *column_r);

/* "812 B", "4.1 KB", "1.3 MB", "2.0 GB" (1000 based, as people read it). */
void text_human_bytes(char *dst, size_t size, int64_t bytes);
/* "20/s", "10/m", "3.2/s": in a unit in which it is a whole number, or else to
 * three digits. */
void text_human_rate(char *dst, size_t size, double per_s);
/* The i-th of n names, for an error message: "autumn, spring-2026, ... and 7
 * more"; ten are named. */
void text_add_name(struct buf *out, size_t i, size_t n, const char *name);

#endif
