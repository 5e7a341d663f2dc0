/* Text alternatives for pictures that have none: <img src="cid:hero.jpg"> becomes
 * <img alt="A garden" src="cid:hero.jpg">. */
#ifndef NEARPOST_MAIL_HTML_ALT_H
#define NEARPOST_MAIL_HTML_ALT_H

#include "lib/base/buf.h"

/* The text for a Content-ID, not escaped; false when there is none. */
typedef bool (*html_alt_fn)(struct slice cid, struct slice *alt_r, void *ctx);

/* Appends the HTML template (Mustache) with them filled in; everything else stays
 * octet for octet, and so do the numbers of its lines.  A picture with an alt of
 * its own keeps it, alt="" too (that says: decoration); one whose src is made by
 * variables or sections is left alone, as are comments, scripts and styles.
 * Conditional comments are gone into, for some mail readers do. */
void html_alt_fill(struct buf *out, struct slice html, html_alt_fn find,
    void *ctx);

#endif
