/* A field that is a number in one condition and a date in another is a slip of
 * the pen in one of them: no record can be both. */
#include "lib/mail/target_fields.h"

#include <stdlib.h>

#include "lib/base/map.h"

/* The first use that says by itself what the field is. */
struct first {
	enum target_type type;
	const char *label;
};
struct adding {
	struct target_fields *fields;
	const char *label;
	size_t at;
	char *error;
};

static void
list_once(struct target_fields *f, const struct target_use *use)
{
	char *key = xasprintf("%d %s", (int)use->type, use->field);

	if (!map_set(f->known, slice_of(key), f)) {
		if (f->n == f->cap) {
			f->cap = f->cap ? 2 * f->cap : 16;
			f->list = xrealloc(f->list, f->cap * sizeof(*f->list));
		}
		f->list[f->n++] = (struct target_field){
		    arena_strdup(f->arena, use->field), use->type};
	}
	free(key);
}

static enum target_type
plain(enum target_type type)
{
	return type == TARGET_AGE ? TARGET_DATE : type;
}

static bool
add(const struct target_use *use, void *ctx)
{
	struct adding *a = ctx;
	struct target_fields *f = a->fields;
	struct first *first = map_get(f->first, slice_of(use->field));
	enum target_type type = plain(use->type);

	list_once(f, use);
	/* age(f) says that f is a date; number(f) may read a text so once. */
	if ((use->said && use->type != TARGET_AGE) || type == TARGET_ANY)
		return true;
	if (!first) {
		first = arena_alloc(f->arena, sizeof(*first));
		*first = (struct first){type, a->label};
		(void)map_set(f->first, slice_of(use->field), first);
	}
	if (first->type == type)
		return true;
	a->at = use->at;
	a->error = xasprintf("%s is a %s here and a %s %s; where its text alone "
	    "is meant, write text(%s)", use->field, target_type_name(type),
	    target_type_name(first->type), first->label == a->label
	        ? "before, in the same condition" : first->label, use->field);
	return false;
}

int
target_fields_add(struct target_fields *f, const struct target *t,
    const char *label, size_t *at_r, char **error_r)
{
	struct adding a = {.fields = f};

	if (!f->arena) {
		f->arena = arena_new();
		f->known = map_new();
		f->first = map_new();
	}
	a.label = arena_strdup(f->arena, label);
	if (target_uses(t, add, &a))
		return 0;
	*at_r = a.at;
	*error_r = a.error;
	return -1;
}

void
target_fields_free(struct target_fields *f)
{
	map_free(&f->known, NULL);
	map_free(&f->first, NULL);
	arena_free(&f->arena);
	free(f->list);
	*f = (struct target_fields){0};
}
