/* The event loop: the gatekeeper of libevent, TLS on connections included.
 * One thread; a callback may free what it is called for.  Every wait has a
 * deadline: there is no read without one. */
#ifndef NEARPOST_BASE_LOOP_H
#define NEARPOST_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/file.h"

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop **loop);
void loop_run(struct loop *loop);  /* until loop_stop */
void loop_stop(struct loop *loop); /* safe in callbacks */
int64_t loop_mono_ms(const struct loop *loop);
/* The underlying struct event_base *, for the gatekeepers of other libraries
 * (hiredis adapter in store.c, c-ares in dns.c). */
void *loop_base(struct loop *loop);

/* Timers.  repeat: every delay_ms until freed. */
struct timer;
struct timer *timer_new(struct loop *loop, int64_t delay_ms, bool repeat,
    void (*cb)(void *ctx), void *ctx);
void timer_free(struct timer **timer);

/* Later in the same turn: the callback runs once when what has come in has been
 * dealt with, before the loop waits again.  However often it was asked for in
 * between. */
struct soon;
struct soon *soon_new(struct loop *loop, void (*cb)(void *ctx), void *ctx);
void soon_ask(struct soon *soon);
void soon_free(struct soon **soon);

/* Signals end up in the loop. */
struct sig;
struct sig *sig_new(struct loop *loop, int signo, void (*cb)(void *ctx),
    void *ctx);
void sig_free(struct sig **sig);

/* Readiness of a plain descriptor (inotify, c-ares sockets, ...). */
struct watch;
enum { WATCH_READ = 1, WATCH_WRITE = 2 };
struct watch *watch_new(struct loop *loop, int fd, int what,
    void (*cb)(int fd, int what, void *ctx), void *ctx);
void watch_free(struct watch **watch);

/* TLS settings of a listener or client: certificate, key and the CA that the
 * peer's certificate must come from (both sides must have one).  TLS 1.2 or
 * newer.  NULL and a heap *error_r when a file is missing or does not match. */
struct tls;
struct tls *tls_new(const char *cert, const char *key, const char *ca,
    char **error_r);
void tls_free(struct tls **tls);

/* A byte-stream connection.  read cb: look at conn_input(), conn_consume()
 * what was used.  closed cb: called once, with a short reason ("end of file",
 * "timed out", "certificate verify failed", ...); the connection is still to be
 * freed by its owner. */
struct conn;
struct conn_cbs {
	void (*opened)(struct conn *c, void *ctx); /* clients: after TLS; may be NULL */
	void (*readable)(struct conn *c, void *ctx);
	void (*closed)(struct conn *c, const char *reason, void *ctx);
};
/* tls may be NULL.  server_name: checked against the certificate (CN or SAN);
 * NULL or "" means the host of `to`.  timeout_ms covers lookup, connect and
 * handshake.  Nothing is called back from within this call.  With TLS 1.3 a
 * server's refusal of our certificate comes after `opened`, as `closed`. */
struct conn *conn_connect(struct loop *loop, const struct endpoint *to,
    struct tls *tls, const char *server_name, int64_t timeout_ms,
    const struct conn_cbs *cbs, void *ctx);
struct slice conn_input(struct conn *c);
void conn_consume(struct conn *c, size_t len);
void conn_write(struct conn *c, struct slice data);
/* Bytes written and not yet taken by the kernel. */
size_t conn_unsent(struct conn *c);
/* Close when nothing was read for this long; 0 = never. */
void conn_idle_timeout(struct conn *c, int64_t ms);
/* Common name of the peer's verified certificate, NULL without TLS. */
const char *conn_peer_cn(struct conn *c);
int64_t conn_peer_not_after_ms(struct conn *c); /* its validity; 0 without TLS */
const char *conn_peer_text(struct conn *c); /* address, for logs */
void conn_set_ctx(struct conn *c, const struct conn_cbs *cbs, void *ctx);
void conn_free(struct conn **c);

/* A listener hands out connections (after the TLS handshake).  Unix sockets are
 * created with `mode`; a stale socket file is replaced, a living one is an
 * error.  NULL and a heap *error_r. */
struct listener;
struct listener *listener_new(struct loop *loop, const struct endpoint *at,
    unsigned mode, struct tls *tls,
    void (*accepted)(struct conn *c, void *ctx), void *ctx, char **error_r);
void listener_free(struct listener **l);
/* The port it got (endpoints made with port 0: the kernel chooses); 0: unix. */
int listener_port(const struct listener *l);

/* HTTP (evhttp), GET and HEAD only.  More connections than these wait for one to
 * end, which each does after half a minute at the latest. */
#define HTTP_CONNECTIONS_MAX 64
struct http;
struct http_reply {
	struct buf body;
	const char *type;   /* text/plain, unless the handler says another */
	const char *policy; /* Content-Security-Policy; nothing is allowed, ... */
};
/* Fills the reply and returns the status. */
typedef int http_handler(const char *path, struct http_reply *r, void *ctx);
struct http *http_new(struct loop *loop, const struct endpoint *at,
    http_handler *handler, void *ctx, char **error_r);
void http_free(struct http **h);
int http_port(const struct http *h);

#endif
