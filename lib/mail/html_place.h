/* Where in an HTML text does a variable stand?  A small scanner over the
 * template's own text (WHATWG HTML, section 13.2.5, as far as it matters),
 * which says how a value is to be escaped there, or that none may stand there.
 *
 * The law: whatever the values are, the same tags, attributes and comments come
 * of it, and no value is read as program.  A text of which that cannot be said
 * is refused. */
#ifndef NEARPOST_MAIL_HTML_PLACE_H
#define NEARPOST_MAIL_HTML_PLACE_H

#include "lib/mail/escape.h"

enum html_state {
	HTML_DATA = 0,
	HTML_TAG_OPEN, /* behind < */
	HTML_TAG_NAME,
	HTML_IN_TAG, /* between attributes */
	HTML_ATTR_NAME,
	HTML_AFTER_NAME,
	HTML_BEFORE_VALUE,
	HTML_VALUE,       /* within quotes */
	HTML_VALUE_BARE,  /* without quotes */
	HTML_DECLARATION, /* <! and <? up to > */
	HTML_COMMENT,
	HTML_RAW /* within script, style, title and their like */
};

/* Starts as all zeroes: at the beginning of a document's body. */
struct html_place {
	enum html_state state;
	char tag[12];    /* lower case, cut; "/p" for an end tag */
	char attr[16];   /* lower case, cut */
	char scheme[12]; /* of a URL value, lower case, cut; "?": unknown */
	char quote;
	unsigned seen;   /* what matched so far: of "</script" in HTML_RAW, of
			  * "&amp;" in HTML_VALUE; else see html_place.c */
	unsigned dashes; /* just read, 2 at most, 3: and a ! behind them */
	bool url;        /* the value is a URL */
	bool at_start;   /* nothing of the value has come yet */
	bool in_scheme;  /* a URL value in which no : / ? # has come yet */
	bool var_in_scheme; /* ... but a variable has */
	bool program;       /* a URL value that runs a program: javascript: */
	bool after_var;     /* nothing but - and ! since a variable */
	bool outlook;       /* within <!--[if mso]> ... <![endif]-->, which is a
			     * comment to all but one */
	unsigned loops;     /* the caller's: sections around that may repeat */
	unsigned value_loops; /* of these, around the value's beginning */
};

/* Read on.  -1 and *error_r: the template's text makes what a variable before
 * it is unclear; *at_r is where. */
int html_place_text(struct html_place *p, struct slice text, size_t *at_r,
    const char **error_r);
/* A variable stands here. */
int html_place_var(
    struct html_place *p, enum escape *how_r, const char **error_r);
/* The end of a section that began at `open`: whether it was rendered or not,
 * what follows must stand in the same place.  *p becomes a place that bears
 * only what both bear. */
int html_place_join(
    struct html_place *p, const struct html_place *open, const char **error_r);
/* Does the same text mean the same here and there?  But for at_start. */
bool html_place_same(const struct html_place *a, const struct html_place *b);
/* The end of the document. */
int html_place_end(const struct html_place *p, const char **error_r);

/* For html_place.c and html_place_var.c alone. */
enum {
	HTML_SEEN_FRESH = 1,    /* right behind <!-- */
	HTML_SEEN_START_DASH,   /* right behind <!--- */
	HTML_SEEN_DOUBT,        /* one of these, or further on */
	HTML_SEEN_NO_DASHES = 9 /* of a declaration that becomes no comment */
};
/* In title and textarea text is text, but for the end tag. */
bool html_place_raw_is_text(const char *tag);

#endif
