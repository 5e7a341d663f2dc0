/* Postfix log lines to events.  Pure; one line in, one event out.  Understands
 * the traditional and RFC 3339 time stamps of syslog and of maillog_file, and a
 * journal's bare message (program given apart).  LAB: long queue ids required. */
#ifndef NEARPOST_MAIL_MAILLOG_H
#define NEARPOST_MAIL_MAILLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define MAILLOG_LINE_MAX 16384

enum maillog_kind {
	MAILLOG_OTHER = 0,
	MAILLOG_QUEUED,    /* qmgr: from=<>, size=, nrcpt= (queue active) */
	MAILLOG_REJECTED,  /* cleanup: milter-reject: END-OF-MESSAGE and the like */
	MAILLOG_SENT,
	MAILLOG_DEFERRED,
	MAILLOG_BOUNCED,   /* status=bounced or expired */
	MAILLOG_REMOVED    /* qmgr: removed */
};
struct maillog_event {
	enum maillog_kind kind;
	char queue_id[32];
	char recipient[320]; /* to=<>, "" when not a delivery line; cut when longer */
	char relay_host[256], relay_ip[64]; /* "" for relay=none */
	int conn_use;        /* 1 = fresh session */
	int64_t size;        /* of MAILLOG_QUEUED; -1 unknown */
	int64_t delays_us[4]; /* a: before qmgr, b: in qmgr, c: connection, d: transmission; -1 unknown */
	char dsn[16];        /* "2.0.0" */
	char text[512];      /* the reply in parentheses, cut */
};

/* false: no line of Postfix's with a queue id. */
bool maillog_parse(struct slice line, struct maillog_event *out_r);
/* program e.g. "postfix/smtp" and the message behind "]: " (journal). */
bool maillog_parse_message(struct slice program, struct slice message,
    struct maillog_event *out_r);

#endif
