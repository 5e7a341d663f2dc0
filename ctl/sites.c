/* nearpostctl sites: how long adverts took, by site and gateway. */
#include <stdio.h>
#include <sysexits.h>

#include "ctl/ask.h"
#include "ctl/fleet.h"
#include "ctl/row_json.h"

static void
print_row(struct slice row)
{
	struct slice site = fleet_field(row, "site");
	struct slice gateway = fleet_field(row, "gateway");
	char rtt[64], limit[64], error[64];

	fleet_rtt_text(rtt, sizeof(rtt), row);
	fleet_limit_text(limit, sizeof(limit), row);
	fleet_error_text(error, sizeof(error), row);
	printf("%-28.*s %-10.*s %7.0f", (int)site.len, site.data,
	    (int)gateway.len, gateway.data, fleet_number(row, "receipts"));
	if (fleet_number(row, "receipts") > 0)
		printf(" %8.2f %8.2f %8.2f",
		    fleet_number(row, "mean_ms") / 1000,
		    fleet_number(row, "p50_ms") / 1000,
		    fleet_number(row, "p99_ms") / 1000);
	else
		printf(" %8s %8s %8s", "-", "-", "-");
	printf("  %-26s %-22s %s\n", rtt, limit, error);
}

static void
print_sites(struct arena *arena, const struct policy_message *m)
{
	struct slice row = policy_get(m, "overall");
	char error[64];

	fleet_error_text(error, sizeof(error), row);
	puts("                                              "
	     "seconds from request to receipt");
	puts("site                         gateway    adverts     mean      "
	     "p50      p99  round trip                 limit                  "
	     "prediction error");
	for (int n = 0; fleet_row(arena, m, "row", n, &row); n++)
		print_row(row);
	if (policy_get(m, "more").data)
		puts("...  there are more; name one");
	printf("\nprediction error of all gateways: %s\n", error);
}

int
sites_command(struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
	struct buf question = {0};
	struct policy_message m;
	struct json *root;
	int status;

	if (argc > 2) {
		fputs("usage: nearpostctl sites [NAME] [--json]\n", stderr);
		return EX_USAGE;
	}
	arena = arena_new();
	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", "sites");
	if (argc == 2)
		policy_add_str(&question, "name", argv[1]);
	policy_end(&question);
	status = ask_policyd(ctl, arena, slice_buf(&question), &m);
	if (status == EX_OK && ctl->json) {
		root = json_begin();
		row_json_list(root, "sites", arena, &m, "row");
		row_json(json_add_object(root, "overall"),
		    policy_get(&m, "overall"));
		json_add_bool(root, "more", policy_get(&m, "more").data != NULL);
		json_print(&root);
	} else if (status == EX_OK)
		print_sites(arena, &m);
	buf_free(&question);
	arena_free(&arena);
	return status;
}
