#include "policyd/admin_order.h"

#include "lib/base/text.h"
#include "policyd/catalogue.h"
#include "policyd/drains.h"
#include "policyd/holds.h"

struct gateway *
admin_gateway(struct ask *ask)
{
	return gateway_find(&ask->p->fleet.gateways,
	    policy_get_str(ask->arena, &ask->m, "gateway"));
}

static void
on_ordered(enum store_result result, const struct reply *replies, void *ctx)
{
	struct ask *ask = ctx;
	bool kept = result == STORE_OK && drains_kept(ask->p->drains) &&
	    holds_kept(ask->p->holds);

	(void)replies;
	policy_add_str(&ask->answer, "action", "OK");
	policy_add_str(&ask->answer, "redis", kept ? "ok" : "down");
	ask_answer(ask);
}

/* Done at once here; the other policyds, and we after a restart, learn it from
 * Redis, so the answer says whether it is there. */
static void
ordered(struct ask *ask)
{
	store_barrier(ask->p->store, on_ordered, ask);
}

static void
refuse(struct ask *ask, const char *why)
{
	policy_addf(&ask->answer, "action", "REJECT %s", why);
	ask_answer(ask);
}

void
admin_drain(struct ask *ask)
{
	struct gateway *g = admin_gateway(ask);
	struct slice how_long = policy_get(&ask->m, "for");
	struct slice reason = policy_get(&ask->m, "reason");
	struct drain d = {.since_ms = clock_wall_ms()};
	const char *fault = order_reason_fault(reason);
	int64_t ms = 0;

	if (!g)
		fault = ADMIN_NO_GATEWAY;
	else if (how_long.data &&
	    text_duration_ms(how_long, 1, DRAIN_FOR_MAX_MS, &ms) != 0)
		fault = "the time is no duration such as 30m, 2h or 1d";
	if (fault) {
		refuse(ask, fault);
		return;
	}
	d.until_ms = ms ? d.since_ms + ms : 0;
	if (reason.len)
		memcpy(d.reason, reason.data, reason.len);
	drains_order(ask->p->drains, g->id, &d);
	ordered(ask);
}

void
admin_resume(struct ask *ask)
{
	struct gateway *g = admin_gateway(ask);

	if (!g) {
		refuse(ask, ADMIN_NO_GATEWAY);
		return;
	}
	drains_order(ask->p->drains, g->id, NULL);
	ordered(ask);
}

/* NULL: it is one of the asset set, or there is none to say. */
static const char *
unknown_campaign(struct ask *ask, const char *name)
{
	const struct catalogue *c = ask->p->catalogue;
	struct buf names = {0};
	const char *why;

	if (!campaign_name_ok(slice_of(name)))
		return "campaign is no name of a campaign";
	if (!c || catalogue_campaign(c, name))
		return NULL;
	catalogue_names(c, &names);
	why = arena_printf(ask->arena,
	    "there is no campaign \"%s\"; known are: %s", name, names.data);
	buf_free(&names);
	return why;
}

static void
stop(struct ask *ask, enum hold_kind kind)
{
	const char *name =
	    policy_get_str(ask->arena, &ask->m, "campaign");
	struct slice reason = policy_get(&ask->m, "reason");
	struct hold h = {.kind = kind, .since_ms = clock_wall_ms()}, before;
	const char *fault = order_reason_fault(reason);

	if (!fault && !holds_find(ask->p->holds, name, &before))
		fault = unknown_campaign(ask, name);
	if (fault) {
		refuse(ask, fault);
		return;
	}
	if (reason.len)
		memcpy(h.reason, reason.data, reason.len);
	holds_order(ask->p->holds, name, &h);
	ordered(ask);
}

void
admin_pause(struct ask *ask)
{
	stop(ask, HOLD_PAUSED);
}

void
admin_cancel(struct ask *ask)
{
	stop(ask, HOLD_CANCELLED);
}

void
admin_release(struct ask *ask)
{
	const char *name =
	    policy_get_str(ask->arena, &ask->m, "campaign");
	struct hold before;
	const char *fault = NULL;

	if (!holds_find(ask->p->holds, name, &before))
		fault = unknown_campaign(ask, name);
	if (fault) {
		refuse(ask, fault);
		return;
	}
	holds_order(ask->p->holds, name, NULL);
	ordered(ask);
}
