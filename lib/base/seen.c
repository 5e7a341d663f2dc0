/* Open addressing, never more than half full; 0 is free. */
#include "lib/base/seen.h"

#include <stdlib.h>

#include "lib/base/crypto.h"
#include "lib/base/mem.h"

#define CAP_MIN 1024

static uint64_t
fingerprint(struct slice text)
{
	unsigned char digest[SHA256_SIZE];
	uint64_t f;

	sha256(text.data, text.len, digest);
	memcpy(&f, digest, sizeof(f));
	return f ? f : 1;
}

/* Where it is, or would be; there is a free one. */
static size_t
place(const struct seen *s, uint64_t f)
{
	size_t i = f & (s->cap - 1);

	while (s->slot[i] && s->slot[i] != f)
		i = (i + 1) & (s->cap - 1);
	return i;
}

static void
grow(struct seen *s)
{
	struct seen larger = {.n = s->n, .cap = s->cap ? 2 * s->cap : CAP_MIN};
	size_t i;

	larger.slot = xcalloc(larger.cap, sizeof(*larger.slot));
	for (i = 0; i < s->cap; i++)
		if (s->slot[i])
			larger.slot[place(&larger, s->slot[i])] = s->slot[i];
	free(s->slot);
	*s = larger;
}

bool
seen_has(const struct seen *s, struct slice text)
{
	return s->cap && s->slot[place(s, fingerprint(text))];
}

bool
seen_add(struct seen *s, struct slice text)
{
	uint64_t f = fingerprint(text);
	size_t i;

	if (2 * (s->n + 1) > s->cap)
		grow(s);
	i = place(s, f);
	if (s->slot[i])
		return false;
	s->slot[i] = f;
	s->n++;
	return true;
}

void
seen_free(struct seen *s)
{
	free(s->slot);
	*s = (struct seen){0};
}
