/* Why a server would not take mail yet, from its reply in the mail log: what the
 * next attempt should do depends on it.  The enhanced status codes are those of
 * RFC 3463 and its registry; the words are what large receivers say.  Pure. */
#ifndef NEARPOST_MAIL_DEFERRAL_H
#define NEARPOST_MAIL_DEFERRAL_H

enum deferral_cause {
	DEFERRAL_OTHER = 0,   /* lost connection, its own trouble */
	DEFERRAL_RATE,        /* too much at a time: slower, or from elsewhere */
	DEFERRAL_REPUTATION,  /* this address is not trusted: from elsewhere */
	DEFERRAL_GREYLISTING, /* never seen: the same address, later (RFC 6647) */
	DEFERRAL_MAILBOX,     /* this recipient alone: a full mailbox */
	DEFERRAL_N_CAUSES
};

/* dsn: "4.7.1", or "".  text: the reply as the mail log has it, with or without
 * Postfix's "host mx.example[192.0.2.1] said: " before it. */
enum deferral_cause deferral_cause(const char *dsn, const char *text);
/* other, rate, reputation, greylisting, mailbox */
const char *deferral_cause_name(enum deferral_cause cause);

#endif
