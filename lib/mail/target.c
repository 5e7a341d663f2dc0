/* Parsed once at load into a tree that a question only reads: it is asked for
 * every creative of every stub. */
#include "lib/mail/target.h"

#include "lib/base/text.h"
#include "lib/mail/target_node.h"

bool
target_fault(struct target_fault *f, size_t at, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	if (f->text)
		return false;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	f->at = at;
	f->text = arena_strdup(f->arena, text.data);
	buf_free(&text);
	return false;
}

/* What is not to be read at all. */
static bool
is_text(struct slice text, struct target_fault *f)
{
	if (text.len > TARGET_MAX)
		return target_fault(f, TARGET_MAX, "it is longer than %d "
		    "octets", TARGET_MAX);
	if (!text_is_utf8(text))
		return target_fault(f, 0, "it is not UTF-8");
	if (text_has_control(text))
		return target_fault(f, 0, "there is a control character in it");
	return true;
}

struct target *
target_parse(struct slice text, size_t *at_r, char **error_r)
{
	struct arena *arena = arena_new();
	struct target_fault fault = {.arena = arena};
	struct target *t = arena_alloc(arena, sizeof(*t));
	struct buf shown = {0};

	t->arena = arena;
	if (is_text(text, &fault)) {
		/* Its words stay. */
		text.data = arena_strndup(arena, text.len ? text.data : "",
		    text.len);
		t->root = target_tree(arena, text, &fault);
	}
	if (!t->root) {
		*at_r = fault.at;
		*error_r = xstrdup(fault.text);
		arena_free(&arena);
		return NULL;
	}
	target_show(t->root, &shown);
	t->text = arena_strdup(arena, shown.data);
	buf_free(&shown);
	return t;
}

void
target_free(struct target **t)
{
	struct arena *arena = *t ? (*t)->arena : NULL;

	arena_free(&arena);
	*t = NULL;
}

const char *
target_text(const struct target *t)
{
	return t->text;
}

static bool
use(const struct operand *o, bool (*fn)(const struct target_use *, void *),
    void *ctx)
{
	struct target_use u = {o->field, o->type, o->said, o->at};

	return !o->field || fn(&u, ctx);
}

static bool
uses(const struct node *n, bool (*fn)(const struct target_use *, void *),
    void *ctx)
{
	const struct node *c;
	size_t i;

	for (c = n->child; c; c = c->next)
		if (!uses(c, fn, ctx))
			return false;
	if (n->child)
		return true;
	if (!use(&n->left, fn, ctx))
		return false;
	for (i = 0; i < n->n; i++)
		if (!use(&n->right[i], fn, ctx))
			return false;
	return true;
}

bool
target_uses(const struct target *t,
    bool (*fn)(const struct target_use *use, void *ctx), void *ctx)
{
	return uses(t->root, fn, ctx);
}
