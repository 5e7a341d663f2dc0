/* A list, since the order of appearance is what people expect to see when they
 * list them; beside it the order of the tree, in which what belongs together is
 * one stretch and a name is found by halving. */
#include "lib/mail/vars.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/text.h"

void
vars_init(struct vars *v, struct arena *arena)
{
	*v = (struct vars){.arena = arena};
}

size_t
vars_name_length(struct slice text)
{
	size_t i, end = 0;
	char c, before = '.';

	for (i = 0; i < text.len && i < VARS_NAME_MAX; before = c, i++) {
		c = text.data[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '_' &&
		    (i == 0 || !((c >= '0' && c <= '9') || c == '-' ||
		                   (c == '.' && before != '.'))))
			break;
		if (c != '.')
			end = i + 1;
	}
	return end;
}

bool
vars_name_ok(struct slice name)
{
	return name.len && vars_name_length(name) == name.len;
}

bool
vars_name_within(struct slice name, struct slice top)
{
	return name.len >= top.len &&
	    slice_eq((struct slice){name.data, top.len}, top) &&
	    (name.len == top.len || name.data[top.len] == '.');
}

/* Where in the tree's order the name is, or would be. */
static size_t
place_of(const struct vars *v, struct slice name)
{
	size_t low = 0, high = v->n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (vars_name_cmp(slice_of(v->list[v->order[middle]].name),
		        name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct var *
find(const struct vars *v, struct slice name)
{
	size_t at = place_of(v, name);
	struct var *var = at < v->n ? &v->list[v->order[at]] : NULL;

	return var && slice_eq_str(name, var->name) ? var : NULL;
}

const struct var *
vars_get(const struct vars *v, struct slice name)
{
	return find(v, name);
}

static void
grow(struct vars *v)
{
	struct var *list;
	uint32_t *order;

	v->cap = v->cap ? v->cap * 2 : 16;
	list = arena_alloc(v->arena, v->cap * sizeof(*list));
	order = arena_alloc(v->arena, v->cap * sizeof(*order));
	if (v->n) {
		memcpy(list, v->list, v->n * sizeof(*list));
		memcpy(order, v->order, v->n * sizeof(*order));
	}
	v->list = list;
	v->order = order;
}

static void
append(struct vars *v, struct slice name, struct slice value)
{
	size_t at = place_of(v, name);
	struct var *var;

	if (v->n == v->cap)
		grow(v);
	memmove(v->order + at + 1, v->order + at,
	    (v->n - at) * sizeof(*v->order));
	v->order[at] = (uint32_t)v->n;
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
		return refuse(v, error_r, name,
		    "has a name that is none: " VARS_NAME_RULE);
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
	/* First of all: what is added now would hide the rest of its list. */
	bool *hidden = arena_alloc(v->arena, from->n * sizeof(*hidden));
	size_t i;

	for (i = 0; i < from->n; i++)
		hidden[i] = vars_hides(v, slice_of(from->list[i].name));
	for (i = 0; i < from->n; i++)
		if (!hidden[i])
			append(v, slice_of(from->list[i].name),
			    from->list[i].value);
}

bool
vars_take_item(struct slice *rest, struct slice *item_r)
{
	while (rest->len) {
		size_t len = 0;

		while (len < rest->len && rest->data[len] != ',' &&
		    rest->data[len] != ';')
			len++;
		*item_r = slice_trim((struct slice){rest->data, len});
		len += len < rest->len;
		*rest = (struct slice){rest->data + len, rest->len - len};
		if (item_r->len)
			return true;
	}
	return false;
}

int
vars_make_list(struct vars *v, struct slice name, const char **error_r)
{
	struct vars_node at = vars_below(v, vars_root(v), name), item = {0, 0, 0};
	struct slice rest = vars_node_value(v, at), text;
	char numbered[VARS_NAME_MAX + 8];
	int i, len;

	if (vars_next_item(v, at, &item))
		return 0;
	for (i = 0; vars_take_item(&rest, &text); i++) {
		if (i == VARS_ITEMS_MAX) {
			*error_r = arena_printf(v->arena, "variable \"%.*s\" has "
			    "more than %d items", (int)name.len, name.data,
			    VARS_ITEMS_MAX);
			return -1;
		}
		len = snprintf(numbered, sizeof(numbered), "%.*s.%d",
		    (int)name.len, name.data, i);
		append(v, (struct slice){numbered, (size_t)len}, text);
	}
	return 0;
}

int
vars_make_lists(struct vars *v, char *const *names, size_t n,
    const char **error_r)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (vars_make_list(v, slice_of(names[i]), error_r) == -1)
			return -1;
	return 0;
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
