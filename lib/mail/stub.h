/* The stub: the tiny message a campaign sender mails.
 * The body's text is found with GMime (gatekeeper: stub.c): text/plain itself, or
 * the text/plain part of multipart/alternative (at any depth), in any transfer
 * encoding and charset. */
#ifndef NEARPOST_MAIL_STUB_H
#define NEARPOST_MAIL_STUB_H

#include "lib/mail/header.h"
#include "lib/mail/vars.h"

#define STUB_CAMPAIGN "Nearpost-Campaign"
#define STUB_CREATIVE "Nearpost-Creative"
#define STUB_TICKET "Nearpost-Ticket"
#define STUB_DATA "Nearpost-Data"
#define STUB_PREFIX "Nearpost-"
#define STUB_BODY_MAX (256 * 1024) /* octets; more is no stub but a mistake */

struct stub {
	const char *campaign; /* ticket_name_ok(), or NULL when not in the headers */
	const char *creative; /* likewise */
	const char *subject;  /* UTF-8, decoded; "" when absent */
	const char *from;     /* field body, unfolded; "" when absent */
	const char *reply_to; /* likewise */
	struct vars vars;     /* from the body */
};

/* Call once before threads start (GMime's own set-up). */
void stub_init(void);
/* Does this header list make the message a stub? */
bool stub_recognise(const struct header *headers, size_t n);
bool stub_is_ours(const char *header_name); /* Nearpost-*, any case */

/* headers in order, names and bodies as they came; body as it came.
 * -1 and *error_r (static or in the arena): a phrase for the sender, naming the
 * line that is wrong ("line 3 of the body is no "name: value"").  An empty body is
 * fine: no variables.  Two Nearpost-Campaign headers are an error, so is a variable
 * given twice or with control characters.
 * Lines: `name: value`; empty lines and lines that start with # are skipped; an
 * e-mail signature ("-- " line) ends the variables; format=flowed soft breaks and
 * white space around names and values (no-break spaces too) are tolerated.
 * Thread-safe. */
int stub_parse(struct arena *arena, const struct header *headers, size_t n,
    struct slice body, struct stub *out_r, const char **error_r);

#endif
