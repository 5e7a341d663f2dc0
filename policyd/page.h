/* The status page: an HTML file with places for rows in it (status.html),
 *
 *	<!-- rows gateways --> <tr><th scope="row">{{id}}</th> ... </tr> <!-- end -->
 *
 * What is between is a Mustache template of one row (template.h, HTML); the rest
 * is one too, filled with the summary. */
#ifndef NEARPOST_POLICYD_PAGE_H
#define NEARPOST_POLICYD_PAGE_H

#include "policyd/rows.h"

struct page;

/* NULL and a heap *error_r: a place without its end, a template that is none. */
struct page *page_new(struct slice text, char **error_r);
void page_free(struct page **p);
/* Content-Security-Policy: its own scripts and styles, by their digests, its own
 * data, and nothing else. */
const char *page_policy(const struct page *p);
/* Writes the rows called so, and the summary as one row for NULL.  false: there
 * are no such rows. */
typedef bool page_rows(const char *name, struct rows *r, void *ctx);
/* The name of the first place for which there are no rows; NULL: all is well. */
const char *page_render(const struct page *p, page_rows *rows, void *ctx,
    struct buf *out);

#endif
