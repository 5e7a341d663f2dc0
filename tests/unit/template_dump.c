/* template_dump: asked by a test in Python (batch.h)
 *
 *	place, template, [partial's name, its text ...], [name, value ...]
 *
 * answers the rendered text, or the error, in a pair of fields of which the other
 * is empty. */
#include "tests/unit/batch.h"

#include "lib/mail/template.h"

struct partials {
	struct slice *names, *texts;
	size_t n;
};

static bool
find_partial(const char *name, struct slice *text_r, void *ctx)
{
	const struct partials *p = ctx;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (slice_eq_str(p->names[i], name)) {
			*text_r = p->texts[i];
			return true;
		}
	return false;
}

static enum template_place
place_of(struct slice name)
{
	static const char *const places[] = {
	    [TEMPLATE_HTML] = "html",
	    [TEMPLATE_TEXT] = "text",
	    [TEMPLATE_HEADER] = "header",
	    [TEMPLATE_URL] = "url",
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (slice_eq_str(name, places[i]))
			return (enum template_place)i;
	fatalx(EX_DATAERR, "there is no such place");
}

static void
answer(struct arena *arena, struct slice place)
{
	struct slice text = batch_need(arena);
	struct partials p = {.n = batch_count(arena)};
	struct template *t = NULL;
	struct buf out = {0};
	struct vars vars;
	const char *why;
	char *error = NULL;
	size_t i;

	p.names = arena_alloc(arena, p.n * sizeof(*p.names));
	p.texts = arena_alloc(arena, p.n * sizeof(*p.texts));
	for (i = 0; i < p.n; i++) {
		p.names[i] = batch_need(arena);
		p.texts[i] = batch_need(arena);
	}
	why = batch_vars(arena, &vars);
	if (!why) {
		t = template_compile("t", text, place_of(place), find_partial, &p,
		    &error);
		why = error;
	}
	if (t)
		(void)template_render(t, &vars, &out, &why);
	batch_write(slice_buf(&out));
	batch_write(slice_of(why ? why : ""));
	template_free(&t);
	buf_free(&out);
	free(error);
}

int
main(void)
{
	struct arena *arena = arena_new();
	struct slice place;

	while (batch_read(arena, &place)) {
		answer(arena, place);
		if (fflush(stdout) != 0)
			return EX_IOERR;
		arena_free(&arena);
		arena = arena_new();
	}
	arena_free(&arena);
	return EX_OK;
}
