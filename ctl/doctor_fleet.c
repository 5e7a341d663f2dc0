/* What policyd knows of Redis and of the gateways, and Redis itself. */
#include "config.h"

#include <stdlib.h>

#include "ctl/ask.h"
#include "ctl/doctor.h"
#include "ctl/fleet.h"
#include "lib/fleet/store_sync.h"

static void
check_redis(struct doctor *d)
{
	char *error, *version, *policy;
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
	policy = store_sync_config(s, "maxmemory-policy");
	doctor_judge_eviction(d, policy);
	free(policy);
	store_sync_close(&s);
}

/* What was put in place last and is not used: the set before goes on, so nobody
 * else says so. */
static void
check_reloads(struct doctor *d)
{
	struct policy_message m;
	struct slice row, fault;
	int n;

	if (fleet_ask(d->ctl, d->arena, "assets", &m) != 0)
		return;
	fault = policy_get(&m, "error");
	if (fault.len)
		doctor_say(d, FINDING_WARN, "policyd", "its last reload: %.*s",
		    (int)fault.len, fault.data);
	for (n = 0; fleet_row(d->arena, &m, "gateway", n, &row); n++)
		doctor_judge_reload(d, row,
		    fleet_text(d->arena, &m, "error", n));
}

void
doctor_policyd(struct doctor *d)
{
	struct policy_message m;
	struct slice row;
	int n;

	check_redis(d);
	if (fleet_ask(d->ctl, d->arena, "gateways", &m) != 0) {
		doctor_say(d, FINDING_FAIL, "policyd", "does not answer at %s",
		    d->ctl->config.milter.policyd);
		return;
	}
	for (n = 0; fleet_row(d->arena, &m, "gateway", n, &row); n++)
		doctor_judge_gateway(d, row);
	if (n == 0)
		doctor_say(d, FINDING_FAIL, "gateways", "none; add gateway "
		    "sections to nearpost.conf");
	check_reloads(d);
}
