/* Rows of a table, written once for both readers: for people through a template
 * of one row, for programs as a list of JSON objects.  What a cell is called is
 * its name in both. */
#ifndef NEARPOST_POLICYD_ROWS_H
#define NEARPOST_POLICYD_ROWS_H

#include "lib/base/json.h"
#include "lib/mail/template.h"

struct rows {
	/* One of the two: */
	struct json *list; /* rows become members of it */
	const struct template *row;
	struct buf *html; /* rows are appended */
	/* Of the row being written. */
	struct arena *arena;
	struct vars vars;
	struct json *at, *items, *item;
	int n_items; /* cells begun */
};

/* Rows of objects; of texts rendered by a template. */
void rows_to_json(struct rows *r, struct json *list);
void rows_to_html(struct rows *r, const struct template *row, struct buf *out);

void rows_begin(struct rows *r);
/* The root object itself instead of a row in a list. */
void rows_begin_root(struct rows *r, struct json *root);
void rows_end(struct rows *r);
/* What is no UTF-8, and controls, are shown as \xNN. */
void rows_text(struct rows *r, const char *name, const char *value);
void rows_textf(struct rows *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* For programs: it is not shown. */
void rows_number(struct rows *r, const char *name, double value);
/* The next of the row's cells, {{#cells}} in its template. */
void rows_item(struct rows *r);

#endif
