/* nearpostctl status: is everything well?  Ends as a monitoring check does. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/fleet.h"
#include "ctl/overview.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

static void
print_uptime(double s)
{
	if (s >= 86400)
		printf("%.0f d %.0f h", (double)(int64_t)(s / 86400),
		    (double)((int64_t)s % 86400 / 3600));
	else
		printf("%.0f h %.0f min", (double)((int64_t)s / 3600),
		    (double)((int64_t)s % 3600 / 60));
}

static void
print_daemons(const struct overview *o)
{
	struct slice version = policy_get(&o->ping, "version");

	printf("policyd     up ");
	print_uptime((double)policy_get_int(
	    &o->ping, "uptime_s", 0, 0, INT64_MAX));
	printf(", version %.*s; %lld on this Redis\n", (int)version.len,
	    version.data, (long long)policy_get_int(&o->ping, "policyds", 1, 1,
	    INT64_MAX));
	printf("Redis       %s\n", slice_eq_str(policy_get(&o->ping, "redis"),
	    "ok") ? "answers" : "is down");
}

static void
print_campaigns(const struct overview *o)
{
	struct slice digest = policy_get(&o->ping, "asset_digest"), row;
	int known = 0, held = 0;

	for (int n = 0; fleet_row(o->arena, &o->campaigns, "campaign", n, &row);
	    n++) {
		known += slice_eq_str(fleet_field(row, "known"), "yes");
		held += !slice_eq_str(fleet_field(row, "state"), "open");
	}
	if (digest.len > 15)
		digest.len = 15;
	printf("assets      %.*s, %d campaign%s\n",
	    digest.len ? (int)digest.len : 4, digest.len ? digest.data :
	    "none", known, known == 1 ? "" : "s");
	if (held == 0)
		return;
	printf("stopped     ");
	for (int n = 0, shown = 0;
	    fleet_row(o->arena, &o->campaigns, "campaign", n, &row); n++) {
		struct slice name = fleet_field(row, "name");
		struct slice state = fleet_field(row, "state");

		if (!slice_eq_str(state, "open"))
			printf("%s%.*s (%.*s)", shown++ ? ", " : "",
			    (int)name.len, name.data, (int)state.len,
			    state.data);
	}
	(void)putchar('\n');
}

static void
print_gateways(const struct overview *o)
{
	int all = overview_count(o, NULL), live = overview_count(o, "live");
	int drained = overview_count(o, "drained");
	char size[32];

	text_human_bytes(size, sizeof(size),
	    (int64_t)overview_sum(o, "queue_bytes"));
	printf("gateways    %d: %d live, %d drained, %d away\n", all, live,
	    drained, all - live - drained);
	printf("queue       %.0f adverts, %s; %.0f booked, %.0f being sent\n",
	    overview_sum(o, "queue_messages"), size,
	    overview_sum(o, "booked_messages"), overview_sum(o, "in_flight"));
}

static void
print_minute(const struct overview *o)
{
	struct slice r = overview_rates(o);

	printf("last minute %.0f stubs relayed, %.0f suppressed, %.0f put off, "
	    "%.0f rejected\n            %.0f adverts delivered, %.0f deferred, "
	    "%.0f bounced",
	    fleet_number(r, "minute_relayed"),
	    fleet_number(r, "minute_suppressed"),
	    fleet_number(r, "minute_put_off"),
	    fleet_number(r, "minute_rejected"),
	    fleet_number(r, "minute_sent"), fleet_number(r, "minute_deferred"),
	    fleet_number(r, "minute_bounced"));
	if (fleet_field(r, "minute_p50_ms").len)
		printf("; half in %.1f s, 99%% in %.1f s",
		    fleet_number(r, "minute_p50_ms") / 1000,
		    fleet_number(r, "minute_p99_ms") / 1000);
	(void)putchar('\n');
}

static void
print_all(const struct overview *o)
{
	char now[32];

	clock_minute(now, sizeof(now), o->now_ms);
	printf("nearpost    %-40s %s UTC\n", overview_level_name(o->level),
	    now);
	if (o->answered) {
		print_daemons(o);
		print_campaigns(o);
		print_gateways(o);
		print_minute(o);
	}
	for (size_t i = 0; i < o->n_problems; i++)
		printf("%s%-8s  %s\n", i ? "" : "\n",
		    overview_level_name(o->problems[i].level),
		    o->problems[i].text);
	if (o->n_problems == 0)
		puts("\nall is well");
}

static void
print_json(const struct overview *o)
{
	struct json *root = json_begin(), *list, *one;

	json_add_text(root, "status",
	    slice_of(overview_level_name(o->level)));
	json_add_bool(root, "policyd", o->answered);
	json_add_bool(root, "redis",
	    slice_eq_str(policy_get(&o->ping, "redis"), "ok"));
	json_add_int(root, "uptime_s",
	    policy_get_int(&o->ping, "uptime_s", 0, 0, INT64_MAX));
	json_add_int(root, "policyds",
	    policy_get_int(&o->ping, "policyds", 0, 0, INT64_MAX));
	json_add_text(root, "asset_digest",
	    policy_get(&o->ping, "asset_digest"));
	row_json(json_add_object(root, "last_minute"), overview_rates(o));
	row_json_list(root, "gateways", o->arena, &o->gateways, "gateway");
	row_json_list(root, "campaigns", o->arena, &o->campaigns, "campaign");
	list = json_add_list(root, "problems");
	for (size_t i = 0; i < o->n_problems; i++) {
		one = json_add_object(list, NULL);
		json_add_text(one, "level",
		    slice_of(overview_level_name(o->problems[i].level)));
		json_add_text(one, "text", slice_of(o->problems[i].text));
	}
	json_print(&root);
}

int
status_command(struct ctl *ctl, int argc, char **argv)
{
	struct overview o;
	int status;

	(void)argv;
	if (argc != 1) {
		fputs("usage: nearpostctl status [--json]\n", stderr);
		return EX_USAGE;
	}
	overview_take(ctl, &o);
	if (ctl->json)
		print_json(&o);
	else
		print_all(&o);
	status = (int)o.level;
	overview_free(&o);
	return status;
}
