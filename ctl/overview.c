#include "config.h"

#include "ctl/overview.h"

#include <sysexits.h>

#include "ctl/fleet.h"
#include "lib/base/clock.h"

void
overview_take(struct ctl *ctl, struct overview *out_r)
{
	struct overview *o = out_r;
	bool quiet = ctl->quiet;

	*o = (struct overview){.arena = arena_new(),
	    .now_ms = clock_wall_ms(),
	    .policyd_at = ctl->config.milter.policyd};
	ctl->quiet = true;
	o->answered = fleet_ask(ctl, o->arena, "ping", &o->ping) == EX_OK &&
	    fleet_ask(ctl, o->arena, "gateways", &o->gateways) == EX_OK &&
	    fleet_ask(ctl, o->arena, "campaigns", &o->campaigns) == EX_OK;
	ctl->quiet = quiet;
	if (!o->answered) {
		o->ping = (struct policy_message){0};
		o->gateways = (struct policy_message){0};
		o->campaigns = (struct policy_message){0};
	}
	overview_judge(o);
}

void
overview_free(struct overview *o)
{
	arena_free(&o->arena);
}
