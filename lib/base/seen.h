/* Which of many texts were met before, in 16 to 32 bytes each however long they
 * are: 64 bits of a digest.  Two texts of a million are taken for one with a
 * probability of 3 in 100 million. */
#ifndef NEARPOST_BASE_SEEN_H
#define NEARPOST_BASE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* All zeroes at first. */
struct seen {
	uint64_t *slot;
	size_t n, cap; /* n: texts */
};

/* false when it was there. */
bool seen_add(struct seen *s, struct slice text);
bool seen_has(const struct seen *s, struct slice text);
void seen_free(struct seen *s); /* leaves it all zeroes */

#endif
