/* The lines of Sendmail 8.17, behind "ID: ".  For maillog.c.
 *
 *	to=<a@b>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30785,
 *	    relay=mx.b. [10.0.0.1], dsn=2.0.0, stat=Sent (Ok)
 *
 * The from= line says nothing: it is written before the milters have decided.  A
 * to= line without mailer= is that of a mail which was refused.  Times are whole
 * seconds, of which no round trip can be learnt, and delays_us stays unknown. */
#ifndef NEARPOST_MAIL_MAILLOG_SENDMAIL_H
#define NEARPOST_MAIL_MAILLOG_SENDMAIL_H

#include "lib/mail/maillog.h"

/* "sendmail", or what -L makes of it: "sm-mta". */
bool maillog_sendmail_program(struct slice program);
/* 6AQ5NXSs022065: eight for the time, then the process. */
bool maillog_sendmail_id(struct slice id);
void maillog_sendmail_parse(struct slice message, struct maillog_event *out);

#endif
