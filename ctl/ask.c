#include "config.h"

#include "ctl/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/mail/policy_call.h"

#define ASK_TIMEOUT_MS 10000

static void
say(const struct ctl *ctl, const char *where, const char *why)
{
	if (!ctl->quiet)
		log_warnx("policyd at %s: %s", where, why);
}

int
ask_policyd_if(struct ctl *ctl, struct arena *arena, struct slice question,
    struct policy_message *answer_r, const char **refusal_r)
{
	const char *where = ctl->config.milter.policyd, *error = NULL;
	struct endpoint to = {0};
	struct slice action, word = {NULL, 0};
	int fd, bad;

	*refusal_r = NULL;
	if (endpoint_parse(where, &to, &error) < 0) {
		say(ctl, where, error);
		return EX_CONFIG;
	}
	fd = endpoint_connect(&to, ASK_TIMEOUT_MS);
	endpoint_free(&to);
	if (fd < 0) {
		say(ctl, where, strerrordesc_np(errno));
		return EX_UNAVAILABLE;
	}
	bad = policy_call(fd, question, 1, clock_mono_ms() + ASK_TIMEOUT_MS,
	    arena, answer_r, NULL, &error);
	if (bad)
		say(ctl, where, error);
	(void)close(fd);
	if (bad)
		return EX_UNAVAILABLE;
	action = policy_get(answer_r, "action");
	if (slice_eq_str(action, "OK"))
		return EX_OK;
	/* The word in front is for programs. */
	(void)slice_split(&action, ' ', &word);
	if (slice_eq_str(word, "REJECT")) {
		*refusal_r = arena_strndup(arena, action.data, action.len);
		return EX_DATAERR;
	}
	say(ctl, where, arena_strndup(arena, action.data, action.len));
	return EX_TEMPFAIL;
}

int
ask_policyd(struct ctl *ctl, struct arena *arena, struct slice question,
    struct policy_message *answer_r)
{
	const char *refusal;
	int status = ask_policyd_if(ctl, arena, question, answer_r, &refusal);

	if (refusal && !ctl->quiet)
		log_warnx("policyd: %s", refusal);
	return status;
}
