/* One table for both directions, so that writer and reader cannot part ways. */
#include "lib/fleet/delivery.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/codec.h"
#include "lib/base/text.h"

static const char *const status_words[] = {"sent", "deferred", "bounced"};
#define N_STATUS (sizeof(status_words) / sizeof(status_words[0]))

enum field_type { FIELD_STRING, FIELD_INT };

#define STRING(name) \
	{#name, FIELD_STRING, offsetof(struct delivery, name), \
	    sizeof(((struct delivery *)0)->name)}
#define INT(name) {#name, FIELD_INT, offsetof(struct delivery, name), 0}
#define DELAY(name, i) \
	{name, FIELD_INT, offsetof(struct delivery, delays_us) + \
	    (i) * sizeof(int64_t), 0}

static const struct {
	const char *name;
	enum field_type type;
	size_t offset, size;
} fields[] = {
    INT(seq),
    STRING(ticket),
    STRING(queue_id),
    STRING(campaign),
    STRING(creative),
    STRING(recipient),
    STRING(relay_host),
    STRING(relay_ip),
    STRING(dsn),
    INT(size_bytes),
    INT(requested_ms),
    INT(received_ms),
    INT(ttr_ms),
    DELAY("a_us", 0),
    DELAY("b_us", 1),
    DELAY("c_us", 2),
    DELAY("d_us", 3),
    STRING(text),
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

const char *
delivery_status_text(enum delivery_status status)
{
	return status_words[(size_t)status < N_STATUS ? status : 0];
}

void
delivery_escape(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c > 0x7e || c == ';' || c == '%') {
			buf_add_char(out, '%');
			hex_encode(out, &c, 1);
		} else
			buf_add_char(out, *s);
	}
}

void
delivery_write(struct buf *out, const struct delivery *d)
{
	size_t i;

	buf_printf(out, "status=%s;conn_use=%d",
	    delivery_status_text(d->status), d->conn_use);
	for (i = 0; i < N_FIELDS; i++) {
		const char *at = (const char *)d + fields[i].offset;
		int64_t n;

		if (fields[i].type == FIELD_INT) {
			memcpy(&n, at, sizeof(n));
			buf_printf(out, ";%s=%lld", fields[i].name,
			    (long long)n);
			continue;
		}
		if (*at == '\0')
			continue;
		buf_printf(out, ";%s=", fields[i].name);
		delivery_escape(out, at);
	}
}

/* false: a % without two hex digits, or a NUL. */
static bool
unescape(char *dst, size_t size, struct slice s)
{
	struct buf byte = {0};
	size_t at = 0, i;
	bool ok = true;

	for (i = 0; i < s.len && ok; i++) {
		char c = s.data[i];

		if (c == '%') {
			buf_clear(&byte);
			ok = i + 2 < s.len && hex_decode(&byte,
			    (struct slice){s.data + i + 1, 2}) == 0;
			if (!ok)
				break;
			c = byte.data[0];
			i += 2;
		}
		ok = c != '\0';
		if (ok && at + 1 < size)
			dst[at++] = c;
	}
	dst[at] = '\0';
	buf_free(&byte);
	return ok;
}

static bool
parse_status(struct slice value, struct delivery *out, unsigned *seen)
{
	size_t i;

	for (i = 0; i < N_STATUS; i++) {
		if (!slice_eq_str(value, status_words[i]))
			continue;
		out->status = (enum delivery_status)i;
		*seen |= 1;
		return true;
	}
	return false;
}

static bool
parse_field(struct slice name, struct slice value, struct delivery *out,
    unsigned *seen)
{
	int64_t n;
	size_t i;

	if (slice_eq_str(name, "status"))
		return parse_status(value, out, seen);
	if (slice_eq_str(name, "conn_use")) {
		if (text_int(value, 0, 1000000000, &n) != 0)
			return false;
		out->conn_use = (int)n;
		return true;
	}
	for (i = 0; i < N_FIELDS; i++) {
		char *at = (char *)out + fields[i].offset;

		if (!slice_eq_str(name, fields[i].name))
			continue;
		if (fields[i].type == FIELD_STRING)
			return unescape(at, fields[i].size, value);
		if (text_int(value, INT64_MIN, INT64_MAX, &n) != 0)
			return false;
		memcpy(at, &n, sizeof(n));
		if (i == 0)
			*seen |= 2;
		return true;
	}
	return true;
}

int
delivery_parse(struct slice text, struct delivery *out_r,
    const char **error_r)
{
	struct slice part;
	unsigned seen = 0;
	size_t i;

	memset(out_r, 0, sizeof(*out_r));
	out_r->size_bytes = -1;
	for (i = 0; i < 4; i++)
		out_r->delays_us[i] = -1;
	if (text.len > DELIVERY_TEXT_MAX) {
		*error_r = "event too long";
		return -1;
	}
	while (slice_split(&text, ';', &part)) {
		const char *eq = memchr(part.data, '=', part.len);
		size_t name;

		if (!eq) {
			*error_r = "a part of the event is no name=value";
			return -1;
		}
		name = (size_t)(eq - part.data);
		if (!parse_field((struct slice){part.data, name},
		        (struct slice){eq + 1, part.len - name - 1}, out_r,
		        &seen)) {
			*error_r = "a value of the event is not of its kind";
			return -1;
		}
	}
	if (seen != 3 || out_r->ticket[0] == '\0') {
		*error_r = "the event lacks seq, ticket or status";
		return -1;
	}
	return 0;
}
