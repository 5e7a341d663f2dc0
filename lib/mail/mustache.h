/* Mustache's tags in a text: finds them, and the lines they stand alone on.
 * What they mean is template.c's business. */
#ifndef NEARPOST_MAIL_MUSTACHE_H
#define NEARPOST_MAIL_MUSTACHE_H

#include "lib/base/buf.h"

#define MUSTACHE_DELIMITER_MAX 8

struct mustache { /* a text being read */
	struct slice text;
	size_t pos;
	struct slice open, close; /* delimiters now */
};
struct mustache_tag {
	char sigil; /* one of {&#^/!=> or 0 for a plain variable */
	struct slice content;      /* trimmed */
	size_t start, end;         /* in the text, with the delimiters */
	size_t cut_start, cut_end; /* what to leave out: the whole line when a tag
	                            * that shows nothing stands alone on it */
};

void mustache_start(struct mustache *m, struct slice text);
/* The next tag at or behind pos.  0: none; -1: the tag at tag_r->start is never
 * closed. */
int mustache_next(const struct mustache *m, struct mustache_tag *tag_r);
/* Obey a {{=<% %>=}} tag.  -1 when it is malformed. */
int mustache_set_delimiters(struct mustache *m, const struct mustache_tag *tag);
/* Appends the text of a partial, each line behind the blanks that stood before
 * its tag, as the specification wants it.  -1: that would be more than max octets;
 * nothing is appended then. */
int mustache_indent(struct buf *out, struct slice text, struct slice blanks,
    size_t max);

#endif
