/* Memory that never fails, and the arena in which one message lives.
 *
 * Nobody above lib/base checks malloc: when there is no memory the process
 * logs and ends, and its supervisor starts it again (STYLE: "we are wrong"). */
#ifndef NEARPOST_BASE_MEM_H
#define NEARPOST_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
/* printf into a fresh heap string; the caller frees it. */
char *xasprintf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/* An arena hands out memory that dies all at once.  Not thread-safe: one
 * arena belongs to one message, and one message to one callback at a time. */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **arena); /* accepts NULL, leaves NULL */
/* Aligned for any type, zeroed. */
void *arena_alloc(struct arena *arena, size_t size)
    __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *s);
/* n bytes of s, with a terminating NUL behind them. */
char *arena_strndup(struct arena *arena, const char *s, size_t n);
char *arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes handed out so far. */
size_t arena_used(const struct arena *arena);

#endif
