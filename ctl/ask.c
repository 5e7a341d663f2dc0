#include "config.h"

#include "ctl/ask.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/mail/policy_call.h"

#define ASK_TIMEOUT_MS 10000

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
		log_warnx("milter.policyd = \"%s\": %s", where, error);
		return EX_CONFIG;
	}
	fd = endpoint_connect(&to, ASK_TIMEOUT_MS);
	endpoint_free(&to);
	if (fd < 0) {
		log_warn("policyd at %s", where);
		return EX_UNAVAILABLE;
	}
	bad = policy_call(fd, question, 1, clock_mono_ms() + ASK_TIMEOUT_MS,
	    arena, answer_r, NULL, &error);
	if (bad)
		log_warnx("policyd at %s: %s", where, error);
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
	log_warnx("policyd: %.*s", (int)action.len, action.data);
	return EX_TEMPFAIL;
}

int
ask_policyd(struct ctl *ctl, struct arena *arena, struct slice question,
    struct policy_message *answer_r)
{
	const char *refusal;
	int status = ask_policyd_if(ctl, arena, question, answer_r, &refusal);

	if (refusal)
		log_warnx("policyd: %s", refusal);
	return status;
}
