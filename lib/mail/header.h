/* Header fields: going out, folding (RFC 5322 section 2.2.3), encoded words
 * (RFC 2047) and parameters (RFC 2231); coming in, the way back.  Nothing a value
 * holds can start a new field: controls become spaces here and broken UTF-8
 * becomes U+FFFD, whatever was checked before. */
#ifndef NEARPOST_MAIL_HEADER_H
#define NEARPOST_MAIL_HEADER_H

#include "lib/base/buf.h"

struct header {
	const char *name;
	const char *value; /* unfolded or folded as it came; no CRLF at the end */
};

/* "Name: text CRLF", unstructured text in UTF-8, encoded words where it is not
 * ASCII, lines of at most 76 characters where there is a place to fold, 998
 * always.  White space of any kind and length becomes one space, in the next two
 * as well. */
void header_add_text(struct buf *out, const char *name, struct slice text);
/* The same for an address list such as From: encoded words only in display names
 * (one with special characters is quoted), comments and names of groups.  Addresses
 * stay, but for domains beyond ASCII, which become A-labels; so all of it is ASCII
 * unless a local part is not, and such an address needs SMTPUTF8 anyway.  Encoded
 * words in the list are decoded first and written anew, so that no line end, quote
 * or address comes out of them. */
void header_add_addresses(struct buf *out, const char *name, struct slice list);
/* "Name: value CRLF", ASCII, folded at white space only. */
void header_add_raw(struct buf *out, const char *name, struct slice value);
/* Append a parameter to a field that is being written and has no CRLF yet:
 * ;name="value", or RFC 2231's form for what is long or not ASCII
 * (;name*=utf-8''..., ;name*0*=utf-8''... ;name*1*=...), folded. */
void header_add_param(struct buf *out, const char *name, struct slice value);
/* Text of a field body as UTF-8 on one line: unfolded, encoded words decoded (one
 * that cannot be stays as it is), octets without a charset taken for
 * windows-1252, no white space at the ends.  Used for the stub's Subject. */
void header_decode(struct buf *out, struct slice value);
/* Field body unfolded: line ends before white space removed, others a space. */
void header_unfold(struct buf *out, struct slice value);
/* s with what is no UTF-8 (RFC 3629) as U+FFFD. */
void header_repair(struct buf *out, struct slice s);

#endif
