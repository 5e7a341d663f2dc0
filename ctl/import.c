/* libcsv counts no lines, so the file goes to it line by line: a complaint must
 * name the line that an editor shows. */
#include "config.h"

#include "ctl/import.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/mail/address.h"

struct import {
	const struct import_to *to;
	struct import_counts *counts;
	struct arena *arena; /* of the row */
	char *columns[IMPORT_COLUMNS_MAX];
	size_t n_columns, email, field;
	struct vars record;
	const char *address;
	const char *bad; /* why the row is refused; in the arena or static */
	struct slice fields[IMPORT_COLUMNS_MAX]; /* of the row; in the arena */
	bool header_done;
	enum import_end end;
	size_t line, row_line; /* now; where the row begins */
	size_t octets;
	bool in_row;
};

static void __attribute__((format(printf, 2, 3)))
complain(struct import *im, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	im->to->complain(text.data, im->to->ctx);
	buf_free(&text);
}

static void
bad_header(struct import *im, struct slice name, const char *why)
{
	complain(im, "line %zu, column %zu: \"%.*s\" %s", im->row_line,
	    im->n_columns + 1, (int)name.len, name.data, why);
	im->end = IMPORT_FAULTY;
}

static struct slice
without_bom(const struct import *im, struct slice text)
{
	if (im->n_columns == 0 && text.len >= 3 &&
	    memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		return (struct slice){text.data + 3, text.len - 3};
	return text;
}

static void
on_header_field(struct import *im, struct slice text)
{
	if (im->end != IMPORT_DONE)
		return;
	text = slice_trim(text);
	if (im->n_columns == IMPORT_COLUMNS_MAX || !vars_name_ok(text)) {
		bad_header(im, text, memchr(text.data, ';', text.len) ||
		    memchr(text.data, '\t', text.len) ?
		    "is one column: commas separate them here, not semicolons or "
		    "tabs; save it so" :
		    "is no field name; a name has " VARS_NAME_RULE);
		return;
	}
	if (im->to->plain_list && slice_caseeq_str(text, "address"))
		text = slice_of("email");
	for (size_t i = 0; i < im->n_columns; i++)
		if (slice_caseeq_str(text, im->columns[i])) {
			bad_header(im, text, "is there already: each column needs "
			    "a name of its own");
			return;
		}
	im->columns[im->n_columns++] = xstrndup(text.data, text.len);
}

static void
take_address(struct import *im, struct slice text)
{
	struct address a;

	if (im->to->key)
		im->address = im->to->key(im->arena, slice_trim(text));
	if (im->address)
		return;
	if (address_parse(im->arena, slice_trim(text), &a, &im->bad) == 0)
		im->address = address_key(im->arena, &a);
}

bool
import_refused_column(const char *name)
{
	return strcasecmp(name, "refused_line") == 0 ||
	    strcasecmp(name, "refused_why") == 0;
}

void
import_quote(struct buf *out, struct slice field)
{
	size_t need = csv_write(NULL, 0, field.data, field.len);

	buf_reserve(out, need);
	(void)csv_write(out->data + out->len, need, field.data, field.len);
	out->len += need;
	out->data[out->len] = '\0';
}

static void
tell_columns(const struct import *im)
{
	if (im->to->columns)
		im->to->columns((const char *const *)im->columns,
		    im->n_columns, im->to->ctx);
}

/* No header line: it is one itself. */
static bool
begins_plain_list(struct import *im, struct slice text)
{
	if (!im->to->plain_list || im->n_columns > 0)
		return false;
	if (!memchr(text.data, '@', text.len) &&
	    !(im->to->key && im->to->key(im->arena, slice_trim(text))))
		return false;
	im->columns[im->n_columns++] = xstrdup("email");
	im->columns[im->n_columns++] = xstrdup("reason");
	im->header_done = true;
	tell_columns(im);
	return true;
}

/* For the report of what was refused. */
static void
keep_field(struct import *im, struct slice text)
{
	if (im->to->refused && im->field < IMPORT_COLUMNS_MAX)
		im->fields[im->field] = (struct slice){
		    arena_strndup(im->arena, text.data, text.len), text.len};
}

static void
on_field(void *data, size_t len, void *ctx)
{
	struct import *im = ctx;
	struct slice text = {data ? data : "", len};

	if (!im->header_done)
		text = without_bom(im, text);
	if (!im->header_done && !begins_plain_list(im, text)) {
		on_header_field(im, text);
		return;
	}
	keep_field(im, text);
	if (im->bad) {
		im->field++;
		return;
	}
	if (im->field >= im->n_columns)
		im->bad = "more fields than the header line has";
	else if (im->field == im->email)
		take_address(im, text);
	else if (text.len && !import_refused_column(im->columns[im->field]))
		(void)vars_set(&im->record,
		    slice_of(im->columns[im->field]), text, &im->bad);
	im->field++;
}

static void
end_header(struct import *im)
{
	im->header_done = true;
	if (im->end != IMPORT_DONE)
		return;
	for (im->email = 0; im->email < im->n_columns; im->email++)
		if (strcasecmp(im->columns[im->email], "email") == 0) {
			tell_columns(im);
			return;
		}
	complain(im, "line %zu: the first line must name the columns, and one of "
	    "them must be \"email\"", im->row_line);
	im->end = IMPORT_FAULTY;
}

static void
refuse_row(struct import *im)
{
	size_t n = im->field < IMPORT_COLUMNS_MAX ? im->field :
	    IMPORT_COLUMNS_MAX;

	im->counts->refused++;
	complain(im, "line %zu: %s; it is passed over", im->row_line, im->bad);
	if (im->to->refused)
		im->to->refused(im->row_line, im->bad, im->fields, n,
		    im->to->ctx);
}

static void
end_row(struct import *im)
{
	if (im->row_line < im->to->from_line)
		return;
	im->counts->line = im->row_line;
	if (!im->bad && !im->address)
		im->bad = "no address in the email column";
	if (!im->bad)
		(void)vars_set(&im->record, slice_of("email"),
		    slice_of(im->address), &im->bad);
	if (im->bad) {
		refuse_row(im);
	} else if (im->to->take(im->address, &im->record, im->to->ctx) < 0) {
		im->end = IMPORT_STOPPED;
	} else {
		im->counts->stored++;
	}
}

static void
new_row(struct import *im)
{
	arena_free(&im->arena);
	im->arena = arena_new();
	vars_init(&im->record, im->arena);
	im->address = NULL;
	im->bad = NULL;
	im->field = 0;
	im->in_row = false;
}

static void
on_row(int c, void *ctx)
{
	struct import *im = ctx;

	(void)c;
	if (!im->header_done)
		end_header(im);
	else if (im->end == IMPORT_DONE)
		end_row(im);
	new_row(im);
}

/* One line, or a part of it; -1 when its quoting is wrong. */
static int
feed(struct import *im, struct csv_parser *parser, struct slice line)
{
	bool inside = im->in_row;

	if (!inside)
		im->row_line = im->line;
	im->in_row = inside || slice_trim(line).len > 0;
	if (csv_parse(parser, line.data, line.len, on_field, on_row, im) ==
	    line.len)
		return 0;
	complain(im, "line %zu: a quote stands inside a field: put the whole "
	    "field between quotes and write the quote twice", im->line);
	return -1;
}

static int
read_lines(struct import *im, struct csv_parser *parser, FILE *f)
{
	char chunk[65536];
	bool fresh = true;
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		struct slice rest = {chunk, n};

		if (im->to->progress)
			im->to->progress(im->octets, im->to->ctx);
		im->octets += n;
		while (rest.len && im->end == IMPORT_DONE) {
			const char *lf = memchr(rest.data, '\n', rest.len);
			size_t len = lf ? (size_t)(lf - rest.data) + 1 : rest.len;

			im->line += fresh;
			fresh = lf != NULL;
			if (feed(im, parser, (struct slice){rest.data, len}) < 0)
				return -1;
			rest = (struct slice){rest.data + len, rest.len - len};
		}
	}
	if (im->end != IMPORT_DONE)
		return 0;
	if (ferror(f)) {
		im->counts->read_errno = errno;
		im->end = IMPORT_UNREADABLE;
		return 0;
	}
	if (csv_fini(parser, on_field, on_row, im) == 0)
		return 0;
	complain(im, "line %zu: a quote is opened here and never closed",
	    im->row_line);
	return -1;
}

enum import_end
import_csv(FILE *f, const struct import_to *to, struct import_counts *counts_r)
{
	struct import im = {.to = to, .counts = counts_r, .row_line = 1};
	struct csv_parser parser;

	*counts_r = (struct import_counts){0};
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		fatalx(EX_OSERR, "csv_init");
	new_row(&im);
	if (read_lines(&im, &parser, f) < 0)
		im.end = IMPORT_FAULTY;
	else if (im.end == IMPORT_DONE && !im.header_done)
		end_header(&im);
	csv_free(&parser);
	arena_free(&im.arena);
	for (size_t i = 0; i < im.n_columns; i++)
		free(im.columns[i]);
	return im.end;
}
