#include "config.h"

#include "ctl/ask.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/mail/policy_call.h"

#define ASK_TIMEOUT_MS 10000

int
ask_policyd(struct ctl *ctl, struct arena *arena, struct slice question,
    struct policy_message *answer_r)
{
	const char *where = ctl->config.milter.policyd, *error = NULL;
	struct endpoint to = {0};
	struct slice action;
	int fd, bad;

	if (endpoint_parse(where, &to, &error) < 0) {
		log_warnx("milter.policyd = \"%s\": %s", where, error);
		return -1;
	}
	fd = endpoint_connect(&to, ASK_TIMEOUT_MS);
	endpoint_free(&to);
	if (fd < 0) {
		log_warn("policyd at %s", where);
		return -1;
	}
	bad = policy_call(fd, question, 1, clock_mono_ms() + ASK_TIMEOUT_MS,
	    arena, answer_r, NULL, &error);
	if (bad)
		log_warnx("policyd at %s: %s", where, error);
	(void)close(fd);
	if (bad)
		return -1;
	action = policy_get(answer_r, "action");
	if (!slice_eq_str(action, "OK")) {
		log_warnx("policyd: %.*s", (int)action.len, action.data);
		return -1;
	}
	return 0;
}
