/* The pieces that fields are put together from: header.c's service to its other
 * halves. */
#ifndef NEARPOST_MAIL_HEADER_PUT_H
#define NEARPOST_MAIL_HEADER_PUT_H

#include "lib/mail/header.h"

/* Appends s as whole UTF-8 without controls; with squeeze, white space is one
 * space between words and none at the ends. */
void header_clean(struct buf *out, struct slice s, bool squeeze);
/* Appends the tokens between spaces, each behind a space or a fold. */
void header_put_tokens(struct buf *out, struct slice s);
/* Appends text as encoded words, a line for each but the first. */
void header_put_encoded(struct buf *out, struct slice text);
/* Might a reader take a part of it for an encoded word? */
bool header_has_word(struct slice s);

#endif
