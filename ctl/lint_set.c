/* Not manifest_scan(), which takes the set whole: lint is run at every save,
 * and what is beside the campaign may be the films of others, or somebody's
 * home. */
#include "config.h"

#include "ctl/lint_set.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/codec.h"
#include "lib/mail/advert.h"
#include "lib/mail/assets_creative.h"

/* A recipient's longest first name, city or code; whoever has longer ones gives
 * them as defaults. */
#define VALUE_LEN 64

struct lint_set {
	const struct lint *l;
	struct manifest *m;
	struct asset_texts *texts;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Appends what of a directory is in the set, its own name before it. */
static int
list_files(const struct lint *l, const char *sub, const char ***paths,
    size_t *n, char **error_r)
{
	char *dir = arena_printf(l->arena, "%s/%s", l->dir, sub);
	const char *const *found;
	const char **all;
	size_t more, i;

	if (access(dir, F_OK) == -1)
		return 0;
	if (manifest_walk(dir, l->arena, &found, &more, error_r) == -1)
		return -1;
	all = arena_alloc(l->arena, (*n + more + 1) * sizeof(*all));
	for (i = 0; i < *n; i++)
		all[i] = (*paths)[i];
	for (i = 0; i < more; i++)
		all[*n + i] = arena_printf(l->arena, "%s/%s", sub, found[i]);
	*paths = all;
	*n += more;
	return 0;
}

/* Its line of a MANIFEST.  Nobody asks for a film's digest here, and it may
 * have a gigabyte. */
static int
add_line(const struct lint *l, const char *path, struct buf *out,
    char **error_r)
{
	char *full = arena_printf(l->arena, "%s/%s", l->dir, path);
	unsigned char digest[SHA256_SIZE] = {0};
	struct stat st;
	int64_t size = -1;

	if (stat(full, &st) == 0) {
		size = st.st_size;
		if (size <= TEMPLATE_SOURCE_MAX)
			size = sha256_file(full, digest);
	}
	if (size == -1) {
		*error_r = xasprintf("%s: %s", full, manifest_why(errno));
		return -1;
	}
	hex_encode(out, digest, sizeof(digest));
	buf_printf(out, " %lld %s %s\n", (long long)size,
	    manifest_media_type(path), path);
	return 0;
}

struct lint_set *
lint_set_open(const struct lint *l, char **error_r)
{
	struct lint_set *s = NULL;
	const char **paths = NULL;
	struct buf text = {0};
	size_t n = 0, i;

	if (list_files(l, l->campaign->name, &paths, &n, error_r) == -1 ||
	    (strcmp(l->campaign->name, "partials") != 0 &&
	        list_files(l, "partials", &paths, &n, error_r) == -1))
		return NULL;
	if (n)
		qsort(paths, n, sizeof(*paths), by_name);
	buf_add_str(&text, "nearpost-manifest 1\n");
	for (i = 0; i < n; i++)
		if (add_line(l, paths[i], &text, error_r) == -1)
			break;
	if (i == n) {
		s = xcalloc(1, sizeof(*s));
		s->l = l;
		s->m = manifest_parse(slice_buf(&text), error_r);
		if (s->m)
			s->texts = asset_texts_new(l->dir, s->m);
		else
			lint_set_close(&s);
	}
	buf_free(&text);
	return s;
}

void
lint_set_close(struct lint_set **s)
{
	if (!*s)
		return;
	asset_texts_free(&(*s)->texts);
	if ((*s)->m)
		manifest_free(&(*s)->m);
	free(*s);
	*s = NULL;
}

bool
lint_set_has(const struct lint_set *s, const char *path)
{
	return manifest_find(s->m, path) != NULL;
}

char *
lint_set_compile(struct lint_set *s, const struct creative *creative,
    const char *file, enum template_place place)
{
	const struct asset_creative c = {.campaign = s->l->campaign,
	    .creative = creative};
	struct template *t = NULL;
	char *error = NULL;

	(void)asset_text_compile(&c, s->texts, file, place, &t, &error);
	template_free(&t);
	return error;
}

/* The length is right, and nobody reads it. */
static struct slice
blob(const struct manifest_file *f, void *ctx)
{
	size_t raw = f->size > 0 ? (size_t)f->size : 0;
	size_t chars = (raw + 2) / 3 * 4;

	(void)ctx;
	return (struct slice){"", chars + (chars + 75) / 76 * 2};
}

static void
add_values(const struct lint *l, const struct lint_source *s, struct vars *vars)
{
	static const char x[] =
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	struct slice name, value;
	const char *why;
	size_t i, k;

	_Static_assert(sizeof(x) == VALUE_LEN + 1, "as long as it says");
	for (i = 0; s && i < s->n_uses; i++) {
		for (k = 0; k < l->campaign->defaults.n; k++)
			if (campaign_pair(l->campaign->defaults.items[k], &name,
			        &value) && slice_eq_str(name, s->uses[i].name))
				break;
		if (k == l->campaign->defaults.n)
			(void)vars_set(vars, slice_of(s->uses[i].name),
			    slice_of(x), &why);
	}
}

static size_t
longest_line(struct slice text)
{
	struct slice line;
	size_t longest = 0;

	while (slice_split(&text, '\n', &line))
		if (line.len > longest)
			longest = line.len;
	return longest;
}

static void
keep(int64_t *most, size_t n)
{
	if ((int64_t)n > *most)
		*most = (int64_t)n;
}

static void
measure_texts(const struct asset_creative *made, struct vars *vars,
    struct lint_creative *c)
{
	const struct setting_list *lists = &made->campaign->lists;
	struct buf text = {0};
	const char *why;
	size_t longest;

	campaign_fill(made->campaign, vars);
	(void)vars_make_lists(vars, lists->items, lists->n, &why);
	if (made->html && template_render(made->html, vars, &text, &why) == 0)
		keep(&c->html_bytes, text.len);
	buf_clear(&text);
	if (made->text && template_render(made->text, vars, &text, &why) == 0) {
		longest = longest_line(slice_buf(&text));
		if (longest > c->longest_line)
			c->longest_line = longest;
	}
	buf_free(&text);
}

static const char *
make(const struct lint *l, const struct asset_creative *made, bool values,
    struct lint_creative *c)
{
	struct vars vars;
	struct advert_input in = {.creative = made, .vars = &vars,
	    .recipient = "recipient@example.org",
	    .from = "sender@example.org", .reply_to = "", .subject = "",
	    .ticket_id = "00000000000000000000000000000000"};
	struct advert advert;
	const char *error;
	size_t size = 0, i;

	vars_init(&vars, l->arena);
	if (values) {
		add_values(l, c->html.source, &vars);
		add_values(l, c->text.source, &vars);
		add_values(l, c->subject, &vars);
		for (i = 0; i < l->campaign->list_unsubscribe.n; i++)
			add_values(l, l->unsubscribe[i], &vars);
	}
	if (advert_build(l->arena, &in, &advert, &error) < 0)
		return error;
	for (i = 0; i < advert.n_headers; i++)
		size += strlen(advert.headers[i].name) +
		    strlen(advert.headers[i].value) + strlen(": \r\n");
	keep(&c->message_bytes, size + advert.body_size);
	keep(&c->limit_bytes, advert.body_size);
	keep(&c->limit_bytes, made->size_estimate);
	measure_texts(made, &vars, c);
	return NULL;
}

void
lint_set_measure(struct lint_set *s, struct lint_creative *c)
{
	struct asset_creative made = {0};
	const char *why = NULL;
	char *error = NULL;

	if (asset_creative_load(&made, s->l->arena, s->l->campaign, c->creative,
	        s->texts, blob, NULL, &error) == -1) {
		c->refused_at = lint_set_fault(s->l, error, false, &why);
		why = arena_strdup(s->l->arena, why);
	} else {
		why = make(s->l, &made, false, c);
		if (!why)
			why = make(s->l, &made, true, c);
	}
	c->refused = why;
	free(error);
	asset_creative_clear(&made);
}

struct lint_place
lint_set_fault(const struct lint *l, const char *error, bool plain,
    const char **text_r)
{
	size_t dir = strlen(l->dir);
	struct lint_place at = lint_error_place(l->arena, error, text_r);
	const char *file = at.file;

	if (*file == '\0') /* a setting, or an unsubscribe address */
		at.file = l->campaign->path;
	else if (!strchr(file, '/')) { /* a partial is told by its name */
		at.file = arena_printf(l->arena, "%s/partials/%s.%smustache",
		    l->dir, file, plain ? "txt." : "");
		if (plain && access(at.file, F_OK) == -1)
			at.file = arena_printf(l->arena,
			    "%s/partials/%s.mustache", l->dir, file);
	} else if (strncmp(file, l->dir, dir) != 0 || file[dir] != '/')
		at.file = arena_printf(l->arena, "%s/%s", l->dir, file);
	return at;
}
