/* Two passes over the database: a CSV file has a column for each field that any
 * record has, and one does not know them before. */
#include "config.h"

#include "ctl/recipients.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/import.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/fleet/schema.h"

struct export {
	FILE *to;
	struct map *names; /* of fields, without email */
	const char **columns;
	size_t n_columns, rows;
};

static int
note_names(const char *address, const struct recipient *r, void *ctx)
{
	struct export *e = ctx;

	(void)address;
	for (size_t i = 0; i < r->record.n; i++)
		if (strcmp(r->record.list[i].name, "email") != 0)
			(void)map_set(e->names,
			    slice_of(r->record.list[i].name), e);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
sort_names(struct export *e, struct arena *arena)
{
	struct slice name;
	size_t at = 0;
	void *value;

	e->columns = arena_alloc(arena,
	    (map_count(e->names) + 1) * sizeof(*e->columns));
	while (map_next(e->names, &at, &name, &value))
		e->columns[e->n_columns++] =
		    arena_strndup(arena, name.data, name.len);
	if (e->n_columns > 1)
		qsort(e->columns, e->n_columns, sizeof(*e->columns), by_name);
}

static int
write_row(const char *address, const struct recipient *r, void *ctx)
{
	struct export *e = ctx;
	struct buf line = {0};
	int bad;

	import_quote(&line, slice_of(address));
	for (size_t i = 0; i < e->n_columns; i++) {
		const struct var *v =
		    vars_get(&r->record, slice_of(e->columns[i]));

		buf_add_char(&line, ',');
		if (v)
			import_quote(&line, v->value);
	}
	buf_add_char(&line, '\n');
	bad = fwrite(line.data, 1, line.len, e->to) != line.len;
	e->rows += !bad;
	buf_free(&line);
	return bad;
}

static void
write_header(const struct export *e)
{
	fputs("email", e->to);
	for (size_t i = 0; i < e->n_columns; i++)
		fprintf(e->to, ",%s", e->columns[i]);
	(void)fputc('\n', e->to);
}

static FILE *
create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

int
recipients_export(struct store_sync *s, const char *path)
{
	struct export e = {.to = path ? create(path) : stdout,
	    .names = map_new()};
	struct store_sync_records names = {note_names, NULL, &e};
	struct store_sync_records rows = {write_row, NULL, &e};
	struct arena *arena = arena_new();
	int rc, status = EX_OK;

	if (!e.to) {
		log_warn("%s", path);
		status = EX_CANTCREAT;
		goto out;
	}
	rc = store_sync_records(s, &names);
	if (rc == 0) {
		sort_names(&e, arena);
		write_header(&e);
		rc = store_sync_records(s, &rows);
	}
	if (rc < 0) {
		log_warnx("Redis: %s; the file is not whole",
		    store_sync_error(s));
		status = EX_TEMPFAIL;
	}
	/* Of standard output main() tells. */
	if (path && (fclose(e.to) != 0 || rc > 0)) {
		log_warn("%s", path);
		status = EX_IOERR;
	}
	if (path && status == EX_OK)
		printf("%zu recipients written to %s\n", e.rows, path);
out:
	map_free(&e.names, NULL);
	arena_free(&arena);
	return status;
}
