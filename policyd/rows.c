#include "policyd/rows.h"

#include <math.h>
#include <stdio.h>
#include <sysexits.h>

#include "lib/base/log.h"

#define CELLS "cells"
#define SHOWN_MAX 512 /* octets of a text that had to be escaped */

void
rows_to_json(struct rows *r, struct json *list)
{
	*r = (struct rows){.list = list};
}

void
rows_to_html(struct rows *r, const struct template *row, struct buf *out)
{
	*r = (struct rows){.row = row, .html = out};
}

static void
begin(struct rows *r, struct json *at)
{
	r->arena = arena_new();
	vars_init(&r->vars, r->arena);
	r->at = at;
	r->items = r->item = NULL;
	r->n_items = 0;
}

void
rows_begin(struct rows *r)
{
	begin(r, r->list ? json_add_object(r->list, NULL) : NULL);
}

void
rows_begin_root(struct rows *r, struct json *root)
{
	begin(r, root);
}

void
rows_end(struct rows *r)
{
	const char *error;

	/* The limits are far above what a row can need. */
	if (r->row && template_render(r->row, &r->vars, r->html, &error) != 0)
		fatalx(EX_SOFTWARE, "a row of the status page %s", error);
	arena_free(&r->arena);
	r->at = NULL;
}

static struct json *
place(struct rows *r)
{
	return r->item ? r->item : r->at;
}

static void
set_var(struct rows *r, const char *name, const char *value)
{
	const char *full = r->n_items > 0
	    ? arena_printf(r->arena, CELLS ".%d.%s", r->n_items, name)
	    : name, *error;

	if (vars_set(&r->vars, slice_of(full), slice_of(value), &error) != 0)
		fatalx(EX_SOFTWARE, "a cell of the status page: %s", error);
}

void
rows_text(struct rows *r, const char *name, const char *value)
{
	char safe[SHOWN_MAX];
	struct vars probe;
	const char *error;

	/* What vars would not take. */
	vars_init(&probe, r->arena);
	if (vars_set(&probe, slice_of(name), slice_of(value), &error) != 0)
		value = log_safe(safe, sizeof(safe), value);
	if (r->at)
		json_add_text(place(r), name, slice_of(value));
	else
		set_var(r, name, value);
}

void
rows_textf(struct rows *r, const char *name, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	rows_text(r, name, text.data ? text.data : "");
	buf_free(&text);
}

void
rows_number(struct rows *r, const char *name, double value)
{
	if (!place(r))
		return;
	if (isfinite(value) && value == nearbyint(value) &&
	    fabs(value) < 9e15)
		json_add_int(place(r), name, (int64_t)value);
	else
		json_add_real(place(r), name, isfinite(value) ? value : 0);
}

void
rows_item(struct rows *r)
{
	r->n_items++;
	if (!r->at)
		return;
	if (!r->items)
		r->items = json_add_list(r->at, CELLS);
	r->item = json_add_object(r->items, NULL);
}
