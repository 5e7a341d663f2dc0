#include "lib/mail/selection.h"

#include "lib/base/text.h"

struct selection
selection_make(struct arena *arena, const struct selection_input *in)
{
	struct selection s = {.creative = in->creative};
	struct vars data;

	vars_init(&data, arena);
	if (in->stub)
		vars_add_missing(&data, in->stub);
	vars_add_missing(&data, in->record);
	campaign_fill(in->campaign, &data);
	s.missing = campaign_missing(in->campaign, &data);
	if (!s.creative)
		s.creative = campaign_choose(in->campaign, &data, in->key,
		    in->now_ms);
	return s;
}

const char *
selection_fault(struct arena *arena, const struct campaign *c,
    const struct selection *s)
{
	if (s->missing)
		return arena_printf(arena,
		    "variable \"%s\" is required by campaign %s, and neither "
		    "the stub nor the recipient's record has it; give it in "
		    "the stub, or a default in campaign.conf",
		    s->missing, c->name);
	if (!s->creative)
		return arena_printf(arena,
		    "no creative of campaign %s is for this recipient; give "
		    "one with Nearpost-Creative, or add one without `when`",
		    c->name);
	return NULL;
}

const struct creative *
selection_named(struct arena *arena, const struct campaign *c,
    const char *name, const char **error_r)
{
	const struct creative *found = campaign_creative(c, name);
	const struct creative *all = c->creatives.items;
	struct buf names = {0};
	size_t i;

	if (found)
		return found;
	for (i = 0; i < c->creatives.n; i++)
		text_add_name(&names, i, c->creatives.n, all[i].name);
	*error_r = arena_printf(arena,
	    "campaign %s has no creative \"%s\"; it has: %s", c->name, name,
	    names.len ? names.data : "none");
	buf_free(&names);
	return NULL;
}

bool
selection_travels(const struct campaign *c, const struct vars *stub,
    const char *field)
{
	return campaign_travels(c, field) &&
	    !(stub && vars_hides(stub, slice_of(field)));
}
