/* Mustache templates (mustache(5) and its specification's core modules):
 * interpolation, sections, inverted sections, comments, set delimiter, partials;
 * compiled once at load to a flat program, rendered without allocation but for
 * the output.  Escaping is by place, chosen at compile time.
 *
 * Variables are strings whose dotted names make objects and lists (vars.h).
 * {{order.total}} is the same as {{#order}}{{total}}{{/order}}.  A name is looked
 * for in the innermost section first and then outwards, at last in the record
 * itself; only its first part is, and where that is found the others must be too.
 *
 * A section over a list renders its body for each item, in the order of their
 * numbers; over an object or a non-empty string once, with {{.}} as that string;
 * not at all over what is missing, empty, or a list without items.  "false" and
 * "0" are non-empty.  {{.}} is the item of a list of texts.
 *
 * A partial may include itself from within a section, TEMPLATE_RECURSION_MAX deep.
 * Lambdas, parents, blocks and dynamic partials are errors. */
#ifndef NEARPOST_MAIL_TEMPLATE_H
#define NEARPOST_MAIL_TEMPLATE_H

#include "lib/mail/vars.h"

#define TEMPLATE_DEPTH_MAX 64       /* nested sections and partials */
#define TEMPLATE_RECURSION_MAX 8    /* of a partial within itself */
#define TEMPLATE_NAMES_MAX 256      /* different variables in one template */
#define TEMPLATE_SOURCE_MAX (4 * 1024 * 1024) /* with its partials, each use */
#define TEMPLATE_OUTPUT_MAX (16 * 1024 * 1024)
#define TEMPLATE_STEPS_MAX (1024 * 1024) /* texts, and look-ups in sections */

enum template_place {
	TEMPLATE_HTML = 0, /* & < > " ' escaped, {{{x}}} and {{&x}} too: data is never markup */
	TEMPLATE_TEXT,     /* as it is */
	TEMPLATE_HEADER,   /* controls and line separators become spaces; what
	                    * turns the direction of other text is dropped */
	TEMPLATE_URL       /* percent-encoded as a URL component (RFC 3986), but for a
	                    * variable that begins the URL: see below */
};

struct template;

/* Finds a partial's text by name; false when there is none. */
typedef bool (*template_partial_fn)(const char *name, struct slice *text_r,
    void *ctx);

/* NULL and a heap *error_r "name:line: what, and what to write instead".  A
 * missing partial, one that includes itself without end, an unclosed section are
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
/* Appends.  A missing variable renders as nothing.  -1 and *error_r (static, a
 * phrase to go behind "the text": "passes ...") when a limit is passed; nothing is
 * appended then.  Thread-safe: neither the template nor vars are changed. */
int template_render(const struct template *t, const struct vars *vars,
    struct buf *out, const char **error_r);
/* Octets of literal text, and of memory held. */
size_t template_text_size(const struct template *t);
size_t template_memory(const struct template *t);
/* Calls fn for each stretch of literal text, in order; cut: a variable or a
 * section's end follows and may go on with the last word. */
void template_texts(const struct template *t,
    void (*fn)(struct slice text, bool cut, void *ctx), void *ctx);
/* Names used, as they are written: calls fn for each. */
void template_names(const struct template *t,
    void (*fn)(const char *name, void *ctx), void *ctx);

#endif
