#include "config.h"

#include "ctl/devtools.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"

#define MESSAGE_MAX (256 << 20) /* a picture in base64 is by far the largest */

struct json *
devtools_begin(struct devtools *d, const char *method)
{
	d->request = json_begin();
	d->method = method;
	json_add_int(d->request, "id", ++d->id);
	json_add_text(d->request, "method", slice_of(method));
	if (d->session)
		json_add_text(d->request, "sessionId", slice_of(d->session));
	return json_add_object(d->request, "params");
}

/* Takes what there is.  -1: the browser is gone. */
static int
take(struct devtools *d)
{
	ssize_t n;

	buf_reserve(&d->in, 64 * 1024);
	n = read(d->from, d->in.data + d->in.len, d->in.cap - d->in.len - 1);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || d->in.len + (size_t)n > MESSAGE_MAX)
		return -1;
	d->in.len += (size_t)n;
	d->in.data[d->in.len] = '\0';
	return 0;
}

/* Until there is something to read or, with out, room to write.  A signal ends it
 * too.  NULL, or why not. */
static const char *
wait_for(struct devtools *d, const struct slice *out)
{
	struct pollfd fds[2] = {{d->from, POLLIN, 0}, {d->to, POLLOUT, 0}};
	int64_t left_ms = d->deadline_ms - clock_mono_ms();
	int n;

	if (left_ms <= 0)
		return "took too long";
	n = poll(fds, out ? 2 : 1, (int)left_ms);
	if (n < 0)
		return errno == EINTR ? "interrupted" : "poll failed";
	if (n > 0 && fds[0].revents && take(d) < 0)
		return "ended by itself";
	return NULL;
}

static const char *
send_all(struct devtools *d, struct slice out)
{
	const char *why;
	ssize_t n;

	while (out.len) {
		n = write(d->to, out.data, out.len);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return "ended by itself";
		if (n > 0) {
			out.data += n;
			out.len -= (size_t)n;
		} else if ((why = wait_for(d, &out)) != NULL) {
			return why;
		}
	}
	return NULL;
}

/* The next whole message, or NULL and *why_r. */
static struct json *
next_message(struct devtools *d, const char **why_r)
{
	struct json *message;
	size_t len, from = 0;
	char *end;

	for (;;) {
		end = d->in.len > from ? memchr(d->in.data + from, '\0',
		    d->in.len - from) : NULL;
		if (end)
			break;
		from = d->in.len;
		*why_r = wait_for(d, NULL);
		if (*why_r)
			return NULL;
	}
	len = (size_t)(end - d->in.data);
	message = json_parse((struct slice){d->in.data, len});
	buf_consume(&d->in, len + 1);
	if (!message)
		*why_r = "sent what is no JSON";
	return message;
}

static struct json *
answer(struct devtools *d, const char **why_r)
{
	struct json *message;

	while ((message = next_message(d, why_r)) != NULL) {
		if (json_get_number(message, "id", 0) == d->id)
			return message;
		json_free(&message);
	}
	return NULL;
}

struct json *
devtools_call(struct devtools *d, char **error_r)
{
	struct json *message = NULL, *error;
	struct slice text;
	struct buf out = {0};
	const char *why;

	json_end(&d->request, &out);
	why = send_all(d, (struct slice){out.data, out.len + 1});
	if (!why)
		message = answer(d, &why);
	buf_free(&out);
	if (!message) {
		*error_r = xasprintf("chromium %s (%s)", why, d->method);
		return NULL;
	}
	error = json_get(message, "error");
	if (error) {
		text = json_get_text(error, "message");
		*error_r = xasprintf("chromium: %s: %.*s", d->method,
		    (int)text.len, text.len ? text.data : "");
		json_free(&message);
	}
	return message;
}

int
devtools_do(struct devtools *d, char **error_r)
{
	struct json *message = devtools_call(d, error_r);

	if (!message)
		return -1;
	json_free(&message);
	return 0;
}

void
devtools_clear(struct devtools *d)
{
	buf_free(&d->in);
	free(d->session);
	d->session = NULL;
}
