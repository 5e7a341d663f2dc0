/* The milter around a decision: the gatekeeper of libmilter.
 *
 * session.c alone gathers a message, calls decide() with the whole of it at end
 * of message, and applies the edits, all or nothing: when any smfi_* call fails
 * the answer is 451.  libmilter's workers call from many threads: state hangs on
 * the session, decide() must be thread-safe and may block within its own
 * deadline.
 *
 * Ordinary mail costs the least libmilter can negotiate: every callback before
 * end of headers is SMFIP_NR_*; there look() sees headers and recipients and says
 * whether the message concerns us; if not, SMFIS_ACCEPT ends our part and no body
 * is ever sent. */
#ifndef NEARPOST_MAIL_SESSION_H
#define NEARPOST_MAIL_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/base/mem.h"
#include "lib/mail/header.h"

#define SESSION_HEADERS_MAX (256 * 1024) /* octets of all headers kept */
#define SESSION_FIELDS_MAX 4096          /* header fields kept */
/* Fields of keep_prefix that are kept (without value) beyond those limits; when
 * there are more, the message is rejected. */
#define SESSION_EXTRA_FIELDS_MAX 1024

struct session_rcpt {
	const char *address;  /* exactly as the MTA gave it, for delrcpt */
	const char *notify;   /* "NOTIFY=..." argument, or NULL */
	const char *orcpt;    /* "ORCPT=..." argument, or NULL */
};
struct session_message {
	struct arena *arena;            /* dies with the message */
	struct sockaddr_storage client; /* family AF_UNSPEC when unknown (pickup) */
	const char *client_name;
	const char *login;    /* {auth_authen}, or NULL */
	const char *daemon;   /* {daemon_name}, or NULL */
	/* {cert_subject}: common name of the client's certificate, or NULL.
	 * Postfix gives it for certificates it could not verify, too: trust it only
	 * where smtpd_tls_req_ccert = yes.  Sendmail says {verify}, which is heeded. */
	const char *tls_cn;
	bool local_submit;    /* by sendmail(1): no real SMTP client */
	const char *queue_id; /* "" when the MTA does not say; sure in decide() */
	const char *from;     /* always with <> */
	const char *const *from_args; /* ESMTP arguments, NULL-terminated: RET=, ENVID= ... */
	struct session_rcpt *rcpts;
	size_t n_rcpts;
	/* Values without the one space behind the colon, folded with "\n". */
	struct header *headers;
	size_t n_headers;
	bool headers_cut;     /* there was more than the limits above */
	struct slice body;    /* only in decide() */
	bool body_cut;        /* it was longer than body_max */
	/* decide() may leave something of the arena here, for done(). */
	void **keep;
};

enum session_look {
	SESSION_NOT_OURS = 0, /* accept, untouched, now */
	SESSION_OURS,         /* want the body and decide() */
	SESSION_REFUSE        /* now, with edits->reply */
};
enum session_verdict {
	SESSION_CONTINUE = 0, /* with the edits */
	SESSION_REJECT,       /* 5xx edits->reply */
	SESSION_TEMPFAIL,     /* 4xx edits->reply */
	SESSION_DISCARD       /* accepted and thrown away */
};
struct session_edits { /* everything in the message's arena; all zeroes = none */
	enum session_verdict verdict;
	const char *reply[3]; /* code "550", enhanced "5.7.1", text; for REJECT,
	                       * TEMPFAIL, REFUSE.  Controls in text become spaces, cut at 400 */
	const char *new_from; /* NULL = keep; args kept */
	bool *drop_rcpt;      /* one per message rcpt, or NULL */
	struct session_rcpt *add_rcpts; /* orcpt/notify as full arguments or NULL */
	size_t n_add_rcpts;
	bool *drop_header;    /* one per message header, or NULL */
	bool drop_all_headers;/* but those added here and the MTA's own Received */
	struct header *add_headers; /* appended in order, but for those which take
	                             * the place of a dropped one of their name */
	size_t n_add_headers;
	struct slice *body;   /* NULL = keep */
	size_t n_body;
};

struct session_ops {
	const char *name;      /* for libmilter */
	size_t body_max;       /* octets kept of a body */
	enum session_look (*look)(const struct session_message *m,
	    struct session_edits *edits, void *ctx);
	void (*decide)(const struct session_message *m,
	    struct session_edits *edits, void *ctx);
	/* May all be left out (zero): */
	const char *keep_prefix; /* "Nearpost-": see SESSION_EXTRA_FIELDS_MAX */
	bool never_body, never_from; /* decide() leaves these alone: not asked for */
	void (*ready)(void *ctx);  /* the socket listens */
	void (*reload)(void *ctx); /* SIGUSR1, on a thread of its own */
	/* Every decide() is followed by exactly one done(): applied says whether the
	 * edits are in the MTA's hands and the verdict was CONTINUE. */
	void (*done)(const struct session_message *m, bool applied, void *ctx);
	void *ctx;
};

/* listen: milter style; socket_group "" = leave; timeout in seconds.  Runs until
 * SIGTERM, SIGINT or SIGHUP; messages at their end are finished first.  A unix
 * socket gets mode 0660; a stale one is replaced, a living one is an error.
 * Returns an exit status; *error_r (static) when it could not start. */
int session_run(const struct session_ops *ops, const char *listen,
    const char *socket_group, int timeout_s, const char **error_r);
/* Is the client in one of the networks, such as "127.0.0.0/8"?  What is no
 * network (network.h) has nobody in it. */
bool session_client_in(const struct sockaddr_storage *client,
    const char *const *networks, size_t n);

#endif
