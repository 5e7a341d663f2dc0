#include "lib/mail/policy_call.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "lib/base/clock.h"

#define READ_SIZE 16384

/* One round of questions on one connection. */
struct round {
	int fd;
	int64_t deadline_ms;
	struct slice unsent;
	struct buf in;
	struct arena *arena;
	struct policy_message *answers;
	size_t n, answered;
	size_t at; /* in `in`: behind the last whole answer */
	bool too_late;
};

/* 0, or -1 with *error_r. */
static int
send_some(struct round *r, const char **error_r)
{
	ssize_t n = send(r->fd, r->unsent.data, r->unsent.len, MSG_NOSIGNAL);

	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		*error_r = "the connection broke";
		return -1;
	}
	r->unsent.data += n;
	r->unsent.len -= (size_t)n;
	return 0;
}

static int
receive_some(struct round *r, const char **error_r)
{
	ssize_t n;

	buf_reserve(&r->in, READ_SIZE);
	n = recv(r->fd, r->in.data + r->in.len, READ_SIZE, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		*error_r = n ? "the connection broke" :
		    "it closed the connection without an answer";
		return -1;
	}
	r->in.len += (size_t)n;
	return 0;
}

/* Take the answers that are whole.  Their text moves into the arena, since `in`
 * moves when it grows. */
static int
take_answers(struct round *r, const char **error_r)
{
	while (r->answered < r->n) {
		struct slice rest = {r->in.data + r->at, r->in.len - r->at};
		struct policy_message *m = &r->answers[r->answered];
		size_t used;
		int got;

		if (rest.len == 0)
			return 0;
		got = policy_parse(r->arena, rest, m, &used, error_r);
		if (got <= 0)
			return got;
		rest.data = arena_strndup(r->arena, rest.data, used);
		rest.len = used;
		if (policy_parse(r->arena, rest, m, &used, error_r) != 1)
			return -1;
		r->at += used;
		r->answered++;
	}
	if (r->at == r->in.len)
		return 0;
	*error_r = "it answers more than it was asked";
	return -1;
}

static int
run_round(struct round *r, const char **error_r)
{
	/* The socket of an idle connection has room: no need to ask first. */
	if (send_some(r, error_r) != 0)
		return -1;
	while (r->answered < r->n) {
		struct pollfd p = {r->fd, POLLIN, 0};
		int64_t left_ms = r->deadline_ms - clock_mono_ms();
		int n;

		if (r->unsent.len)
			p.events |= POLLOUT;
		n = poll(&p, 1, left_ms > 0 ? (int)left_ms : 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			r->too_late = true;
			*error_r = "it does not answer in time";
			return -1;
		}
		if ((p.revents & POLLOUT) && send_some(r, error_r) != 0)
			return -1;
		if ((p.revents & (POLLIN | POLLHUP | POLLERR)) &&
		    (receive_some(r, error_r) != 0 ||
		        take_answers(r, error_r) != 0))
			return -1;
	}
	return 0;
}

int
policy_call(int fd, struct slice requests, size_t n, int64_t deadline_ms,
    struct arena *arena, struct policy_message *answers_r, bool *unheard_r,
    const char **error_r)
{
	struct round r = {.fd = fd,
	    .deadline_ms = deadline_ms,
	    .unsent = requests,
	    .arena = arena,
	    .answers = answers_r,
	    .n = n};
	int status = run_round(&r, error_r);

	if (unheard_r)
		*unheard_r = status != 0 && r.in.len == 0 && !r.too_late;
	buf_free(&r.in);
	return status;
}
