/* nearpostctl gateways, drain and resume: the table, and orders about gateways. */
#include "config.h"

#include <stdio.h>
#include <sysexits.h>

#include "ctl/campaigns.h"
#include "ctl/fleet.h"
#include "ctl/order.h"
#include "lib/base/log.h"

static int
usage(void)
{
	fputs("usage: nearpostctl gateways [--json]\n"
	      "       nearpostctl [gateways] drain ID [--for DURATION] "
	      "[--reason TEXT]\n"
	      "       nearpostctl [gateways] resume ID\n", stderr);
	return EX_USAGE;
}

/* argv: the word, the gateway, options. */
static int
order(struct ctl *ctl, int argc, char **argv)
{
	bool drain = strcmp(argv[0], "drain") == 0;
	struct order_options o = {drain, drain, argc - 2, argv + 2};
	int status = EX_USAGE;

	if (argc >= 2)
		status = order_give(ctl, drain ? "drain" : "resume",
		    "gateway", argv[1], &o);
	return status == EX_USAGE ? usage() : status;
}

int
gateways_command(struct ctl *ctl, int argc, char **argv)
{
	if (argc == 1)
		return gateways_list(ctl);
	if (strcmp(argv[1], "drain") != 0 && strcmp(argv[1], "resume") != 0)
		return usage();
	return order(ctl, argc - 1, argv + 1);
}

int
drain_command(struct ctl *ctl, int argc, char **argv)
{
	return order(ctl, argc, argv);
}

static int
named_gateway(const struct ctl *ctl, const char *name)
{
	return config_gateway(&ctl->config, name) != NULL;
}

/* A gateway, or a campaign: whichever has that name. */
int
resume_command(struct ctl *ctl, int argc, char **argv)
{
	bool gateway, campaign;
	int status;

	if (argc != 2) {
		fputs("usage: nearpostctl resume GATEWAY|CAMPAIGN\n", stderr);
		return EX_USAGE;
	}
	gateway = named_gateway(ctl, argv[1]);
	campaign = campaigns_held(ctl, argv[1]);
	if (gateway && campaign) {
		fprintf(stderr, "%s is a gateway, and a campaign that is "
		    "stopped; say which:\n"
		    "  nearpostctl gateways resume %s\n"
		    "  nearpostctl campaigns resume %s\n", argv[1], argv[1],
		    argv[1]);
		return EX_USAGE;
	}
	if (gateway)
		return order(ctl, argc, argv);
	status = campaigns_order(ctl, argc, argv);
	if (status == EX_DATAERR)
		log_warnx("nor has nearpost.conf a gateway \"%s\"", argv[1]);
	return status;
}
