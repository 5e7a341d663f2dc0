/* libcurl does not tell which command was refused, and goes on to the next. */
#include "config.h"

#include "ctl/dialogue.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"

#define REPLY_OCTETS_MAX 65536

static int
fail(struct dialogue *d, const char *why)
{
	(void)snprintf(d->reply, sizeof(d->reply), "%s", why);
	return 0;
}

/* true: the descriptor is ready before the deadline. */
static bool
wait_for(const struct dialogue *d, short what, int64_t deadline_ms)
{
	struct pollfd p = {d->fd, what, 0};
	int64_t left_ms = deadline_ms - clock_mono_ms();

	return left_ms > 0 && poll(&p, 1, (int)left_ms) > 0;
}

/* Takes a line out of what was read; false: there is no whole one yet. */
static bool
take_line(struct dialogue *d)
{
	char *end = d->in.len ? memchr(d->in.data, '\n', d->in.len) : NULL;
	struct slice line;
	size_t used;

	if (!end)
		return false;
	used = (size_t)(end - d->in.data) + 1;
	line = slice_trim((struct slice){d->in.data, used});
	(void)snprintf(d->reply, sizeof(d->reply), "%.*s", (int)line.len,
	    line.data);
	for (char *c = d->reply; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	memmove(d->in.data, d->in.data + used, d->in.len - used);
	d->in.len -= used;
	return true;
}

static bool
is_code(const char *reply)
{
	return isdigit((unsigned char)reply[0]) &&
	    isdigit((unsigned char)reply[1]) &&
	    isdigit((unsigned char)reply[2]);
}

static int
read_reply(struct dialogue *d)
{
	int64_t deadline_ms = clock_mono_ms() + d->timeout_ms;
	char chunk[1024];
	ssize_t n;

	for (;;) {
		while (take_line(d)) {
			if (!is_code(d->reply))
				return fail(d, "it does not speak SMTP");
			if (d->reply[3] != '-')
				return (d->reply[0] - '0') * 100 +
				    (d->reply[1] - '0') * 10 +
				    (d->reply[2] - '0');
		}
		if (d->in.len > REPLY_OCTETS_MAX)
			return fail(d, "it does not speak SMTP");
		if (!wait_for(d, POLLIN, deadline_ms))
			return fail(d, "no answer in time");
		n = read(d->fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(&d->in, chunk, (size_t)n);
		else if (n == 0)
			return fail(d, "it closes the connection");
		else if (errno != EAGAIN && errno != EINTR)
			return fail(d, strerrordesc_np(errno));
	}
}

int
dialogue_open(struct dialogue *d, const struct endpoint *to, int timeout_ms)
{
	*d = (struct dialogue){.timeout_ms = timeout_ms};
	d->fd = endpoint_connect(to, timeout_ms);
	return d->fd < 0 ? fail(d, strerrordesc_np(errno)) : read_reply(d);
}

static int
send_line(struct dialogue *d, const char *line)
{
	int64_t deadline_ms = clock_mono_ms() + d->timeout_ms;
	struct buf out = {0};
	size_t sent = 0;
	ssize_t n;

	buf_add_str(&out, line);
	buf_add_str(&out, "\r\n");
	while (sent < out.len && wait_for(d, POLLOUT, deadline_ms)) {
		n = send(d->fd, out.data + sent, out.len - sent,
		    MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			break;
	}
	n = sent == out.len ? 0 : -1;
	buf_free(&out);
	return (int)n;
}

int
dialogue_say(struct dialogue *d, const char *line)
{
	if (d->fd < 0)
		return 0;
	if (send_line(d, line) < 0)
		return fail(d, "it closes the connection");
	return read_reply(d);
}

void
dialogue_close(struct dialogue *d)
{
	if (d->fd >= 0) {
		(void)send_line(d, "QUIT");
		(void)close(d->fd);
	}
	d->fd = -1;
	buf_free(&d->in);
}
