/* What the loop_*.c files share; nobody else includes this. */
#ifndef NEARPOST_BASE_LOOP_INTERNAL_H
#define NEARPOST_BASE_LOOP_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <sys/time.h>

#include "lib/base/loop.h"

#define LISTEN_BACKLOG 512
#define LISTEN_ADDRESSES_MAX 8

struct loop {
	struct event_base *base;
	struct evdns_base *dns; /* made when first needed */
	bool stopped;
};

static inline struct timeval
timeval_ms(int64_t ms)
{
	return (struct timeval){ms / 1000, ms % 1000 * 1000};
}

/* The resolver for names to connect to; NULL when there is none to be had. */
struct evdns_base *loop_dns(struct loop *loop);

/* A bufferevent on a connected descriptor, which it owns.  server_name NULL:
 * the server's side.  NULL when OpenSSL refuses. */
struct bufferevent *tls_bufferevent(struct tls *tls, struct event_base *base,
    int fd, const char *server_name);
/* After the handshake: the peer's common name, heap-allocated; or NULL. */
char *tls_peer_name(struct bufferevent *bev, int64_t *not_after_ms_r);
/* Why a TLS connection failed, or NULL when it was not TLS's fault. */
const char *tls_failure(struct bufferevent *bev, char *dst, size_t size);
/* Tell the peer that this is the end, as far as it still listens. */
void tls_goodbye(struct bufferevent *bev);

/* Getting connected: resolve the name, try its addresses in turn, until one
 * takes us.  done: a connected descriptor, or -1 and why not; called from the
 * loop, never from within dial_new(), once at most.  No deadline of its own. */
struct dial;
struct dial *dial_new(struct loop *loop, const struct endpoint *to,
    void (*done)(int fd, const char *why, void *ctx), void *ctx);
void dial_free(struct dial **d); /* fine within `done` too */

/* The server's side of an accepted descriptor: `opened` after the handshake,
 * or from the loop soon when there is none. */
struct conn *conn_accepted(struct loop *loop, int fd, struct tls *tls,
    const char *peer, int64_t timeout_ms, const struct conn_cbs *cbs,
    void *ctx);

/* Descriptors that listen at an endpoint; how many, or -1 and a heap text. */
int listen_at(const struct endpoint *at, unsigned mode,
    int fds_r[LISTEN_ADDRESSES_MAX], char **error_r);
/* "inet:host:port", "unix:/path"; heap-allocated. */
char *endpoint_text(const struct endpoint *e);
/* "192.0.2.1:25", "[2001:db8::1]:25", "local"; dst of 64 bytes. */
void peer_text(const struct sockaddr *sa, char *dst, size_t size);

#endif
