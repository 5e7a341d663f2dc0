/* nearpostctl recipients: the database whose fields choose and fill the adverts.
 *
 * CSV (RFC 4180) through libcsv: quoting, any column order, a header line with an
 * `email` column, UTF-8 with or without a BOM.  A bad row is reported with its line
 * and passed over; the others are stored. */
#include "config.h"

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/address_arg.h"
#include "ctl/ask.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/fleet/store_sync.h"
#include "lib/mail/address.h"

#define COLUMNS_MAX VARS_MAX
#define WARM_MAX 500 /* domains in one request */

struct import {
	struct store_sync *store;
	struct map *domains; /* of all recipients stored */
	struct arena *arena; /* of the row */
	char *columns[COLUMNS_MAX];
	size_t n_columns, email, field;
	struct vars record;
	const char *address;
	const char *bad; /* why the row is refused; in the arena or static */
	bool header_done, broken;
	size_t line, stored, refused;
};

static void
on_header_field(struct import *im, struct slice text)
{
	if (im->n_columns == 0 && text.len >= 3 &&
	    memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		text = (struct slice){text.data + 3, text.len - 3};
	text = slice_trim(text);
	if (im->n_columns == COLUMNS_MAX || !vars_name_ok(text)) {
		log_warnx("column %zu: \"%.*s\" is no field name; use letters, "
		          "digits and _ and begin with a letter",
		    im->n_columns + 1, (int)text.len, text.data);
		im->broken = true;
		return;
	}
	im->columns[im->n_columns++] = xstrndup(text.data, text.len);
}

static void
take_address(struct import *im, struct slice text)
{
	struct address a;

	if (address_parse(im->arena, slice_trim(text), &a, &im->bad) == 0)
		im->address = address_key(im->arena, &a);
}

static void
on_field(void *data, size_t len, void *ctx)
{
	struct import *im = ctx;
	struct slice text = {data ? data : "", len};

	if (!im->header_done) {
		on_header_field(im, text);
		return;
	}
	if (im->field >= im->n_columns)
		im->bad = "more fields than the header line has";
	else if (im->field == im->email)
		take_address(im, text);
	else if (text.len)
		(void)vars_set(&im->record,
		    slice_of(im->columns[im->field]), text, &im->bad);
	im->field++;
}

static void
end_header(struct import *im)
{
	im->header_done = true;
	for (im->email = 0; im->email < im->n_columns; im->email++)
		if (strcasecmp(im->columns[im->email], "email") == 0)
			return;
	log_warnx("the first line must name the columns, and one of them must "
	          "be \"email\"");
	im->broken = true;
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
}

static void
on_row(int c, void *ctx)
{
	struct import *im = ctx;
	const char *error;

	(void)c;
	im->line++;
	if (im->broken)
		return;
	if (!im->header_done) {
		end_header(im);
	} else if (im->field > 0) {
		if (!im->bad && !im->address)
			im->bad = "no address in the email column";
		if (!im->bad && vars_set(&im->record, slice_of("email"),
		    slice_of(im->address), &error) < 0)
			im->bad = error;
		if (im->bad) {
			im->refused++;
			log_warnx("row %zu: %s; it is passed over", im->line,
			    im->bad);
		} else if (store_sync_put(im->store, im->address,
		    &im->record) < 0) {
			im->broken = true;
		} else {
			im->stored++;
			(void)map_set(im->domains,
			    slice_of(strrchr(im->address, '@') + 1), im);
		}
	}
	new_row(im);
}

static int
import_stream(struct import *im, FILE *f)
{
	struct csv_parser parser;
	char chunk[65536];
	size_t n;
	int status = EX_OK;

	if (csv_init(&parser, CSV_STRICT) != 0)
		fatalx(EX_OSERR, "csv_init");
	new_row(im);
	while (!im->broken && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		if (csv_parse(&parser, chunk, n, on_field, on_row, im) != n) {
			log_warnx("row %zu: %s", im->line + 1,
			    csv_strerror(csv_error(&parser)));
			status = EX_DATAERR;
			break;
		}
	if (status == EX_OK && !im->broken &&
	    csv_fini(&parser, on_field, on_row, im) != 0) {
		log_warnx("the last row is not complete: a quote is open");
		status = EX_DATAERR;
	}
	csv_free(&parser);
	if (store_sync_flush(im->store) < 0) {
		log_warnx("Redis: %s", store_sync_error(im->store));
		return EX_TEMPFAIL;
	}
	return im->broken ? EX_DATAERR : status;
}

static void
warm_some(struct ctl *ctl, struct buf *domains)
{
	struct arena *arena = arena_new();
	struct policy_message answer;
	struct buf question = {0};

	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", "warm");
	policy_add(&question, "domains", slice_buf(domains));
	policy_end(&question);
	(void)ask_policyd(ctl, arena, slice_buf(&question), &answer);
	buf_free(&question);
	arena_free(&arena);
	buf_clear(domains);
}

/* The gateways measure the recipients' mail servers now, so that the first mail
 * goes the short way already.  Not needed: when policyd is away, it is said and
 * that is all. */
static void
warm(struct ctl *ctl, const struct map *domains)
{
	struct buf list = {0};
	struct slice domain;
	size_t pos = 0, n = 0;
	void *value;

	while (map_next(domains, &pos, &domain, &value)) {
		if (list.len)
			buf_add_char(&list, ',');
		buf_add_slice(&list, domain);
		if (++n % WARM_MAX == 0)
			warm_some(ctl, &list);
	}
	if (list.len)
		warm_some(ctl, &list);
	buf_free(&list);
}

static int
recipients_import(struct ctl *ctl, struct store_sync *s, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct import im = {.store = s};
	int status;

	if (!f) {
		log_warn("%s", path);
		return EX_NOINPUT;
	}
	im.domains = map_new();
	status = import_stream(&im, f);
	if (f != stdin)
		(void)fclose(f);
	warm(ctl, im.domains);
	map_free(&im.domains, NULL);
	arena_free(&im.arena);
	for (size_t i = 0; i < im.n_columns; i++)
		free(im.columns[i]);
	printf("%zu recipients stored, %zu rows refused\n", im.stored,
	    im.refused);
	return status == EX_OK && im.refused ? EX_DATAERR : status;
}

static int
recipients_show(struct store_sync *s, const char *text)
{
	struct arena *arena = arena_new();
	const char *address = address_arg(arena, text), *reason;
	struct vars record;
	int64_t since_ms;
	int found, status = EX_USAGE;

	vars_init(&record, arena);
	if (address) {
		found = store_sync_get(s, address, &record);
		for (size_t i = 0; i < record.n; i++)
			printf("%s=%.*s\n", record.list[i].name,
			    (int)record.list[i].value.len,
			    record.list[i].value.data);
		if (found == 0)
			printf("%s is not in the database\n", address);
		if (store_sync_suppressed(s, arena, address, &reason,
		    &since_ms) == 1)
			printf("suppressed: %s\n", reason);
		status = found > 0 ? EX_OK : found == 0 ? 1 : EX_TEMPFAIL;
		if (found < 0)
			log_warnx("Redis: %s", store_sync_error(s));
	}
	arena_free(&arena);
	return status;
}

int
recipients_command(struct ctl *ctl, int argc, char **argv)
{
	struct store_sync *s;
	char *error;
	int status;

	if (argc != 3 || (strcmp(argv[1], "import") != 0 &&
	    strcmp(argv[1], "show") != 0)) {
		fputs("usage: nearpostctl recipients import FILE.csv   (- reads "
		      "standard input)\n"
		      "       nearpostctl recipients show ADDRESS\n", stderr);
		return EX_USAGE;
	}
	s = store_sync_open(&ctl->config.policyd, &error);
	if (!s) {
		log_warnx("%s", error);
		free(error);
		return EX_TEMPFAIL;
	}
	if (argv[1][0] == 'i')
		status = recipients_import(ctl, s, argv[2]);
	else
		status = recipients_show(s, argv[2]);
	store_sync_close(&s);
	return status;
}
