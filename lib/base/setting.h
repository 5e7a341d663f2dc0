/* One setting: its text turned into a value, and back.  settings.c finds the
 * texts in files. */
#ifndef NEARPOST_BASE_SETTING_H
#define NEARPOST_BASE_SETTING_H

#include "lib/base/settings.h"

#define SETTING_TEXT_MAX 4096 /* bytes of one value */

/* Set the row's value in the section's struct `base` from text; a string that
 * was there is freed, a list gets one more item.  -1: why_r is told what is
 * wrong and what to write. */
int setting_set(const struct setting *row, void *base, const char *text,
    struct buf *why_r);
/* The row's default; a required row stays zero. */
void setting_default(const struct setting *row, void *base);
/* The value as a person writes it: 20M, 2s, yes; lists {"a", "b"}; quoted:
 * strings in quotes, as the file wants them. */
void setting_show(const struct setting *row, const void *base, bool quoted,
    struct buf *out);
void setting_free(const struct setting *row, void *base);

#endif
