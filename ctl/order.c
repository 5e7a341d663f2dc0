#include "config.h"

#include "ctl/order.h"

#include <stdio.h>
#include <sysexits.h>

#include "ctl/ask.h"

static int
add_options(struct buf *question, const struct order_options *o)
{
	int argc = o->argc;
	char **argv = o->argv;

	for (; argc >= 2; argc -= 2, argv += 2) {
		if (o->takes_for && strcmp(argv[0], "--for") == 0)
			policy_add_str(question, "for", argv[1]);
		else if (o->takes_reason && strcmp(argv[0], "--reason") == 0)
			policy_add_str(question, "reason", argv[1]);
		else
			return -1;
	}
	return argc == 0 ? 0 : -1;
}

int
order_give(struct ctl *ctl, const char *verb, const char *about,
    const char *name, const struct order_options *options)
{
	struct arena *arena = arena_new();
	struct buf question = {0};
	struct policy_message m;
	int status = EX_USAGE;

	policy_add_str(&question, "request", "nearpost_admin");
	policy_add_str(&question, "verb", verb);
	policy_add_str(&question, about, name);
	if (add_options(&question, options) == 0) {
		policy_end(&question);
		status = ask_policyd(ctl, arena, slice_buf(&question), &m);
	}
	if (status == EX_OK && slice_eq_str(policy_get(&m, "redis"), "down"))
		fputs("Redis is down: other policyds are told when it is "
		      "back\n", stderr);
	buf_free(&question);
	arena_free(&arena);
	return status;
}
