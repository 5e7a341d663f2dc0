/* campaign.conf: every refusal names its line; what is accepted can be chosen from,
 * and what it brings along for templates and header fields is fit for them. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/campaign_partial.h"
#include "lib/mail/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(const char *error)
{
	static const char where[] = "campaign.conf:";
	size_t len = strlen(where);

	if (strncmp(error, where, len) != 0 || error[len] < '1' ||
	    error[len] > '9')
		abort();
}

/* Either there is none, and it says why, or it is a template. */
static void
check_partial(const struct campaign *c, const struct creative *r,
    const char *name, bool html)
{
	struct buf text = {0};
	char *error = NULL;
	struct template *t;

	if (campaign_partial(c, r, name, html, &text, &error)) {
		if (error)
			abort();
		t = template_compile(name, slice_buf(&text),
		    html ? TEMPLATE_HTML : TEMPLATE_TEXT, NULL, NULL, &error);
		if (!t)
			abort();
		template_free(&t);
	} else if (error) {
		check_error(error);
	}
	free(error);
	buf_free(&text);
}

static void
check_media(const struct campaign *c, const struct settings_many *media,
    const char *kind)
{
	const struct creative *r = c->creatives.items;
	const struct medium *m = media->items;
	struct arena *arena = arena_new();
	const char *name;
	size_t i;

	for (i = 0; i < media->n && i < 4; i++) {
		name = arena_printf(arena, "%s.%s", kind, m[i].name);
		check_partial(c, r, name, true);
		check_partial(c, r, name, false);
	}
	arena_free(&arena);
}

static void
check_headers(const struct campaign *c, const struct creative *r)
{
	struct arena *arena = arena_new();
	const char *bounce = campaign_bounce(arena, c,
	    "00112233445566778899aabbccddeeff");
	const char *id = campaign_feedback_id(arena, c, r), *why;
	struct address a;

	if (*bounce && (address_parse(arena, slice_of(bounce), &a, &why) == -1 ||
	                   !text_is_ascii(slice_of(bounce))))
		abort();
	if (!text_is_ascii(slice_of(id)) || text_has_control(slice_of(id)))
		abort();
	arena_free(&arena);
}

static void
check_campaign(const struct campaign *c, struct arena *arena)
{
	const struct creative *r;
	struct vars vars;
	const char *why;

	vars_init(&vars, arena);
	(void)vars_set(&vars, slice_of("lang"), slice_of("en"), &why);
	campaign_fill(c, &vars);
	r = campaign_choose(c, &vars, "a@b.example", INT64_C(1781524800000));
	if (r && campaign_creative(c, r->name) != r)
		abort();
	(void)campaign_missing(c, &vars);
	if (campaign_early(arena, c, 0) && campaign_over(arena, c, 0))
		abort();
	check_headers(c, c->creatives.items);
	check_partial(c, c->creatives.items, CAMPAIGN_POSTAL_ADDRESS, true);
	check_media(c, &c->videos, CAMPAIGN_VIDEO);
	check_media(c, &c->audios, CAMPAIGN_AUDIO);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *error = NULL;
	struct campaign *c = campaign_parse("spring",
	    (struct slice){(const char *)data, size}, &error);

	if (!c == !error)
		abort();
	if (c)
		check_campaign(c, arena);
	else
		check_error(error);
	campaign_free(&c);
	free(error);
	arena_free(&arena);
	return 0;
}
