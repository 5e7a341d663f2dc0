/* Recipients from CSV (RFC 4180): quoting, any column order, a header line with an
 * `email` column, UTF-8 with or without a BOM, blank lines passed over. */
#ifndef NEARPOST_CTL_IMPORT_H
#define NEARPOST_CTL_IMPORT_H

#include <stdio.h>

#include "lib/mail/vars.h"

#define IMPORT_COLUMNS_MAX VARS_MAX

struct import_to {
	/* A good row: the key of its address, and its fields, email among them.
	 * -1 ends the import. */
	int (*take)(const char *address, const struct vars *record, void *ctx);
	/* One fault, with the number of its line in the file. */
	void (*complain)(const char *text, void *ctx);
	void *ctx;
	/* The following may be NULL or 0. */
	/* The columns, before the first row; a row that is refused, as it stands in
	 * the file.  Columns that import_refused_column() knows are passed over
	 * when such a report is imported again. */
	void (*columns)(const char *const *names, size_t n, void *ctx);
	void (*refused)(size_t line, const char *why,
	    const struct slice *fields, size_t n, void *ctx);
	/* Another kind of key in the email column; NULL: it is none. */
	const char *(*key)(struct arena *arena, struct slice text);
	/* Octets so far; now and then. */
	void (*progress)(size_t octets, void *ctx);
	size_t from_line; /* rows before it are passed over */
	/* A first line that begins with an address is a row of email and reason,
	 * and the column may be called address, too. */
	bool plain_list;
};

struct import_counts {
	size_t stored, refused; /* rows */
	size_t line; /* where the row in hand begins */
	int read_errno; /* of IMPORT_UNREADABLE */
};

enum import_end {
	IMPORT_DONE = 0, /* to the end of the file; rows may have been refused */
	IMPORT_FAULTY,   /* the header line or the quoting: not read further */
	IMPORT_STOPPED,  /* take() said so */
	IMPORT_UNREADABLE /* an error of the file's; what was cut short is no row */
};

/* A bad row is complained of and passed over; the others are taken. */
bool import_refused_column(const char *name);
#define IMPORT_REFUSED_HEADER "refused_line,refused_why"
/* A field as it stands in a CSV file, in quotes. */
void import_quote(struct buf *out, struct slice field);
enum import_end import_csv(FILE *f, const struct import_to *to,
    struct import_counts *counts_r);

#endif
