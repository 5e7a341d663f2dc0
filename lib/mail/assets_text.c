/* The texts of a creative: read, checked, what campaign.conf says of them filled
 * in, compiled. */
#include "lib/mail/assets_text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/mail/campaign_partial.h"
#include "lib/mail/html_alt.h"

struct asset_texts {
	const char *dir;
	const struct manifest *m;
	struct map *read; /* path to struct buf */
};

struct asset_texts *
asset_texts_new(const char *dir, const struct manifest *m)
{
	struct asset_texts *t = xcalloc(1, sizeof(*t));

	t->dir = dir;
	t->m = m;
	t->read = map_new();
	return t;
}

static void
free_text(void *text)
{
	buf_free(text);
	free(text);
}

void
asset_texts_free(struct asset_texts **t)
{
	if (!*t)
		return;
	map_free(&(*t)->read, free_text);
	free(*t);
	*t = NULL;
}

const struct manifest *
asset_texts_manifest(const struct asset_texts *t)
{
	return t->m;
}

static int
text_of(struct asset_texts *t, const char *path, struct slice *text_r,
    char **error_r)
{
	const struct manifest_file *f = manifest_find(t->m, path);
	struct buf *text = map_get(t->read, slice_of(path));
	char *full;
	int r;

	if (text) {
		*text_r = slice_buf(text);
		return 0;
	}
	text = xcalloc(1, sizeof(*text));
	full = xasprintf("%s/%s", t->dir, path);
	r = file_read(full, TEMPLATE_SOURCE_MAX, text);
	if (r == -1)
		*error_r = xasprintf("%s: %s", full,
		    errno == EFBIG ? "a text of more than 4 MB; make it smaller"
		                   : manifest_why(errno));
	else
		r = manifest_check(f, slice_buf(text), error_r);
	free(full);
	if (r == -1) {
		free_text(text);
		return -1;
	}
	(void)map_set(t->read, slice_of(path), text);
	*text_r = slice_buf(text);
	return 0;
}

/* The text of a template or partial while one compiles. */
struct sources {
	const struct asset_creative *c;
	struct asset_texts *texts;
	struct arena *made; /* what was written or filled in */
	bool plain; /* NAME.txt.mustache comes first */
	char *error; /* a text that cannot be read is told as such, not as "no
	              * such partial" */
};

static bool
find_alt(struct slice cid, struct slice *alt_r, void *ctx)
{
	return campaign_alt(ctx, cid, alt_r);
}

/* Takes the buffer. */
static struct slice
keep(struct sources *s, struct buf *text)
{
	struct slice kept = {arena_strndup(s->made, text->data ? text->data : "",
	    text->len), text->len};

	buf_free(text);
	return kept;
}

static int
source(struct sources *s, const char *path, struct slice *text_r)
{
	struct buf filled = {0};

	if (text_of(s->texts, path, text_r, &s->error) == -1)
		return -1;
	if (s->plain || s->c->creative->alt.n == 0)
		return 0;
	html_alt_fill(&filled, *text_r, find_alt,
	    (void *)(uintptr_t)s->c->creative);
	*text_r = keep(s, &filled);
	return 0;
}

/* Of the set's own, plain text's before HTML's where that is wanted; "" when there
 * is none. */
static const char *
partial_path(struct sources *s, const char *name)
{
	static const char *const endings[] = {"mustache", "txt.mustache"};
	const char *path = "";
	int i;

	for (i = s->plain ? 1 : 0; i >= 0; i--) {
		path = arena_printf(s->made, "partials/%s.%s", name, endings[i]);
		if (manifest_find(s->texts->m, path))
			return path;
	}
	return "";
}

static bool
find_partial(const char *name, struct slice *text_r, void *ctx)
{
	struct sources *s = ctx;
	const char *path = partial_path(s, name);
	struct buf made = {0};

	if (s->error)
		return false;
	if (campaign_partial(s->c->campaign, s->c->creative, name, !s->plain,
	        &made, &s->error)) {
		*text_r = keep(s, &made);
		if (*path)
			s->error = campaign_fault(s->c->campaign,
			    (struct campaign_place){NULL, NULL, NULL, 0},
			    "{{> %s}} is made of the campaign's settings, but the "
			    "set has %s; give that another name", name, path);
		return !*path;
	}
	buf_free(&made);
	return !s->error && *path && source(s, path, text_r) == 0;
}

int
asset_text_compile(const struct asset_creative *c, struct asset_texts *texts,
    const char *file, enum template_place place, struct template **out_r,
    char **error_r)
{
	struct sources s = {.c = c, .texts = texts, .made = arena_new(),
	    .plain = place == TEMPLATE_TEXT};
	struct slice text;
	const char *path;

	*error_r = NULL;
	path = arena_printf(s.made, "%s/%s/%s", c->campaign->name,
	    c->creative->name, file);
	if (*file && source(&s, path, &text) == 0) {
		if (text.len == 0)
			*error_r = xasprintf("%s: is empty; write the text, or "
			    "take the name out of " CAMPAIGN_CONF, path);
		else
			*out_r = template_compile(path, text, place,
			    find_partial, &s, error_r);
	}
	if (s.error) {
		free(*error_r);
		*error_r = s.error;
		template_free(out_r);
	}
	arena_free(&s.made);
	return *error_r ? -1 : 0;
}
