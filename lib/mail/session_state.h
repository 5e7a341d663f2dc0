/* Inside the gatekeeper of libmilter: what the files session*.c share. */
#ifndef NEARPOST_MAIL_SESSION_STATE_H
#define NEARPOST_MAIL_SESSION_STATE_H

#include <libmilter/mfapi.h>

#include "lib/base/buf.h"
#include "lib/mail/session.h"

/* One connection from the MTA; many messages, one after the other.  Idle, it is
 * this struct and nothing else. */
struct session {
	const struct session_ops *ops;
	/* Of the connection; quiet: SMFIP_NR_* was agreed upon. */
	bool quiet_connect, quiet_mail, quiet_rcpt, quiet_header, quiet_body;
	bool skip;          /* the MTA understands SMFIS_SKIP */
	bool leading_space; /* header values come and go with their blank */
	bool no_port;       /* as in mail that pickup(8) brings */
	struct sockaddr_storage client;
	char *client_name, *daemon;
	/* Of the message; m.arena is NULL between messages. */
	struct session_message m;
	struct buf body;
	void *kept; /* what m.keep points to */
	size_t rcpts_cap, headers_cap, headers_size, extra_fields;
};

/* libmilter's prototypes do not know const. */
static inline void *
session_unconst(const void *p)
{
	union {
		const void *in;
		void *out;
	} u = {p};

	return u.out;
}

/* Where the MTA awaits no answer, one would be logged as an error each time. */
static inline sfsistat
session_quietly(bool quiet)
{
	return quiet ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* session_connect.c.  One program runs one milter, and libmilter has no pointer
 * for its user before the first connection: ops are kept there. */
struct smfiDesc session_desc(const struct session_ops *ops);
struct session *session_get(SMFICTX *ctx);
const char *session_macro(SMFICTX *ctx, const char *name);

/* session_gather.c */
sfsistat session_on_mail(SMFICTX *ctx, char **argv);
sfsistat session_on_rcpt(SMFICTX *ctx, char **argv);
sfsistat session_on_header(SMFICTX *ctx, char *name, char *value);
sfsistat session_on_eoh(SMFICTX *ctx);
sfsistat session_on_body(SMFICTX *ctx, unsigned char *data, size_t len);
sfsistat session_on_eom(SMFICTX *ctx);
sfsistat session_on_abort(SMFICTX *ctx);
void session_message_end(struct session *s);
/* Messages that are being decided on, now. */
int session_busy(void);

/* session_apply.c */
/* Apply everything, or -1 with the name of the call that failed: the message
 * must be tempfailed then. */
int session_apply(SMFICTX *ctx, const struct session *s,
    const struct session_edits *edits, const char **failed_r);
void session_reply(SMFICTX *ctx, const struct session_edits *edits,
    const char *code, const char *enhanced);
/* What of text can stand in an SMTP reply, for smfi_setreply(). */
void session_reply_text(const char *text, struct buf *out);

#endif
