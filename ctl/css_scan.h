/* The declarations and at-rules of a style sheet or a style attribute: enough
 * of CSS (Syntax Module Level 3) to say what stands where.  Refuses no text. */
#ifndef NEARPOST_CTL_CSS_SCAN_H
#define NEARPOST_CTL_CSS_SCAN_H

#include "lib/base/buf.h"

struct css_item {
	struct slice name;  /* "display"; of an at-rule "@import" */
	struct slice value; /* "flex !important"; behind the at-rule's name */
	size_t at;          /* octets before it in the text */
};
typedef void (*css_fn)(const struct css_item *item, void *ctx);

/* Calls fn for each; the slices borrow from text, comments within them stay. */
void css_scan(struct slice text, css_fn fn, void *ctx);
/* Does the value have that word, case folded: "flex" in
 * "inline flex !important"?  A word that ends in ( is looked for as it is. */
bool css_has_word(struct slice value, const char *word);
/* A colour: #rgb, #rrggbb, rgb(r, g, b), or one of the sixteen names of HTML.
 * 0xrrggbb; -1: another, or none. */
long css_colour(struct slice value);

#endif
