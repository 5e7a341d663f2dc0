/* Pictures: what the HTML says of them, and what the files are. */
#include "config.h"

#include <stdlib.h>
#include <strings.h>

#include "ctl/lint.h"
#include "lib/base/text.h"
#include "lib/mail/campaign_partial.h"

struct picture { /* an <img>, or what else shows one */
	struct lint *l;
	const struct lint_creative *c;
	const struct html_node *node;
	struct lint_place at;
};

static bool
starts(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

/* The inline file that cid:NAME shows; NULL: another address, or none. */
static const struct lint_file *
file_of(const struct lint_creative *c, const char *src)
{
	size_t i;

	for (i = 0; starts(src, "cid:") && i < c->n_inlined; i++)
		if (strcmp(src + strlen("cid:"), c->inlined[i].name) == 0)
			return &c->inlined[i];
	return NULL;
}

static void
check_alt(const struct picture *p)
{
	const struct html_attr *alt = html_attr(p->node, "alt");
	const char *src = html_attr_value(p->node, "src");
	struct slice words = alt ? slice_of(alt->value) : slice_of("");
	size_t i, n = 0;

	if (!alt && (!starts(src, "cid:") || !campaign_alt(p->c->creative,
	        slice_of(src + strlen("cid:")), &words)))
		lint_add(p->l->report, "alt-missing", p->at,
		    "the picture%s%.60s has no words; write alt=\"what it "
		    "shows\", or alt=\"\" for decoration",
		    strstr(src, LINT_VALUE) ? "" : " ",
		    strstr(src, LINT_VALUE) ? "" : src);
	for (i = 0; i < words.len; i++)
		n += ((unsigned char)words.data[i] & 0xc0) != 0x80;
	if (n > (size_t)p->l->facts->alt_max)
		lint_add(p->l->report, "alt-long", p->at, "the alt has %zu "
		    "characters, %d are enough; say the rest in the text", n,
		    (int)p->l->facts->alt_max);
}

/* Of width="600" and height; -1: there is none that is a number of pixels. */
static int64_t
pixels(const struct html_node *n, const char *name)
{
	struct slice s = slice_trim(slice_of(html_attr_value(n, name)));
	int64_t value;

	if (s.len > 2 && strncasecmp(s.data + s.len - 2, "px", 2) == 0)
		s.len -= 2;
	return text_int(s, 0, 100000, &value) == 0 ? value : -1;
}

static void
check_dimensions(const struct picture *p)
{
	bool width = html_attr(p->node, "width") != NULL;
	bool height = html_attr(p->node, "height") != NULL;

	if (!width || !height)
		lint_add(p->l->report, "image-size", p->at,
		    "the picture has no %s; write %s, in pixels as it is shown",
		    width ? "height" : height ? "width" : "width and height",
		    width ? "height=\"...\"" : height ? "width=\"...\"" :
		    "width=\"...\" height=\"...\"");
}

static void
tell_feature(const struct picture *p, const char *rule, const char *what,
    const struct lint_feature *feature)
{
	struct buf clients = {0};

	lint_facts_clients(feature, &clients);
	lint_add(p->l->report, rule, p->at, "%s: in %s it %s; %s", what,
	    clients.data, feature->what, feature->instead);
	buf_free(&clients);
}

/* A picture elsewhere, or within the HTML. */
static void
check_source(const struct picture *p, const char *src)
{
	const struct lint_feature *data =
	    lint_facts_image(p->l->facts, "data:");

	if (starts(src, "data:") && data) {
		tell_feature(p, "image-data", "a data: picture", data);
		return;
	}
	if (!starts(src, "http:") && !starts(src, "https:") &&
	    !starts(src, "//"))
		return;
	if ((pixels(p->node, "width") == 1 || pixels(p->node, "width") == 0) &&
	    pixels(p->node, "height") <= 1)
		lint_add(p->l->report, "tracking-pixel", p->at,
		    "a picture of one pixel from elsewhere counts who reads; "
		    "take it out, the links can be counted");
	else
		lint_add(p->l->report, "image-remote", p->at, "the picture is "
		    "fetched from elsewhere, once the reader allows it; name a "
		    "file in inline and write cid:FILE");
}

static void
check_file_use(const struct picture *p, const char *src)
{
	const struct lint_file *f = file_of(p->c, src);
	int64_t shown = pixels(p->node, "width");
	int64_t most = p->l->facts->picture_scale_max;

	if (!f) {
		lint_add(p->l->report, "cid-missing", p->at,
		    "%.100s is no inline file of creative \"%s\"; write inline "
		    "= {\"%.96s\", ...} in " CAMPAIGN_CONF
		    ", or see how it is spelt",
		    src, p->c->creative->name, src + strlen("cid:"));
		return;
	}
	if (shown > 0 && f->kind.width > shown * most)
		lint_add(p->l->report, "image-pixels", p->at,
		    "%s has %lld pixels in a row and is shown with %lld; save "
		    "it with %lld, which is sharp everywhere",
		    f->name, (long long)f->kind.width, (long long)shown,
		    (long long)shown * 2);
}

static void
check_picture(const struct picture *p, const char *attr)
{
	const struct html_attr *a = html_attr(p->node, attr);
	struct picture here = *p;
	const char *src;

	if (!a)
		return;
	src = a->value + strspn(a->value, " \t\r\n");
	if (strstr(src, LINT_VALUE) && !starts(src, "http"))
		return; /* a variable names it */
	here.at = lint_source_place(p->c->html.source, a->at);
	if (starts(src, "cid:"))
		check_file_use(&here, src);
	else
		check_source(&here, src);
}

/* --- the files */

/* Is it shown by anything in the HTML, CSS included?  Its name may be made by a
 * variable. */
static bool
is_shown(const struct lint_creative *c, const char *name)
{
	const struct slice text = slice_buf(&c->html.source->text);
	const char *at = text.data, *end = text.data + text.len;
	size_t len = strlen(name);

	while ((at = memmem(at, (size_t)(end - at), "cid:", 4)) != NULL) {
		at += 4;
		if (memmem(at, strcspn(at, "\"' )>\n"), LINT_VALUE,
		        strlen(LINT_VALUE)))
			return true;
		if ((size_t)(end - at) >= len && strncmp(at, name, len) == 0 &&
		    (at + len == end || strchr("\"' )>&;\n\t", at[len])))
			return true;
	}
	return false;
}

static const char *
kind_name(const char *type)
{
	return *type ? strchr(type, '/') + 1 : "no picture that is known";
}

/* Do the octets say what the name says? */
static void
check_bytes(struct lint *l, const struct lint_file *f)
{
	const char *named = manifest_media_type(f->name);
	const struct lint_place at = {f->path, 1};

	if (strncmp(named, "image/", 6) != 0)
		return;
	if (f->size == 0)
		lint_add(l->report, "image-file", at,
		    "the file is empty; copy it here again");
	else if (*f->kind.type ? strcmp(f->kind.type, named) != 0
	                       : strcmp(named, "image/png") == 0 ||
	             strcmp(named, "image/jpeg") == 0 ||
	             strcmp(named, "image/gif") == 0)
		lint_add(l->report, "image-file", at, "the name says %s, the "
		    "octets say %s; save it as what it is named",
		    kind_name(named), kind_name(f->kind.type));
}

static void
check_format(struct lint *l, const struct lint_file *f)
{
	const char *type = *f->kind.type ? f->kind.type
	                                 : manifest_media_type(f->name);
	const struct lint_feature *feature = lint_facts_image(l->facts, type);
	const struct picture p = {.l = l, .at = f->at};

	if (feature)
		tell_feature(&p, "image-format", f->name, feature);
}

static void
check_missing(struct lint *l, const struct lint_file *f, const char *setting)
{
	if (f->size == -1)
		lint_add(l->report, "file-missing", f->at, "%s: %s %s", setting,
		    f->path, f->why);
}

static void
check_files(struct lint *l, const struct lint_creative *c)
{
	int64_t sum = 0;
	char have[32], most[32];
	size_t i;

	for (i = 0; i < c->n_attached; i++)
		check_missing(l, &c->attached[i], "attach");
	for (i = 0; i < c->n_inlined; i++) {
		const struct lint_file *f = &c->inlined[i];

		check_missing(l, f, "inline");
		if (f->size == -1)
			continue;
		sum += f->size;
		check_bytes(l, f);
		check_format(l, f);
		if (c->html.source && !is_shown(c, f->name))
			lint_add(l->report, "inline-unused", f->at,
			    "%s is shown nowhere; write <img src=\"cid:%s\">, "
			    "or take it out of inline",
			    f->name, f->name);
	}
	if (sum <= l->facts->images_max)
		return;
	text_human_bytes(have, sizeof(have), sum);
	text_human_bytes(most, sizeof(most), l->facts->images_max);
	lint_add(l->report, "images-heavy",
	    lint_conf_place(l, (struct campaign_place){"creative",
				   c->creative->name, "inline", 0}),
	    "the inline files have %s together, more than %s; save them "
	    "smaller",
	    have, most);
}

void
lint_image(struct lint *l, const struct lint_creative *c)
{
	const struct html_tree *t = c->html.tree;
	size_t i;

	check_files(l, c);
	for (i = 0; t && i < t->n; i++) {
		const struct picture p = {l, c, &t->nodes[i],
		    lint_source_place(c->html.source, t->nodes[i].at)};

		if (!t->nodes[i].tag || t->nodes[i].implied)
			continue;
		if (html_is(&t->nodes[i], "img")) {
			check_alt(&p);
			check_dimensions(&p);
			check_picture(&p, "src");
		}
		if (html_is(&t->nodes[i], "video"))
			check_picture(&p, "poster");
		check_picture(&p, "background");
	}
}
