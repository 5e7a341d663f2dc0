#include "lib/fleet/store_connect.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <sys/time.h>

struct redisContext *
store_connect(const struct endpoint *at, int64_t timeout_ms)
{
	struct timeval timeout = {.tv_sec = timeout_ms / 1000,
	    .tv_usec = timeout_ms % 1000 * 1000};
	redisContext *c = at->path ?
	    redisConnectUnixWithTimeout(at->path, timeout) :
	    redisConnectWithTimeout(at->host, at->port, timeout);

	if (c && !c->err)
		(void)redisSetTimeout(c, timeout); /* says so in err */
	return c;
}

struct redisAsyncContext *
store_connect_async(const struct endpoint *at)
{
	return at->path ? redisAsyncConnectUnix(at->path) :
	    redisAsyncConnect(at->host, at->port);
}
