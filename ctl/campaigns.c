/* nearpostctl campaigns, pause and cancel. */
#include "config.h"

#include "ctl/campaigns.h"

#include <stdio.h>
#include <sysexits.h>

#include "ctl/fleet.h"
#include "ctl/order.h"

static int
usage(void)
{
	fputs("usage: nearpostctl campaigns [--json]\n"
	      "       nearpostctl [campaigns] pause CAMPAIGN [--reason TEXT]\n"
	      "       nearpostctl [campaigns] cancel CAMPAIGN [--reason TEXT]\n"
	      "       nearpostctl [campaigns] resume CAMPAIGN\n", stderr);
	return EX_USAGE;
}

static const struct {
	const char *word, *verb; /* said here, and to policyd */
	bool takes_reason;
} orders[] = {
    {"pause", "pause", true},
    {"cancel", "cancel", true},
    {"resume", "release", false},
};

int
campaigns_order(struct ctl *ctl, int argc, char **argv)
{
	int status = EX_USAGE;

	for (size_t i = 0; argc >= 2 && i < sizeof(orders) / sizeof(orders[0]);
	    i++) {
		struct order_options o = {false, orders[i].takes_reason,
		    argc - 2, argv + 2};

		if (strcmp(argv[0], orders[i].word) == 0)
			status = order_give(ctl, orders[i].verb, "campaign",
			    argv[1], &o);
	}
	return status == EX_USAGE ? usage() : status;
}

bool
campaigns_held(struct ctl *ctl, const char *name)
{
	struct arena *arena = arena_new();
	struct policy_message m;
	struct slice row;
	bool held = false;

	if (fleet_ask(ctl, arena, "campaigns", &m) == EX_OK)
		for (int n = 0; fleet_row(arena, &m, "campaign", n, &row); n++)
			if (slice_eq_str(fleet_field(row, "name"), name))
				held = !slice_eq_str(
				    fleet_field(row, "state"), "open");
	arena_free(&arena);
	return held;
}

int
campaigns_command(struct ctl *ctl, int argc, char **argv)
{
	return argc == 1 ? campaigns_list(ctl) :
	    campaigns_order(ctl, argc - 1, argv + 1);
}

int
pause_command(struct ctl *ctl, int argc, char **argv)
{
	return campaigns_order(ctl, argc, argv);
}

int
cancel_command(struct ctl *ctl, int argc, char **argv)
{
	return campaigns_order(ctl, argc, argv);
}
