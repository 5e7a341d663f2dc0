/* nearpostctl gateways: the table, and orders to drain and resume. */
#include "config.h"

#include <stdio.h>
#include <sysexits.h>

#include "ctl/ask.h"
#include "ctl/fleet.h"

static int
usage(void)
{
	fputs("usage: nearpostctl gateways\n"
	      "       nearpostctl gateways drain ID [--for DURATION] "
	      "[--reason TEXT]\n"
	      "       nearpostctl gateways resume ID\n", stderr);
	return EX_USAGE;
}

/* 0: the options are in the question. */
static int
add_options(struct buf *question, int argc, char **argv)
{
	for (; argc >= 2; argc -= 2, argv += 2) {
		if (strcmp(argv[0], "--for") == 0)
			policy_add_str(question, "for", argv[1]);
		else if (strcmp(argv[0], "--reason") == 0)
			policy_add_str(question, "reason", argv[1]);
		else
			return -1;
	}
	return argc == 0 ? 0 : -1;
}

int
gateways_command(struct ctl *ctl, int argc, char **argv)
{
	bool drain = argc > 1 && strcmp(argv[1], "drain") == 0;
	struct arena *arena;
	struct buf question = {0};
	struct policy_message m;
	int status = EX_UNAVAILABLE;

	if (argc == 1)
		return gateways_list(ctl);
	if (argc < 3 || (!drain && strcmp(argv[1], "resume") != 0))
		return usage();
	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", drain ? "drain" : "resume");
	policy_add_str(&question, "gateway", argv[2]);
	if (add_options(&question, drain ? argc - 3 : 0, argv + 3) != 0 ||
	    (!drain && argc != 3)) {
		buf_free(&question);
		return usage();
	}
	policy_end(&question);
	arena = arena_new();
	if (ask_policyd(ctl, arena, slice_buf(&question), &m) == 0) {
		status = EX_OK;
		if (slice_eq_str(policy_get(&m, "redis"), "down"))
			fputs("Redis is down: other policyds are told when it "
			      "is back\n", stderr);
	}
	buf_free(&question);
	arena_free(&arena);
	return status;
}
