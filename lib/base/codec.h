/* Bytes to text and back: base64 (RFC 4648 section 4 and 5), hex. */
#ifndef NEARPOST_BASE_CODEC_H
#define NEARPOST_BASE_CODEC_H

#include "lib/base/buf.h"

/* Appends without line breaks, with padding. */
void base64_encode(struct buf *out, const void *data, size_t len);
/* Appends lines of 76 characters, each ended by CRLF, as MIME wants them
 * (RFC 2045 section 6.8).  Nothing for len 0. */
void base64_encode_mime(struct buf *out, const void *data, size_t len);
/* Appends the bytes that base64_encode_mime() would write. */
size_t base64_mime_size(size_t len);
/* Without padding, URL alphabet. */
void base64url_encode(struct buf *out, const void *data, size_t len);
/* Strict: no spaces, no foreign characters, padding optional, no stray bits.
 * Accepts exactly one of the alphabets.  -1 leaves out as it was. */
int base64_decode(struct buf *out, struct slice in);
int base64url_decode(struct buf *out, struct slice in);
void hex_encode(struct buf *out, const void *data, size_t len); /* lower case */
int hex_decode(struct buf *out, struct slice in);

#endif
