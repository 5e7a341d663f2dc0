#include "config.h"

#include "ctl/audience.h"

#include <stdlib.h>

#include "lib/mail/selection.h"

void
audience_init(struct audience *a, const struct campaign *c,
    const struct where *w, int64_t now_ms)
{
	*a = (struct audience){.campaign = c, .where = w, .now_ms = now_ms};
	a->arena = arena_new();
	a->refused = campaign_closed(a->arena, c, now_ms);
	a->chosen = xcalloc(c->creatives.n, sizeof(*a->chosen));
	a->missing = xcalloc(c->required.n, sizeof(*a->missing));
	a->fields = xcalloc(where_fields(w)->n, sizeof(*a->fields));
}

void
audience_free(struct audience *a)
{
	free(a->chosen);
	free(a->missing);
	free(a->fields);
	arena_free(&a->arena);
}

static void
count(struct audience *a, struct audience_group *g, const char *address,
    const char *value)
{
	if (g->n < AUDIENCE_EXAMPLES) {
		g->examples[g->n].address = arena_strdup(a->arena, address);
		g->examples[g->n].value =
		    value ? arena_strdup(a->arena, value) : NULL;
	}
	g->n++;
}

static void
count_fields(struct audience *a, const char *address, const struct vars *record)
{
	const struct target_fields *f = where_fields(a->where);
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct var *v = vars_get(record, slice_of(f->list[i].name));

		if (!target_exists(record, f->list[i].name))
			a->fields[i].without++;
		else if (v && !target_blank(v->value) &&
		    !target_value_ok(f->list[i].type, v->value, a->now_ms))
			count(a, &a->fields[i].wrong, address, v->value.data);
	}
}

static size_t
place(const struct campaign *c, const char *required)
{
	size_t i = 0;

	while (c->required.items[i] != required)
		i++;
	return i;
}

void
audience_take(struct audience *a, const char *address,
    const struct recipient *r)
{
	const struct campaign *c = a->campaign;
	const struct creative *first = c->creatives.items;
	/* --where asks for the records, policyd what campaign.conf adds too. */
	const struct selection_input in = {.campaign = c, .record = &r->record,
	    .key = address, .now_ms = a->now_ms};
	struct selection s;

	a->recipients++;
	if (r->skipped)
		count(a, &a->unusable, address, NULL);
	count_fields(a, address, &r->record);
	if (!where_matches(a->where, &r->record, a->now_ms))
		return;
	a->matched++;
	s = selection_make(r->record.arena, &in);
	if (r->suppressed)
		count(a, &a->suppressed, address, NULL);
	else if (s.missing)
		count(a, &a->missing[place(c, s.missing)], address, NULL);
	else if (!s.creative)
		count(a, &a->nobody, address, NULL);
	else
		a->chosen[s.creative - first]++;
}

size_t
audience_adverts(const struct audience *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->campaign->creatives.n; i++)
		n += a->chosen[i];
	return n;
}
