/* Everything that lint reads, it reads here. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/lint.h"
#include "ctl/lint_set.h"
#include "lib/base/file.h"
#include "lib/mail/campaign_partial.h"

struct lint_place
lint_conf_place(const struct lint *l, struct campaign_place at)
{
	const struct campaign *c = l->campaign;
	int line = 0;

	if (at.setting)
		line = settings_item_line(c->lines, at.section, at.title,
		    at.setting, at.item);
	if (!line && at.section)
		line =
		    settings_item_line(c->lines, at.section, at.title, "", 0);
	return (struct lint_place){c->path, line ? line : 1};
}

/* The first octets of a file and its size.  -1 with errno; a symbolic link is
 * none that a set may have. */
static int
read_head(const char *path, struct buf *out, int64_t *size_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n = 0;
	int r = -1, saved;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		goto out;
	}
	buf_reserve(out, IMAGE_KIND_HEAD);
	do {
		n = read(fd, out->data + out->len, IMAGE_KIND_HEAD - out->len);
		out->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && out->len < IMAGE_KIND_HEAD);
	*size_r = st.st_size;
	r = n < 0 ? -1 : 0;
out:
	saved = errno;
	(void)close(fd);
	errno = saved;
	return r;
}

static struct lint_file *
load_files(const struct lint *l, const struct creative *r,
    const char *setting, const struct setting_list *names)
{
	struct lint_file *files = arena_alloc(l->arena,
	    names->n * sizeof(*files));
	size_t i;

	for (i = 0; i < names->n; i++) {
		struct lint_file *f = &files[i];
		struct buf head = {0};

		f->name = names->items[i];
		f->path = arena_printf(l->arena, "%s/%s/%s/%s", l->dir,
		    l->campaign->name, r->name, f->name);
		f->at = lint_conf_place(l, (struct campaign_place){"creative",
		    r->name, setting, i});
		f->size = -1;
		if (read_head(f->path, &head, &f->size) == -1) {
			f->size = -1;
			f->why = manifest_why(errno);
		}
		f->kind = image_kind_of(slice_buf(&head));
		buf_free(&head);
	}
	return files;
}

struct partials { /* for lint_source_new */
	const struct lint *l;
	const struct creative *creative;
	bool plain;
};

static bool
read_partial(const struct lint *l, const char *name, const char *ending,
    struct slice *text_r, const char **file_r)
{
	struct buf text = {0};
	bool ok;

	*file_r = arena_printf(l->arena, "%s/partials/%s.%s", l->dir, name,
	    ending);
	ok = file_read(*file_r, TEMPLATE_SOURCE_MAX, &text) == 0;
	if (ok)
		*text_r = (struct slice){arena_strndup(l->arena,
		    text.data ? text.data : "", text.len), text.len};
	buf_free(&text);
	return ok;
}

static bool
find_partial(const char *name, struct slice *text_r, const char **file_r,
    void *ctx)
{
	const struct partials *p = ctx;
	struct buf made = {0};
	char *error = NULL;

	if (campaign_partial(
		p->l->campaign, p->creative, name, !p->plain, &made, &error)) {
		*text_r = (struct slice){arena_strndup(p->l->arena,
		    made.data ? made.data : "", made.len), made.len};
		*file_r = NULL;
		buf_free(&made);
		return true;
	}
	buf_free(&made);
	free(error);
	return (p->plain && read_partial(p->l, name, "txt.mustache", text_r,
	    file_r)) || read_partial(p->l, name, "mustache", text_r, file_r);
}

/* A creative's text: laid out when it compiles, else its fault. */
static void
load_text(const struct lint *l, struct lint_set *set, struct lint_creative *c,
    bool plain)
{
	const struct creative *r = c->creative;
	const char *file = plain ? r->text : r->html, *why;
	struct lint_text *t = plain ? &c->text : &c->html;
	struct partials ctx = {l, r, plain};
	struct buf text = {0};
	char *path, *error;

	if (*file == '\0')
		return;
	path = arena_printf(l->arena, "%s/%s/%s", l->campaign->name, r->name,
	    file);
	t->at = (struct lint_place){arena_printf(l->arena, "%s/%s", l->dir,
	    path), 1};
	t->fault_at = t->at;
	error = lint_set_compile(set, r, file, plain ? TEMPLATE_TEXT
	                                             : TEMPLATE_HTML);
	if (error) {
		t->fault_at = lint_set_fault(l, error, plain, &why);
		t->fault = arena_strdup(l->arena, why);
	} else if (file_read(t->at.file, TEMPLATE_SOURCE_MAX, &text) == 0) {
		t->source = lint_source_new(l->arena, t->at, slice_buf(&text),
		    find_partial, &ctx);
	}
	if (t->source && !plain)
		t->tree = html_tree_parse(l->arena,
		    slice_buf(&t->source->text), &t->fault);
	if (t->tree)
		t->fault = NULL;
	free(error);
	buf_free(&text);
}

/* Is a text that campaign.conf names in the set? */
static bool
has_text(const struct lint *l, const struct lint_set *set,
    const struct creative *r, const char *setting, const char *file)
{
	struct lint_place at = lint_conf_place(l, (struct campaign_place){
	    "creative", r->name, setting, 0});
	const char *path = arena_printf(l->arena, "%s/%s/%s", l->campaign->name,
	    r->name, file);

	if (*file == '\0' || lint_set_has(set, path))
		return true;
	lint_add(l->report, "file-missing", at, "%s = \"%s\", but there is no "
	    "%s/%s; put the file there, or take the name out", setting, file,
	    l->dir, path);
	return false;
}

static struct lint_source *
load_line(const struct lint *l, const char *text, struct campaign_place at)
{
	return lint_source_new(l->arena, lint_conf_place(l, at), slice_of(text),
	    NULL, NULL);
}

static void
load_creative(const struct lint *l, struct lint_set *set,
    struct lint_creative *c, const struct creative *r)
{
	const bool own = *r->subject != '\0';

	c->creative = r;
	c->html_bytes = c->message_bytes = c->limit_bytes = -1;
	c->subject = load_line(l, own ? r->subject : l->campaign->subject,
	    own ? (struct campaign_place){"creative", r->name, "subject", 0}
	        : (struct campaign_place){NULL, NULL, "subject", 0});
	c->inlined = load_files(l, r, "inline", &r->inline_parts);
	c->n_inlined = r->inline_parts.n;
	c->attached = load_files(l, r, "attach", &r->attach);
	c->n_attached = r->attach.n;
	if (has_text(l, set, r, "html", r->html))
		load_text(l, set, c, false);
	if (has_text(l, set, r, "text", r->text))
		load_text(l, set, c, true);
}

/* Would the gateways have something to refuse that is no rule of ours?  All
 * that is known to be missing must be there for the question. */
static bool
is_whole(const struct lint_creative *c)
{
	size_t i;

	for (i = 0; i < c->n_inlined; i++)
		if (c->inlined[i].size <= 0)
			return false;
	for (i = 0; i < c->n_attached; i++)
		if (c->attached[i].size < 0)
			return false;
	return (*c->creative->html == '\0' || c->html.source) &&
	    (*c->creative->text == '\0' || c->text.source);
}

void
lint_load(struct lint *l)
{
	const struct creative *r = l->campaign->creatives.items;
	const struct setting_list *urls = &l->campaign->list_unsubscribe;
	struct campaign_place at = {NULL, NULL, "list_unsubscribe", 0};
	struct lint_place where;
	struct lint_set *set;
	const char *why;
	char *error = NULL;
	size_t i;

	l->unsubscribe = arena_alloc(l->arena,
	    urls->n * sizeof(*l->unsubscribe));
	for (; at.item < urls->n; at.item++)
		l->unsubscribe[at.item] =
		    load_line(l, urls->items[at.item], at);
	set = lint_set_open(l, &error);
	if (!set) {
		where = lint_set_fault(l, error, false, &why);
		lint_add(l->report, "refused", where, "%s", why);
		free(error);
		return;
	}
	l->n_creatives = l->campaign->creatives.n;
	l->creatives = arena_alloc(l->arena,
	    l->n_creatives * sizeof(*l->creatives));
	for (i = 0; i < l->n_creatives; i++) {
		load_creative(l, set, &l->creatives[i], &r[i]);
		if (is_whole(&l->creatives[i]))
			lint_set_measure(set, &l->creatives[i]);
	}
	lint_set_close(&set);
}

void
lint_unload(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->n_creatives; i++) {
		lint_source_free(&l->creatives[i].html.source);
		lint_source_free(&l->creatives[i].text.source);
		lint_source_free(&l->creatives[i].subject);
	}
	for (i = 0; i < l->campaign->list_unsubscribe.n; i++)
		lint_source_free(&l->unsubscribe[i]);
}
