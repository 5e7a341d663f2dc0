/* FIELD=VALUE is what --where was at first; scripts have it. */
#include "config.h"

#include "ctl/where.h"

#include <stdlib.h>

#include "lib/base/text.h"

struct where {
	struct {
		struct target *target; /* NULL: name=value */
		struct slice name, value;
	} list[WHERE_MAX];
	size_t n;
	struct target_fields fields;
};

/* Is it a field's name, one =, and a value? */
static bool
is_pair(const char *text, struct slice *name_r, struct slice *value_r)
{
	const char *eq = strchr(text, '=');

	if (!eq || eq[1] == '=')
		return false;
	*name_r = (struct slice){text, (size_t)(eq - text)};
	*value_r = slice_of(eq + 1);
	return vars_name_ok(*name_r);
}

/* What somebody writes who means a condition. */
static bool
looks_like_condition(struct slice value)
{
	return (value.len > 1 && (*value.data == '\'' || *value.data == '"') &&
	           value.data[value.len - 1] == *value.data) ||
	    memmem(value.data, value.len, "&&", 2) ||
	    memmem(value.data, value.len, "||", 2);
}

static int
add(struct where *w, const char *text, char **error_r)
{
	struct target **t = &w->list[w->n].target;
	struct slice *name = &w->list[w->n].name, *value = &w->list[w->n].value;
	char *fault = NULL;
	int line, column;
	size_t at = 0;

	w->n++;
	if (is_pair(text, name, value)) {
		if (!looks_like_condition(*value))
			return 0;
		*error_r = xasprintf("--where \"%s\": write == for a condition, "
		    "as in lang == 'en' && visits > 3, or %.*s=VALUE without "
		    "quotes", text, (int)name->len, name->data);
		return -1;
	}
	*t = target_parse(slice_of(text), &at, &fault);
	if (*t && target_fields_add(&w->fields, *t, "in --where", &at,
	              &fault) == 0)
		return 0;
	text_place(slice_of(text), at, &line, &column);
	*error_r = xasprintf("--where \"%s\", character %d: %s", text, column,
	    fault);
	free(fault);
	return -1;
}

/* What the campaign reads its fields as; its own check found no fault in it. */
static void
add_campaign(struct where *w, const struct campaign *c)
{
	const struct creative *r = c->creatives.items;
	char *label, *fault = NULL;
	size_t i, at;

	for (i = 0; i < c->creatives.n; i++) {
		if (!r[i].target)
			continue;
		label = xasprintf("in creative \"%s\" of campaign %s", r[i].name,
		    c->name);
		(void)target_fields_add(&w->fields, r[i].target, label, &at,
		    &fault);
		free(label);
		free(fault);
	}
}

struct where *
where_new(const char *const *texts, size_t n, const struct campaign *campaign,
    char **error_r)
{
	struct where *w = xcalloc(1, sizeof(*w));
	size_t i;

	if (campaign)
		add_campaign(w, campaign);
	for (i = 0; i < n; i++)
		if (add(w, texts[i], error_r) == -1) {
			where_free(&w);
			return NULL;
		}
	return w;
}

void
where_free(struct where **w)
{
	size_t i;

	if (!*w)
		return;
	for (i = 0; i < (*w)->n; i++)
		target_free(&(*w)->list[i].target);
	target_fields_free(&(*w)->fields);
	free(*w);
	*w = NULL;
}

bool
where_matches(const struct where *w, const struct vars *record, int64_t now_ms)
{
	const struct var *v;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->list[i].target) {
			if (!target_true(w->list[i].target, record, now_ms))
				return false;
			continue;
		}
		v = vars_get(record, w->list[i].name);
		if (!v || !slice_eq(v->value, w->list[i].value))
			return false;
	}
	return true;
}

const struct target_fields *
where_fields(const struct where *w)
{
	return &w->fields;
}
