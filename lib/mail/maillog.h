/* Log lines of Postfix and Sendmail to events.  Pure; one line in, one event out.
 * Understands the traditional and RFC 3339 time stamps of syslog and of
 * maillog_file, and a journal's bare message (program given apart).  Postfix needs
 * its long queue ids; what Sendmail says is in maillog_sendmail.h. */
#ifndef NEARPOST_MAIL_MAILLOG_H
#define NEARPOST_MAIL_MAILLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define MAILLOG_LINE_MAX 16384

enum maillog_kind {
	MAILLOG_OTHER = 0,
	MAILLOG_QUEUED,    /* it is in the queue */
	MAILLOG_REJECTED,  /* it never got there: a milter or a check refused it */
	MAILLOG_SENT,
	MAILLOG_DEFERRED,
	MAILLOG_BOUNCED,   /* refused for good, or expired */
	MAILLOG_REMOVED    /* Postfix alone: it left the queue */
};
struct maillog_event {
	enum maillog_kind kind;
	char queue_id[32];
	bool sendmail;
	int64_t logged_ms;   /* the line's stamp, wall clock; -1 when it is none or
	                      * of whole seconds */
	/* to=<>, "" when not a delivery line; Sendmail's several as "<a>,<b>"; cut
	 * when longer.  See maillog_names(). */
	char recipient[320];
	char relay_host[256], relay_ip[64]; /* "" when no server was reached */
	int conn_use;        /* 1 = fresh session, 0 unknown */
	int64_t size;        /* of MAILLOG_QUEUED; -1 unknown */
	int64_t delays_us[4]; /* a: before qmgr, b: in qmgr, c: connection, d: transmission; -1 unknown */
	int64_t delay_ms;    /* Sendmail: since the mail came, whole seconds; -1 */
	char dsn[16];        /* "2.0.0" */
	char text[512];      /* the reply in parentheses, cut */
};

/* false: no line of an MTA's with a queue id. */
bool maillog_parse(struct slice line, struct maillog_event *out_r);
/* program e.g. "postfix/smtp" and the message behind "]: " (journal). */
bool maillog_parse_message(struct slice program, struct slice message,
    struct maillog_event *out_r);
/* Is the address one of the recipients? */
bool maillog_names(const struct maillog_event *e, const char *address);

#endif
