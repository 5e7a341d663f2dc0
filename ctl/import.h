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
};

struct import_counts {
	size_t stored, refused; /* rows */
};

enum import_end {
	IMPORT_DONE = 0, /* to the end of the file; rows may have been refused */
	IMPORT_FAULTY,   /* the header line or the quoting: not read further */
	IMPORT_STOPPED   /* take() said so */
};

/* A bad row is complained of and passed over; the others are taken. */
enum import_end import_csv(FILE *f, const struct import_to *to,
    struct import_counts *counts_r);

#endif
