/* Everything type-specific about settings stands in one table below, so that a
 * new type is a row with its two functions. */
#include "lib/base/setting.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

struct kind {
	int (*set)(const struct setting *row, void *dst, const char *text,
	    struct buf *why_r);
	void (*show)(const struct setting *row, const void *src, bool quoted,
	    struct buf *out);
};
struct unit {
	int64_t factor; /* 0 ends the list */
	const char *name;
};
/* What the kinds that are an int64_t differ in. */
struct number {
	int (*parse)(struct slice s, int64_t min, int64_t max, int64_t *out_r);
	const struct unit *units; /* the smallest first */
	const char *hint;
};

static void *
place(const struct setting *row, void *base)
{
	return (char *)base + row->offset;
}

static const void *
place_const(const struct setting *row, const void *base)
{
	return (const char *)base + row->offset;
}

/* 0,0 means any that is not negative. */
static int64_t
upper(const struct setting *row)
{
	return row->min == 0 && row->max == 0 ? INT64_MAX : row->max;
}

static const struct number numbers[] = {
    [SETTING_INT] = {text_int, (const struct unit[]){{1, ""}, {0, NULL}},
	"is not a whole number"},
    [SETTING_DURATION] = {text_duration_ms,
	(const struct unit[]){{1, "ms"}, {1000, "s"}, {60000, "m"},
	    {3600000, "h"}, {86400000, "d"}, {0, NULL}},
	"is no duration: write a whole number and a unit, such as 200ms, 2s, "
	"5m, 6h or 7d"},
    [SETTING_SIZE] = {text_size,
	(const struct unit[]){{1, ""}, {1 << 10, "K"}, {1 << 20, "M"},
	    {1 << 30, "G"}, {0, NULL}},
	"is no size: write bytes as a whole number, or with K, M or G behind, "
	"such as 20M"},
    [SETTING_RATE] = {text_rate_per_h,
	(const struct unit[]){{1, "/h"}, {60, "/m"}, {3600, "/s"}, {0, NULL}},
	"is no rate: write a whole number and a unit, such as 20/s, 600/m or "
	"5000/h"},
};

/* In the largest unit that loses nothing. */
static void
show_scaled(const struct number *n, int64_t v, struct buf *out)
{
	const struct unit *best = n->units, *u;

	for (u = n->units; u->factor; u++)
		if (v % u->factor == 0)
			best = u;
	buf_printf(out, "%" PRId64 "%s", v / best->factor,
	    v == 0 ? "" : best->name);
}

/* "has no unit: write 20ms, 20s, 20m, 20h or 20d" */
static void
wants_unit(const struct number *n, const char *text, struct buf *why_r)
{
	const struct unit *u;

	buf_add_str(why_r, "has no unit: write ");
	for (u = n->units; u->factor; u++)
		buf_printf(why_r, "%s%s%s", text, u->name,
		    !u[1].factor ? "" : u[2].factor ? ", " : " or ");
}

/* "is out of range: write a value from 1s to 60s" */
static void
out_of_range(const struct setting *row, const struct number *n,
    struct buf *why_r)
{
	bool bounded = upper(row) != INT64_MAX;

	buf_printf(why_r, "is out of range: write a value %s ",
	    bounded ? "from" : "of at least");
	show_scaled(n, row->min, why_r);
	if (bounded) {
		buf_add_str(why_r, " to ");
		show_scaled(n, row->max, why_r);
	}
}

static int
set_string(const struct setting *row, void *dst, const char *text,
    struct buf *why_r)
{
	char **s = dst;

	(void)row;
	(void)why_r;
	free(*s);
	*s = xstrdup(text);
	return 0;
}

static int
set_number(const struct setting *row, void *dst, const char *text,
    struct buf *why_r)
{
	const struct number *n = &numbers[row->type];
	struct slice s = slice_of(text);
	int64_t any, *v = dst;

	if (n->parse(s, row->min, upper(row), v) == 0)
		return 0;
	if (n->parse(s, INT64_MIN + 1, INT64_MAX, &any) == 0)
		out_of_range(row, n, why_r);
	else if (*n->units->name && text_int(s, 0, INT64_MAX, &any) == 0)
		wants_unit(n, text, why_r);
	else
		buf_add_str(why_r, n->hint);
	return -1;
}

static int
set_bool(const struct setting *row, void *dst, const char *text,
    struct buf *why_r)
{
	static const char *const words[] = {
	    "no", "yes", "false", "true", "off", "on"};
	bool *v = dst;
	size_t i;

	(void)row;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*v = i % 2 == 1;
			return 0;
		}
	}
	buf_add_str(why_r, "is neither: write yes or no");
	return -1;
}

static int
set_list(const struct setting *row, void *dst, const char *text,
    struct buf *why_r)
{
	struct setting_list *list = dst;

	(void)row;
	(void)why_r;
	list->items = xrealloc(list->items,
	    (list->n + 1) * sizeof(*list->items));
	list->items[list->n++] = xstrdup(text);
	return 0;
}

static int
set_choice(const struct setting *row, void *dst, const char *text,
    struct buf *why_r)
{
	struct slice rest = slice_of(row->choices), word;
	int *v = dst, i;

	for (i = 0; slice_split(&rest, '|', &word); i++) {
		if (slice_eq_str(word, text)) {
			*v = i;
			return 0;
		}
	}
	buf_add_str(why_r, "is not among the choices: write one of");
	rest = slice_of(row->choices);
	for (i = 0; slice_split(&rest, '|', &word); i++)
		buf_printf(why_r, "%s %.*s", i ? "," : "", (int)word.len,
		    word.data);
	return -1;
}

/* As libconfuse reads it back: "${" would be taken for the environment's. */
static void
quote(const char *s, struct buf *out)
{
	buf_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\' || (*s == '$' && s[1] == '{'))
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

static void
show_string(const struct setting *row, const void *src, bool quoted,
    struct buf *out)
{
	const char *s = *(char *const *)src;

	(void)row;
	if (quoted)
		quote(s ? s : "", out);
	else
		buf_add_str(out, s ? s : "");
}

static void
show_number(const struct setting *row, const void *src, bool quoted,
    struct buf *out)
{
	(void)quoted;
	show_scaled(&numbers[row->type], *(const int64_t *)src, out);
}

static void
show_bool(const struct setting *row, const void *src, bool quoted,
    struct buf *out)
{
	(void)row;
	(void)quoted;
	buf_add_str(out, *(const bool *)src ? "yes" : "no");
}

static void
show_list(const struct setting *row, const void *src, bool quoted,
    struct buf *out)
{
	const struct setting_list *list = src;
	size_t i;

	(void)row;
	(void)quoted;
	buf_add_char(out, '{');
	for (i = 0; i < list->n; i++) {
		if (i)
			buf_add_str(out, ", ");
		quote(list->items[i], out);
	}
	buf_add_char(out, '}');
}

static void
show_choice(const struct setting *row, const void *src, bool quoted,
    struct buf *out)
{
	struct slice rest = slice_of(row->choices), word = {NULL, 0};
	int i;

	(void)quoted;
	for (i = 0; i <= *(const int *)src; i++)
		if (!slice_split(&rest, '|', &word))
			return;
	buf_add_slice(out, word);
}

static const struct kind kinds[] = {
    [SETTING_STRING] = {set_string, show_string},
    [SETTING_INT] = {set_number, show_number},
    [SETTING_BOOL] = {set_bool, show_bool},
    [SETTING_DURATION] = {set_number, show_number},
    [SETTING_SIZE] = {set_number, show_number},
    [SETTING_RATE] = {set_number, show_number},
    [SETTING_LIST] = {set_list, show_list},
    [SETTING_CHOICE] = {set_choice, show_choice},
};

static int
check_text(const char *text, struct buf *why_r)
{
	if (strlen(text) > SETTING_TEXT_MAX)
		buf_printf(why_r, "has more than %d bytes", SETTING_TEXT_MAX);
	else if (text_has_control(slice_of(text)))
		buf_add_str(why_r, "has a line break or another control "
				   "character in it: take it out");
	else if (!text_is_utf8(slice_of(text)))
		buf_add_str(why_r, "is not UTF-8: save the file as UTF-8");
	else
		return 0;
	return -1;
}

int
setting_set(const struct setting *row, void *base, const char *text,
    struct buf *why_r)
{
	if (check_text(text, why_r) < 0)
		return -1;
	return kinds[row->type].set(row, place(row, base), text, why_r);
}

void
setting_default(const struct setting *row, void *base)
{
	struct slice rest = slice_of(row->def), word;
	struct buf why = {0};
	char *item;

	if (!row->def)
		return;
	if (row->type != SETTING_LIST) {
		if (setting_set(row, base, row->def, &why) < 0)
			fatalx(EX_SOFTWARE, "default of %s: \"%s\" %s",
			    row->name, row->def, why.data);
		return;
	}
	while (slice_split(&rest, ' ', &word)) {
		if (word.len == 0)
			continue;
		item = xstrndup(word.data, word.len);
		(void)set_list(row, place(row, base), item, &why);
		free(item);
	}
}

void
setting_show(const struct setting *row, const void *base, bool quoted,
    struct buf *out)
{
	kinds[row->type].show(row, place_const(row, base), quoted, out);
}

void
setting_free(const struct setting *row, void *base)
{
	struct setting_list *list = place(row, base);
	char **s = place(row, base);
	size_t i;

	if (row->type == SETTING_STRING) {
		free(*s);
		*s = NULL;
	} else if (row->type == SETTING_LIST) {
		for (i = 0; i < list->n; i++)
			free(list->items[i]);
		free(list->items);
		*list = (struct setting_list){NULL, 0};
	}
}
