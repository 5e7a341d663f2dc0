/* A list and not a hash: an advert has a dozen variables, and their order of
 * appearance is what people expect to see when they list them. */
#include "lib/mail/vars.h"

#include <stdlib.h>

#include "lib/base/log.h"
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
	char c;

	if (name.len == 0 || name.len > VARS_NAME_MAX)
		return false;
	for (i = 0; i < name.len; i++) {
		c = name.data[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '_')
			continue;
		if (i == 0 ||
		    !((c >= '0' && c <= '9') || c == '.' || c == '-'))
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

static void
append(struct vars *v, struct slice name, struct slice value)
{
	struct var *grown, *var;

	if (v->n == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 16;
		grown = arena_alloc(v->arena, v->cap * sizeof(*grown));
		if (v->n)
			memcpy(grown, v->list, v->n * sizeof(*grown));
		v->list = grown;
	}
	var = &v->list[v->n++];
	var->name = arena_strndup(v->arena, name.data, name.len);
	var->value.data = arena_strndup(v->arena, value.data, value.len);
	var->value.len = value.len;
}

static int
refuse(struct vars *v, const char **error_r, struct slice name,
    const char *fault)
{
	char shown[4 * VARS_NAME_MAX + 4];

	*error_r = arena_printf(v->arena, "variable \"%s\" %s",
	    log_safe(shown, sizeof(shown),
	        arena_strndup(v->arena, name.data, name.len)),
	    fault);
	return -1;
}

int
vars_set(struct vars *v, struct slice name, struct slice value,
    const char **error_r)
{
	struct var *var;

	if (name.len > VARS_NAME_MAX)
		name.len = VARS_NAME_MAX + 1; /* enough to be wrong and shown */
	if (!vars_name_ok(name))
		return refuse(v, error_r, name, "has a name that is none: "
		    "1 to 64 letters, digits, \"_\", \"-\", \".\", the first a "
		    "letter or \"_\"");
	if (value.len > VARS_VALUE_MAX)
		return refuse(v, error_r, name, "is longer than 16384 octets");
	if (text_has_control(value))
		return refuse(v, error_r, name, "has control characters");
	if (!text_is_utf8(value))
		return refuse(v, error_r, name, "is not UTF-8");
	var = find(v, name);
	if (var) {
		var->value.data =
		    arena_strndup(v->arena, value.data, value.len);
		var->value.len = value.len;
		return 0;
	}
	if (v->n >= VARS_MAX)
		return refuse(v, error_r, name, "is one more than 200");
	append(v, name, value);
	return 0;
}

void
vars_add_missing(struct vars *v, const struct vars *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		if (!find(v, slice_of(from->list[i].name)))
			append(v, slice_of(from->list[i].name),
			    from->list[i].value);
}

static int
by_name(const void *a, const void *b)
{
	const struct var *x = *(const struct var *const *)a;
	const struct var *y = *(const struct var *const *)b;

	return strcmp(x->name, y->name);
}

void
vars_canonical(const struct vars *v, struct buf *out)
{
	const struct var **sorted = xcalloc(v->n, sizeof(*sorted));
	size_t i;

	for (i = 0; i < v->n; i++)
		sorted[i] = &v->list[i];
	if (v->n)
		qsort(sorted, v->n, sizeof(*sorted), by_name);
	buf_add(out, "", 0); /* a string, even of nothing */
	for (i = 0; i < v->n; i++) {
		buf_printf(out, "%s=%zu:", sorted[i]->name,
		    sorted[i]->value.len);
		buf_add_slice(out, sorted[i]->value);
		buf_add_char(out, '\n');
	}
	free(sorted);
}
