#include "policyd/page.h"

#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/crypto.h"

#define BEGIN "<!-- rows "
#define BEGIN_END " -->"
#define END "<!-- end -->"
#define PARTS_MAX 32

struct part {
	char *name; /* of rows; NULL: filled once, with the summary */
	struct template *template;
};
struct page {
	struct part parts[PARTS_MAX];
	int n;
	struct buf policy;
};

/* Up to `mark` and behind it; false, and all of it, when it is not there. */
static bool
cut(struct slice *rest, const char *mark, struct slice *before_r)
{
	const char *at = rest->len
	    ? memmem(rest->data, rest->len, mark, strlen(mark)) : NULL;
	size_t len = at ? (size_t)(at - rest->data) : rest->len;
	size_t skip = at ? len + strlen(mark) : len;

	*before_r = (struct slice){rest->data, len};
	rest->data += skip;
	rest->len -= skip;
	return at != NULL;
}

static int
add_part(struct page *p, const char *name, struct slice text, char **error_r)
{
	struct part *part = &p->parts[p->n];

	if (p->n == PARTS_MAX) {
		*error_r = xasprintf("more than %d parts", PARTS_MAX);
		return -1;
	}
	part->template = template_compile("status.html", text, TEMPLATE_HTML,
	    NULL, NULL, error_r);
	if (!part->template)
		return -1;
	part->name = name ? xstrdup(name) : NULL;
	p->n++;
	return 0;
}

static int
add_rows(struct page *p, struct slice *rest, char **error_r)
{
	struct slice name, row;
	char *text;
	int rc;

	if (!cut(rest, BEGIN_END, &name) || name.len == 0 || name.len > 40) {
		*error_r = xstrdup(BEGIN "... without a name and" BEGIN_END);
		return -1;
	}
	text = xstrndup(name.data, name.len);
	if (cut(rest, END, &row)) {
		rc = add_part(p, text, row, error_r);
	} else {
		*error_r = xasprintf(BEGIN "%s" BEGIN_END " has no " END, text);
		rc = -1;
	}
	free(text);
	return rc;
}

static void
add_source(struct buf *out, struct slice text)
{
	unsigned char digest[SHA256_SIZE];

	sha256(text.data, text.len, digest);
	buf_add_str(out, " 'sha256-");
	base64_encode(out, digest, sizeof(digest));
	buf_add_char(out, '\'');
}

/* What stands between <script> and </script>, each. */
static void
add_sources(struct buf *out, const char *directive, struct slice page,
    const char *open, const char *close)
{
	struct slice before, inside;

	buf_printf(out, "; %s", directive);
	while (cut(&page, open, &before) && cut(&page, close, &inside))
		add_source(out, inside);
}

static void
make_policy(struct page *p, struct slice text)
{
	struct buf *out = &p->policy;

	buf_add_str(out, "default-src 'none'; connect-src 'self'; img-src data:; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	add_sources(out, "script-src", text, "<script>", "</script>");
	add_sources(out, "style-src", text, "<style>", "</style>");
}

struct page *
page_new(struct slice text, char **error_r)
{
	struct page *p = xcalloc(1, sizeof(*p));
	struct slice rest = text, before;
	bool more = true;

	make_policy(p, text);
	while (more) {
		more = cut(&rest, BEGIN, &before);
		if (add_part(p, NULL, before, error_r) != 0 ||
		    (more && add_rows(p, &rest, error_r) != 0)) {
			page_free(&p);
			return NULL;
		}
	}
	return p;
}

void
page_free(struct page **pp)
{
	struct page *p = *pp;
	int i;

	if (!p)
		return;
	*pp = NULL;
	for (i = 0; i < p->n; i++) {
		template_free(&p->parts[i].template);
		free(p->parts[i].name);
	}
	buf_free(&p->policy);
	free(p);
}

const char *
page_policy(const struct page *p)
{
	return p->policy.data;
}

const char *
page_render(const struct page *p, page_rows *rows, void *ctx, struct buf *out)
{
	const char *unknown = NULL;
	int i;

	for (i = 0; i < p->n; i++) {
		struct rows r;

		rows_to_html(&r, p->parts[i].template, out);
		if (!rows(p->parts[i].name, &r, ctx) && !unknown)
			unknown = p->parts[i].name;
	}
	return unknown;
}
