/* Everything about a message that does not hang on its recipient is decided and
 * written here, once. */
#include "lib/mail/assets_creative.h"

#include <stdlib.h>

#include "lib/mail/campaign_partial.h"
#include "lib/mail/header.h"

#define PART_OVERHEAD 64     /* a boundary line */
#define MESSAGE_OVERHEAD 4096 /* headers, boundaries of the texts */

static char *
path_of(const struct asset_creative *c, const char *file)
{
	return xasprintf("%s/%s/%s", c->campaign->name, c->creative->name, file);
}

static int
compile_lines(struct asset_creative *c, struct arena *arena, char **error_r)
{
	const struct campaign *campaign = c->campaign;
	const char *subject = *c->creative->subject ? c->creative->subject
	                                             : campaign->subject;
	size_t i;

	c->subject = template_compile("subject", slice_of(subject),
	    TEMPLATE_HEADER, NULL, NULL, error_r);
	if (!c->subject)
		return -1;
	c->unsubscribe = arena_alloc(arena,
	    campaign->list_unsubscribe.n * sizeof(*c->unsubscribe));
	for (i = 0; i < campaign->list_unsubscribe.n; i++) {
		c->unsubscribe[i] = template_compile("list_unsubscribe",
		    slice_of(campaign->list_unsubscribe.items[i]), TEMPLATE_URL,
		    NULL, NULL, error_r);
		if (!c->unsubscribe[i])
			return -1;
		c->n_unsubscribe++;
	}
	return 0;
}

/* Parts of these types may not be in base64 (RFC 2046 sections 5.1 and 5.2.1). */
static const char *
part_type(const char *type)
{
	if (strncmp(type, "message/", 8) == 0 ||
	    strncmp(type, "multipart/", 10) == 0)
		return "application/octet-stream";
	return type;
}

static void
write_head(struct buf *out, const char *name, const char *type, bool is_inline,
    struct slice alt)
{

	buf_printf(out, "Content-Type: %s", type);
	header_add_param(out, "name", slice_of(name));
	buf_add_str(out, "\r\nContent-Transfer-Encoding: base64\r\n");
	if (is_inline)
		buf_printf(out, "Content-ID: <%s>\r\n", name);
	if (is_inline && alt.len)
		header_add_text(out, "Content-Description", alt);
	buf_printf(out, "Content-Disposition: %s",
	    is_inline ? "inline" : "attachment");
	header_add_param(out, "filename", slice_of(name));
	buf_add_str(out, "\r\n\r\n");
}

static struct asset_part *
load_parts(const struct asset_creative *c, struct arena *arena,
    const struct setting_list *names, bool is_inline, const struct manifest *m,
    struct slice (*blob)(const struct manifest_file *f, void *ctx), void *ctx)
{
	struct asset_part *parts = arena_alloc(arena, names->n * sizeof(*parts));
	size_t i;

	for (i = 0; i < names->n; i++) {
		struct asset_part *p = &parts[i];
		char *path = path_of(c, names->items[i]);
		const struct manifest_file *f = manifest_find(m, path);
		struct slice alt = {NULL, 0};
		struct buf head = {0};

		p->name = names->items[i];
		p->type = arena_strdup(arena, part_type(f->type));
		(void)campaign_alt(c->creative, slice_of(p->name), &alt);
		write_head(&head, p->name, p->type, is_inline, alt);
		p->mime_head = (struct slice){
		    arena_strndup(arena, head.data, head.len), head.len};
		p->base64 = blob(f, ctx);
		buf_free(&head);
		free(path);
	}
	return parts;
}

/* A picture that is not there shows as a broken frame in every mail sent. */
struct cid_check {
	const struct creative *creative;
	char *missing;
};

static bool
is_cid_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool
asset_next_cid(struct slice text, size_t *at, struct slice *name_r)
{
	const char *end = text.data + text.len, *p = text.data + *at, *name;
	bool found = false;

	while (!found && p < end &&
	    (p = memmem(p, (size_t)(end - p), "cid:", 4)) != NULL) {
		name = p + 4;
		found = p == text.data || !is_cid_char(p[-1]);
		for (p = name; found && p < end && is_cid_char(*p); p++)
			;
		*name_r = (struct slice){name, (size_t)(p - name)};
		found = found && name_r->len;
	}
	if (found)
		*at = (size_t)(p - text.data);
	return found;
}

static void
check_cids(struct slice text, bool cut, void *ctx)
{
	struct cid_check *check = ctx;
	const struct setting_list *have = &check->creative->inline_parts;
	struct slice name;
	size_t i, at = 0;

	while (!check->missing && asset_next_cid(text, &at, &name)) {
		if (at == text.len && cut)
			continue; /* a variable makes the name */
		for (i = 0; i < have->n; i++)
			if (slice_eq_str(name, have->items[i]))
				break;
		if (i == have->n)
			check->missing = xstrndup(name.data, name.len);
	}
}

static int
check_pictures(const struct asset_creative *c, char **error_r)
{
	struct cid_check check = {.creative = c->creative};

	if (c->html)
		template_texts(c->html, check_cids, &check);
	if (!check.missing)
		return 0;
	*error_r = campaign_fault(c->campaign, (struct campaign_place){"creative",
	    c->creative->name, "inline", 0}, "%s shows cid:%s, but there is no such "
	    "inline file; write inline = {\"%s\", ...}", c->creative->html,
	    check.missing, check.missing);
	free(check.missing);
	return -1;
}

/* So does one that was cut to nothing.  An attachment may be empty. */
static int
check_sizes(const struct asset_creative *c, const struct manifest *m,
    char **error_r)
{
	const struct setting_list *names = &c->creative->inline_parts;
	size_t i;
	int r = 0;

	for (i = 0; i < names->n && r == 0; i++) {
		char *path = path_of(c, names->items[i]);

		if (manifest_find(m, path)->size == 0) {
			*error_r = xasprintf("%s: is empty, a picture that "
			    "nobody would see; copy it here again", path);
			r = -1;
		}
		free(path);
	}
	return r;
}

static void
estimate(struct asset_creative *c)
{
	size_t i, size = MESSAGE_OVERHEAD;

	/* Quoted-printable: soft breaks and what is not ASCII. */
	if (c->html)
		size += template_text_size(c->html) * 9 / 8;
	if (c->text)
		size += template_text_size(c->text) * 9 / 8;
	for (i = 0; i < c->n_inlined; i++)
		size += PART_OVERHEAD + c->inlined[i].mime_head.len +
		    c->inlined[i].base64.len;
	for (i = 0; i < c->n_attached; i++)
		size += PART_OVERHEAD + c->attached[i].mime_head.len +
		    c->attached[i].base64.len;
	c->size_estimate = size;
}

int
asset_creative_load(struct asset_creative *out_r, struct arena *arena,
    const struct campaign *campaign, const struct creative *creative,
    struct asset_texts *texts,
    struct slice (*blob)(const struct manifest_file *f, void *ctx), void *ctx,
    char **error_r)
{
	struct asset_creative *c = out_r;

	*c = (struct asset_creative){.campaign = campaign,
	    .creative = creative};
	if (compile_lines(c, arena, error_r) == -1 ||
	    asset_text_compile(c, texts, creative->html, TEMPLATE_HTML, &c->html,
	        error_r) == -1 ||
	    asset_text_compile(c, texts, creative->text, TEMPLATE_TEXT, &c->text,
	        error_r) == -1 ||
	    check_pictures(c, error_r) == -1 ||
	    check_sizes(c, asset_texts_manifest(texts), error_r) == -1)
		return -1;
	c->n_inlined = creative->inline_parts.n;
	c->inlined = load_parts(c, arena, &creative->inline_parts, true,
	    asset_texts_manifest(texts), blob, ctx);
	c->n_attached = creative->attach.n;
	c->attached = load_parts(c, arena, &creative->attach, false, asset_texts_manifest(texts),
	    blob, ctx);
	estimate(c);
	return 0;
}

void
asset_creative_clear(struct asset_creative *c)
{
	size_t i;

	template_free(&c->subject);
	template_free(&c->html);
	template_free(&c->text);
	for (i = 0; i < c->n_unsubscribe; i++)
		template_free(&c->unsubscribe[i]);
	c->n_unsubscribe = 0;
}

size_t
asset_creative_memory(const struct asset_creative *c)
{
	size_t i, sum = template_memory(c->subject);

	if (c->html)
		sum += template_memory(c->html);
	if (c->text)
		sum += template_memory(c->text);
	for (i = 0; i < c->n_unsubscribe; i++)
		sum += template_memory(c->unsubscribe[i]);
	return sum;
}
