/* Settings on their way out: printed, looked up by name, freed. */
#include "lib/base/settings.h"

#include <stdlib.h>

#include "lib/base/setting.h"

static void
free_rows(const struct settings_section *s, void *base)
{
	const struct setting *row;

	for (row = s->rows; row->name; row++)
		setting_free(row, base);
}

void
settings_free(const struct settings_section *sections, void *root)
{
	const struct settings_section *s;
	size_t i;

	for (s = sections; s->rows; s++) {
		char *base = (char *)root + s->offset;

		if (!s->titled) {
			free_rows(s, base);
			continue;
		}
		struct settings_many *many = (void *)base;

		for (i = 0; i < many->n; i++) {
			char *item = (char *)many->items + i * s->size;

			free(*(char **)(void *)item);
			free_rows(s, item);
		}
		free(many->items);
		*many = (struct settings_many){NULL, 0};
	}
}

static void
print_rows(const struct settings_section *s, const void *base,
    const char *indent, struct buf *out)
{
	const struct setting *row;

	for (row = s->rows; row->name; row++) {
		buf_printf(out, "%s%s = ", indent, row->name);
		setting_show(row, base, true, out);
		buf_add_char(out, '\n');
	}
}

static const char *
title_of(const void *item)
{
	return *(char *const *)item;
}

void
settings_print(const struct settings_section *sections, const void *root,
    struct buf *out)
{
	const struct setting title = {.type = SETTING_STRING};
	const struct settings_section *s;
	size_t i;

	for (s = sections; s->rows; s++) {
		const char *base = (const char *)root + s->offset;

		if (!s->name)
			print_rows(s, base, "", out);
		else if (!s->titled) {
			buf_printf(out, "%s {\n", s->name);
			print_rows(s, base, "\t", out);
			buf_add_str(out, "}\n");
		}
		if (!s->titled)
			continue;
		const struct settings_many *many = (const void *)base;

		for (i = 0; i < many->n; i++) {
			const char *item =
			    (const char *)many->items + i * s->size;

			buf_printf(out, "%s ", s->name);
			setting_show(&title, item, true, out);
			buf_add_str(out, " {\n");
			print_rows(s, item, "\t", out);
			buf_add_str(out, "}\n");
		}
	}
}

static int
row_value(const struct settings_section *s, const void *base, const char *name,
    struct buf *out)
{
	const struct setting *row;

	for (row = s->rows; row->name; row++) {
		if (strcmp(row->name, name) == 0) {
			setting_show(row, base, false, out);
			return 0;
		}
	}
	return -1;
}

/* rest: behind "gateway."; titles may have dots in them. */
static int
titled_value(const struct settings_section *s, const struct settings_many *many,
    const char *rest, struct buf *out)
{
	size_t i;

	for (i = 0; i < many->n; i++) {
		const char *item = (const char *)many->items + i * s->size;
		size_t len = strlen(title_of(item));

		if (strncmp(rest, title_of(item), len) == 0 &&
		    rest[len] == '.' &&
		    row_value(s, item, rest + len + 1, out) == 0)
			return 0;
	}
	return -1;
}

int
settings_value(const struct settings_section *sections, const void *root,
    const char *name, struct buf *out)
{
	const struct settings_section *s;

	for (s = sections; s->rows; s++) {
		const char *base = (const char *)root + s->offset;
		size_t len = s->name ? strlen(s->name) : 0;
		int rc;

		if (!s->name)
			rc = row_value(s, base, name, out);
		else if (strncmp(name, s->name, len) != 0 || name[len] != '.')
			continue;
		else if (s->titled)
			rc = titled_value(s, (const void *)base,
			    name + len + 1, out);
		else
			rc = row_value(s, base, name + len + 1, out);
		if (rc == 0)
			return 0;
	}
	return -1;
}
