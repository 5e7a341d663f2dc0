/* Mustache templates (mustache(5) and its specification's core modules):
 * interpolation, sections, inverted sections, comments, set delimiter, partials;
 * compiled once at load to a flat program, rendered without allocation but for
 * the output.  Escaping is by place, chosen at compile time. */
#ifndef NEARPOST_MAIL_TEMPLATE_H
#define NEARPOST_MAIL_TEMPLATE_H

#include "lib/mail/vars.h"

#define TEMPLATE_DEPTH_MAX 16       /* nested sections and partials */
#define TEMPLATE_OUTPUT_MAX (16 * 1024 * 1024)

enum template_place {
	TEMPLATE_HTML = 0, /* & < > " ' escaped, {{{x}}} and {{&x}} too: data is never markup */
	TEMPLATE_TEXT,     /* as it is */
	TEMPLATE_HEADER,   /* controls become spaces */
	TEMPLATE_URL       /* percent-encoded as a URL component (RFC 3986) */
};

struct template;

/* Finds a partial's text by name; false when there is none. */
typedef bool (*template_partial_fn)(const char *name, struct slice *text_r,
    void *ctx);

/* NULL and a heap *error_r "name:line: what, and what to write instead".  A
 * missing partial, recursion past the depth limit, an unclosed section are
 * errors here and not at rendering.  In HTML, a variable inside the value of
 * href or src is URL-escaped unless it is the whole value's start. */
struct template *template_compile(const char *name, struct slice text,
    enum template_place place, template_partial_fn partial, void *ctx,
    char **error_r);
void template_free(struct template **t);
/* Appends.  A missing variable renders as nothing.  -1 when the output would
 * pass TEMPLATE_OUTPUT_MAX.  Thread-safe: the template is not changed. */
int template_render(const struct template *t, const struct vars *vars,
    struct buf *out);
/* Names used, for lint and checks: calls fn for each. */
void template_names(const struct template *t,
    void (*fn)(const char *name, void *ctx), void *ctx);

#endif
