/* campaign.conf: what is accepted can be chosen from. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/campaign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct vars vars;
	const struct creative *r;
	const char *why;
	char *error = NULL;
	struct campaign *c = campaign_parse("spring",
	    (struct slice){(const char *)data, size}, &error);

	vars_init(&vars, arena);
	(void)vars_set(&vars, slice_of("lang"), slice_of("en"), &why);
	if (!c == !error)
		abort();
	if (c) {
		r = campaign_choose(c, &vars, "a@b.example",
		    INT64_C(1781524800000));
		if (r && campaign_creative(c, r->name) != r)
			abort();
		(void)campaign_missing(c, &vars);
	}
	campaign_free(&c);
	free(error);
	arena_free(&arena);
	return 0;
}
