/* Header fields going out: folding (RFC 5322 section 2.2.3), encoded words
 * (RFC 2047) and parameters (RFC 2231).  Nothing a value holds can start a new
 * field: CR, LF and NUL become spaces here, whatever was checked before. */
#ifndef NEARPOST_MAIL_HEADER_H
#define NEARPOST_MAIL_HEADER_H

#include "lib/base/buf.h"

struct header {
	const char *name;
	const char *value; /* unfolded or folded as it came; no CRLF at the end */
};

/* "Name: text CRLF", unstructured text in UTF-8, encoded words where it is not
 * ASCII, lines of at most 78 characters where there is a place to fold, 998
 * always. */
void header_add_text(struct buf *out, const char *name, struct slice text);
/* The same for an address list such as From: encoded words only in display
 * names; addresses stay. */
void header_add_addresses(struct buf *out, const char *name, struct slice list);
/* "Name: value CRLF", ASCII, folded at the given separators only. */
void header_add_raw(struct buf *out, const char *name, struct slice value);
/* ;name="value" or RFC 2231 form (name*=utf-8''...), folded. */
void header_add_param(struct buf *out, const char *name, struct slice value);
/* Text of a field body as UTF-8: unfolded, encoded words decoded.  Used for the
 * stub's Subject. */
void header_decode(struct buf *out, struct slice value);
/* Field body unfolded (CRLF before white space removed). */
void header_unfold(struct buf *out, struct slice value);

#endif
