/* A campaign.conf in its asset set: read from there, held against the manifest. */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/mail/campaign_check.h"

static char *
check_file(const struct campaign *c, const struct manifest *m,
    struct campaign_place at, const char *file)
{
	char *path, *fault = NULL;

	if (*file == '\0')
		return NULL;
	path = xasprintf("%s/%s/%s", c->name, at.title, file);
	if (!manifest_find(m, path))
		fault = campaign_fault(c, at, "%s = \"%s\", but the set has no "
		    "%s; put the file there or take the name out", at.setting,
		    file, path);
	free(path);
	return fault;
}

static char *
check_list(const struct campaign *c, const struct manifest *m,
    struct campaign_place at, const struct setting_list *list)
{
	char *fault = NULL;

	for (; at.item < list->n && !fault; at.item++)
		fault = check_file(c, m, at, list->items[at.item]);
	return fault;
}

static char *
check_creative(const struct campaign *c, const struct creative *r,
    const struct manifest *m)
{
	struct campaign_place at = {"creative", r->name, "html", 0};
	char *fault = check_file(c, m, at, r->html);

	at.setting = "text";
	if (!fault)
		fault = check_file(c, m, at, r->text);
	at.setting = "inline";
	if (!fault)
		fault = check_list(c, m, at, &r->inline_parts);
	at.setting = "attach";
	if (!fault)
		fault = check_list(c, m, at, &r->attach);
	return fault;
}

int
campaign_check_files(const struct campaign *c, const struct manifest *m,
    char **error_r)
{
	const struct creative *r = c->creatives.items;
	char *fault = NULL;
	size_t i;

	for (i = 0; i < c->creatives.n && !fault; i++)
		fault = check_creative(c, &r[i], m);
	if (fault)
		*error_r = fault;
	return fault ? -1 : 0;
}

static int
check_content(const char *name, const struct manifest *m, struct slice text,
    char **error_r)
{
	char *path = xasprintf("%s/" CAMPAIGN_CONF, name);
	const struct manifest_file *f = manifest_find(m, path);
	int r = -1;

	if (f)
		r = manifest_check(f, text, error_r);
	else
		*error_r = xasprintf("%s: is not in the manifest; build and sign "
		    "the set", path);
	free(path);
	return r;
}

/* A name that is misspelt. */
static char *
unknown(const char *dir, const char *name)
{
	char *pattern = xasprintf("%s/*/" CAMPAIGN_CONF, dir), *error;
	struct buf known = {0};
	glob_t found = {0};

	(void)glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		*strrchr(found.gl_pathv[i], '/') = '\0';
		text_add_name(&known, i, found.gl_pathc,
		    strrchr(found.gl_pathv[i], '/') + 1);
	}
	error = xasprintf("there is no campaign \"%s\" in %s; known are: %s",
	    name, dir, known.len ? known.data : "none");
	globfree(&found);
	buf_free(&known);
	free(pattern);
	return error;
}

struct campaign *
campaign_load(const char *dir, const char *name, const struct manifest *m,
    char **error_r)
{
	struct buf text = {0};
	struct campaign *c = NULL;
	char *path;

	/* Before the name becomes part of a path. */
	if (!campaign_name_ok(slice_of(name)))
		return campaign_parse(name, slice_of(""), error_r);
	path = xasprintf("%s/%s/" CAMPAIGN_CONF, dir, name);
	if (file_read(path, CAMPAIGN_CONF_MAX, &text) == -1)
		*error_r = errno == ENOENT ? unknown(dir, name) :
		    xasprintf("%s: %s", path, errno == EFBIG ?
		    "more than 1 MB; make it smaller" : strerrordesc_np(errno));
	else if (!m || check_content(name, m, slice_buf(&text), error_r) == 0)
		c = campaign_parse_as(path, name, slice_buf(&text), error_r);
	if (c && m && campaign_check_files(c, m, error_r) == -1)
		campaign_free(&c);
	buf_free(&text);
	free(path);
	return c;
}

int
campaign_list(const struct manifest *m, struct setting_list *out_r)
{
	size_t i;

	*out_r = (struct setting_list){0};
	for (i = 0; i < m->n; i++) {
		const char *path = m->files[i].path, *slash = strchr(path, '/');

		if (!slash || strcmp(slash + 1, CAMPAIGN_CONF) != 0)
			continue;
		if (!campaign_name_ok((struct slice){path,
		        (size_t)(slash - path)})) {
			while (out_r->n)
				free(out_r->items[--out_r->n]);
			free(out_r->items);
			*out_r = (struct setting_list){0};
			return -1;
		}
		out_r->items = xrealloc(out_r->items,
		    (out_r->n + 1) * sizeof(*out_r->items));
		out_r->items[out_r->n++] =
		    xstrndup(path, (size_t)(slash - path));
	}
	return 0;
}
