/* Templates, with a law: in HTML a nasty value makes the same tags, attributes
 * and comments as a plain one, to those who read Outlook's comments and to those
 * who do not.  Input: a digit for the place, the text, NUL, a partial's text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/html_place.h"
#include "lib/mail/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define USES_MAX 200	 /* or time goes into copies of one text */
#define LAW_MAX (64 * 1024) /* octets of output */

struct part {
	struct slice text;
	int uses;
};

static bool
partial(const char *name, struct slice *text_r, void *ctx)
{
	struct part *part = ctx;

	(void)name;
	*text_r = part->text;
	return ++part->uses <= USES_MAX;
}

static void
add_name(const char *name, void *ctx)
{
	const char *const *value = ((void **)ctx)[1];
	const char *error;

	(void)vars_set(((void **)ctx)[0], slice_of(name), slice_of(*value),
	    &error);
}

/* false: a limit was passed. */
static bool
render(const struct template *t, const char *value, struct buf *out)
{
	struct arena *arena = arena_new();
	struct vars vars;
	const char *why;
	void *ctx[2] = {&vars, &value};
	bool done;

	vars_init(&vars, arena);
	template_names(t, add_name, ctx);
	done = template_render(t, &vars, out, &why) == 0;
	if (!done && (out->len || !why))
		abort();
	arena_free(&arena);
	return done;
}

/* What our own scanner sees of a text without variables: each of its states,
 * when it begins, and the tags' names. */
static void
describe(struct buf *seen, struct slice text, bool outlook)
{
	struct html_place p = {0};
	enum html_state before = p.state;
	const char *error;
	size_t i, at;

	for (i = 0; i < text.len; i++) {
		struct slice c = {text.data + i, 1};

		if (!outlook && p.state == HTML_COMMENT && *c.data == '[')
			c.data = "("; /* <!--[if mso]> is a comment then */
		if (html_place_text(&p, c, &at, &error) == -1)
			break;
		if (p.state == before)
			continue;
		before = p.state;
		buf_add_char(seen, (char)('a' + (int)p.state));
		if (p.state == HTML_IN_TAG || p.state == HTML_DATA)
			buf_add_str(seen, p.tag);
	}
}

static void
check_law(const struct template *t)
{
	static const char *const nasty[] = {"<\"'>&", "--", "-", "!", "--!", "[",
	    "[if mso]>", "javascript:a", ":", "/", "&#58;", " a=", "</title>",
	    "<!--", "amp;"};
	struct buf plain = {0}, other = {0}, seen[2] = {{0}};
	size_t i, k;

	if (!render(t, "x", &plain) || plain.len > LAW_MAX)
		goto out;
	for (i = 0; i < 2 * sizeof(nasty) / sizeof(nasty[0]); i++) {
		for (k = 0; k < 2; k++)
			buf_clear(&seen[k]);
		buf_clear(&other);
		if (!render(t, nasty[i / 2], &other))
			continue;
		describe(&seen[0], slice_buf(&plain), i % 2);
		describe(&seen[1], slice_buf(&other), i % 2);
		if (!slice_eq(slice_buf(&seen[0]), slice_buf(&seen[1])))
			abort();
	}
out:
	buf_free(&plain);
	buf_free(&other);
	for (k = 0; k < 2; k++)
		buf_free(&seen[k]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text;
	struct part part = {{NULL, 0}, 0};
	enum template_place place;
	const char *cut;
	char *error = NULL;
	struct template *t;

	if (size < 1 || size > 4096)
		return 0;
	place = (enum template_place)(data[0] & 3);
	text = (struct slice){(const char *)data + 1, size - 1};
	cut = text.len ? memchr(text.data, 0, text.len) : NULL;
	if (cut) {
		part.text.data = cut + 1;
		part.text.len =
		    (size_t)(text.data + text.len - part.text.data);
		text.len = (size_t)(cut - text.data);
	}
	t = template_compile("t", text, place, partial, &part, &error);
	if (!t == !error)
		abort();
	if (t && place == TEMPLATE_HTML) {
		check_law(t);
	} else if (t) {
		struct buf out = {0};

		(void)render(t, "<\"'>&", &out);
		buf_free(&out);
	}
	template_free(&t);
	free(error);
	return 0;
}
