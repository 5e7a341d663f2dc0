/* Between a file and libconfuse.  That library puts the environment's value in
 * place of ${NAME}: but a settings file says the same wherever it is read, nobody's
 * environment may end up in an advert, and "only ${{price}} left" is a Mustache tag
 * behind a dollar sign.  It also counts up to two lines too many for each comment,
 * so that every error behind the first one would name a wrong line, and takes none
 * within a list.  Hence it gets to see neither. */
#include <errno.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/settings_hint.h"
#include "lib/base/settings_run.h"

#define SETTINGS_FILE_MAX ((size_t)1 << 20)

enum state {
	BARE = 0,     /* between words */
	WORD,         /* where // begins no comment */
	DOUBLE,       /* "..." */
	SINGLE,       /* '...', where nothing is replaced */
	LINE_COMMENT, /* # or // */
	BLOCK_COMMENT
};

static bool
at(struct slice s, size_t i, const char *what)
{
	return s.len - i >= 2 && memcmp(s.data + i, what, 2) == 0;
}

static enum state
outside(enum state now, struct slice s, size_t i)
{
	char c = s.data[i];

	if (c == '"')
		return DOUBLE;
	if (c == '\'')
		return SINGLE;
	if (c == '#' || (now == BARE && at(s, i, "//")))
		return LINE_COMMENT;
	if (now == BARE && at(s, i, "/*"))
		return BLOCK_COMMENT;
	return c != '\0' && strchr(" \t\r\n={}()+,*", c) ? BARE : WORD;
}

static enum state
next_state(enum state now, struct slice s, size_t i)
{
	switch (now) {
	case DOUBLE:
		return s.data[i] == '"' ? BARE : now;
	case SINGLE:
		return s.data[i] == '\'' ? BARE : now;
	case LINE_COMMENT:
		return s.data[i] == '\n' ? BARE : now;
	case BLOCK_COMMENT:
		return at(s, i, "*/") ? BARE : now;
	default:
		return outside(now, s, i);
	}
}

/* Appends the text as libconfuse is to see it: without a byte order mark, blanks
 * for comments, every "${" in quotes escaped.  NULL, or what is wrong, and at
 * which octet. */
static const char *
make_plain(struct slice text, struct buf *out, size_t *at_r)
{
	enum state state = BARE, before;
	size_t i = 0, k, step;

	if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	buf_reserve(out, text.len);
	for (; i < text.len; i += step) {
		before = state;
		step = 1;
		if ((state == DOUBLE || state == SINGLE) &&
		    text.data[i] == '\\' && i + 1 < text.len)
			step = 2; /* whatever it is, it ends nothing */
		else
			state = next_state(before, text, i);
		if ((before == BLOCK_COMMENT) != (state == BLOCK_COMMENT))
			step = 2; /* the two of them */
		*at_r = i;
		if (before <= WORD && at(text, i, "${"))
			return "${ stands outside of quotes; write \"${...}\"";
		if (before == DOUBLE && step == 1 && at(text, i, "${"))
			buf_add_char(out, '\\');
		for (k = i; k < i + step; k++)
			buf_add_char(out, text.data[k] != '\n' &&
			    (before >= LINE_COMMENT || state >= LINE_COMMENT) ?
			    ' ' : text.data[k]);
	}
	return state == BLOCK_COMMENT ? "at the end of the file a comment is not "
	                                "closed; */ is missing" : NULL;
}

int
settings_parse_lines(const char *name, struct slice text,
    const struct settings_section *sections, void *root, struct map **lines_r,
    char **error_r)
{
	struct buf plain = {0};
	struct slice s;
	const char *fault, *nul;
	size_t at = 0;
	int rc = -1;

	nul = text.len ? memchr(text.data, '\0', text.len) : NULL;
	if (nul) {
		at = (size_t)(nul - text.data);
		fault = "there is a NUL byte; settings are plain text, save the "
			"file as UTF-8";
	} else {
		fault = make_plain(text, &plain, &at);
	}
	s = slice_buf(&plain);
	text.len = at;
	if (fault)
		*error_r = xasprintf("%s:%d: %s", name,
		    settings_count_lines(text), fault);
	else
		rc = settings_run(name, &s, sections, root, lines_r, error_r);
	buf_free(&plain);
	return rc;
}

int
settings_parse(const char *name, struct slice text,
    const struct settings_section *sections, void *root, char **error_r)
{
	return settings_parse_lines(name, text, sections, root, NULL, error_r);
}

int
settings_load(const char *path, const struct settings_section *sections,
    void *root, char **error_r)
{
	struct buf text = {0};
	int rc = -1;

	if (!path)
		return settings_run("defaults", NULL, sections, root, NULL,
		    error_r);
	if (file_read(path, SETTINGS_FILE_MAX, &text) < 0)
		*error_r = xasprintf("%s: %s", path, strerrordesc_np(errno));
	else
		rc = settings_parse(path, slice_buf(&text), sections, root,
		    error_r);
	buf_free(&text);
	return rc;
}
