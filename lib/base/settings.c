/* Settings files, read by libconfuse.
 *
 * libconfuse only splits the text: to it every setting is a string or a list of
 * strings, and on_value() checks each one against its row at the moment it is
 * read, because only then the line is known.  The checked values are taken into
 * the caller's structs once the whole file has been read. */
#include <confuse.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/setting.h"
#include "lib/base/settings_hint.h"
#include "lib/base/settings_run.h"

/* See ends_whole(). */
#define END_MARK "nearpost__end"

/* libconfuse's scanner has globals and its callbacks have no context: one
 * parse at a time, and this is it. */
static pthread_mutex_t parse_lock = PTHREAD_MUTEX_INITIALIZER;
static struct parse {
	const char *name;
	const struct settings_section *sections;
	struct map *seen; /* the line of each setting met, by settings_key() */
	const cfg_t *root; /* its line, within a section: where that began */
	struct buf error; /* the first one */
} *parse_now;

/* The section that a libconfuse section stands for. */
static const struct settings_section *
section_of(cfg_t *cfg)
{
	struct slice name = slice_of(cfg_name(cfg));

	if (cfg == parse_now->root)
		name.len = 0;
	return settings_section_of(parse_now->sections, name);
}

/* The first line is kept. */
static void
note(cfg_t *cfg, const char *name, size_t item, int line)
{
	char *key = settings_item_key(cfg_name(cfg), cfg_title(cfg), name, item);

	if (!map_get(parse_now->seen, slice_of(key)))
		(void)map_set(parse_now->seen, slice_of(key),
		    (void *)(intptr_t)line);
	free(key);
}

/* Everything libconfuse and on_value() complain about; the first is told. */
static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct buf *out = &parse_now->error;

	if (out->len)
		return;
	buf_printf(out, "%s:%d: ", parse_now->name, cfg->line);
	if (strcmp(fmt, "no such option '%s'") == 0)
		settings_explain_unknown(parse_now->sections,
		    section_of(cfg), va_arg(ap, const char *), out);
	else
		settings_explain_syntax(fmt, ap, out);
}

/* False the second time: a setting given twice is one of two copies that
 * somebody will change, and then wonder. */
static bool
first_time(cfg_t *cfg, const char *name)
{
	char *key = settings_key(cfg_name(cfg), cfg_title(cfg), name);
	bool first = !map_set(parse_now->seen, slice_of(key),
	    (void *)(intptr_t)cfg->line);

	free(key);
	return first;
}

static int
on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct setting *row = settings_row_of(section_of(cfg),
	    slice_of(cfg_opt_name(opt)));
	union {
		char *s;
		int64_t n;
		struct setting_list list;
	} scratch = {.list = {NULL, 0}};
	struct buf why = {0};
	unsigned last = cfg_opt_size(opt) - 1; /* the others were met before */
	const char *text = cfg_opt_getnstr(opt, last);
	struct setting here;
	int rc;

	if (!row)
		return 0;
	note(cfg, row->name, last, cfg->line);
	note(cfg, "", 0, parse_now->root->line);
	here = *row;
	here.offset = 0;
	if (!first_time(cfg, row->name) && row->type != SETTING_LIST) {
		cfg_error(cfg, "%s is set a second time; keep one of the two",
		    row->name);
		return -1;
	}
	rc = setting_set(&here, &scratch, text ? text : "", &why);
	if (rc < 0)
		cfg_error(cfg, "%s: \"%.100s\" %s", row->name, text ? text : "",
		    why.data);
	setting_free(&here, &scratch);
	buf_free(&why);
	return rc;
}

static int
on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	const char *title = cfg_title(sec);

	if (title && !*title) {
		cfg_error(cfg, "%s needs a name: %s \"name\" { ... }",
		    cfg_opt_name(opt), cfg_opt_name(opt));
		return -1;
	}
	if (!title && !first_time(cfg, cfg_opt_name(opt))) {
		cfg_error(cfg, "%s { } is there a second time; put all of it "
			       "into one", cfg_opt_name(opt));
		return -1;
	}
	note(sec, "", 0, sec->line); /* when nothing is in it */
	return 0;
}

/* libconfuse's table for the rows; room for `extra` entries and the end. */
static cfg_opt_t *
opts_of(const struct setting *rows, size_t extra, size_t *n_r)
{
	const cfg_opt_t end = CFG_END();
	cfg_opt_t *opts;
	size_t n = 0, i;

	while (rows && rows[n].name)
		n++;
	opts = xcalloc(n + extra + 1, sizeof(*opts));
	for (i = 0; i < n; i++) {
		const cfg_opt_t one = CFG_STR(rows[i].name, NULL, CFGF_NODEFAULT);
		const cfg_opt_t many = CFG_STR_LIST(rows[i].name, NULL,
		    CFGF_NODEFAULT);

		opts[i] = rows[i].type == SETTING_LIST ? many : one;
		opts[i].validcb = on_value;
	}
	opts[n + extra] = end;
	*n_r = n;
	return opts;
}

/* cfg_init() copies the tables, so they go again at once. */
static cfg_t *
make_parser(const struct settings_section *sections)
{
	const cfg_opt_t end_mark = CFG_STR(END_MARK, NULL, CFGF_NODEFAULT);
	const struct settings_section *s, *root;
	size_t extra = 0, n, none, i;
	cfg_opt_t *opts;
	cfg_t *cfg;

	for (s = sections; s->rows; s++)
		extra += s->name != NULL;
	root = settings_section_of(sections, (struct slice){NULL, 0});
	opts = opts_of(root ? root->rows : NULL, extra + 1, &n);
	opts[n + extra] = end_mark;
	for (s = sections, i = n; s->rows; s++) {
		if (!s->name)
			continue;
		const cfg_opt_t sec = CFG_SEC(s->name, opts_of(s->rows, 0, &none),
		    s->titled ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES
			      : CFGF_NONE);

		opts[i] = sec;
		opts[i++].validcb = on_section;
	}
	cfg = cfg_init(opts, CFGF_NONE);
	for (i = n; i < n + extra; i++)
		free(opts[i].subopts);
	free(opts);
	if (cfg)
		(void)cfg_set_error_function(cfg, on_error);
	return cfg;
}

/* What the file says, else the default.  The texts were checked already. */
static int
fill(cfg_t *cfg, const struct settings_section *section, void *base)
{
	const struct setting *row;
	struct buf why = {0};

	for (row = section->rows; row->name; row++) {
		cfg_opt_t *opt = cfg ? cfg_getopt(cfg, row->name) : NULL;
		unsigned i, n = opt ? cfg_opt_size(opt) : 0;

		for (i = 0; i < n; i++) {
			const char *text = cfg_opt_getnstr(opt, i);

			(void)setting_set(row, base, text ? text : "", &why);
		}
		if (n > 0 || (opt && opt->flags & CFGF_MODIFIED))
			continue;
		if (row->def) {
			setting_default(row, base);
			continue;
		}
		settings_explain_missing(parse_now->name, parse_now->seen,
		    section, cfg && section->name ? cfg_title(cfg) : NULL, row,
		    &parse_now->error);
		return -1;
	}
	return 0;
}

static int
fill_many(cfg_t *cfg, const struct settings_section *s, void *root)
{
	struct settings_many *many = (void *)((char *)root + s->offset);
	unsigned i, n = cfg ? cfg_size(cfg, s->name) : 0;

	many->items = xcalloc(n, s->size);
	many->n = n;
	for (i = 0; i < n; i++) {
		cfg_t *sec = cfg_getnsec(cfg, s->name, i);
		char *item = (char *)many->items + i * s->size;

		*(char **)(void *)item = xstrdup(cfg_title(sec));
		if (fill(sec, s, item) < 0)
			return -1;
	}
	return 0;
}

static int
fill_all(cfg_t *cfg, const struct settings_section *sections, void *root)
{
	const struct settings_section *s;
	int rc = 0;

	for (s = sections; rc == 0 && s->rows; s++) {
		if (s->titled)
			rc = fill_many(cfg, s, root);
		else
			rc = fill(cfg && s->name ? cfg_getsec(cfg, s->name)
						 : cfg,
			    s, (char *)root + s->offset);
	}
	return rc;
}

/* A parser that has read the text, or NULL with parse_now->error. */
static cfg_t *
read_text(struct slice text)
{
	cfg_t *cfg = make_parser(parse_now->sections);
	struct buf *error = &parse_now->error;
	FILE *f;
	int rc;

	if (!cfg) {
		buf_printf(error, "%s: libconfuse refuses our table",
		    parse_now->name);
		return NULL;
	}
	parse_now->root = cfg;
	f = fmemopen((void *)(uintptr_t)text.data, text.len, "r");
	rc = f ? cfg_parse_fp(cfg, f) : CFG_FILE_ERROR;
	if (f)
		(void)fclose(f);
	if (rc == CFG_SUCCESS && !error->len)
		return cfg;
	if (!error->len)
		buf_printf(error, "%s:%d: syntax error", parse_now->name,
		    cfg->line);
	(void)cfg_free(cfg);
	return NULL;
}

/* libconfuse takes a file that ends inside of a section for a whole one, so half
 * a file would start a program with half of its settings.  Of good text, a
 * second reading with a mark behind it tells: it must be met, at the top level. */
static bool
ends_whole(struct slice text)
{
	struct buf marked = {0}, *error = &parse_now->error;
	bool whole;
	cfg_t *cfg;

	map_free(&parse_now->seen, NULL);
	parse_now->seen = map_new();
	buf_add_slice(&marked, text);
	buf_add_str(&marked, "\n" END_MARK " = x\n");
	cfg = read_text(slice_buf(&marked));
	whole = cfg && cfg_getstr(cfg, END_MARK);
	if (cfg)
		(void)cfg_free(cfg);
	buf_free(&marked);
	if (!whole) {
		buf_clear(error);
		buf_printf(error, "%s:%d: at the end of the file a } is missing",
		    parse_now->name, settings_count_lines(text));
	}
	return whole;
}

int
settings_run(const char *name, const struct slice *text,
    const struct settings_section *sections, void *root, struct map **lines_r,
    char **error_r)
{
	struct parse parse = {.name = name, .sections = sections,
	    .seen = map_new()};
	cfg_t *cfg = NULL;
	int rc = 0;

	(void)pthread_mutex_lock(&parse_lock);
	parse_now = &parse;
	if (text && text->len) {
		cfg = read_text(*text);
		rc = cfg && ends_whole(*text) ? 0 : -1;
	}
	if (rc == 0)
		rc = fill_all(cfg, sections, root);
	if (cfg)
		(void)cfg_free(cfg);
	parse_now = NULL;
	(void)pthread_mutex_unlock(&parse_lock);
	if (rc == 0 && lines_r)
		*lines_r = parse.seen;
	else
		map_free(&parse.seen, NULL);
	if (rc < 0) {
		settings_free(sections, root);
		*error_r = buf_steal(&parse.error);
	}
	buf_free(&parse.error);
	return rc;
}
