#include "gateway-agent/halts.h"

#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/fleet/report.h"

struct halts {
	struct map *held; /* struct hold, by campaign */
};

struct halts *
halts_new(void)
{
	struct halts *h = xcalloc(1, sizeof(*h));

	h->held = map_new();
	return h;
}

void
halts_free(struct halts **h)
{
	if (!*h)
		return;
	map_free(&(*h)->held, free);
	free(*h);
	*h = NULL;
}

const struct hold *
halts_find(const struct halts *h, const char *campaign)
{
	return map_get(h->held, slice_of(campaign));
}

static void
tell(const struct map *before, const struct map *now)
{
	struct slice name;
	size_t at = 0;
	void *value;

	while (map_next(now, &at, &name, &value)) {
		const struct hold *h = value, *was = map_get(before, name);

		if (!was || was->kind != h->kind)
			log_info("campaign=%.*s %s: its stubs are not expanded",
			    (int)name.len, name.data, hold_kind_name(h->kind));
	}
	at = 0;
	while (map_next(before, &at, &name, &value))
		if (!map_get(now, name))
			log_info("campaign=%.*s goes on", (int)name.len,
			    name.data);
}

void
halts_take(struct halts *h, const struct policy_message *answer)
{
	struct map *now = map_new();
	char campaign[65];
	struct hold hold;
	int n, rc;

	for (n = 0; n < REPORT_HELD_MAX; n++) {
		rc = report_held_read(answer, n, campaign, &hold);
		if (rc == 0)
			break;
		if (rc > 0) {
			struct hold *copy = xcalloc(1, sizeof(*copy));

			*copy = hold;
			free(map_set(now, slice_of(campaign), copy));
		}
	}
	tell(h->held, now);
	map_free(&h->held, free);
	h->held = now;
}
