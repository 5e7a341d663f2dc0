/* Quoted-printable (RFC 2045 section 6.7) for text that goes out in a mail. */
#ifndef NEARPOST_MAIL_QP_H
#define NEARPOST_MAIL_QP_H

#include "lib/base/buf.h"

/* Appends.  Line ends of the text (LF or CRLF) become CRLF; lines of at most 76
 * characters; white space before a line end, a line that starts with "From " and
 * one that is a single "." are encoded, so that no MTA on the way changes them.
 * The last line gets a CRLF. */
void qp_encode(struct buf *out, struct slice text);

#endif
