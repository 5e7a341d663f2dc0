/* Templates, with a law: in HTML a nasty value makes exactly as much markup as a
 * plain one.  Input: a digit for the place, the text, NUL, a partial's text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
partial(const char *name, struct slice *text_r, void *ctx)
{
	(void)name;
	*text_r = *(struct slice *)ctx;
	return true;
}

static void
add_name(const char *name, void *ctx)
{
	const char *const *value = ((void **)ctx)[1];
	const char *error;

	(void)vars_set(((void **)ctx)[0], slice_of(name), slice_of(*value),
	    &error);
}

static size_t
markup(const struct template *t, const char *value)
{
	struct arena *arena = arena_new();
	struct vars vars;
	const char *why;
	struct buf out = {0};
	void *ctx[2] = {&vars, &value};
	size_t i, n = 0;

	vars_init(&vars, arena);
	template_names(t, add_name, ctx);
	if (template_render(t, &vars, &out, &why) == -1 && out.len)
		abort();
	for (i = 0; i < out.len; i++)
		n += out.data[i] && strchr("<>\"'", out.data[i]) ? 1 : 0;
	buf_free(&out);
	arena_free(&arena);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text, part = {NULL, 0};
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
		part.data = cut + 1;
		part.len = (size_t)(text.data + text.len - part.data);
		text.len = (size_t)(cut - text.data);
	}
	t = template_compile("t", text, place, partial, &part, &error);
	if (!t == !error)
		abort();
	if (t && markup(t, "x") != markup(t, "<\"'>&") &&
	    place == TEMPLATE_HTML)
		abort();
	template_free(&t);
	free(error);
	return 0;
}
