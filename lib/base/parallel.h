/* The same work for many items, on every core: for long jobs at start and in
 * tools (digests of an asset set), never for a message. */
#ifndef NEARPOST_BASE_PARALLEL_H
#define NEARPOST_BASE_PARALLEL_H

#include <stddef.h>

#define PARALLEL_MAX 8 /* threads */

/* fn(ctx, i) for i = 0 .. n-1, in no order, each in some thread; returns when
 * all are done.  fn must not touch what belongs to another i. */
void parallel_for(size_t n, void (*fn)(void *ctx, size_t i), void *ctx);

#endif
