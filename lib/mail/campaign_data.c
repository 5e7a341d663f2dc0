/* What a campaign adds to a recipient's data, and when it may be sent.  policyd
 * and the gateways both ask here, with the same signed campaign.conf, so the
 * values themselves need not travel. */
#include "lib/base/clock.h"
#include "lib/mail/address.h"
#include "lib/mail/campaign.h"

bool
campaign_pair(const char *item, struct slice *name_r, struct slice *value_r)
{
	struct slice rest = slice_of(item);

	if (!strchr(item, '=') || !slice_split(&rest, '=', name_r))
		return false;
	*name_r = slice_trim(*name_r);
	*value_r = slice_trim(rest);
	return true;
}

/* The address as one line. */
static void
add_postal_address(const struct campaign *c, struct vars *own)
{
	struct buf line = {0};
	const char *why;
	size_t i;

	for (i = 0; i < c->postal_address.n; i++)
		buf_printf(&line, "%s%s", i ? ", " : "",
		    c->postal_address.items[i]);
	if (line.len)
		(void)vars_set(own, slice_of(CAMPAIGN_POSTAL_ADDRESS),
		    slice_buf(&line), &why);
	buf_free(&line);
}

/* Sets the value of a name that is in the data already: no limit is passed. */
static void
replace(struct vars *data, const struct var *v, bool if_empty)
{
	struct slice name = slice_of(v->name);
	const struct var *old = vars_get(data, name);
	const char *why;

	if (old && (!if_empty || old->value.len == 0))
		(void)vars_set(data, name, v->value, &why);
}

void
campaign_fill(const struct campaign *c, struct vars *data)
{
	struct slice name, value;
	struct vars own;
	const char *why;
	size_t i;

	vars_init(&own, data->arena);
	add_postal_address(c, &own);
	for (i = 0; i < own.n; i++)
		replace(data, &own.list[i], false);
	vars_add_missing(data, &own);
	vars_init(&own, data->arena);
	for (i = 0; i < c->defaults.n; i++)
		if (campaign_pair(c->defaults.items[i], &name, &value))
			(void)vars_set(&own, name, value, &why);
	for (i = 0; i < own.n; i++)
		replace(data, &own.list[i], true);
	vars_add_missing(data, &own);
}

static bool
is_in(const struct setting_list *list, const char *field)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (vars_name_within(slice_of(field), slice_of(list->items[i])))
			return true;
	return false;
}

bool
campaign_travels(const struct campaign *c, const char *field)
{
	struct slice name, value;
	size_t i;

	if (c->record_fields.n == 0 || is_in(&c->record_fields, field) ||
	    is_in(&c->required, field))
		return true;
	for (i = 0; i < c->defaults.n; i++)
		if (campaign_pair(c->defaults.items[i], &name, &value) &&
		    vars_name_within(slice_of(field), name))
			return true;
	return false;
}

const char *
campaign_early(struct arena *arena, const struct campaign *c, int64_t now_ms)
{
	char when[32];

	if (now_ms >= c->from_ms)
		return NULL;
	clock_minute(when, sizeof(when), c->from_ms);
	return arena_printf(arena, "campaign %s begins on %s UTC (valid_from = %s): "
	    "send it then", c->name, when, c->valid_from);
}

const char *
campaign_over(struct arena *arena, const struct campaign *c, int64_t now_ms)
{
	char when[32];

	if (now_ms < c->until_ms)
		return NULL;
	clock_minute(when, sizeof(when), c->until_ms);
	return arena_printf(arena, "campaign %s ended on %s UTC (valid_until = %s): "
	    "send another one, or give it a later end in its campaign.conf",
	    c->name, when, c->valid_until);
}

const char *
campaign_closed(struct arena *arena, const struct campaign *c, int64_t now_ms)
{
	const char *why = campaign_early(arena, c, now_ms);

	return why ? why : campaign_over(arena, c, now_ms);
}

/* The id and not the recipient's address: it always fits, needs no escaping, shows
 * nobody's address to the next server, and `nearpostctl why` knows it. */
const char *
campaign_bounce(struct arena *arena, const struct campaign *c, const char *id)
{
	struct address a;
	const char *why;

	if (*c->bounce == '\0' ||
	    address_parse(arena, slice_of(c->bounce), &a, &why) == -1)
		return "";
	if (!c->verp)
		return address_text(arena, &a);
	return arena_printf(arena, "%s%s%s@%s", a.local, c->bounce_delimiter, id,
	    a.domain);
}

const char *
campaign_feedback_id(struct arena *arena, const struct campaign *c,
    const struct creative *creative)
{
	if (*c->feedback_id == '\0' || strchr(c->feedback_id, ':'))
		return c->feedback_id;
	return arena_printf(arena, "%s:%s::%s", c->name, creative->name,
	    c->feedback_id);
}
