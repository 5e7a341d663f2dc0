#include "config.h"

#include "ctl/lint_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "ctl/css_scan.h"
#include "lib/base/date.h"
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#define FACTS_MAX (1024 * 1024) /* octets of the file */

#define STR(n, s, f, help)                                                     \
	{n, SETTING_STRING, offsetof(s, f), NULL, 0, 0, NULL, help}
#define LIST(n, s, f, help)                                                    \
	{n, SETTING_LIST, offsetof(s, f), "", 0, 0, NULL, help}
#define SIZE(n, s, f, help)                                                    \
	{n, SETTING_SIZE, offsetof(s, f), NULL, 1, INT64_MAX, NULL, help}
#define INT(n, s, f, help)                                                     \
	{n, SETTING_INT, offsetof(s, f), NULL, 1, 1000000, NULL, help}
#define END_OF_ROWS {NULL, SETTING_STRING, 0, NULL, 0, 0, NULL, NULL}

static const struct setting top_rows[] = {
    STR("date", struct lint_facts, date, "day on which all was looked up"),
    LIST("sources", struct lint_facts, sources, "where it is from"),
    SIZE("html_max", struct lint_facts, html_max,
        "HTML that is shown whole, octets"),
    SIZE("style_max", struct lint_facts, style_max,
        "a style block that is not thrown away"),
    SIZE("message_max", struct lint_facts, message_max,
        "a message that is quick to load"),
    SIZE("images_max", struct lint_facts, images_max,
        "all pictures of a creative together"),
    INT("subject_max", struct lint_facts, subject_max,
        "characters of a subject that lists of mail show"),
    INT("alt_max", struct lint_facts, alt_max,
        "characters of an alternative text"),
    INT("picture_scale_max", struct lint_facts, picture_scale_max,
        "pixels that a picture may have for each that is shown, in a row"),
    END_OF_ROWS,
};
static const struct setting feature_rows[] = {
    LIST("css", struct lint_feature, css, "declarations and at-rules"),
    LIST("tag", struct lint_feature, tag, "HTML elements"),
    LIST("image", struct lint_feature, image, "media types, or data:"),
    LIST("clients", struct lint_feature, clients, "who does not have it"),
    STR("what", struct lint_feature, what, "what becomes of it there"),
    STR("instead", struct lint_feature, instead, "what to do"),
    STR("tested", struct lint_feature, tested, "day"),
    STR("source", struct lint_feature, source, "where that is from"),
    END_OF_ROWS,
};
static const struct settings_section sections[] = {
    {NULL, false, top_rows, sizeof(struct lint_facts), 0},
    {"feature", true, feature_rows, sizeof(struct lint_feature),
        offsetof(struct lint_facts, features)},
    {NULL, false, NULL, 0, 0},
};

void
lint_facts_free(struct lint_facts **f)
{
	if (!*f)
		return;
	settings_free(sections, *f);
	free(*f);
	*f = NULL;
}

/* What a row cannot see for itself. */
static const char *
feature_fault(const struct lint_feature *r)
{
	struct moment day;

	if (r->css.n + r->tag.n + r->image.n == 0)
		return "nothing finds it; write css, tag or image";
	if (r->clients.n == 0)
		return "names no mail program; write clients = {\"...\"}";
	return date_parse(slice_of(r->tested), &day) == 0 ? NULL
	    : "tested is no date; write tested = \"2026-06-29\"";
}

static char *
check(const char *name, const struct lint_facts *f, const struct map *lines)
{
	const struct lint_feature *r = f->features.items;
	struct moment day;
	size_t i;

	if (date_parse(slice_of(f->date), &day) != 0)
		return xasprintf("%s:%d: date = \"%s\" is no date; write "
		    "date = \"2026-06-29\"", name, settings_line(lines, NULL, NULL,
		    "date"), f->date);
	for (i = 0; i < f->features.n; i++)
		if (feature_fault(&r[i]))
			return xasprintf("%s:%d: feature \"%s\": %s", name,
			    settings_item_line(lines, "feature", r[i].name, "",
			        0), r[i].name, feature_fault(&r[i]));
	return NULL;
}

struct lint_facts *
lint_facts_parse(const char *name, struct slice text, char **error_r)
{
	struct lint_facts *f = xcalloc(1, sizeof(*f));
	struct map *lines = NULL;

	if (settings_parse_lines(name, text, sections, f, &lines,
	        error_r) == -1) {
		free(f);
		return NULL;
	}
	*error_r = check(name, f, lines);
	if (*error_r)
		lint_facts_free(&f);
	map_free(&lines, NULL);
	return f;
}

struct lint_facts *
lint_facts_load(const char *path, char **error_r)
{
	struct lint_facts *f = NULL;
	struct buf text = {0};

	if (file_read(path, FACTS_MAX, &text) == -1)
		*error_r = xasprintf("%s: what is known of mail programs "
		    "cannot be read: %s; install nearpost, or name the file by "
		    "--facts", path, strerrordesc_np(errno));
	else
		f = lint_facts_parse(path, slice_buf(&text), error_r);
	buf_free(&text);
	return f;
}

static bool
is_in(const struct setting_list *list, const char *word)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcasecmp(list->items[i], word) == 0)
			return true;
	return false;
}

/* "display: flex" is the property with that word in its value, "position" that
 * one with any value. */
static bool
css_fits(const char *pattern, struct slice property, struct slice value)
{
	struct slice rest = slice_of(pattern), name = {NULL, 0};

	if (!slice_split(&rest, ':', &name) ||
	    name.len != property.len ||
	    strncasecmp(name.data, property.data, name.len) != 0)
		return false;
	rest = slice_trim(rest);
	return rest.len == 0 || css_has_word(value, rest.data);
}

const struct lint_feature *
lint_facts_css(const struct lint_facts *f, struct slice property,
    struct slice value)
{
	const struct lint_feature *r = f->features.items;
	size_t i, k;

	for (i = 0; i < f->features.n; i++)
		for (k = 0; k < r[i].css.n; k++)
			if (css_fits(r[i].css.items[k], property, value))
				return &r[i];
	return NULL;
}

const struct lint_feature *
lint_facts_tag(const struct lint_facts *f, const char *tag)
{
	const struct lint_feature *r = f->features.items;
	size_t i;

	for (i = 0; i < f->features.n; i++)
		if (is_in(&r[i].tag, tag))
			return &r[i];
	return NULL;
}

const struct lint_feature *
lint_facts_image(const struct lint_facts *f, const char *type)
{
	const struct lint_feature *r = f->features.items;
	size_t i;

	for (i = 0; i < f->features.n; i++)
		if (is_in(&r[i].image, type))
			return &r[i];
	return NULL;
}

void
lint_facts_clients(const struct lint_feature *feature, struct buf *out)
{
	size_t i;

	for (i = 0; i < feature->clients.n; i++)
		buf_printf(out, "%s%s", i ? ", " : "",
		    feature->clients.items[i]);
}
