/* Mustache templates (mustache(5) and its specification's core modules):
 * interpolation, sections, inverted sections, comments, set delimiter, partials;
 * compiled once at load to a flat program, rendered without allocation but for
 * the output.  Escaping is by place, chosen at compile time.
 *
 * Variables are strings: a section over a non-empty one renders its body once,
 * with {{.}} as that string; "false" and "0" are non-empty.  A dotted name is one
 * name.  Lambdas, lists, parents and dynamic partials are errors. */
#ifndef NEARPOST_MAIL_TEMPLATE_H
#define NEARPOST_MAIL_TEMPLATE_H

#include "lib/mail/vars.h"

#define TEMPLATE_DEPTH_MAX 16       /* nested sections and partials */
#define TEMPLATE_NAMES_MAX 256      /* different variables in one template */
#define TEMPLATE_SOURCE_MAX (4 * 1024 * 1024) /* with its partials */
#define TEMPLATE_OUTPUT_MAX (16 * 1024 * 1024)

enum template_place {
	TEMPLATE_HTML = 0, /* & < > " ' escaped, {{{x}}} and {{&x}} too: data is never markup */
	TEMPLATE_TEXT,     /* as it is */
	TEMPLATE_HEADER,   /* controls become spaces */
	TEMPLATE_URL       /* percent-encoded as a URL component (RFC 3986), but for a
	                    * variable that begins the URL: see below */
};

struct template;

/* Finds a partial's text by name; false when there is none. */
typedef bool (*template_partial_fn)(const char *name, struct slice *text_r,
    void *ctx);

/* NULL and a heap *error_r "name:line: what, and what to write instead".  A
 * missing partial, recursion past the depth limit, an unclosed section are
 * errors here and not at rendering.
 *
 * In HTML, a variable inside the value of href, src and their like is
 * percent-encoded, but for one that begins the value: that one may be a whole
 * URL, and becomes "#" when it leads elsewhere than http:, https:, mailto:, cid:,
 * tel: or a relative address.  In style="" all but letters, digits and " #.,%-_"
 * is dropped.  In a script, a <style>, an on* attribute, a tag or attribute name
 * and an unquoted value a variable is an error (html_place.h). */
struct template *template_compile(const char *name, struct slice text,
    enum template_place place, template_partial_fn partial, void *ctx,
    char **error_r);
void template_free(struct template **t);
/* Appends.  A missing variable renders as nothing.  -1 when the output would
 * pass TEMPLATE_OUTPUT_MAX.  Thread-safe: the template is not changed. */
int template_render(const struct template *t, const struct vars *vars,
    struct buf *out);
/* Octets of literal text, and of memory held. */
size_t template_text_size(const struct template *t);
size_t template_memory(const struct template *t);
/* Calls fn for each stretch of literal text, in order; cut: a variable or a
 * section's end follows and may go on with the last word. */
void template_texts(const struct template *t,
    void (*fn)(struct slice text, bool cut, void *ctx), void *ctx);
/* Names used, for lint and checks: calls fn for each. */
void template_names(const struct template *t,
    void (*fn)(const char *name, void *ctx), void *ctx);

#endif
