/* A message is looked over twice: once to see whether it is all there and well
 * formed, without a byte of memory, and then to fill a list of the right size.
 * So a peer that dribbles or lies costs time only, within POLICY_MESSAGE_MAX. */
#include "lib/mail/policy.h"

#include "lib/base/text.h"

/* Cut the line up to LF off *rest; a CR before the LF goes too, for people who
 * try the protocol with a telnet.  1, 0: no LF yet, -1 with *error_r. */
static int
next_line(struct slice *rest, struct slice *line_r, const char **error_r)
{
	const char *lf = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
	size_t len = lf ? (size_t)(lf - rest->data) : rest->len;

	if (len > POLICY_LINE_MAX) {
		*error_r = "a line is too long";
		return -1;
	}
	if (!lf)
		return 0;
	*line_r = (struct slice){rest->data, len};
	if (len && line_r->data[len - 1] == '\r')
		line_r->len--;
	rest->data += len + 1;
	rest->len -= len + 1;
	return 1;
}

static int
split_line(struct slice line, struct policy_attr *attr_r, const char **error_r)
{
	const char *eq = memchr(line.data, '=', line.len);

	if (!eq || eq == line.data) {
		*error_r = "a line is no name=value";
		return -1;
	}
	if (memchr(line.data, '\0', line.len) ||
	    memchr(line.data, '\r', line.len)) {
		*error_r = "a line holds NUL or CR";
		return -1;
	}
	attr_r->name.data = line.data;
	attr_r->name.len = (size_t)(eq - line.data);
	attr_r->value.data = eq + 1;
	attr_r->value.len = line.len - attr_r->name.len - 1;
	return 0;
}

/* 1 and the number of attributes and octets, 0 or -1 as policy_parse(). */
static int
measure(struct slice in, size_t *n_r, size_t *used_r, const char **error_r)
{
	struct slice rest = in, line;
	struct policy_attr attr;
	int got;

	*n_r = 0;
	while ((got = next_line(&rest, &line, error_r)) > 0) {
		*used_r = in.len - rest.len;
		if (*used_r > POLICY_MESSAGE_MAX)
			break;
		if (line.len == 0 && *n_r > 0)
			return 1;
		if (line.len == 0) {
			*error_r = "a message without attributes";
			return -1;
		}
		if (split_line(line, &attr, error_r) < 0)
			return -1;
		if (++*n_r > POLICY_ATTRS_MAX) {
			*error_r = "too many attributes";
			return -1;
		}
	}
	if (got == 0 && in.len <= POLICY_MESSAGE_MAX)
		return 0;
	if (got >= 0)
		*error_r = "the message is too long";
	return -1;
}

int
policy_parse(struct arena *arena, struct slice in, struct policy_message *out_r,
    size_t *used_r, const char **error_r)
{
	struct slice rest = in, line;
	size_t i, n, used;
	int got = measure(in, &n, &used, error_r);

	if (got <= 0)
		return got;
	out_r->attrs = arena_alloc(arena, n * sizeof(*out_r->attrs));
	out_r->n = n;
	for (i = 0; i < n; i++)
		if (next_line(&rest, &line, error_r) < 1 ||
		    split_line(line, &out_r->attrs[i], error_r) < 0)
			return -1;
	*used_r = used;
	return 1;
}

struct slice
policy_get(const struct policy_message *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (slice_eq_str(m->attrs[i].name, name))
			return m->attrs[i].value;
	return (struct slice){NULL, 0};
}

const char *
policy_get_str(struct arena *arena, const struct policy_message *m,
    const char *name)
{
	struct slice value = policy_get(m, name);

	return value.data ? arena_strndup(arena, value.data, value.len) : "";
}

int64_t
policy_get_int(const struct policy_message *m, const char *name,
    int64_t fallback, int64_t min, int64_t max)
{
	int64_t value;

	if (text_int(policy_get(m, name), min, max, &value) < 0)
		return fallback;
	return value;
}

void
policy_add(struct buf *out, const char *name, struct slice value)
{
	size_t i;
	char c;

	/* A name of ours holds none of these; one made of a recipient's record
	 * ("data.NAME") must not be able to become another attribute. */
	for (; *name; name++)
		buf_add_char(out,
		    *name == '=' || *name == '\n' || *name == '\r' ? '_' : *name);
	buf_add_char(out, '=');
	for (i = 0; i < value.len; i++) {
		c = value.data[i];
		buf_add_char(out, c == '\n' || c == '\r' || c == '\0' ? ' ' : c);
	}
	buf_add_char(out, '\n');
}

void
policy_add_str(struct buf *out, const char *name, const char *value)
{
	policy_add(out, name, slice_of(value));
}

void
policy_addf(struct buf *out, const char *name, const char *fmt, ...)
{
	struct buf value = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&value, fmt, ap);
	va_end(ap);
	policy_add(out, name, slice_buf(&value));
	buf_free(&value);
}

void
policy_end(struct buf *out)
{
	buf_add_char(out, '\n');
}
