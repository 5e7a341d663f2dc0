/* Variables: those that nobody brings, and those that nobody shows.
 *
 * In a section over a list, names are those of its items.  What is a list is
 * only known when somebody is sent the advert; so a name within a section is
 * taken for an item's unless the section's own value is shown somewhere, as a
 * coupon's is and a list's is not. */
#include "config.h"

#include "ctl/lint.h"
#include "lib/base/map.h"

/* For every use in the campaign; false: enough. */
typedef bool (*use_fn)(const struct lint_use *use, void *ctx);

static bool
each_of(const struct lint_source *s, use_fn fn, void *ctx)
{
	size_t i;

	for (i = 0; s && i < s->n_uses; i++)
		if (!fn(&s->uses[i], ctx))
			return false;
	return true;
}

static void
each(const struct lint *l, use_fn fn, void *ctx)
{
	size_t i;

	for (i = 0; i < l->campaign->list_unsubscribe.n; i++)
		if (!each_of(l->unsubscribe[i], fn, ctx))
			return;
	for (i = 0; i < l->n_creatives; i++)
		if (!each_of(l->creatives[i].subject, fn, ctx) ||
		    !each_of(l->creatives[i].html.source, fn, ctx) ||
		    !each_of(l->creatives[i].text.source, fn, ctx))
			return;
}

/* One is the other, or below it: order and order.total. */
static bool
akin(const char *a, const char *b)
{
	return vars_name_within(slice_of(a), slice_of(b)) ||
	    vars_name_within(slice_of(b), slice_of(a));
}

static bool
in_list(const struct setting_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (akin(list->items[i], name))
			return true;
	return false;
}

static bool
has_default(const struct campaign *c, const char *name)
{
	struct slice other, value;
	size_t i;

	for (i = 0; i < c->defaults.n; i++)
		if (campaign_pair(c->defaults.items[i], &other, &value) &&
		    (vars_name_within(other, slice_of(name)) ||
		        vars_name_within(slice_of(name), other)))
			return true;
	return false;
}

static bool
in_condition(const struct campaign *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->fields.n; i++)
		if (akin(c->fields.list[i].name, name))
			return true;
	return false;
}

/* Does campaign.conf say that it is there? */
static bool
known(const struct lint *l, const char *name)
{
	const struct campaign *c = l->campaign;

	return strcmp(name, CAMPAIGN_POSTAL_ADDRESS) == 0 ||
	    in_list(&c->required, name) || in_list(&c->record_fields, name) ||
	    has_default(c, name) ||
	    (c->record_fields.n == 0 && (strcmp(name, "email") == 0 ||
	        in_list(&c->lists, name) || in_condition(c, name)));
}

struct check {
	struct lint *l;
	struct map *shown; /* names of values that stand in a text themselves */
};

static bool
take_shown(const struct lint_use *use, void *ctx)
{
	struct check *c = ctx;

	if (!use->section)
		(void)map_set(c->shown, slice_of(use->name), c);
	return true;
}

static bool
may_be_an_item(const struct check *c, const struct lint_use *use)
{
	const struct lint_branch *b;

	for (b = use->in; b; b = b->up)
		if (!b->inverted && strcmp(b->name, use->name) != 0 &&
		    !map_get(c->shown, slice_of(b->name)))
			return true;
	return false;
}

/* Does the text say what is to stand there for whom it is empty? */
static bool
is_asked_for(const struct lint_use *use)
{
	const struct lint_branch *b;

	if (use->section)
		return true;
	for (b = use->in; b; b = b->up)
		if (!b->inverted && strcmp(b->name, use->name) == 0)
			return true;
	return false;
}

static bool
check_use(const struct lint_use *use, void *ctx)
{
	const struct check *c = ctx;
	struct lint *l = c->l;

	if (known(l, use->name) || may_be_an_item(c, use))
		return true;
	if (l->campaign->record_fields.n)
		lint_add(l->report, "unknown-variable", use->at,
		    "{{%s}} is in neither record_fields, required nor "
		    "defaults, so it is always empty; name it in one of them, "
		    "or take it out",
		    use->name);
	else if (!is_asked_for(use))
		lint_add(l->report, "undeclared-variable", use->at, "{{%s}} is "
		    "empty for whom the record has none; give it a value in "
		    "defaults, or write {{#%s}}...{{/%s}} around what needs it",
		    use->name, use->name, use->name);
	return true;
}

struct search {
	const char *name;
	bool found;
};

static bool
look(const struct lint_use *use, void *ctx)
{
	struct search *s = ctx;

	s->found = akin(use->name, s->name);
	return !s->found;
}

static void
check_declared(struct lint *l, const char *setting, size_t item,
    const char *name)
{
	struct search s = {.name = name};

	each(l, look, &s);
	if (s.found || in_condition(l->campaign, name))
		return;
	lint_add(l->report, "unused-variable",
	    lint_conf_place(
		l, (struct campaign_place){NULL, NULL, setting, item}),
	    "%s: \"%s\" is in no template and no condition; take it out, or "
	    "see whether its name is misspelt there",
	    setting, name);
}

static void
check_declarations(struct lint *l)
{
	const struct campaign *c = l->campaign;
	const struct {
		const char *setting;
		const struct setting_list *list;
	} lists[] = {{"required", &c->required},
	    {"record_fields", &c->record_fields}, {"lists", &c->lists}};
	struct slice name, value;
	size_t i, k;

	for (k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		for (i = 0; i < lists[k].list->n; i++)
			check_declared(l, lists[k].setting, i,
			    lists[k].list->items[i]);
	for (i = 0; i < c->defaults.n; i++)
		if (campaign_pair(c->defaults.items[i], &name, &value))
			check_declared(l, "defaults", i,
			    arena_strndup(l->arena, name.data, name.len));
}

void
lint_variables(struct lint *l)
{
	struct check c = {.l = l};
	size_t i;

	/* A text that cannot be read may use any of them. */
	for (i = 0; i < l->n_creatives; i++) {
		const struct lint_creative *r = &l->creatives[i];

		if ((*r->creative->html && !r->html.source) ||
		    (*r->creative->text && !r->text.source))
			return;
	}
	if (l->n_creatives == 0)
		return;
	c.shown = map_new();
	each(l, take_shown, &c);
	each(l, check_use, &c);
	map_free(&c.shown, NULL);
	check_declarations(l);
}
