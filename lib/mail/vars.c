/* At most VARS_MAX names, so a walk through the list is as fast as any table,
 * and the order of appearance comes for free. */
#include "lib/mail/vars.h"

#include <stdlib.h>

#include "lib/base/text.h"

void
vars_init(struct vars *v, struct arena *arena)
{
	*v = (struct vars){.arena = arena};
}

bool
vars_name_ok(struct slice name)
{
	size_t i;

	if (name.len == 0 || name.len > VARS_NAME_MAX)
		return false;
	for (i = 0; i < name.len; i++) {
		char c = name.data[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '_')
			continue;
		if (i == 0 || !((c >= '0' && c <= '9') || c == '.' || c == '-'))
			return false;
	}
	return true;
}

static struct var *
find(const struct vars *v, struct slice name)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (slice_eq_str(name, v->list[i].name))
			return &v->list[i];
	return NULL;
}

const struct var *
vars_get(const struct vars *v, struct slice name)
{
	return find(v, name);
}

static struct var *
append(struct vars *v, const char *name)
{
	struct var *grown;

	if (v->n == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 8;
		grown = arena_alloc(v->arena, v->cap * sizeof(*grown));
		if (v->n)
			memcpy(grown, v->list, v->n * sizeof(*grown));
		v->list = grown;
	}
	v->list[v->n].name = name;
	return &v->list[v->n++];
}

int
vars_set(struct vars *v, struct slice name, struct slice value,
    const char **error_r)
{
	struct var *var;

	if (!vars_name_ok(name)) {
		*error_r = "a variable's name is at most 64 letters, digits, "
		           "_ . and -, and begins with a letter or _";
		return -1;
	}
	if (value.len > VARS_VALUE_MAX) {
		*error_r = "the value is longer than 16384 octets";
		return -1;
	}
	if (text_has_control(value)) {
		*error_r = "the value has control characters in it";
		return -1;
	}
	if (!text_is_utf8(value)) {
		*error_r = "the value is no UTF-8";
		return -1;
	}
	var = find(v, name);
	if (!var && v->n == VARS_MAX) {
		*error_r = "there are more than 200 variables";
		return -1;
	}
	if (!var)
		var = append(v, arena_strndup(v->arena, name.data, name.len));
	var->value = (struct slice){
	    arena_strndup(v->arena, value.data, value.len), value.len};
	return 0;
}

void
vars_add_missing(struct vars *v, const struct vars *from)
{
	size_t i;

	for (i = 0; i < from->n && v->n < VARS_MAX; i++) {
		const struct var *f = &from->list[i];

		if (find(v, slice_of(f->name)))
			continue;
		append(v, arena_strdup(v->arena, f->name))->value =
		    (struct slice){arena_strndup(v->arena, f->value.data,
		                       f->value.len), f->value.len};
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct var *)a)->name,
	    ((const struct var *)b)->name);
}

void
vars_canonical(const struct vars *v, struct buf *out)
{
	struct var sorted[VARS_MAX];
	size_t i;

	if (v->n)
		memcpy(sorted, v->list, v->n * sizeof(*sorted));
	qsort(sorted, v->n, sizeof(*sorted), by_name);
	buf_add(out, "", 0);
	for (i = 0; i < v->n; i++) {
		buf_printf(out, "%s=%zu:", sorted[i].name,
		    sorted[i].value.len);
		buf_add_slice(out, sorted[i].value);
		buf_add_char(out, '\n');
	}
}
