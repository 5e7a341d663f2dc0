/* Coordinates mean something among each other only, and every daemon has its own:
 * those of all gateways are one value, of whoever wrote it last. */
#include "lib/fleet/schema.h"

#include "lib/mail/address.h"

bool
schema_places_write(struct command *c_r, struct arena *arena,
    const char *prefix, const struct gateways *gateways)
{
	struct buf text = {0};
	int slot;

	for (slot = 0; slot < gateways->n_slots; slot++) {
		const struct gateway *g = gateways->slot[slot];

		if (!g || g->place.samples == 0)
			continue;
		buf_printf(&text, "%s%s=", text.len ? ";" : "", g->id);
		coordinate_write(&text, &g->place);
	}
	if (text.len == 0)
		return false;
	command_init(c_r, arena, "SET");
	command_addf(c_r, "%splaces", prefix);
	command_add_slice(c_r, slice_buf(&text));
	command_add(c_r, "EX");
	command_addf(c_r, "%d", SCHEMA_SITE_TTL_S);
	buf_free(&text);
	return true;
}

void
schema_places_load(
    struct command *c_r, struct arena *arena, const char *prefix)
{
	command_init(c_r, arena, "GET");
	command_addf(c_r, "%splaces", prefix);
}

static bool
moved(const struct gateways *gateways)
{
	int slot;

	for (slot = 0; slot < gateways->n_slots; slot++)
		if (gateways->slot[slot] &&
		    gateways->slot[slot]->place.samples > 0)
			return true;
	return false;
}

void
schema_places_read(const struct reply *r, struct gateways *gateways)
{
	struct slice text = r->text, part, name;

	if (r->type != REPLY_TEXT || moved(gateways))
		return;
	while (slice_split(&text, ';', &part)) {
		char id[ADDRESS_ID_MAX + 1] = "";
		struct gateway *g;

		if (!slice_split(&part, '=', &name) || !address_id_ok(name))
			continue;
		memcpy(id, name.data, name.len);
		g = gateway_find(gateways, id);
		if (g)
			(void)coordinate_read(part, &g->place);
	}
}
