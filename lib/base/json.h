/* JSON (RFC 8259) going out, for programs that read what we print. */
#ifndef NEARPOST_BASE_JSON_H
#define NEARPOST_BASE_JSON_H

#include "lib/base/buf.h"

/* Append a string with its quotes.  What is no UTF-8 becomes U+FFFD. */
void json_add_string(struct buf *out, struct slice s);

#endif
