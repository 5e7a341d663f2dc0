/* Allocation that ends the process instead of failing, and a bump arena.
 *
 * The arena grows by doubling blocks up to BLOCK_MAX: an ordinary message costs
 * one malloc, a large one few, and nobody frees piecemeal. */
#include "lib/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/log.h"

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)256 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

static void *
checked(void *p, size_t size)
{
	if (!p)
		fatalx(EX_TEMPFAIL, "out of memory: %zu bytes wanted", size);
	return p;
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1), size);
}

void *
xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1), size);
}

void *
xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1), size);
}

char *
xstrdup(const char *s)
{
	size_t len = strlen(s) + 1;

	return memcpy(xmalloc(len), s, len);
}

char *
xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : s, 0);
}

struct block {
	struct block *next;
	size_t size; /* of data */
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks; /* the first is the one with room */
	size_t fill;          /* of the first block */
	size_t used;
};

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void
arena_free(struct arena **arena)
{
	struct block *b, *next;

	if (!*arena)
		return;
	for (b = (*arena)->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(*arena);
	*arena = NULL;
}

static void
arena_grow(struct arena *a, size_t need)
{
	size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN;
	struct block *b;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < need)
		size = need;
	b = xmalloc(sizeof(*b) + size);
	b->next = a->blocks;
	b->size = size;
	a->blocks = b;
	a->fill = 0;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	size_t need;
	void *p;

	if (size > SIZE_MAX / 4)
		fatalx(EX_SOFTWARE, "arena_alloc of %zu bytes", size);
	need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (need == 0)
		need = ALIGNMENT;
	if (!arena->blocks || arena->blocks->size - arena->fill < need)
		arena_grow(arena, need);
	p = arena->blocks->data + arena->fill;
	arena->fill += need;
	arena->used += need;
	return memset(p, 0, need);
}

char *
arena_strndup(struct arena *arena, const char *s, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);

	if (n)
		memcpy(copy, s, n);
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap, again;
	char *s;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		fatalx(EX_SOFTWARE, "arena_printf cannot format \"%s\"", fmt);
	s = arena_alloc(arena, (size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}
