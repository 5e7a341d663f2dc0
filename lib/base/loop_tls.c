/* TLS for connections.  Both sides must show a certificate from our CA, so there
 * is one kind of context for servers and clients; sessions are not resumed,
 * since connections live for hours and every one shall be verified. */
#include "lib/base/loop_internal.h"

#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

struct tls {
	SSL_CTX *ctx;
};

/* "file: what OpenSSL says" */
static char *
told(const char *path, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;
	char *text = xasprintf("%s: %s%s%s", path, what, why ? ": " : "",
	    why ? why : "");

	ERR_clear_error();
	return text;
}

static char *
load_files(SSL_CTX *ctx, const char *cert, const char *key, const char *ca)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return told(cert, "cannot be used as certificate");
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return told(key, "cannot be used as key of the certificate");
	if (SSL_CTX_check_private_key(ctx) != 1)
		return told(key, "is not the key of the certificate");
	if (SSL_CTX_load_verify_file(ctx, ca) != 1)
		return told(ca, "cannot be used as CA certificate");
	return NULL;
}

struct tls *
tls_new(const char *cert, const char *key, const char *ca, char **error_r)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tls *tls;

	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION))
		fatalx(EX_SOFTWARE, "cannot set up TLS");
	*error_r = load_files(ctx, cert, key, ca);
	if (*error_r) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_verify(ctx,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	/* The policy protocol ends its messages itself: a peer that dies
	 * without close_notify cannot cut one short unseen. */
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	tls = xcalloc(1, sizeof(*tls));
	tls->ctx = ctx;
	return tls;
}

void
tls_free(struct tls **tls)
{
	if (!*tls)
		return;
	SSL_CTX_free((*tls)->ctx);
	free(*tls);
	*tls = NULL;
}

/* The name that the server's certificate must carry. */
static int
expect_name(SSL *ssl, const char *name)
{
	unsigned char any[16];

	if (inet_pton(AF_INET, name, any) == 1 ||
	    inet_pton(AF_INET6, name, any) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* SSL_set_tlsext_host_name() spelled out: the macro drops a const. */
	return SSL_set1_host(ssl, name) &&
	    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
	        TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)name) == 1;
}

struct bufferevent *
tls_bufferevent(struct tls *tls, struct event_base *base, int fd,
    const char *server_name)
{
	SSL *ssl = SSL_new(tls->ctx);
	struct bufferevent *bev;

	if (!ssl || (server_name && !expect_name(ssl, server_name))) {
		SSL_free(ssl);
		return NULL;
	}
	bev = bufferevent_openssl_socket_new(base, fd, ssl,
	    server_name ? BUFFEREVENT_SSL_CONNECTING
			: BUFFEREVENT_SSL_ACCEPTING,
	    BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		SSL_free(ssl);
	return bev;
}

char *
tls_peer_name(struct bufferevent *bev, int64_t *not_after_ms_r)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	X509 *cert = ssl ? SSL_get0_peer_certificate(ssl) : NULL;
	char cn[256];
	struct tm tm;

	if (!cert || SSL_get_verify_result(ssl) != X509_V_OK ||
	    X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
	        NID_commonName, cn, sizeof(cn)) <= 0 ||
	    !ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm))
		return NULL;
	*not_after_ms_r = (int64_t)timegm(&tm) * 1000;
	return xstrdup(cn);
}

const char *
tls_failure(struct bufferevent *bev, char *dst, size_t size)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long code = bufferevent_get_openssl_error(bev);
	const char *why = code ? ERR_reason_error_string(code) : NULL;
	long verdict;

	ERR_clear_error();
	if (!ssl || !why)
		return NULL;
	verdict = SSL_get_verify_result(ssl);
	if (verdict != X509_V_OK)
		(void)snprintf(dst, size, "certificate verify failed: %s",
		    X509_verify_cert_error_string(verdict));
	else
		(void)snprintf(dst, size, "TLS: %s", why);
	return dst;
}

void
tls_goodbye(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (!ssl || !SSL_is_init_finished(ssl))
		return;
	(void)SSL_shutdown(ssl);
	ERR_clear_error();
}
