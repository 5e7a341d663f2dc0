/* Somebody mistyped a name: the nearest known one helps more than "unknown". */
#include "lib/base/settings_hint.h"

#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"

const struct settings_section *
settings_section_of(const struct settings_section *sections, struct slice name)
{
	for (; sections->rows; sections++)
		if (sections->name ? slice_eq_str(name, sections->name)
				   : name.len == 0)
			return sections;
	return NULL;
}

const struct setting *
settings_row_of(const struct settings_section *section, struct slice name)
{
	const struct setting *row;

	if (!section)
		return NULL;
	for (row = section->rows; row->name; row++)
		if (slice_eq_str(name, row->name))
			return row;
	return NULL;
}

char *
settings_key(const char *section, const char *title, const char *name)
{
	return xasprintf("%s\n%s\n%s", section, title ? title : "", name);
}

char *
settings_item_key(const char *section, const char *title, const char *name,
    size_t item)
{
	return xasprintf("%s\n%s\n%s\n%zu", section, title ? title : "", name,
	    item);
}

static int
take_line(const struct map *lines, char *key)
{
	intptr_t line = (intptr_t)map_get(lines, slice_of(key));

	free(key);
	return (int)line;
}

int
settings_line(const struct map *lines, const char *section, const char *title,
    const char *name)
{
	return take_line(lines, settings_key(section ? section : "root", title,
	    name));
}

int
settings_item_line(const struct map *lines, const char *section,
    const char *title, const char *name, size_t item)
{
	return take_line(lines, settings_item_key(section ? section : "root",
	    title, name, item));
}

int
settings_count_lines(struct slice text)
{
	int n = 1;
	size_t i;

	for (i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

void
settings_explain_missing(const char *file, const struct map *lines,
    const struct settings_section *section, const char *title,
    const struct setting *row, struct buf *out)
{
	int line = settings_item_line(lines, section->name, title, "", 0);

	buf_add_str(out, file);
	if (line)
		buf_printf(out, ":%d", line);
	buf_printf(out, ": %s is missing", row->name);
	if (section->name && section->titled && title)
		buf_printf(out, " in %s \"%s\" { }", section->name, title);
	else if (section->name)
		buf_printf(out, " in %s { }", section->name);
	buf_printf(out, "; write %s = ... (%s)", row->name, row->help);
}

/* Changed, missing, surplus and swapped letters between a and b; names are
 * short, so a fixed table does. */
static size_t
distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), i, k;
	size_t d[34][34];

	if (la > 32 || lb > 32)
		return 99;
	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (k = 0; k <= lb; k++)
		d[0][k] = k;
	for (i = 1; i <= la; i++) {
		for (k = 1; k <= lb; k++) {
			size_t best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

			if (d[i - 1][k] + 1 < best)
				best = d[i - 1][k] + 1;
			if (d[i][k - 1] + 1 < best)
				best = d[i][k - 1] + 1;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1] && d[i - 2][k - 2] + 1 < best)
				best = d[i - 2][k - 2] + 1;
			d[i][k] = best;
		}
	}
	return d[la][lb];
}

static void
take_closer(const char *name, const char *known, size_t *best,
    const char **best_name)
{
	size_t far = distance(name, known);

	if (far < *best) {
		*best = far;
		*best_name = known;
	}
}

void
settings_explain_unknown(const struct settings_section *sections,
    const struct settings_section *here, const char *name, struct buf *out)
{
	const struct settings_section *s;
	const struct setting *row;
	const char *close = NULL, *comma = "";
	size_t best = 3;

	buf_printf(out, "unknown setting \"%s\"", name);
	for (row = here ? here->rows : NULL; row && row->name; row++)
		take_closer(name, row->name, &best, &close);
	for (s = sections; s->rows; s++) {
		if (!s->name || (here && here->name))
			continue;
		take_closer(name, s->name, &best, &close);
	}
	if (close) {
		buf_printf(out, "; did you mean \"%s\"?", close);
		return;
	}
	for (s = sections; s->rows; s++) {
		if (s == here || !settings_row_of(s, slice_of(name)))
			continue;
		buf_printf(out, s->name ? "; it belongs into %s { }"
					: "; it belongs outside of %s { }",
		    s->name ? s->name : here->name);
		return;
	}
	buf_add_str(out, "; known here are");
	for (row = here ? here->rows : NULL; row && row->name; row++) {
		buf_printf(out, "%s %s", comma, row->name);
		comma = ",";
	}
	for (s = sections; s->rows; s++)
		if (s->name && here && !here->name) {
			buf_printf(out, "%s %s { }", comma, s->name);
			comma = ",";
		}
}

static const struct {
	const char *fmt, *remedy;
} syntax[] = {
    {"premature end of file", "; a value, a quote or a } is missing at the end"},
    {"unexpected closing brace", "; take the } out, or put the { before it"},
    {"unexpected token '%s'",
        "; write name = \"value\", or name = {\"one\", \"two\"}"},
    {"missing equal sign after option '%s'", "; write it before the value"},
    {"missing opening brace for section '%s'",
        "; write { before the settings that belong to it"},
    {"missing title for section '%s'", "; write it in quotes before the {"},
    {"found duplicate title '%s'",
        "; give one of the two another name, or put both into one"},
    {"attempt to append to non-list option '%s'", "; write = instead of +="},
    {"unterminated string constant", "; write the ' that ends it"},
    {"invalid octal number '%s'", "; write \\\\ for a backslash"},
    {"bad escape sequence '%s'", "; write \\\\ for a backslash"},
};

void
settings_explain_syntax(const char *fmt, va_list ap, struct buf *out)
{
	size_t i;

	buf_vprintf(out, fmt, ap);
	for (i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
		if (strcmp(fmt, syntax[i].fmt) == 0)
			buf_add_str(out, syntax[i].remedy);
}
