/* What the status page shows, as rows (rows.h): the summary and the tables
 * gateways, columns and sites (the matrix), campaigns, decisions.  All are
 * bounded.  No addresses of recipients. */
#ifndef NEARPOST_POLICYD_TABLES_H
#define NEARPOST_POLICYD_TABLES_H

#include "policyd/policyd.h"
#include "policyd/rows.h"

#define TABLES_SITES 20     /* the busiest ... */
#define TABLES_SITES_LOOKED_AT 1000 /* of those used last */
#define TABLES_COLUMNS 40   /* gateways in the matrix */

/* As page.h wants it; ctx is the struct policyd. */
bool tables_write(const char *name, struct rows *r, void *ctx);
void tables_json(struct policyd *p, struct buf *out);

/* tables_sites.c */
void tables_columns(const struct policyd *p, struct rows *r);
void tables_sites(const struct policyd *p, struct rows *r);

#endif
