/* The record travels in its canonical form, so that what is digested is what was
 * sent, to the octet, and cut into lines that no MTA has to fold. */
#include "lib/mail/ticket_data.h"

#include <stdlib.h>
#include <strings.h>

#include "lib/base/codec.h"
#include "lib/base/text.h"

/* "<id>; <n>; " before them; a multiple of 4, so that each line is whole. */
#define LINE_CODE ((TICKET_DATA_LINE - TICKET_ID_LEN - 12) / 4 * 4)
#define LINE_OCTETS (LINE_CODE / 4 * 3)
#define LINE_GOAL 76

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
ticket_squeeze(struct arena *arena, struct slice body)
{
	char *squeezed = arena_alloc(arena, body.len + 1);
	size_t i, len = 0;

	for (i = 0; i < body.len; i++)
		if (!is_blank(body.data[i]))
			squeezed[len++] = body.data[i];
	return (struct slice){squeezed, len};
}

char *
ticket_fold(struct arena *arena, struct slice body)
{
	struct buf out = {0};
	struct slice tag;
	size_t column = sizeof("Nearpost-Ticket:") - 1;
	char *folded;

	while (slice_split(&body, ';', &tag)) {
		if (out.len)
			buf_add_char(&out, ';');
		if (out.len && column + tag.len + 3 > LINE_GOAL) {
			buf_add_str(&out, "\n\t");
			column = 8;
		} else if (out.len) {
			buf_add_char(&out, ' ');
		}
		buf_add_slice(&out, tag);
		column += tag.len + 2;
	}
	folded = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return folded;
}

static void
add_part(struct sha256 *h, const char *what, struct slice s)
{
	struct buf head = {0};

	buf_printf(&head, "%s %zu\n", what, s.len);
	sha256_add(h, head.data, head.len);
	if (s.len)
		sha256_add(h, s.data, s.len);
	buf_free(&head);
}

void
ticket_digest(const struct vars *stub_vars, struct slice subject,
    struct slice data, unsigned char digest_r[SHA256_SIZE])
{
	struct sha256 *h = sha256_new();
	struct buf text = {0};
	size_t i;

	vars_canonical(stub_vars, &text);
	add_part(h, "vars", slice_buf(&text));
	buf_clear(&text);
	subject = slice_trim(subject);
	for (i = 0; i < subject.len; i++) {
		if (!is_blank(subject.data[i]))
			buf_add_char(&text, subject.data[i]);
		else if (!is_blank(subject.data[i - 1]))
			buf_add_char(&text, ' ');
	}
	add_part(h, "subject", slice_buf(&text));
	add_part(h, "data", data);
	sha256_end(&h, digest_r);
	buf_free(&text);
}

size_t
ticket_data_write(struct arena *arena, const char *id, struct slice data,
    const char ***lines_r)
{
	size_t n = (data.len + LINE_OCTETS - 1) / LINE_OCTETS, i, len;
	const char **lines = arena_alloc(arena, (n ? n : 1) * sizeof(*lines));
	struct buf line = {0};

	for (i = 0; i < n; i++) {
		len = data.len < LINE_OCTETS ? data.len : LINE_OCTETS;
		buf_clear(&line);
		buf_printf(&line, "%s; %zu; ", id, i + 1);
		base64url_encode(&line, data.data, len);
		lines[i] = arena_strndup(arena, line.data, line.len);
		data.data += len;
		data.len -= len;
	}
	buf_free(&line);
	*lines_r = lines;
	return n;
}

/* The value without white space when the header is a data line of `id`. */
static bool
is_line_of(struct arena *arena, const struct header *h, const char *id,
    struct slice *rest_r)
{
	struct slice s;

	if (strcasecmp(h->name, "Nearpost-Data") != 0)
		return false;
	s = ticket_squeeze(arena, slice_of(h->value));
	if (s.len <= TICKET_ID_LEN ||
	    memcmp(s.data, id, TICKET_ID_LEN) != 0 ||
	    s.data[TICKET_ID_LEN] != ';')
		return false;
	*rest_r = (struct slice){s.data + TICKET_ID_LEN + 1,
	    s.len - TICKET_ID_LEN - 1};
	return true;
}

int
ticket_data_collect(const struct header *headers, size_t n, const char *id,
    struct buf *data)
{
	struct arena *arena = arena_new();
	struct slice *codes = arena_alloc(arena, (n ? n : 1) * sizeof(*codes));
	struct slice rest, number;
	size_t i, found = 0, last = 0;
	int64_t at;
	int rc = -1;

	for (i = 0; i < n; i++) {
		if (!is_line_of(arena, &headers[i], id, &rest))
			continue;
		if (!slice_split(&rest, ';', &number) || rest.len == 0 ||
		    text_int(number, 1, (int64_t)n, &at) < 0 ||
		    codes[at - 1].data)
			goto out;
		codes[at - 1] = rest;
		found++;
		if ((size_t)at > last)
			last = (size_t)at;
	}
	if (found != last)
		goto out;
	for (i = 0; i < last; i++)
		if (base64url_decode(data, codes[i]) < 0)
			goto out;
	rc = 0;
out:
	arena_free(&arena);
	return rc;
}

int
ticket_data_parse(struct slice data, struct vars *out)
{
	struct slice name, length, value;
	const char *error;
	int64_t len;

	while (data.len) {
		if (!slice_split(&data, '=', &name) ||
		    !slice_split(&data, ':', &length) ||
		    text_int(length, 0, VARS_VALUE_MAX, &len) < 0 ||
		    (size_t)len >= data.len || data.data[len] != '\n')
			return -1;
		value = (struct slice){data.data, (size_t)len};
		if (vars_get(out, name) || vars_set(out, name, value, &error) < 0)
			return -1;
		data.data += len + 1;
		data.len -= (size_t)len + 1;
	}
	return 0;
}
