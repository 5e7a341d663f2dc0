/* What policyd knows of Redis and of the gateways, and Redis itself. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "ctl/ask.h"
#include "ctl/doctor.h"
#include "ctl/fleet.h"
#include "lib/fleet/store_sync.h"

#define CLOCK_WARN_MS 5000.0
#define CLOCK_FAIL_MS 60000.0

static void
check_clock(struct doctor *d, const char *id, double offset_ms)
{
	double off = offset_ms < 0 ? -offset_ms : offset_ms;

	doctor_say(d, off > CLOCK_FAIL_MS ? FINDING_FAIL :
	    off > CLOCK_WARN_MS ? FINDING_WARN : FINDING_OK,
	    arena_printf(d->arena, "clock of %s", id), "%.1f s %s%s",
	    off / 1000, offset_ms > 0 ? "behind ours" : "ahead of ours",
	    off > CLOCK_WARN_MS ? "; run an NTP client on both" : "");
}

static void
check_gateway(struct doctor *d, struct slice row)
{
	struct slice field = fleet_field(row, "id");
	const char *id = arena_strndup(d->arena, field.data, field.len);
	struct slice state = fleet_field(row, "state");

	if (!slice_eq_str(fleet_field(row, "live"), "yes")) {
		doctor_say(d, FINDING_FAIL, id, "%.*s: does nearpost-agent run "
		    "there, and can it reach policyd.agent_listen?",
		    (int)state.len, state.data);
		return;
	}
	doctor_say(d, FINDING_OK, id, "live, last report %.1f s ago",
	    fleet_number(row, "report_age_ms") / 1000);
	if (slice_eq_str(fleet_field(row, "assets"), "ok"))
		doctor_say(d, FINDING_OK, id, "holds our asset set");
	else
		doctor_say(d, FINDING_FAIL, id, "its asset set is another than "
		    "ours, so it is not chosen; copy the set there and reload "
		    "the agent");
	check_clock(d, id, fleet_number(row, "clock_offset_ms"));
}

/* A Redis that evicts keys forgets who must not get adverts. */
static void
check_eviction(struct doctor *d, struct store_sync *s)
{
	char *policy = store_sync_config(s, "maxmemory-policy");

	if (!policy)
		doctor_say(d, FINDING_WARN, "Redis maxmemory-policy",
		    "cannot be read; it must be noeviction");
	else if (strcasecmp(policy, "noeviction") == 0)
		doctor_say(d, FINDING_OK, "Redis maxmemory-policy", "%s",
		    policy);
	else
		doctor_say(d, FINDING_FAIL, "Redis maxmemory-policy", "%s would "
		    "throw away recipients and suppressions; set noeviction",
		    policy);
	free(policy);
}

static void
check_redis(struct doctor *d)
{
	char *error, *version;
	struct store_sync *s =
	    store_sync_open(&d->ctl->config.policyd, &error);

	if (!s) {
		doctor_say(d, FINDING_FAIL, "Redis", "%s", error);
		free(error);
		return;
	}
	version = store_sync_info(s, "redis_version");
	doctor_say(d, FINDING_OK, "Redis", "%s, %s",
	    version ? version : "of unknown version",
	    d->ctl->config.policyd.redis);
	free(version);
	check_eviction(d, s);
	store_sync_close(&s);
}

void
doctor_policyd(struct doctor *d)
{
	struct policy_message m;
	struct slice row;
	int n;

	check_redis(d);
	if (fleet_gateways(d->ctl, d->arena, &m) < 0) {
		doctor_say(d, FINDING_FAIL, "policyd", "does not answer at %s",
		    d->ctl->config.milter.policyd);
		return;
	}
	for (n = 0; fleet_row(d->arena, &m, "gateway", n, &row); n++)
		check_gateway(d, row);
	if (n == 0)
		doctor_say(d, FINDING_FAIL, "gateways", "none; add gateway "
		    "sections to nearpost.conf");
}
