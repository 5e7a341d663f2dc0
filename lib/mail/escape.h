/* Escaping by place: how a value is written so that, where it lands, it can be
 * nothing but data. */
#ifndef NEARPOST_MAIL_ESCAPE_H
#define NEARPOST_MAIL_ESCAPE_H

#include "lib/base/buf.h"

enum escape {
	ESCAPE_NONE = 0,
	ESCAPE_HTML,       /* & < > " ' as character references */
	ESCAPE_HEADER,     /* controls (C0 with HTAB, C1) and line separators
	                    * become spaces; embeddings, overrides and isolates
	                    * of text direction are dropped */
	ESCAPE_URL,        /* all but RFC 3986's unreserved becomes %XX */
	ESCAPE_URL_START,  /* a whole URL: escape_url_ok() or "#"; what no URL
	                    * holds becomes %XX */
	ESCAPE_HTML_URL_START, /* escape_url_ok() or "#", then as ESCAPE_HTML */
	ESCAPE_CSS         /* letters, digits and " #.,%-_"; the rest is dropped */
};

/* Appends s. */
void escape_add(struct buf *out, enum escape how, struct slice s);
/* May a link lead there?  http:, https:, mailto:, cid:, tel:, or relative. */
bool escape_url_ok(struct slice url);

#endif
