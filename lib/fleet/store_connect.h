/* The one place that connects to Redis, for both stores: what a Sentinel or a
 * Cluster would say of where Redis is, is to be asked here.  NULL when memory is
 * short, else a context of the caller's, whose err is to be looked at. */
#ifndef NEARPOST_FLEET_STORE_CONNECT_H
#define NEARPOST_FLEET_STORE_CONNECT_H

#include <stdint.h>

#include "lib/base/file.h"

struct redisContext;
struct redisAsyncContext;

/* Waits for the connection, and later for each reply, at most timeout_ms. */
struct redisContext *store_connect(const struct endpoint *at,
    int64_t timeout_ms);
/* Does not wait: who attaches it to a loop has to watch the time. */
struct redisAsyncContext *store_connect_async(const struct endpoint *at);

#endif
