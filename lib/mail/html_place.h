/* Where in an HTML text does a variable stand?  A small scanner over the
 * template's own text (WHATWG HTML, section 13.2.5, as far as it matters), which
 * says how a value is to be escaped there, or that none may stand there. */
#ifndef NEARPOST_MAIL_HTML_PLACE_H
#define NEARPOST_MAIL_HTML_PLACE_H

#include "lib/mail/escape.h"

enum html_state {
	HTML_DATA = 0,
	HTML_TAG_OPEN,   /* behind < */
	HTML_TAG_NAME,
	HTML_IN_TAG,     /* between attributes */
	HTML_ATTR_NAME,
	HTML_AFTER_NAME,
	HTML_BEFORE_VALUE,
	HTML_VALUE,      /* within quotes */
	HTML_VALUE_BARE, /* without quotes */
	HTML_DECLARATION, /* <! and <? up to > */
	HTML_COMMENT,
	HTML_RAW         /* within script or style */
};

/* Starts as all zeroes: at the beginning of a document's body. */
struct html_place {
	enum html_state state;
	char tag[12];  /* lower case, cut; "/p" for an end tag */
	char attr[16]; /* lower case, cut */
	char quote;
	unsigned seen; /* characters of the declaration or comment, dashes at
	                * its end, letters of "</script" that matched */
	bool at_start; /* nothing of the value has come yet */
	bool in_scheme; /* a URL value in which no : / ? # has come yet */
	bool var_in_scheme; /* ... but a variable has */
};

/* Read on.  -1 and *error_r: the template's text makes what a variable before
 * it is unclear; *at_r is where. */
int html_place_text(struct html_place *p, struct slice text, size_t *at_r,
    const char **error_r);
/* A variable stands here. */
int html_place_var(struct html_place *p, enum escape *how_r,
    const char **error_r);
/* The end of a section that began at `open`: whether it was rendered or not,
 * what follows must stand in the same place. */
int html_place_join(struct html_place *p, const struct html_place *open,
    const char **error_r);
/* The end of the document. */
int html_place_end(const struct html_place *p, const char **error_r);

#endif
