/* The connection to Redis, asynchronous.  Every call is answered exactly once,
 * by Redis or by its deadline; nothing waits for anything else.  It comes up
 * by itself, stays away by itself and is back by itself, with growing pauses.
 *
 * hiredis knows no deadlines: a Redis that accepts and says nothing (stopped,
 * or a disk that hangs) would look like one that thinks.  So the deadlines are
 * ours, and after the first one that passes the store is `suspect`: further
 * calls fail at once until an answer comes, instead of each waiting its full
 * time. */
#ifndef NEARPOST_FLEET_STORE_H
#define NEARPOST_FLEET_STORE_H

#include "lib/base/loop.h"
#include "lib/fleet/command.h"
#include "lib/fleet/metrics.h"

#define STORE_PENDING_MAX 20000 /* calls under way; more fail at once */

struct store;

struct store_options {
	const char *address; /* "unix:/path" or "inet:host:port" */
	const char *user;    /* ACL user; "" = default */
	const char *password_file; /* "" = none; its first line */
	const char *client_name; /* CLIENT SETNAME */
	int64_t timeout_ms;  /* of every call */
	struct metrics *metrics; /* for HISTOGRAM_REDIS_SECONDS; may be NULL */
};

enum store_result {
	STORE_OK = 0,
	STORE_DOWN,    /* not connected */
	STORE_TIMEOUT, /* no answer in time */
	STORE_REFUSED  /* Redis answered a command of the call with an error */
};
const char *store_result_text(enum store_result r);

/* Starts connecting.  NULL and a heap *error_r when the address is malformed,
 * the host name has no address, or the password file cannot be read; a Redis
 * that is down is no error.  The options are copied. */
struct store *store_new(struct loop *loop, const struct store_options *options,
    char **error_r);
void store_free(struct store **s); /* calls under way get STORE_DOWN */

/* n commands in one round trip; the callback (may be NULL) gets n replies,
 * which live until it returns, or NULL when the result is not STORE_OK or
 * REFUSED. */
typedef void store_cb(enum store_result result, const struct reply *replies,
    void *ctx);
void store_call(struct store *s, const struct command *commands, size_t n,
    store_cb *cb, void *ctx);

/* What was called goes to Redis now, not when the loop comes to it. */
void store_push(struct store *s);

/* Called back when everything that was called before has been answered: with
 * STORE_OK when Redis still answers. */
void store_barrier(struct store *s, store_cb *cb, void *ctx);

bool store_ready(const struct store *s); /* connected and answering */

struct store_stats {
	uint64_t calls, timeouts, refused, connects;
	size_t pending;
	int64_t answered_ms; /* the last answer: loop time; 0 = none yet */
	int64_t refused_ms;  /* the last that was an error, as well */
};
void store_stats(const struct store *s, struct store_stats *out_r);
/* Called whenever the connection becomes ready. */
void store_on_ready(struct store *s, void (*cb)(void *ctx), void *ctx);

/* The first line of the file; nothing for "".  -1 and a heap *error_r. */
int store_password(const char *file, struct buf *out, char **error_r);
/* The login, the connection's name, and a PING; returns how many. */
#define STORE_HELLO_COMMANDS 3
size_t store_hello(struct command commands_r[STORE_HELLO_COMMANDS],
    struct arena *arena, const char *user, struct slice password,
    const char *client_name);
/* A host name becomes its address.  hiredis would look it up with getaddrinfo()
 * at every connection, which waits; this waits once, at the start. */
int store_resolve(struct endpoint *at, char **error_r);

#endif
