#include "config.h"

#include "ctl/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"

#define ASK_TIMEOUT_MS 10000

static int
wait_for(int fd, short what, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = what};
	int64_t left = deadline_ms - clock_mono_ms();

	if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	return 0;
}

static int
send_all(int fd, struct slice data, int64_t deadline_ms)
{
	while (data.len) {
		ssize_t n = write(fd, data.data, data.len);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n <= 0 && wait_for(fd, POLLOUT, deadline_ms) < 0)
			return -1;
		if (n > 0) {
			data.data += n;
			data.len -= (size_t)n;
		}
	}
	return 0;
}

static int
receive(int fd, struct arena *arena, struct policy_message *answer_r,
    int64_t deadline_ms, const char **error_r)
{
	struct buf in = {0};
	char chunk[16384];
	size_t used;
	int got = 0;

	while (got == 0) {
		ssize_t n;

		*error_r = NULL;
		if (wait_for(fd, POLLIN, deadline_ms) < 0)
			break;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			*error_r = n == 0 ? "it closed the connection" : NULL;
			break;
		}
		buf_add(&in, chunk, (size_t)n);
		got = policy_parse(arena, slice_buf(&in), answer_r, &used,
		    error_r);
	}
	if (got == 1) { /* the answer must outlive `in` */
		char *copy = arena_strndup(arena, in.data, in.len);

		(void)policy_parse(arena, (struct slice){copy, in.len},
		    answer_r, &used, error_r);
	}
	buf_free(&in);
	return got == 1 ? 0 : -1;
}

int
ask_policyd(struct ctl *ctl, struct arena *arena, struct slice question,
    struct policy_message *answer_r)
{
	const char *where = ctl->config.milter.policyd, *error = NULL;
	int64_t deadline = clock_mono_ms() + ASK_TIMEOUT_MS;
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
	bad = send_all(fd, question, deadline) < 0 ||
	    receive(fd, arena, answer_r, deadline, &error) < 0;
	if (bad && error)
		log_warnx("policyd at %s: %s", where, error);
	else if (bad)
		log_warn("policyd at %s", where);
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
