#include "lib/mail/grow.h"

#define TOO_LARGE "the advert is larger than this gateway takes"

static enum grow_result
check(struct arena *arena, const struct grow_input *in,
    const struct asset_creative *creative, const char **why_r)
{
	const struct ticket *t = in->ticket;

	if (!in->assets) {
		*why_r = arena_printf(arena,
		    "this gateway does not hold the asset set of the ticket, "
		    "%.15s...", t->asset_digest);
		return GROW_LATER;
	}
	if (!creative) {
		*why_r = arena_printf(arena,
		    "the asset set has no creative %s in %s", t->creative,
		    t->campaign);
		return GROW_LATER;
	}
	/* It waited too long, and nobody wants it now but for its sender. */
	*why_r = campaign_over(arena, creative->campaign, in->now_ms);
	if (*why_r)
		return GROW_REFUSED;
	if (creative->size_estimate > in->max_size) {
		*why_r = TOO_LARGE;
		return GROW_LATER;
	}
	return GROW_OK;
}

enum grow_result
grow(struct arena *arena, const struct grow_input *in, struct advert *out_r,
    const char **why_r)
{
	const struct stub *stub = in->stub;
	const struct asset_creative *creative = in->assets ?
	    assets_find(in->assets, in->ticket->campaign,
	        in->ticket->creative) : NULL;
	enum grow_result result = check(arena, in, creative, why_r);
	struct vars vars;
	struct advert_input advert = {.creative = creative, .vars = &vars,
	    .from = stub->from, .reply_to = stub->reply_to,
	    .subject = stub->subject, .ticket_id = in->ticket->id,
	    .now_ms = in->now_ms, .text = in->text, .html = in->html};
	const char *error = "unknown fault";

	if (result != GROW_OK)
		return result;
	vars_init(&vars, arena);
	vars_add_missing(&vars, &stub->vars);
	vars_add_missing(&vars, in->record);
	advert.recipient = address_text(arena, in->recipient);
	if (advert_build(arena, &advert, out_r, &error) != 0) {
		*why_r = arena_printf(arena,
		    "no advert can be made of the stub: %s", error);
		return GROW_REFUSED;
	}
	if (out_r->body_size > in->max_size) {
		*why_r = TOO_LARGE;
		return GROW_LATER;
	}
	return GROW_OK;
}
