/* verb=campaigns: those that can be sent, and those that are held. */
#include <inttypes.h>

#include "policyd/admin_look.h"
#include "policyd/catalogue.h"
#include "policyd/holds.h"

#define ANSWER_ROOM 1024

static bool
full(const struct ask *ask, int n)
{
	return n >= POLICY_ATTRS_MAX - 2 ||
	    ask->answer.len > POLICY_MESSAGE_MAX - ANSWER_ROOM;
}

static void
add(struct ask *ask, const char *name, bool known, const struct hold *h,
    int n)
{
	struct buf row = {0};

	buf_printf(&row, "name=%s;known=%s;state=%s", name,
	    known ? "yes" : "no", h ? hold_kind_name(h->kind) : "open");
	if (h)
		buf_printf(&row, ";since_ms=%" PRId64 ";reason=%s",
		    h->since_ms, h->reason);
	policy_add(&ask->answer, arena_printf(ask->arena, "campaign.%d", n),
	    slice_buf(&row));
	buf_free(&row);
}

void
admin_campaigns(struct ask *ask)
{
	const struct catalogue *c = ask->p->catalogue;
	const struct holds *holds = ask->p->holds;
	size_t i, at = 0, known = c ? catalogue_count(c) : 0;
	struct slice name;
	struct hold hold;
	int n = 0;

	policy_add_str(&ask->answer, "action", "OK");
	for (i = 0; i < known && !full(ask, n); i++) {
		const char *one = catalogue_at(c, i)->name;
		bool held = holds_find(holds, one, &hold);

		add(ask, one, true, held ? &hold : NULL, n++);
	}
	while (!full(ask, n) && holds_next(holds, &at, &name, &hold)) {
		const char *one =
		    arena_strndup(ask->arena, name.data, name.len);

		if (!c || !catalogue_campaign(c, one))
			add(ask, one, false, &hold, n++);
	}
	if (full(ask, n))
		policy_add_str(&ask->answer, "more", "yes");
}
